#!/bin/bash
# What is kept of a point beside its loss: in the file, in the prediction, in the identity.
. "${0%/*}/lib.sh"

file=$tmp/probed.nc
base=(sweep --quiet --set networks.depth=8 --set data.images=8 --set data.batch=4 --x=-1:1:3)
observe=(--set observables.logits=6 --set observables.branch_losses=true --set observables.probes=2)

# sums_add_up: whether every second of three numbers is the sum of its neighbours.
sums_add_up() {
    awk '{ v[NR - 1] = $1 }
        END {
            for (i = 0; i < NR; i += 3) {
                d = v[i] + v[i + 2] - v[i + 1]; s = v[i] * v[i] + v[i + 2] * v[i + 2]
                if (d * d > 1e-24 * s) exit 1
            }
            exit NR != 27
        }'
}
# explains LOSSES LOGITS: whether each point's loss is the cross-entropy of one of its classes.
explains() {
    awk 'FNR == NR { loss[NR - 1] = $1; next }
        { total[int((FNR - 1) / 10)] += exp($1); e[FNR - 1] = $1 }
        END {
            for (p = 0; p < 3; p++) {
                near = 0
                for (k = 0; k < 10; k++) {
                    d = log(total[p]) - e[10 * p + k] - loss[p]; if (d * d < 1e-10) near = 1
                }
                if (!near) exit 1
            }
        }' "$1" "$2"
}

bs_ok "a sweep with observables" 2 "${base[@]}" "${observe[@]}" --surf_file "$file"
header=$(ncdump -h "$file")
like "$header" 'double logits\(x, image, class\)' "logits have their dimensions"
like "$header" 'double branch_loss\(x, block, branch\)' "branch losses have theirs"
like "$header" 'double branch_probe\(x, block, branch, probe\)' "branch probes have theirs"
is "$(values "$file" logits | wc -l)" 180 "every logit is there"
is "$(values "$file" branch_loss | grep -c '^[0-9]')" 27 "every branch has a loss"
is "$(values "$file" branch_probe | grep -c '^[-0-9]')" 54 "every probe has a value"

# The first image's loss from its logits, and the sum from its addends.
bs_ok "one image without observables" 1 "${base[@]}" --set data.images=1 --set networks.norm=none \
    --surf_file "$tmp/one.nc"
bs_ok "one image of eight with its logits" 1 "${base[@]}" --set networks.norm=none \
    --set observables.logits=1 --set observables.probes=1 --surf_file "$tmp/eight.nc"
ok "the observed sum is that of its addends" sums_add_up < <(values "$tmp/eight.nc" branch_probe)
ok "the loss of that image alone follows from its logits" explains \
    <(values "$tmp/one.nc" train_loss) <(values "$tmp/eight.nc" logits)

# A network without shortcuts has no skip; that is no failure.
bs_ok "no shortcut" 1 "${base[@]}" "${observe[@]}" --set networks.shortcut=none --surf_file "$tmp/none.nc"
is "$(values "$tmp/none.nc" branch_loss | grep -c NaN)" 9 "the skip's losses are missing"
is "$(values "$tmp/none.nc" status | sort -u)" 1 "points are done all the same"

# Several images of each neuron lie side by side: the first is that of one image alone.
many=(--set observables.probes=2 --set observables.probe_images=4)
bs_ok "two neurons in four images each" 2 "${base[@]}" "${many[@]}" --surf_file "$tmp/many.nc"
like "$(ncdump -h "$tmp/many.nc")" ':probe_images = 4' "the file says how many images a neuron has"
is "$(values "$tmp/many.nc" branch_probe | awk 'NR % 4 == 1')" "$(values "$file" branch_probe)" \
    "the first image of each neuron is that of one image alone"
ok "the others are others" test "$(values "$tmp/many.nc" branch_probe | sort -u | wc -l)" -gt 108

# The same observables resume, others do not.
bs_ok "the same command finds nothing to do" 1 "${base[@]}" "${observe[@]}" --surf_file "$file"
bs 1 "${base[@]}" "${observe[@]}" --set observables.probes=3 --surf_file "$file"
is "$code" 2 "other observables belong to another experiment"
like "$err" "observables.probes=2.*observables.probes=3" "the message says which"

# Predictions.
bytes() { sed -n 's/^file *\([0-9.]*\) MiB/\1/p' <<<"$out"; }
bs 1 "${base[@]}" --dry-run --surf_file "$tmp/dry.nc"
without=$(bytes)
bs 1 "${base[@]}" "${observe[@]}" --set observables.probes=20000 --dry-run --surf_file "$tmp/dry.nc"
ok "a dry run counts the arrays: $without and $(bytes) MiB" \
    awk -v a="$without" -v b="$(bytes)" 'BEGIN { exit !(b - a > 4 && b - a < 4.6) }'
