#!/bin/bash
# One rank fails alone, from the first allocation on: the program ends with a message, and soon.
# All further allocations are tried in tests/mpi/test_verbs_fault.c.
. "${0%/*}/lib.sh"
export BS_TIMEOUT=30

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
