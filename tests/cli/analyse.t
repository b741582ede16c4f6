#!/bin/bash
# The verb analyse: the same figures as after the sweep, other options, new files, and refusals.
. "${0%/*}/lib.sh"

# A linear network on a great circle: theory is exact, and of finite support.
circle=(--set networks.0.kind=mlp --set networks.0.depth=3 --set networks.0.width=64
    --set networks.0.activation=leaky-relu --set networks.0.slope=1 --set path.kind=great-circle
    --set grid.x=24 --set realisations=4 --set data.images=32 --set data.batch=32
    --set observables.logits=4 --quiet)
plane=(--set networks.0.kind=mlp --set networks.0.width=16 --set data.images=32 --set data.batch=32
    --x=-1:1:9 --y=-1:1:7 --quiet)
bs_ok 'a great circle' 1 sweep "${circle[@]}" --surf_file "$tmp/circle.nc"
bs_ok 'a plane' 1 sweep "${plane[@]}" --surf_file "$tmp/plane.nc"

# derived FILE: every array that an analysis writes, a name or a number a line, with all digits.
derived() {
    local names
    names=$(ncdump -h "$1" | sed -n 's/^\t\t\([a-z_]*\):blueshift_kind = "\(item\|realisation\|network\|global\)".*/\1/p')
    ncdump -p 9,17 -v "${names//$'\n'/,}" "$1" | sed -e '1,/^data:/d' -e '/^}/d' | tr -d ' ;' |
        sed 's|[,=]|\n|g' |
        grep -v '^$'
}
# differ FILE FILE: derived numbers that differ in any bit.
differ() {
    paste <(derived "$1") <(derived "$2") | awk '
        $1 != $2 { print $1, $2 }
        END { if (NR < 10) print "nothing to compare" }'
}
# number FILE NAME: a single number.
number() { values "$1" "$2" | head -1; }
# near A B TOLERANCE
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a - b <= t && b - a <= t) }'; }

is "$(number "$tmp/circle.nc" analysis_complete)" 1 'the sweep analyses its file'
wanted=(0.375 0 0.25 0 0.0625 0 0)
mapfile -t theory < <(values "$tmp/circle.nc" theory_power)
mapfile -t power < <(values "$tmp/circle.nc" logits_power_mean)
for k in 0 1 2 3 4 5 6; do
    ok "theory at k = $k" near "${theory[k]}" "${wanted[k]}" 1e-9
    [ "${wanted[k]}" != 0 ] || ok "a linear network has nothing at k = $k" near "${power[k]}" 0 1e-12
done

ok 'theory: <k^2> is the number of weight layers' near "$(number "$tmp/circle.nc" theory_second_moment)" 4 1e-6

for file in circle plane; do
    cp "$tmp/$file.nc" "$tmp/again.nc"
    bs_ok "$file: again, on 2 ranks" 2 analyse "$tmp/again.nc"
    is "$(differ "$tmp/$file.nc" "$tmp/again.nc")" '' "$file: as after the sweep"
    bs_ok "$file: into a new file" 1 analyse "$tmp/$file.nc" -o "$tmp/new-$file.nc"
    is "$(differ "$tmp/$file.nc" "$tmp/new-$file.nc")" '' "$file: the same in a new one"
    is "$(values "$tmp/new-$file.nc" train_loss)" "$(values "$tmp/$file.nc" train_loss)" \
        "$file: its values are copied"
done

# A mode that lies at the cutoff is not high, whatever the product of cutoff and Nyquist rounds to.
bs_ok 'twenty points' 1 sweep --set networks.0.kind=mlp --set networks.0.width=16 --x=-1:1:20 --set analysis.window=none \
    --set data.images=8 --set data.batch=8 --set observables.logits=4 --set analysis.cutoff=0.7 --quiet --surf_file "$tmp/twenty.nc"
ok 'logits: power beyond k = 7 of 10' near "0$(number "$tmp/twenty.nc" logits_high_fraction_mean)" \
    "0$(values "$tmp/twenty.nc" logits_normalised_power_mean | awk 'NR > 8 { sum += (NR == 11 ? 1 : 2) * $1 } END { printf "%.17g", sum }')" 1e-12

