# TAP for tests in bash: source it, call ok, is, like, bs ..., and end with done_testing.
# shellcheck shell=bash disable=SC2034
# $tmp is a folder of the test's own, removed at the end; the current folder stays the source tree.

BS_ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export BS_ROOT
cd "$BS_ROOT" || exit 1
. tests/run/env.sh
# The leak checker stops a process to look at it while mpirun ends it, and both wait for ever: leaks
# are looked for in the unit and mpi tests, here memory errors only.
export ASAN_OPTIONS=${ASAN_OPTIONS/detect_leaks=1/detect_leaks=0}
program=${BS_PROGRAM:-$BS_ROOT/build/blueshift}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/blueshift-test-XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

tap_count=0
tap_failures=0

# ok NAME COMMAND [ARGUMENT...]: passes when the command succeeds.
ok() {
    local name=$1
    shift
    if "$@"; then
        tap_line ok "$name"
    else
        tap_line 'not ok' "$name"
        tap_explain "failed: $*"
    fi
}

# is GOT WANTED NAME: passes when both strings are equal.
is() {
    if [ "$1" = "$2" ]; then
        tap_line ok "$3"
    else
        tap_line 'not ok' "$3"
        tap_explain "got:    $1" "wanted: $2"
    fi
}

# like TEXT REGEX NAME and unlike TEXT REGEX NAME: extended regular expressions.
like() {
    if [[ $1 =~ $2 ]]; then
        tap_line ok "$3"
    else
        tap_line 'not ok' "$3"
        tap_explain "got:    $1" "wanted: /$2/"
    fi
}
unlike() {
    if [[ $1 =~ $2 ]]; then
        tap_line 'not ok' "$3"
        tap_explain "got:      $1" "unwanted: /$2/"
    else
        tap_line ok "$3"
    fi
}

# skip NAME REASON: one test that cannot run here.
skip() {
    tap_line ok "$1 # SKIP $1: $2"
}

# find_python MODULE NAME: sets $python to one that has the module, or skips the test NAME. Where python3
# is not the system's, the system's may be the one with torch and h5py.
find_python() {
    for python in python3 /usr/bin/python3; do
        $python -c "import $1" 2>/dev/null && return
    done
    skip "$2" "python3 has no $1"
    return 1
}

# skip_all REASON: ends the file.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# skip_without_data: ends the file when the real data are not at hand.
skip_without_data() {
    [ -n "${BLUESHIFT_DATA:-}" ] || skip_all 'BLUESHIFT_DATA is not set'
}

done_testing() {
    echo "1..$tap_count"
    exit $((tap_failures > 0))
}

# bs N ARGUMENT...: blueshift on N ranks, at most BS_TIMEOUT (60) seconds, which BS_PATIENCE
# multiplies, as all limits (tests/run/env.sh). Leaves $out, $err, $code;
# code 110 is a time-out.
bs() {
    local ranks=$1 limit=$((${BS_TIMEOUT:-60} * BS_PATIENCE))
    shift
    timeout -k 5 $((limit + 10)) "${MPIRUN:-mpirun}" --quiet --timeout "$limit" \
        -n "$ranks" "$program" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    out=$(<"$tmp/.out")
    err=$(<"$tmp/.err")
}

# start N ARGUMENT...: blueshift on N ranks in the background; $pid is mpirun's. end waits for it.
start() {
    local ranks=$1
    shift
    "${MPIRUN:-mpirun}" --quiet --timeout $((120 * BS_PATIENCE)) -n "$ranks" "$program" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null &
    pid=$!
}

# finish SECONDS: waits for what start began and leaves $code; 124 when a rank still runs after that
# time. mpirun of Open MPI 4.1 sometimes blocks in PMIx_server_finalize after a rank was killed, with
# no rank left and deaf to its own --timeout: then it is ended, as its user would.
finish() {
    local deadline=$((SECONDS + $1 * BS_PATIENCE)) ended=1
    while running "$pid"; do
        if ((SECONDS >= deadline)); then
            ended=0
            [ -n "$(ranks_of "$pid")" ] || ended=1
            ((ended)) && echo "# mpirun $pid hung after its last rank had ended"
            command kill -9 "$pid"
            break
        fi
        sleep 0.1
    done
    wait "$pid" 2>/dev/null
    code=$?
    ((ended)) || code=124
}

# Whether a process lives; a zombie does not.
running() {
    case $(ps -o stat= -p "$1") in
    '' | Z*) return 1 ;;
    esac
}

# The living children of mpirun that are ranks of blueshift.
ranks_of() {
    pgrep -r D,R,S,T -P "$1" -f "$program"
}

# bs_ok NAME N ARGUMENT...: passes when blueshift on N ranks ends with code 0.
bs_ok() {
    local name=$1
    shift
    bs "$@"
    is "$code" 0 "$name"
    [ "$code" = 0 ] || tap_explain "stderr: $err"
}

# make_installed TARGET SETTING...: `make TARGET` with the program and the libraries that are built and
# under test (--old-file), whatever flags they were built with.
make_installed() {
    local build=${BUILD:-build} old=() file
    for file in "$build"/blueshift "$build"/libblueshift.{a,map} "$build"/libblueshift.so.*; do
        old+=(--old-file="$file")
    done
    MAKEFLAGS='' make -s "$1" "${old[@]}" BUILD="$build" "${@:2}" >"$tmp/make.log" 2>&1 || {
        cat "$tmp/make.log" >&2
        return 1
    }
}

tap_line() {
    tap_count=$((tap_count + 1))
    [ "$1" = ok ] || tap_failures=$((tap_failures + 1))
    echo "$1 $tap_count - $2"
}

# The first lines of each text, as comments.
tap_explain() {
    printf '%s\n' "$@" | head -n 30 | sed 's/^/# /' >&2
}

# values FILE VARIABLE: its numbers, one a line, with all their digits; _ where there is none yet.
values() {
    ncdump -p 9,17 -v "$2" "$1" | sed -e '1,/^data:/d' -e '/^}/d' -e "s/.*$2 =//" | tr -d ' ;' |
        tr ',' '\n' | grep -v '^$'
}

# done_points FILE: how many of its points are evaluated.
done_points() {
    values "$1" status | grep -c '^[12]'
}

# wait_for_progress FILE OLD: until the file holds more than OLD points, at most 20 seconds.
wait_for_progress() {
    local i
    for ((i = 0; i < 100 * BS_PATIENCE; i++)); do
        [ -e "$1" ] && [ "$(done_points "$1")" -gt "$2" ] && return 0
        sleep 0.2
    done
    return 1
}
