#!/bin/bash
# The weights of trainings as the networks of one sweep: patterns, seeds, pictures over epochs, any
# number of ranks, kills, and what is refused.
# shellcheck disable=SC2015,SC2016
. "${0%/*}/lib.sh"

common=(--quiet --set data.source=synthetic --set data.images=32 --set data.batch=16 --set realisations=2)
bs_ok "two trainings of two seeds keep their weights" 2 train "${common[@]}" \
    --set "networks=[{name: Short, depth: 8}, {name: NoShort, depth: 8, shortcut: none}]" \
    --set train.epochs=4 --set train.batch=16 --set train.learning_rate=0.05 --set train.trajectory_every=2 \
    --set train.test_every=0 --log "$tmp/run.nc"
kept=$tmp/run.checkpoints
bits() {
    local name
    for name in train_loss status training_step training_epoch roughness; do values "$1" $name; done
}

cat >"$tmp/through.yaml" <<YAML
networks:
- {name: Short, norm: batch, weights: "$kept/0-Short-r{realisation}-*.safetensors", pick: 0 1 last}
- {name: NoShort, norm: batch, weights: "$kept/1-NoShort-r{realisation}-*.safetensors", pick: every 3}
path: {kind: ring, radius: 0.5}
grid: {x: 8}
observables: {branch_losses: true}
YAML
through=("$tmp/through.yaml" "${common[@]}")
bs_ok "a sweep of all of them" 1 sweep "${through[@]}" --surf_file "$tmp/one.nc"
is "$(ncdump -v network "$tmp/one.nc" | sed -n 's/^ *"\(.*@.*[0-9]\)".*/\1/p' | tr '\n' ';')" \
    'Short @0;Short @2;Short @8;NoShort @0;NoShort @6;NoShort @8;' "the networks, in the order of their steps"
is "$(values "$tmp/one.nc" training_step | tr '\n' ' ')" '0 2 8 0 6 8 ' "the steps behind their weights"
is "$(values "$tmp/one.nc" training_epoch | tr '\n' ' ')" '0 1 4 0 3 4 ' "the epochs"
for n in 2 3; do
    bs_ok "on $n ranks" "$n" sweep "${through[@]}" --surf_file "$tmp/$n.nc"
    is "$(bits "$tmp/$n.nc" | cmp - <(bits "$tmp/one.nc") 2>&1)" '' "on $n ranks: the same bits"
done

# Each realisation has its own weights.
bs 1 sweep "${common[@]}" --set networks.norm=batch --model_file "$kept/0-Short-r1-00000002.safetensors" \
    --set path.kind=ring --set path.radius=0.5 --x=8 --surf_file "$tmp/plain.nc"
is "$(values "$tmp/one.nc" train_loss | sed -n '25,32p')" "$(values "$tmp/plain.nc" train_loss | sed -n '9,16p')" \
    "realisation 1 of Short @2 is a sweep around these weights"
ok "realisation 0 is not" [ "$(values "$tmp/one.nc" train_loss | sed -n '17,24p')" != \
    "$(values "$tmp/plain.nc" train_loss | sed -n '1,8p')" ]

killer=$BS_ROOT/${BUILD:-build}/tests/tools/killw.so
killed() { # CHANGE
    (KILLW=$1 LD_PRELOAD=$killer "$program" sweep "${through[@]}" --surf_file "$tmp/killed.nc" >/dev/null 2>&1)
}
if [ -e "$killer" ]; then
    KILLW_COUNT=1 LD_PRELOAD=$killer "$program" sweep "${through[@]}" --surf_file "$tmp/count.nc" \
        >/dev/null 2>"$tmp/.err"
    changes=$(sed -n 's/^killw: \([0-9]*\) changes$/\1/p' "$tmp/.err" | sort -n | tail -n 1)
    killed $((${changes:-0} * 2 / 3)) 2>/dev/null
    before=$(done_points "$tmp/killed.nc")
    bs_ok "killed after $before points, and resumed on 2 ranks" 2 sweep "${through[@]}" --surf_file "$tmp/killed.nc"
    is "$(bits "$tmp/killed.nc" | cmp - <(bits "$tmp/one.nc") 2>&1)" '' "the same bits"
