#!/bin/bash
# Every committed job runs, is killed, and resumes to the same bits, spectra and branch statistics.
. "${0%/*}/lib.sh"

seed=${BS_TEST_SEED:-$$}
echo "# BS_TEST_SEED=$seed" # to repeat the moments of a failed run
RANDOM=$seed

# Every number of a file but how many sessions and seconds it took.
bits() {
    ncdump -p 9,17 "$1" | sed -e '1,/^data:/d' -e '/^ \(wall_time\|sessions\) =/d'
}

# kill_sometimes FILE ARGUMENT...: two sessions that end by kill -9 of one rank, each after it got on.
kill_sometimes() {
    local file=$1 before=0 points i
    shift
    for i in 1 2; do
        start 2 sweep "$@" --set parallel.flush_interval=0 --surf_file "$file"
        wait_for_progress "$file" "$before" || return 1
        sleep "0.$((RANDOM % 3))"
        command kill -9 "$(ranks_of "$pid" | sed -n $((i % 2 + 1))p)" 2>/dev/null
        finish 20
        [ "$code" != 124 ] || return 1
        before=$(done_points "$file")
        points=$(values "$file" status | wc -l)
        echo "# killed with $before of $points points done"
        ((before < points)) || break
    done
}

# job NAME ARGUMENT...: its small size, or $size, with still less work.
job() {
    local name=$1
    shift
    local run=("jobs/$name.yaml" --quiet --set "size=${size:-small}" "$@")
    bs_ok "$name runs" 2 sweep "${run[@]}" --surf_file "$tmp/$name.nc"
    ok "$name: no kill hangs" kill_sometimes "$tmp/killed.nc" "${run[@]}"
    bs_ok "$name resumes after kills" 2 sweep "${run[@]}" --surf_file "$tmp/killed.nc"
    is "$(bits "$tmp/killed.nc" | cmp - <(bits "$tmp/$name.nc") 2>&1)" '' "$name: the same bits"
    bs_ok "$name has a picture" 1 plot "$tmp/$name.nc" -o "$tmp/$name.svg"
    rm -f "$tmp/killed.nc"
}

less=(--set data.source=synthetic --set data.images=16 --set data.batch=16 --set realisations=2)
job e4-branch-correlation "${less[@]}" --set networks.depth=8 --x=16 --set observables.branch_surfaces.images=4
job e4-tanh "${less[@]}" --set networks.depth=8 --x=16 --set observables.branch_surfaces.images=4
job e6-multipath "${less[@]}" --set networks.depth=8 --x=16 --set observables.probes=2 \
    --set observables.logits=4 --set observables.probe_images=4
job e7-transition "${less[@]}" --set networks.depth=8 --x=-0.5:0.5:9
job theory-check --set realisations=2 --x=64 --set networks.width=64
if [ -n "${BLUESHIFT_DATA:-}" ]; then
    job e1-loss-surfaces --set data.images=16 --x=-1:1:5 --y=-1:1:5
else
    skip e1-loss-surfaces 'BLUESHIFT_DATA is not set'
fi

# Through a training, of which the job reads the weights that it kept.
export E6C=$tmp/e6c.checkpoints
for network in Short 'NoShort, 1 path' 'NoShort, 3 paths'; do
    bs_ok "e6c-multipath-training keeps weights of $network" 2 train jobs/e6c-multipath-training.yaml --quiet \
        --set size=tiny --set data.source=synthetic --set data.images=64 --set networks.depth=8 \
        --set train.test_every=0 --set train.trajectory_every=1 --network="$network" --log "$tmp/e6c.nc"
done
size=tiny job through-training --set data.source=synthetic
is "$(values "$tmp/through-training.nc" training_step | tr '\n' ' ')" '0 1 2 0 1 2 0 1 2 ' \
    'through-training: all weights that were kept, of three networks'
bs_ok 'and the picture that it names' 1 plot "$tmp/through-training.nc" \
    --quantity='stage_branch_loss_band_correlation[2,0]' -o "$tmp/correlation.svg"
like "$(<"$tmp/correlation.svg")" 'epoch' 'over epochs'
done_testing
