#!/bin/bash
# The output of a sweep against others: its name, a second job, links planted in its place, a file
# that vanishes under it, and a rank that cannot read it.
. "${0%/*}/lib.sh"

net=(--set networks.0.depth=8 --set networks.0.width=2 --set data.images=4 --quiet)
small=("${net[@]}" --x=-1:1:3)
tables() { # FILE: its numbers, by a name that ncdump understands
    ln -sf "$(realpath -- "$1")" "$tmp/alias.nc"
    values "$tmp/alias.nc" train_loss
    values "$tmp/alias.nc" status
}

# Names that mean something to a library, or are too long for one.
bs_ok 'an ordinary name' 1 sweep "${small[@]}" --surf_file "$tmp/plain.nc"
wanted=$(tables "$tmp/plain.nc")
mkdir "$tmp/names"
deep=$tmp/names
while [ ${#deep} -lt 230 ]; do
    deep=$deep/0123456789
done
mkdir -p "$deep"
cd "$tmp/names" || exit 1
for name in run_06:48.nc ufs:a.nc ' leading.nc' 'a#mode=x.nc' '100%d.nc' 'a b.nc' '-dash.nc' 'back\slash.nc' \
    '[list].nc' '{map}.nc' "'single'.nc" '"double' $'"line\nbreak' null '~' \
    "$deep/a-path-of-more-than-242-bytes.nc" "$(printf 'n%.0s' {1..251}).nc"; do
    bs_ok "'${name: -40}'" 2 sweep "${small[@]}" --surf_file="$name"
    is "$(tables "$name")" "$wanted" 'the same points'
    bs_ok 'resumed' 1 sweep "${small[@]}" --surf_file="$name"
done
bs_ok 'analysed under the longest name' 1 analyse "$(printf 'n%.0s' {1..251}).nc"
bs_ok 'and into it' 1 analyse run_06:48.nc -o "$(printf 'm%.0s' {1..251}).nc"
bs_ok 'a demo with brackets' 1 demo plane --set plane.coefficients=100 -o '[demo].nc'
ok 'is called so' [ -e '[demo].nc' ]
bs 1 analyse run_06:48.nc -o ''
like "$code$err" '^2.*has no name' 'no name is no output'
bs 1 sweep "${small[@]}" --surf_file "$(printf 'n%.0s' {1..256}).nc"
is "$code" 1 'a longer name than the file system takes is refused'
like "$err" 'File name too long' 'with the true reason'
cd "$BS_ROOT" || exit 1
is "$(find "$tmp" -name '*.tmp')" '' 'no temporary file is left'

# Two jobs with the same output, started together.
lost=0 silent=0
for ((i = 1; i <= 10; i++)); do
    file=$tmp/both.$i.nc
    "$program" sweep "${small[@]}" --surf_file "$file" >/dev/null 2>"$tmp/first" &
    one=$!
    "$program" sweep "${small[@]}" --surf_file "$file" >/dev/null 2>"$tmp/second" &
    two=$!
    wait $one
    one=$?
    wait $two
    two=$?
    [ "$(tables "$file")" = "$wanted" ] || lost=$((lost + 1))
    [ $one = 0 ] || grep -q 'in use by another job (process' "$tmp/first" || silent=$((silent + 1))
    [ $two = 0 ] || grep -q 'in use by another job (process' "$tmp/second" || silent=$((silent + 1))
    ((one == 0 || two == 0)) || lost=$((lost + 1))
done
is "$lost" 0 'ten pairs of jobs with the same output: every file has all points'
is "$silent" 0 'and a job that does not end well says who has the file'
failed=0
for ((i = 1; i <= 6; i++)); do
    "$program" analyse "$tmp/both.$i.nc" >/dev/null 2>"$tmp/first" &
    one=$!
    "$program" analyse "$tmp/both.$i.nc" >/dev/null 2>"$tmp/second" &
    two=$!
    wait $one || failed=$((failed + 1))
    wait $two || failed=$((failed + 1))
    [ "$(tables "$tmp/both.$i.nc")" = "$wanted" ] || failed=$((failed + 1))
done
is "$failed" 0 'six pairs of analyses of one file: the second waits and does it again'

# What killed jobs left goes with the next start; what is alive or of another kind stays.
stem=$tmp/left.nc
kept=("$stem.aaaaaaaaaaaaaaaa.tmp" "$stem.tmp" "$stem.0123456789abcdeg.tmp" "$tmp/other.nc.0123456789abcdef.tmp")
for name in "$stem.0123456789abcdef.tmp" "${kept[@]}"; do
    echo left >"$name"
done
exec 9<"$stem.aaaaaaaaaaaaaaaa.tmp"
flock -s 9
ln -s "$tmp/precious" "$stem.cccccccccccccccc.tmp"
bs_ok 'a sweep where another was killed while it made the file' 1 sweep "${small[@]}" --surf_file "$stem"
ok 'what that left is gone' [ ! -e "$stem.0123456789abcdef.tmp" ]
for name in "${kept[@]}"; do
    ok "${name##*/} stays" [ -e "$name" ]
    rm -f "$name"
done
exec 9<&-
start 1 sweep "${net[@]}" --x=-1:1:20000 --y=-1:1:2000 --surf_file "$tmp/killed.nc"
for ((i = 0; i < 100 * BS_PATIENCE; i++)); do
    [ -z "$(find "$tmp" -name 'killed.nc.*.tmp')" ] || break
    sleep 0.05
done
for rank in $(ranks_of "$pid"); do
    kill -9 "$rank"
done
finish 30
ok 'a sweep killed while it makes its file leaves it' [ -n "$(find "$tmp" -name 'killed.nc.*.tmp')" ]
bs_ok 'another with this output' 1 sweep "${small[@]}" --surf_file "$tmp/killed.nc"
is "$(find "$tmp" -name 'killed.nc.*.tmp')" '' 'clears it away at once'
ok 'and so does a link' [ -L "$stem.cccccccccccccccc.tmp" ]
rm -f "$stem".*

start 1 sweep "${net[@]}" --set data.images=500 --x=-1:1:401 --set parallel.flush_interval=0 --surf_file "$tmp/held.nc"
wait_for_progress "$tmp/held.nc" 0
BS_LOCK_WAIT=0.2 bs 1 sweep "${net[@]}" --set data.images=500 --x=-1:1:401 --surf_file "$tmp/held.nc"
is "$code" 1 'a file that another job has is left alone'
like "$err" 'held.nc is in use by another job \(process [0-9]+ of this host\)' 'said who has it'

# It vanishes under the job.
mv "$tmp/held.nc" "$tmp/away.nc"
finish 30
is "$code" 1 'moved away under the job: it stops'
like "$(<"$tmp/.err")" 'held.nc was deleted, moved or replaced' 'said so'
ok 'the points are in the moved file' [ "$(done_points "$tmp/away.nc")" -gt 0 ]
start 2 sweep "${net[@]}" --set data.images=500 --x=-1:1:401 --set parallel.flush_interval=0 --surf_file "$tmp/gone.nc"
wait_for_progress "$tmp/gone.nc" 0
rm "$tmp/gone.nc"
finish 30
is "$code" 1 'deleted under two ranks: they stop'
like "$(<"$tmp/.err")" 'gone.nc was deleted, moved or replaced' 'said so'
start 1 sweep "${net[@]}" --set data.images=500 --x=-1:1:401 --set parallel.flush_interval=0 --surf_file "$tmp/put.nc"
wait_for_progress "$tmp/put.nc" 0
cp "$tmp/plain.nc" "$tmp/other.nc"
mv "$tmp/other.nc" "$tmp/put.nc"
finish 30
is "$code" 1 'another file put in its place: it stops'
like "$(<"$tmp/.err")" 'put.nc was deleted, moved or replaced' 'said so'
ok 'and the other file is as it was' cmp -s "$tmp/plain.nc" "$tmp/put.nc"

# Links planted where a temporary file could be, and at the output itself.
echo precious >"$tmp/precious"
ln -s "$tmp/precious" "$tmp/link.nc.tmp"
ln -s "$tmp/precious" "$tmp/planted.nc"
bs_ok 'a link at NAME.tmp' 1 sweep "${small[@]}" --surf_file "$tmp/link.nc"
bs_ok 'of a table' 1 convert "$tmp/link.nc" -o "$tmp/link.csv"
bs 1 sweep "${small[@]}" --surf_file "$tmp/planted.nc"
is "$code" 2 'a link to another file is no output'
is "$(<"$tmp/precious")" precious 'and what they lead to is as it was'

# One rank cannot read: nobody waits for ever.
reader=$BS_ROOT/${BUILD:-build}/tests/tools/readfail.so
if [ -e "$reader" ] && ! ldd "$program" | grep -q libasan; then
    for rank in 0 1; do
        for number in 0 1 2 4; do
            cp "$tmp/plain.nc" "$tmp/read.nc"
            for verb in analyse sweep; do
                arguments=("$tmp/read.nc")
                [ $verb = analyse ] || arguments=("${small[@]}" --surf_file "$tmp/read.nc")
                BS_TIMEOUT=40 READFAIL=$number READFAIL_RANK=$rank LD_PRELOAD=$reader bs 2 $verb "${arguments[@]}"
                ok "$verb, read $number and later of rank $rank fail: it ends ($code)" [ "$code" != 110 ]
                [ "$code" = 0 ] || like "$err" 'read.nc' 'and says where'
            done
        done
    done
else
    skip 'a rank that cannot read' 'no readfail.so, or a sanitizer that must be preloaded first'
fi
done_testing
