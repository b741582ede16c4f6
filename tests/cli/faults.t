#!/bin/bash
# One rank fails alone, from the first allocation on: the program ends with a message, and soon.
# All further allocations are tried in tests/mpi/test_verbs_fault.c.
. "${0%/*}/lib.sh"
export BS_TIMEOUT=60

small=(--set networks.0.depth=8 --set data.images=8 --x=-1:1:3 --surf_file "$tmp/f.nc")
for rank in 0 1; do
    for n in 1 2 3 4 5; do
        BS_FAULT=alloc:$n@rank$rank bs 2 sweep "${small[@]}"
        is "$code" 1 "allocation $n of rank $rank fails: so does the sweep"
        is "$(grep -c '^blueshift: error: .*out of memory' <<<"$err")" 1 'which says so once'
    done
done
BS_FAULT=alloc:3@rank2 bs 3 demo plane --set plane.coefficients=100 -o "$tmp/d.nc"
is "$code" 1 'and a demo on three ranks'
BS_FAULT=alloc:3 bs 1 info "$tmp/f.nc"
ok 'and a verb of one process' test "$code" -gt 0
is "$(ls -A "$tmp")" $'.err\n.out' 'no file is left'

# An allocation of a library fails on rank 1, wherever it is: the job ends, whatever the library makes
# of it, and a file that is said to be whole is right. A few of them; BS_TEST_ALL=1 tries a hundred.
failing=$BS_ROOT/${BUILD:-build}/tests/tools/allocfail.so
fails() { # LIBRARY NUMBER
    rm -f "$tmp"/f.nc*
    ALLOCFAIL_IN=$1 ALLOCFAIL=$2 ALLOCFAIL_RANK=1 LD_PRELOAD=$failing bs 2 sweep --quiet "${small[@]}"
}
bs_ok 'a sweep' 2 sweep --quiet "${small[@]}"
wanted=$(values "$tmp/f.nc" train_loss)
if ! [ -e "$failing" ] || ldd "$program" | grep -q libasan; then
    skip 'allocations of libraries' 'no allocfail.so, or a sanitizer has the allocator'
else
    RANDOM=${BS_TEST_SEED:-$$}
    echo "# BS_TEST_SEED=${BS_TEST_SEED:-$$}" # to repeat a failed run
    for library in libpnetcdf libnetcdf; do
        fails $library 1000000
        count=$(grep -o '[0-9]* allocations' <<<"$err")
        ok "$library allocates memory ($count)" [ "${count% *}" -gt 10 ]
        hangs=0 wrong=0
        tries=$((${BS_TEST_ALL:-0} ? 50 : 2))
        for ((i = 0; i < tries; i++)); do
            number=$((RANDOM % ${count% *} + 1))
            fails $library $number
            case $code in
            0) [ "$(values "$tmp/f.nc" train_loss)" = "$wanted" ] || wrong=$((wrong + 1)) ;;
            110 | 124 | 137) hangs=$((hangs + 1)) ;;
            esac
            echo "# allocation $number of $library: code $code"
        done
        is "$hangs $wrong" '0 0' "$tries allocations of $library fail: no hang, and no wrong file"
    done
fi
rm -f "$tmp"/f.nc*

not_running() { ! running "$1"; }

# Signals: verbs without a safe place of their own end at once.
mkfifo "$tmp/fifo"
for verb in info 'plot' "convert -o $tmp/x.csv" "export -o $tmp/x.safetensors"; do
    # shellcheck disable=SC2086 # several words
    "$program" $verb "$tmp/fifo" >/dev/null 2>&1 &
    sleep 0.3
    kill "$!" 2>/dev/null
    deadline=$((SECONDS + 10 * BS_PATIENCE))
    while running "$!" && ((SECONDS < deadline)); do
        sleep 0.1
    done
    ok "SIGTERM ends ${verb%% *} FIFO" not_running "$!"
    kill -9 "$!" 2>/dev/null
done

mkfifo "$tmp/fifo.yaml"
"$program" sweep "$tmp/fifo.yaml" >/dev/null 2>&1 &
sleep 0.5
kill "$!"
for ((i = 0; i < 100 * BS_PATIENCE; i++)); do
    running "$!" || break
    sleep 0.1
done
ok 'SIGTERM ends a sweep that waits for its experiment' not_running "$!"
out=$("$program" sweep --dry-run <(sleep 0.3; cat jobs/quickstart.yaml) 2>&1)
like "$out" 'points +[0-9]+' 'an experiment through a slow pipe is read'

# What a verb was writing goes with it. gnuplot is one that never ends.
bs_ok 'a sweep to draw' 1 sweep --set networks.0.depth=8 --set data.images=2 --set data.batch=2 --x=-1:1:3 \
    --quiet --surf_file "$tmp/g.nc"
mkdir "$tmp/bin"
printf '#!/bin/sh\nexec sleep %d\n' $((10 * BS_PATIENCE)) >"$tmp/bin/gnuplot"
chmod +x "$tmp/bin/gnuplot"
PATH=$tmp/bin:$PATH "$program" plot "$tmp/g.nc" >/dev/null 2>&1 &
for ((i = 0; i < 50 * BS_PATIENCE; i++)); do
    [ -z "$(find "$tmp" -name 'g.png*.tmp')" ] || break
    sleep 0.1
done
ok 'a picture is under way' test -n "$(find "$tmp" -name 'g.png*.tmp')"
kill "$!"
wait "$!"
is $? 143 'SIGTERM ends plot at once'
is "$(find "$tmp" -name 'g.png*')" '' 'and its unfinished picture goes with it'
done_testing