fi
bs_ok "repeated from the file alone" 2 rerun "$tmp/one.nc" -o "$tmp/again.nc" --quiet
is "$(bits "$tmp/again.nc" | cmp - <(bits "$tmp/one.nc") 2>&1)" '' "repeated: the same bits"
bs_ok "a point of realisation 1 is exported" 1 export "$tmp/one.nc" --network='Short @2' --realisation=1 \
    -o "$tmp/point.safetensors"
for file in "$tmp/point.safetensors" "$kept/0-Short-r1-00000002.safetensors"; do
    bs 1 sweep --quiet --set data.source=synthetic --set data.images=32 --set data.batch=16 --set networks.norm=batch \
        --model_file "$file" --x=0:0:1 --surf_file "$tmp/at-${file##*/}.nc"
done
is "$(values "$tmp/at-point.safetensors.nc" train_loss)" \
    "$(values "$tmp/at-0-Short-r1-00000002.safetensors.nc" train_loss)" "the base point is that realisation's file"

bs_ok "training goes on from the weights of every realisation" 1 train "${common[@]}" --set train.steps=1 \
    --set train.test_every=0 --set "networks=[{name: On, weights: '$kept/0-Short-r{realisation}-00000008.safetensors'}]" \
    --log "$tmp/on.nc"
ok "and they stay different" [ "$(values "$tmp/on.nc" step_loss | sort -u | wc -l)" = 2 ]

refused() { # NAME REGEX ARGUMENT...
    local name=$1 regex=$2
    shift 2
    bs 2 sweep "${through[@]}" "$@" --surf_file "$tmp/none.nc"
    is "$code" 2 "$name: exit code 2"
    like "$err" "$regex" "$name: says so"
}
refused "a file that a realisation lacks" 'NoShort-r2-00000000.safetensors|Short-r2-00000000.safetensors' --set realisations=3
refused "a pattern without a match" 'networks.0.weights: .*no file has such a name' \
    --set "networks.0.weights=$kept/none-*.safetensors"
refused "numbers out of range" 'networks.0.pick.*ascending numbers from 0 to 4' --set 'networks.0.pick=0 9'
refused "a pick that is none" 'networks.0.pick.*every N' --set 'networks.0.pick=some'
refused "a pick of a single file" 'networks.0.pick.*no pattern' \
    --set "networks.0.weights=$kept/0-Short-r0-00000008.safetensors"
refused "two series of one name" 'another network has this name' --set 'networks.1.name=Short'
ok "nothing is left of what was refused" [ ! -e "$tmp/none.nc" ]

if command -v gnuplot >/dev/null; then
    bs_ok "a picture" 1 plot "$tmp/one.nc" -o "$tmp/one.gp"
    is "$(grep -c '^\$panel' "$tmp/one.gp")" 8 "has four panels of two series"
    is "$(sed -n '/^\$panel0_1 /,/^EOD/p' "$tmp/one.gp" | awk 'NF == 3 && $1 != "$panel0_1" { print $1 }' | tr '\n' ' ')" \
        '0 3 4 ' "over epochs"
    is "$(sed -n '/^\$panel0_0 /,/^EOD/p' "$tmp/one.gp" | awk '$2 != "<<" && NF == 3 && $3 > 0' | wc -l)" 3 "with errors over the seeds"
    bs_ok "a picture of one number" 1 plot "$tmp/one.nc" --view=epochs --quantity=roughness -o "$tmp/roughness.gp"
    bs 1 plot "$tmp/plain.nc" --view=epochs -o "$tmp/none.gp"
    like "$code $err" '^2 .*networks of a training' "a file without trainings has none"
fi
done_testing
