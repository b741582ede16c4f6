#!/bin/bash
# Pictures: paths, planes, volumes; gaps are marked; every failure says why and leaves nothing behind.
. "${0%/*}/lib.sh"

small=(--set networks.0.kind=mlp --set networks.0.width=16 --set data.images=32 --set data.batch=32 --quiet)

bs_ok 'a path' 1 sweep "${small[@]}" --x=-1:1:9 --surf_file "$tmp/path.nc"
bs_ok 'a plane' 1 sweep "${small[@]}" --x=-1:1:5 --y=-1:1:4 --surf_file "$tmp/plane.nc" \
    --set title="It's <one> {surface}_x"
bs_ok 'a volume' 1 sweep "${small[@]}" --x=-1:1:4 --y=-1:1:3 --z=-1:1:3 --surf_file "$tmp/volume.nc"

for kind in path plane volume; do
    bs_ok "$kind is drawn" 1 plot "$tmp/$kind.nc"
    ok "$kind: a PNG beside the file" grep -q PNG "$tmp/$kind.png"
    like "$err" "$tmp/$kind.png" "$kind: the picture is named"
done
bs_ok 'PDF' 1 plot "$tmp/plane.nc" -o "$tmp/plane.pdf"
ok 'a PDF is one' grep -q '%PDF' "$tmp/plane.pdf"
bs_ok 'SVG, on three ranks' 3 plot "$tmp/plane.nc" -o "$tmp/plane.svg"
words() { grep -o '<text>.*' "$1"; }
svg=$(words "$tmp/plane.svg")
like "$svg" "It's &lt;one(>|&gt;) \{surface\}_x" 'the title stands in the picture as it is'
unlike "$svg" 'not finite|not computed|failed' 'a whole surface has no marks'
bs 1 plot "$tmp/path.nc" -o "$tmp/path.svg"
like "$(words "$tmp/path.svg")" 'magnitude of the spectrum' 'the spectrum stands beside the path'

# damage VARIABLE NUMBERS: the first numbers of a variable of $tmp/plane.nc replaced, in $tmp/gaps.nc
damage() {
    ncdump -n gaps "${3:-$tmp/plane.nc}" | awk -v name="$1" -v numbers="$2" '
        $1 == name && $2 == "=" { inside = 1; count = split(numbers, number, " ") }
        inside && !done {
            sub(/.*= */, "")
            text = text $0
            if (/;/) {
                sub(/ *;.*/, "", text)
                total = split(text, value, / *, */)
                printf " %s = ", name
                for (i = 1; i <= total; i++)
                    printf "%s%s", i <= count ? number[i] : value[i], i < total ? ", " : " ;\n"
                done = 1
            }
            next
        }
        { print }' >"$tmp/gaps.cdl"
    ncgen -5 -o "$tmp/gaps.nc" "$tmp/gaps.cdl"
}
damage train_loss 'NaN -1 Infinity _'
damage status '2 1 2 0 3' "$tmp/gaps.nc"
bs_ok 'a surface with gaps is drawn' 1 plot "$tmp/gaps.nc" -o "$tmp/gaps.svg"
svg=$(words "$tmp/gaps.svg")
for mark in 'not computed yet' failed 'not finite'; do
    like "$svg" "$mark" "the legend explains: $mark"
done
damage status '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0'
bs_ok 'a surface without any point is drawn' 1 plot "$tmp/gaps.nc"

bs 1 plot "$tmp/plane.nc" -o "$tmp/plane.jpeg"
is "$code" 2 'an unknown format is refused'
like "$err" 'plane.jpeg: .*\.png, \.svg or \.pdf' 'and the known ones are named'
bs 1 plot "$tmp/none.nc"
ok 'no file: a failure' test "$code" -gt 0
like "$err" 'none.nc' 'that names the file'
bs 1 plot "$tmp/plane.nc" -o "$tmp/none/plane.png"
is "$code" 1 'no folder to write to'
like "$err" 'none/plane.png.*No such file' 'is said'

mkdir "$tmp/bin"
for tool in timeout mpirun orted ssh env; do
    ln -s "$(command -v $tool)" "$tmp/bin/"
done
PATH=$tmp/bin bs 1 plot "$tmp/plane.nc" -o "$tmp/x.png"
is "$code" 1 'no gnuplot: a failure'
like "$err" 'gnuplot is not installed.*apt install gnuplot-nox' 'that says how to get it'
is "$(find "$tmp" -name '*.tmp' -o -name x.png)" '' 'failures leave nothing behind'
done_testing
