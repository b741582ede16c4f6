#!/bin/bash
# What verbs leave: nothing that exists is replaced, nothing that is lost counts as done, a summary
# stays a summary.
. "${0%/*}/lib.sh"

small=(--set networks.0.depth=8 --set data.images=2 --set data.batch=2 --x=-1:1:3 --quiet)
plane=(--set plane.coefficients=200)
bs_ok 'a sweep' 2 sweep "${small[@]}" --surf_file "$tmp/f.nc"

# Standard output that takes nothing.
for words in --help --version 'sweep --defaults' 'demo --defaults' --list 'theory fbm' "info $tmp/f.nc"; do
    # shellcheck disable=SC2086 # several words
    "$program" $words >/dev/full 2>"$tmp/.err"
    is $? 1 "${words/$tmp\/} into a full disk fails"
    like "$(<"$tmp/.err")" 'error: the standard output cannot be written' 'and says so'
done
for words in "sweep ${small[*]} --surf_file $tmp/full.nc" "analyse $tmp/f.nc" \
    "demo plane ${plane[*]} -o $tmp/full-demo.nc"; do
    # shellcheck disable=SC2086 # several words; one rank without mpirun, which would take the output
    "$program" $words >/dev/full 2>"$tmp/.err"
    is $? 1 "${words%% *} into a full disk fails"
    like "$(<"$tmp/.err")" 'error: the standard output cannot be written' 'and says so'
done

# kept NAME FILE ARGUMENT...: refused, with FILE as it was, and done with --force.
kept() {
    local name=$1 file=$2
    shift 2
    cp "$file" "$tmp/.before"
    bs 2 "$@"
    is "$code" 2 "$name is refused"
    like "$err" "${file##*/} exists" "$name: the file is named"
    ok "$name: the file is as it was" cmp "$file" "$tmp/.before"
    [ -n "${unforced:-}" ] || bs_ok "$name is done with --force" 2 "$@" --force
    [ -n "${unforced:-}" ] || ok "$name: the file is another one" not cmp -s "$file" "$tmp/.before"
}
not() { ! "$@"; }
text() { echo "a note of the user's" >"$1"; }
text "$tmp/note.txt"
kept 'theory over a note' "$tmp/note.txt" theory fbm --bins 3 -o "$tmp/note.txt"
text "$tmp/note.txt"
kept 'a demo over a note' "$tmp/note.txt" demo plane "${plane[@]}" -o "$tmp/note.txt"
cp "$tmp/f.nc" "$tmp/plane.nc"
kept 'a demo over a sweep' "$tmp/plane.nc" demo plane "${plane[@]}" -o "$tmp/plane.nc"
text "$tmp/holiday.png"
kept 'a demo whose picture exists' "$tmp/holiday.png" demo plane "${plane[@]}" -o "$tmp/holiday.nc"
text "$tmp/f.svg"
kept 'plot over a note' "$tmp/f.svg" plot "$tmp/f.nc" -o "$tmp/f.svg"
text "$tmp/f.png"
kept 'plot over a picture by its own name' "$tmp/f.png" plot "$tmp/f.nc"
text "$tmp/f.csv"
unforced=1 kept 'convert over a note' "$tmp/f.csv" convert "$tmp/f.nc" -o "$tmp/f.csv"
bs_ok 'convert is done with --force' 1 convert "$tmp/f.nc" -o "$tmp/f.csv" --force
text "$tmp/new.nc"
unforced=1 kept 'analyse over a note' "$tmp/new.nc" analyse "$tmp/f.nc" -o "$tmp/new.nc"
ln -s "$tmp/note.txt" "$tmp/link.csv"
bs 1 theory fbm -o "$tmp/link.csv" --force
is "$code" 2 'a link is not followed, nor replaced'
is "$(find "$tmp" -name '*.tmp*')" '' 'and no temporary file is left'

# The same demo again is a resume at its end.
bs_ok 'a demo' 2 demo plane "${plane[@]}" -o "$tmp/again.nc"
first=${out%picture*}
sum=$(cksum <"$tmp/again.nc")
rm "$tmp/again.png"
bs_ok 'the same again' 2 demo plane "${plane[@]}" -o "$tmp/again.nc"
is "${out%file: *}" "${first%file: *}" 'prints the same'
like "$out" 'again.nc \(from an earlier run\)' 'from the file'
is "$(cksum <"$tmp/again.nc")" "$sum" 'which stays as it is'
ok 'and draws the picture that was missing' grep -q PNG "$tmp/again.png"
bs 2 demo plane "${plane[@]}" --set seed=2 -o "$tmp/again.nc"
is "$code" 2 'with another seed it is another demo'

# Many networks and realisations.
bs_ok 'many surfaces' 1 sweep --set networks.0.depth=8 --set data.images=1 --set data.batch=1 --x=-1:1:2 --quiet \
    --set realisations=30 --surf_file "$tmp/many.nc"
ok 'the report is short' test "$(wc -l <<<"$out")" -lt 10
like "$out" 'network0 +all +min [0-9.]+ at \(-?1\) of #[0-9]+, mean [0-9.]+, max' 'and speaks of all realisations'
lowest=$(values "$tmp/many.nc" train_loss | sort -g | head -n 1)
ok 'with the right minimum' awk -v a="$lowest" -v b="$(sed -n 's/.*min \([0-9.]*\).*/\1/p' <<<"$out")" \
    'BEGIN { exit !((a - b) ^ 2 < 1e-8) }'
bs_ok 'many networks' 1 sweep --set networks.0.depth=8 --set data.images=1 --set data.batch=1 --x=-1:1:2 --quiet \
    --set 'scan={skip_weight: [1, .9, .8, .7, .6, .5, .4, .3, .2, .1, 0], paths: [1, 2]}' --surf_file "$tmp/networks.nc"
like "$out" '  2 more networks +min' 'those beyond a screenful share a line'
bs_ok 'info' 1 info "$tmp/networks.nc"
like "$out" '\.\.\. and 2 more' 'does not list them all either'

# Closed streams: nothing that is printed ends in the file that is made.
bs_ok 'a sweep with its streams' 1 sweep "${small[@]}" --surf_file "$tmp/with.nc"
"$program" sweep "${small[@]}" --surf_file "$tmp/without.nc" <&- >&- 2>&-
is "$(values "$tmp/without.nc" train_loss)" "$(values "$tmp/with.nc" train_loss)" 'a sweep without any: the same points'
"$program" convert "$tmp/with.nc" -o "$tmp/with.csv" 2>/dev/null
"$program" convert "$tmp/with.nc" -v -o "$tmp/without.csv" <&- >&- 2>&-
ok 'a table without any: the same' cmp -s "$tmp/with.csv" "$tmp/without.csv"
"$program" demo plane --set plane.coefficients=100 -v -o "$tmp/without-demo.nc" <&- >&- 2>&-
like "$(ncdump -h "$tmp/without-demo.nc")" 'demo = "plane"' 'a demo without any'
"$program" info "$tmp/with.nc" >&- 2>"$tmp/.err"
like "$?$(<"$tmp/.err")" '^1.*standard output cannot be written' 'and a closed output is an error'
done_testing