bs 1 "${base[@]}" --set observables.logits=9 --surf_file "$tmp/bad.nc"
is "$code" 2 "more logits than images are refused"
# Branch surfaces: the branch "sum" is the network itself, ranks make no difference, and a block whose
# rest stands still starts where the moving one does.
surfaces=(--set observables.logits=4 --set observables.branch_surfaces.every=2
    --set observables.branch_surfaces.images=4 --set path.kind=ring --x=8 --set realisations=2)
for rest in fixed moving; do
    bs_ok "branch surfaces, $rest rest" 2 "${base[@]}" "${surfaces[@]}" \
        --set "observables.branch_surfaces.rest=$rest" --surf_file "$tmp/$rest.nc"
done
bs_ok "branch surfaces on 3 ranks" 3 "${base[@]}" "${surfaces[@]}" --surf_file "$tmp/three.nc"
for name in branch_surface_loss branch_surface_logits branch_surface_correlation_logits \
    branch_surface_ed branch_surface_fdsa_null; do
    is "$(values "$tmp/three.nc" $name | cmp - <(values "$tmp/fixed.nc" $name) 2>&1)" '' \
        "$name has the bits of two ranks"
done
# Of every 2 blocks x 3 branches x 40 logits, those of the sum in the first block.
sums=$(values "$tmp/fixed.nc" branch_surface_logits | awk '{ n = (NR - 1) % 240 } n >= 40 && n < 80')
is "$(cmp <(echo "$sums") <(values "$tmp/fixed.nc" logits) 2>&1)" '' "the sum's surface is the network's"
skips=$(values "$tmp/fixed.nc" branch_surface_logits | awk '(NR - 1) % 240 < 40')
unlike "$(cmp <(echo "$skips") <(values "$tmp/moving.nc" branch_surface_logits | awk '(NR - 1) % 240 < 40') 2>&1)" \
    '^$' "a moving rest is another surface"
bs_ok "no second branch" 1 "${base[@]}" "${surfaces[@]}" --set networks.shortcut=none --surf_file "$tmp/alone.nc"
is "$(values "$tmp/alone.nc" branch_surface_loss | sort -u)" NaN "a block of one branch has no surfaces"
is "$(values "$tmp/alone.nc" status | sort -u)" 1 "its points are done all the same"
listed=("${surfaces[@]/*.every=*/observables.branch_surfaces.blocks=[0, 2]}")
bs_ok "blocks that are listed" 2 "${base[@]}" "${listed[@]}" --surf_file "$tmp/listed.nc"
for name in branch_surface_loss branch_surface_logits; do
    is "$(values "$tmp/listed.nc" $name | cmp - <(values "$tmp/fixed.nc" $name) 2>&1)" '' \
        "$name of listed blocks is that of every second"
done
bs 2 "${base[@]}" "${listed[@]}" --set 'observables.branch_surfaces.blocks=[0, 3]' --surf_file "$tmp/refused.nc"
like "$code $err" '^2 .*has block 3, but no network has more than 3 blocks' "a block that no network has, refused"
bs 1 "${base[@]}" --set observables.branch_surfaces.every=1 --surf_file "$tmp/refused.nc"
like "$code $err" '^2 .*branch_surfaces.images' "more images than there are, refused"

# A rough network on few points, and a shallow one on many.
line=(sweep --set networks.depth=8 --set networks.shortcut=none --set data.source=synthetic --set data.images=4
    --set path.kind=great-circle)
bs_ok 'a rough network on 16 points' 1 "${line[@]}" --set networks.norm=none --set networks.activation=tanh \
    --x=16 --surf_file "$tmp/rough.nc"
like "$out$err" 'undersampled: .* take more points.*[0-9] % of the loss' 'the summary says that the grid is too coarse'
like "$("$program" info "$tmp/rough.nc")" 'undersampled' 'and info says so'
"$program" plot "$tmp/rough.nc" --view spectrum -o "$tmp/rough.gp" 2>"$tmp/.err"
like "$(<"$tmp/rough.gp")" 'undersampled, so with aliases' 'and the picture'
bs_ok 'the same network with norms on 128 points' 1 "${line[@]}" --x=128 --surf_file "$tmp/smooth.nc"
unlike "$out$err$("$program" info "$tmp/smooth.nc")" 'undersampled' 'nothing is said'

done_testing
