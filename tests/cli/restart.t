#!/bin/bash
# The same bits on any number of ranks and shards, after kills at random moments, and after stops.
. "${0%/*}/lib.sh"

seed=${BS_TEST_SEED:-$$}
echo "# BS_TEST_SEED=$seed" # to repeat the moments of a failed run
RANDOM=$seed

if [ -n "${BLUESHIFT_DATA:-}" ]; then
    common=(--model_file "$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors"
        --set data.source=cifar10 --set data.path="$BLUESHIFT_DATA" --set data.split=test)
else
    common=(--set networks.0.depth=20)
fi
common+=(--set data.images=96 --set data.batch=32 --x=-1:1:13 --y=-0.5:0.5:11 --quiet)

bits() { # every value and status of a file
    local name
    for name in $(ncdump -h "$1" | awk '/^\t(byte|double) (train_loss|train_acc|test_loss|test_acc|loss_stderr|status|cosine_xy)(\(| )/ {
        sub(/\(.*/, "", $2); sub(/;/, "", $2); print $2 }'); do
        echo "$name"
        values "$1" "$name"
    done
}

bs_ok "one rank" 1 sweep "${common[@]}" --surf_file "$tmp/1.nc"
reference=$(bits "$tmp/1.nc")
is "$(done_points "$tmp/1.nc")" 143 "all points done"
for layout in "2 1 static" "3 1 on-demand" "4 1 static" "2 2 static" "4 2 on-demand"; do
    read -r ranks shards schedule <<<"$layout"
    bs_ok "$ranks ranks, $shards shards, $schedule" "$ranks" sweep "${common[@]}" \
        --set parallel.shards="$shards" --set parallel.schedule="$schedule" --surf_file "$tmp/$ranks-$shards.nc"
    is "$(bits "$tmp/$ranks-$shards.nc")" "$reference" "$ranks ranks, $shards shards: the same bits"
done

# Ten kills; each session must resume where the last one was left.
file=$tmp/killed.nc
before=0
lost=0
stuck=0
for ((kill = 1; kill <= 10; kill++)); do
    ranks=$((RANDOM % 4 + 1))
    start "$ranks" sweep "${common[@]}" --set parallel.flush_interval=0 --surf_file "$file"
    if ((kill % 3 != 0)); then
        wait_for_progress "$file" "$before" || stuck=$((stuck + 1))
    fi
    sleep "0.$((RANDOM % 9))"
    mapfile -t victims < <(ranks_of "$pid"; echo "$pid")
    victim=${victims[RANDOM % ${#victims[@]}]}
    command kill -9 "$victim" 2>/dev/null
    finish 15
    [ "$code" != 124 ] || stuck=$((stuck + 1))
    if [ -e "$file" ]; then
        now=$(done_points "$file")
        ((now >= before)) || lost=$((lost + before - now))
        before=$now
        [ "$before" -lt 143 ] || break
    fi
done
echo "# $before of 143 points done after $((kill < 10 ? kill : 10)) kills"
is "$lost" 0 "no kill loses a point that was written"
is "$stuck" 0 "no killed job hangs, every resume makes progress"
bs_ok "resumed on 2 ranks to the end" 2 sweep "${common[@]}" --surf_file "$file"
is "$(bits "$file")" "$reference" "the same bits as without kills"

# Stops: exit code 75, and a resume to the same bits.
stop() { # NAME SIGNAL RANKS TARGET [CODE]
    local file=$tmp/$1.nc
    start "$3" sweep "${common[@]}" --set parallel.flush_interval=0 --surf_file "$file"
    wait_for_progress "$file" 3
    local target=$pid
    [ "$4" = mpirun ] || target=$(ranks_of "$pid" | tail -n 1)
    command kill "-$2" "$target"
    finish 60
    is "$code" "${5:-75}" "$1: exit code ${5:-75}"
    # A terminated mpirun kills its ranks after a second, which is too soon where they are slow.
    if [ "${5:-75}" = 1 ] && [ "$BS_PATIENCE" -gt 1 ]; then
        skip "$1: says how far it came" 'mpirun grants one second'
    else
        like "$(<"$tmp/.err")" 'stopped early with [0-9]+ of 143 points' "$1: says how far it came"
    fi
    bs_ok "$1: resumes" $((3 - $3 + 1)) sweep "${common[@]}" --surf_file "$file"
    is "$(bits "$file")" "$reference" "$1: the same bits"
}
stop usr1-to-mpirun USR1 2 mpirun
# Open MPI's own code for a terminated mpirun; the ranks end cleanly all the same.
stop term-to-mpirun TERM 2 mpirun 1
stop term-to-one-rank TERM 2 rank
stop term-to-rank-of-one TERM 1 rank

bs 2 sweep "${common[@]}" --x=-1:1:401 --surf_file "$tmp/limit.nc" --set parallel.time_limit=3
is "$code" 75 "time limit: exit code 75"
ok "time limit: some points done" [ "$(done_points "$tmp/limit.nc")" -gt 0 ]
done_testing