# A line from weights to the same: its losses are equal, and roundings are no spectrum.
bs_ok 'weights' 1 export "$tmp/plane.nc" -o "$tmp/w.safetensors"
for points in 5 12; do
    bs_ok "a constant of $points points" 1 sweep --model_file "$tmp/w.safetensors" --quiet \
        --model_file2 "$tmp/w.safetensors" --set data.source=synthetic --set data.images=8 \
        --x="0:1:$points" --surf_file "$tmp/constant$points.nc"
    for name in second_moment roughness log_second_moment log_tail_slope structure_function; do
        is "$(values "$tmp/constant$points.nc" $name | sort -u)" NaN "$points equal losses have no $name"
    done
done

# Branches, probes and logits: every derived number has the same bits on any number of ranks.
bs_ok 'branches' 2 sweep --set networks.0.depth=8 --set networks.0.paths=2 --set data.images=8 \
    --set data.batch=8 --set observables.branch_losses=true --set observables.probes=5 \
    --set observables.probe_images=3 --set observables.logits=4 --set realisations=3 --x=-1:1:12 \
    --quiet --surf_file "$tmp/branches.nc"
for ranks in 1 3 4; do
    cp "$tmp/branches.nc" "$tmp/again.nc"
    bs_ok "branches on $ranks ranks" $ranks analyse "$tmp/again.nc"
    is "$(differ "$tmp/branches.nc" "$tmp/again.nc")" '' 'as on 2'
done

cp "$tmp/plane.nc" "$tmp/other.nc"
bs_ok 'other options' 1 analyse "$tmp/other.nc" --set analysis.window=none --set analysis.cutoff=0.25
like "$out" 'window none, cutoff 0.25' 'they are told'
is "$(number "$tmp/other.nc" analysis_window)" 0 'and stored'
is "$(number "$tmp/plane.nc" analysis_window)" 1 'a sweep takes a window on planes'
is "$(values "$tmp/other.nc" train_loss)" "$(values "$tmp/plane.nc" train_loss)" 'values stay'
unlike "$(values "$tmp/other.nc" radial_power | head -3)" "$(values "$tmp/plane.nc" radial_power | head -3)" \
    'power changes with the window'
bs_ok 'new file, other options' 1 analyse "$tmp/plane.nc" -o "$tmp/none.nc" \
    --set analysis.window=none --set analysis.cutoff=0.25
is "$(differ "$tmp/other.nc" "$tmp/none.nc")" '' 'in a new file as in the file'
like "$(ncdump -h "$tmp/none.nc" | tr -d '\n')" 'window: none' 'the new file remembers its options'
like "$(ncdump -h "$tmp/none.nc")" 'blueshift analyse .*plane.nc' 'and whence it comes'

# What the sweep itself knows of its networks, which a picture of a scan needs.
bs_ok 'two networks' 1 sweep --set 'scan.skip_weight=[0, 1]' --set networks.0.depth=8 --set data.images=8 \
    --x=-1:1:4 --quiet --surf_file "$tmp/two.nc"
is "$(values "$tmp/two.nc" skip_weight | tr '\n' ' ')" '0 1 ' 'the sweep writes their hyperparameters'
bs_ok 'two networks into a new file' 2 analyse "$tmp/two.nc" -o "$tmp/new-two.nc"
is "$(values "$tmp/new-two.nc" skip_weight | tr '\n' ' ')" '0 1 ' 'the hyperparameters are copied'
is "$(differ "$tmp/two.nc" "$tmp/new-two.nc")" '' 'and all else is the same'

bs 1 analyse "$tmp/plane.nc" --set seed=2
is "$code" 2 'keys of the sweep are refused'
like "$err" 'only set keys of analysis' 'with the reason'
bs 1 analyse "$tmp/plane.nc" --set analysis.window=hamming
is "$code" 2 'an unknown window is refused'
like "$err" 'one of: .*hann' 'with the known ones'
bs 1 analyse "$tmp/plane.nc" -o "$tmp/none.nc"
is "$code" 2 'an existing file is not overwritten'

# A file from before there were arrays: without those and their dimensions.
ncdump -p 9,17 "$tmp/plane.nc" | awk '
    /^variables:/ { header = 1 }
    /blueshift_arrays/ { next }
    { print }' | ncgen -5 -o "$tmp/old.nc" -
