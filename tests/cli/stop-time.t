#!/bin/bash
# How long it takes from SIGUSR1 or SIGUSR2 to the end of a job with everything on the disk: 10 seconds, or one
# point where that takes longer. The time is printed; the limit leaves room for a loaded machine.
. "${0%/*}/lib.sh"
export BS_TIMEOUT=300

now() { date +%s.%N; }
calc() { awk "BEGIN { printf \"%.2f\", $1 }"; }

# stops NAME N ARGUMENT...: a sweep on N ranks, stopped within its points.
stops() {
    local name=$1 ranks=$2 begin point took
    shift 2
    rm -f "$tmp/one.nc" "$tmp/stop.nc"
    begin=$(now)
    bs "$ranks" sweep "$@" --x=0:0:1 --surf_file "$tmp/one.nc"
    point=$(calc "$(now) - $begin") # with the start of the program
    start "$ranks" sweep "$@" --x=-1:1:4001 --surf_file "$tmp/stop.nc"
    wait_for_progress "$tmp/stop.nc" 0
    sleep 0.3
    begin=$(now)
    kill "-${signal:-USR1}" "$pid"
    finish 120
    took=$(calc "$(now) - $begin")
    is "$code" 75 "$name: SIG${signal:-USR1} ends it with exit code 75"
    echo "# $name: $took s from SIG${signal:-USR1} to the end; a point with the program's start takes $point s"
    ok "$name: within 10 s or one point, here $took s" awk "BEGIN { exit !($took <= 30 * $BS_PATIENCE || $took <= 3 * $point) }"
    ok "$name: points are done" [ "$(done_points "$tmp/stop.nc")" -gt 0 ]
    is "$(values "$tmp/stop.nc" sessions)" 1 "$name: and the session is in the file"
}

stops 'short points' 2 --set networks.0.depth=8 --set networks.0.width=2 --set data.images=8 --quiet
stops 'long points' 2 --set networks.0.depth=20 --set data.images=1024 --set parallel.flush_interval=0 --quiet
signal=USR2 stops 'shared points' 2 --set networks.0.depth=20 --set data.images=1024 --set parallel.shards=2 \
    --set parallel.flush_interval=0 --quiet
done_testing
