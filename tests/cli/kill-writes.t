#!/bin/bash
# The program killed before single changes of its file: no written point is ever lost, and the next
# run ends with the same bits. Every fourth change, from a random one on; all with BS_TEST_STRIDE=1.
. "${0%/*}/lib.sh"

killer=$BS_ROOT/${BUILD:-build}/tests/tools/killw.so
[ -e "$killer" ] || skip_all "no $killer"

sweep() { # FILE: alone, without mpirun, so that the kill is the only event
    "$program" sweep --quiet --set networks.depth=8 --set data.images=4 --x=-1:1:2 --y=0:1:2 \
        --set parallel.flush_interval=0 --surf_file "$1" >/dev/null 2>"$tmp/.err"
}
bits() {
    local name
    for name in train_loss train_acc loss_stderr status cosine_xy; do
        values "$1" "$name"
    done
}

KILLW_COUNT=1 LD_PRELOAD=$killer sweep "$tmp/whole.nc"
# Open MPI's helper process reports as well; it changes nothing.
changes=$(sed -n 's/^killw: \([0-9]*\) changes$/\1/p' "$tmp/.err" | sort -n | tail -n 1)
ok "a run changes its file many times: ${changes:-0}" [ "${changes:-0}" -gt 20 ]
reference=$(bits "$tmp/whole.nc")

stride=${BS_TEST_STRIDE:-4}
seed=${BS_TEST_SEED:-$$}
echo "# BS_TEST_SEED=$seed BS_TEST_STRIDE=$stride" # to repeat a failed run
killed=0 survived=0 lost=0 wrong=0 differ=0 broken=0 before=0
for ((n = seed % stride; n < changes; n += stride)); do
    killed=$((killed + 1))
    file=$tmp/$n.nc
    (KILLW=$n LD_PRELOAD=$killer sweep "$file") 2>/dev/null && survived=$((survived + 1))
    if [ -e "$file" ]; then
        ncdump -h "$file" >/dev/null 2>&1 || broken=$((broken + 1))
        # A later kill never leaves fewer points, and every point that is there is right.
        now=$(done_points "$file")
        ((now >= before)) || lost=$((lost + 1))
        before=$now
        wrong=$((wrong + $(paste <(values "$file" status) <(values "$file" train_loss) \
            <(values "$tmp/whole.nc" train_loss) | awk '$1 != 0 && $2 != $3 { n++ } END { print n + 0 }')))
    fi
    sweep "$file"
    [ "$(bits "$file")" = "$reference" ] || differ=$((differ + 1))
    rm -f "$file" "$file".*.tmp
done
is "$survived" 0 "every one of $killed runs was killed"
is "$broken" 0 "what a kill leaves is a readable file, or none"
is "$lost" 0 "no kill loses a written point"
is "$wrong" 0 "every point that is marked as done holds its value"
is "$differ" 0 "every resumed run ends with the same bits"
done_testing