bs_ok 'an old file is analysed, too' 1 analyse "$tmp/old.nc"
is "$(differ "$tmp/plane.nc" "$tmp/old.nc")" '' 'with the same numbers'

# The old analysis stands until the new one is whole, whatever ends the job.
cp "$tmp/circle.nc" "$tmp/fault.nc"
sum=$(sha256sum <"$tmp/fault.nc")
BS_FAULT=analyse:1@rank1 bs 2 analyse "$tmp/fault.nc" --set analysis.cutoff=0.25
is "$code" 1 'a failed rank ends all'
is "$(sha256sum <"$tmp/fault.nc")" "$sum" 'the file is as it was'
ok 'nothing is left behind' test ! -e "$tmp/fault.nc.analysing"
BS_FAULT=analyse:2!9 bs 2 analyse "$tmp/fault.nc" --set analysis.cutoff=0.25
ok 'a killed job fails' test "$code" != 0
is "$(sha256sum <"$tmp/fault.nc")" "$sum" 'the file is as it was'
ok 'half an analysis lies beside it' test -e "$tmp/fault.nc.analysing"
like "$("$program" info "$tmp/fault.nc.analysing")" 'analysis incomplete' 'and says so'
ok 'in pictures, too' "$program" plot "$tmp/fault.nc.analysing" -o "$tmp/half.gp" 2>"$tmp/.err"
like "$(<"$tmp/half.gp")" 'analysis incomplete' 'which says so in the legend'
unlike "$("$program" info "$tmp/fault.nc")" 'analysis incomplete' 'the old file is whole'
bs_ok 'the same command completes it' 2 analyse "$tmp/fault.nc" --set analysis.cutoff=0.25
ok 'and clears away the half' test ! -e "$tmp/fault.nc.analysing"
is "$(number "$tmp/fault.nc" analysis_cutoff)" 0.25 'with the new options'
header=$(ncdump -h "$tmp/fault.nc" | tr -d '\n')
like "$header" 'cutoff: 0.25' 'which the experiment holds'
like "$header" 'blueshift analyse [^ ]*fault.nc --set analysis.cutoff=0.25' 'and a line of the history'
BS_FAULT=analyse:1@rank0 bs 1 analyse "$tmp/circle.nc" -o "$tmp/half.nc"
ok 'half a new file is not left behind' test ! -e "$tmp/half.nc"
BS_FAULT=analyse:2!9 bs 1 analyse "$tmp/circle.nc" -o "$tmp/half.nc"
ok 'nor by a killed job' test ! -e "$tmp/half.nc"
bs_ok 'the same command makes it' 1 analyse "$tmp/circle.nc" -o "$tmp/half.nc"
is "$(differ "$tmp/circle.nc" "$tmp/half.nc")" '' 'whole'

# A signal ends it at the next surface, resumable.
BS_FAULT=analyse:1@rank1!15 bs 2 analyse "$tmp/circle.nc" -o "$tmp/stopped.nc"
is "$code" 75 'a signal: exit code 75'
like "$err" 'the same command starts over' 'and what to do'
is "$(find "$tmp" -name 'stopped*')" '' 'nothing is left behind'

# The sweep's own analysis: marked while it runs, resumed by the same sweep, not made twice.
BS_FAULT=analyse:3!10 bs 1 sweep "${circle[@]}" --surf_file "$tmp/sweep.nc"
is "$code" 75 'a signal in the analysis of a sweep'
like "$("$program" info "$tmp/sweep.nc")" 'analysis incomplete' 'its file says so'
bs_ok 'the same sweep' 1 sweep "${circle[@]}" --surf_file "$tmp/sweep.nc"
is "$(differ "$tmp/circle.nc" "$tmp/sweep.nc")" '' 'makes it whole'
sum=$(ncdump -v radial_power "$tmp/sweep.nc" | sha256sum)
bs_ok 'a whole analysis' 1 sweep "${circle[@]}" --set analysis.cutoff=0.1 --surf_file "$tmp/sweep.nc"
is "$(number "$tmp/sweep.nc" analysis_cutoff)" 0.5 'stands'
like "$err" 'blueshift analyse' 'and how to replace it is said'
done_testing
