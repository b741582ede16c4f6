#!/bin/bash
# Pictures: paths, planes, volumes; gaps are marked; every failure says why and leaves nothing behind.
. "${0%/*}/lib.sh"

# draw ARGUMENT...: blueshift plot without a launcher, as people call it; leaves $err and $code.
draw() {
    timeout -k 5 $((60 * BS_PATIENCE)) "$program" plot "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    err=$(<"$tmp/.err")
}
# draw_ok NAME ARGUMENT...
draw_ok() {
    local name=$1
    shift
    draw "$@"
    is "$code" 0 "$name"
    [ "$code" = 0 ] || tap_explain "stderr: $err"
}

small=(--set networks.0.kind=mlp --set networks.0.width=16 --set data.images=32 --set data.batch=32 --quiet)

bs_ok 'a path' 1 sweep "${small[@]}" --x=-1:1:9 --surf_file "$tmp/path.nc"
bs_ok 'a plane' 1 sweep "${small[@]}" --x=-1:1:5 --y=-1:1:4 --surf_file "$tmp/plane.nc" \
    --set title="It's <one> {surface}_x"
bs_ok 'a volume' 1 sweep "${small[@]}" --x=-1:1:4 --y=-1:1:3 --z=-1:1:3 --surf_file "$tmp/volume.nc"

bs_ok 'planes of different heights' 1 sweep "${small[@]:4}" --x=-1:1:5 --y=-1:1:4 --surf_file "$tmp/heights.nc" \
    --set networks='[{name: First, kind: mlp, width: 16}, {name: Flat, kind: mlp, width: 1}]'
bs_ok 'a ring' 1 sweep "${small[@]:4}" --set path.kind=ring --set grid.x=16 --set realisations=3 \
    --set networks='[{name: First, kind: mlp, width: 16}, {name: "Second, the", kind: mlp, width: 8}]' \
    --surf_file "$tmp/ring.nc"
bs_ok 'a scan' 1 sweep --quiet --set data.images=4 --set data.batch=4 --set networks.0.depth=8 \
    --set networks.0.version=v2 --set networks.0.shortcut=pad --set scan.strength='[0, 1]' \
    --set scan.skip_weight='[0, 1]' --x=-1:1:3 --surf_file "$tmp/scan.nc"

for kind in path plane volume; do
    draw_ok "$kind is drawn" "$tmp/$kind.nc"
    ok "$kind: a PNG beside the file" grep -q PNG "$tmp/$kind.png"
    like "$err" "$tmp/$kind.png" "$kind: the picture is named"
done
draw_ok 'PDF' "$tmp/plane.nc" -o "$tmp/plane.pdf"
ok 'a PDF is one' grep -q '%PDF' "$tmp/plane.pdf"
bs_ok 'SVG, on three ranks' 3 plot "$tmp/plane.nc" -o "$tmp/plane.svg"
words() { grep -o '<text>.*' "$1"; }
svg=$(words "$tmp/plane.svg")
like "$svg" "It's &lt;one(>|&gt;) \{surface\}_x" 'the title stands in the picture as it is'
unlike "$svg" 'not finite|not computed|failed|clipped' 'a whole surface has no marks'
like "$svg" 'steps along the second direction' 'axes say what they are'

# script NAME FILE FLAGS...: $script is gnuplot's script of the picture; no gnuplot runs
script() {
    local name=$1 file=$2
    shift 2
    rm -f "$tmp/s.gp"
    draw_ok "$name" "$tmp/$file.nc" -o "$tmp/s.gp" "$@"
    script=$(cat "$tmp/s.gp" 2>/dev/null)
}
# count PATTERN: lines of the script
count() { grep -cE "$1" "$tmp/s.gp"; }

script 'a script' path
like "$script" "set output '$tmp/s.png'" 'a script draws a picture beside it'
ok 'gnuplot draws the script' gnuplot -d "$tmp/s.gp"
ok 'into that picture' grep -q PNG "$tmp/s.png"
like "$script" 'using 1:3:4 with filledcurves' 'the standard error is a band'
like "$script" 'train acc. \(%\)' 'the accuracy stands below the loss'
like "$script" 'wavenumber \(cycles per unit step\)' 'and the spectrum beside them, with its unit'
like "$script" 'cross-entropy, 32 training images' 'the axis says of how many images, and which'
is "$(grep -oE "'\([a-z]\)'" "$tmp/s.gp" | tr -d '\n')" "'(a)''(b)''(c)'" 'panels are lettered'
like "$script" "'initial weights'" 'the base point is marked'

script 'two networks, three realisations' ring
like "$script" "set xtics \('0' 0, 'π/2' 1.570796327, 'π' 3.14" 'angles in multiples of pi'
like "$script" 'cycles per period' 'wavenumbers too'
unlike "$script" 'initial weights' 'a ring goes around them'
is "$(count '^[$]one[0-9]_')" 4 'loss and accuracy of every network'
is "$(sed -n '/^[$]one0_0/,/^EOD/p' "$tmp/s.gp" | grep -c ' ')" "$((3 * 16 + 1))" 'every realisation is a line'
like "$script" "'3 realisations'.*'their mean'|'3 realisations'" 'the legend explains thin lines'
like "$script" 'with yerrorbars' 'the spectrum has error bars over the realisations'
like "$script" "'Second, the'" 'names with commas'
script 'one network' ring --network 'Second, the' --realisation 2
is "$(count '^[$]mean0_')" 1 'is alone in its picture'
like "$script" 'realisation 2 of 0 to 2' 'and the realisation is named'
script 'another quantity' ring --quantity train_acc
unlike "$script" 'cross-entropy|wavenumber' 'takes the place of the loss'
script 'spectra' ring --view spectrum
like "$script" 'set logscale x' 'are over a logarithmic wavenumber'

script 'filled contours' plane
ok 'are closed curves' grep -qE '^plot .*[$]fill0 using 1:2 with filledcurves closed' "$tmp/s.gp"
unlike "$script" "'\(a\)'" 'a panel alone has no letter'
script 'a clipped plane' plane --clip 2.4
like "$script" 'clipped: [0-9]+ values above 2.4' 'says how much is cut'
scales() { grep -o '^set cbrange .*' "$tmp/s.gp" | sort -u | wc -l; }
script 'two planes' heights
is "$(scales) $(grep -oE "'\([a-z]\)'" "$tmp/s.gp" | tr -d '\n')" "2 '(a)''(b)'" 'have letters, and scales of their own'
script 'clipped' heights --clip 2.4
is "$(scales)" 1 'have one scale'
script 'a logarithmic plane' plane --log
like "$script" 'set logscale cb' 'has a logarithmic scale'
script 'a surface' plane --view surface
like "$script" "splot .*\(0\):\(0\):\(([0-9.]+)\) every ::0::0 with points .* pt 12" 'the base point is marked on it'
height=${BASH_REMATCH[1]}
ok 'on the way between two points, as the surface is' awk -v height="$height" -v values="$(values "$tmp/plane.nc" train_loss | tr '\n' ' ')" \
    'BEGIN { split(values, v, " "); d = height - (v[8] + v[13]) / 2; exit !(height > 0 && d < 1e-8 && d > -1e-8) }'
like "$script" 'splot .points using 1:2:3 with pm3d' 'stands in three dimensions'
script 'slices' volume --view slices
is "$(count "^set title '.*[xyz] = ")" 3 'are three'

# The scan: strengths 0 and 1 by skip weights 0 and 1.
script 'a scan is recognised' scan --quantity depth
is "$(sed -n '/^[$]scan/,/^EOD/p' "$tmp/s.gp" | sed 1d | grep -c ' 8$')" 4 'every network has its cell'
for corner in 'a = 0, .* = 0: linear' 'a = 1, .* = 0: ReLU, no' 'a = 1, .* = 1: ReLU with'; do
    like "$script" "$corner" "the loss path of the corner: $corner"
done
script 'paths of a scan' scan --view path
is "$(count '^[$]mean0_')" 4 'all networks in one panel'

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
draw_ok 'a surface with gaps is drawn' "$tmp/gaps.nc" -o "$tmp/gaps.svg"
svg=$(words "$tmp/gaps.svg")
for mark in 'not computed yet' failed 'not finite'; do
    like "$svg" "$mark" "the legend explains: $mark"
done
damage status '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0'
draw_ok 'a surface without any point is drawn' "$tmp/gaps.nc"
draw_ok 'in three dimensions, too' "$tmp/gaps.nc" --view surface -o "$tmp/gaps.svg" --force
damage train_loss '1 11 1 11 1 1 11 1 11 1 1 11 1 11 1 1 11 1 11 1'
draw_ok 'far above the clip' "$tmp/gaps.nc" --clip 1:2 --linear -o "$tmp/s.gp" --force
# shellcheck disable=SC2016 # awk's fields
ok 'contours do not follow the grid' awk '
    /^[$]lines/ { inside = 1; next } /^EOD/ { inside = 0 }
    inside && NF == 2 && $2 > -0.99 { seen++; far += ($1 > -0.94 && $1 < -0.06) || ($1 > 0.06 && $1 < 0.94) }
    END { exit !(seen > 10 && far == 0) }' "$tmp/s.gp"
damage train_loss '-1 0 2 3'
draw_ok 'a logarithm of zero' "$tmp/gaps.nc" --log -o "$tmp/gaps.svg" --force
like "$(words "$tmp/gaps.svg")" 'zero or negative' 'is marked'

draw "$tmp/plane.nc" -o "$tmp/plane.jpeg"
is "$code" 2 'an unknown format is refused'
like "$err" 'plane.jpeg: .*\.png, \.svg or \.pdf' 'and the known ones are named'
# refused CODE PATTERN FLAGS...
refused() {
    local wanted=$1 pattern=$2
    shift 2
    draw "$@" -o "$tmp/refused.gp"
    is "$code" "$wanted" "refused: ${*/#$tmp\//}"
    like "$err" "$pattern" "and says: $pattern"
}
refused 2 "unknown view 'contur'; did you mean 'contour'. Views: .*path.*spectrum" "$tmp/plane.nc" --view contur
refused 2 'plane.nc: view slices needs a volume .three axes.; this file fits: numbers, contour, surface' "$tmp/plane.nc" --view slices
refused 2 "no network 'Frist'; did you mean 'First'. It holds networks 0 to 1: First, Second, the" "$tmp/ring.nc" --network Frist
refused 2 "names 'First' twice" "$tmp/ring.nc" --network First,First
refused 2 'ring.nc holds realisations 0 to 2' "$tmp/ring.nc" --realisation 3
refused 2 "no quantity 'train_los'.*did you mean 'train_loss'" "$tmp/ring.nc" --quantity train_los
refused 2 "'local_minima': write local_minima.i., for region a number from 0 to 2" "$tmp/ring.nc" --quantity local_minima
refused 2 "no spectrum 'power'" "$tmp/ring.nc" --view spectrum --quantity power
refused 2 'exclude each other' "$tmp/ring.nc" --log --linear
refused 2 '--clip=2:1: write MAX or MIN:MAX' "$tmp/plane.nc" --clip 2:1
refused 2 'view branches needs branch statistics' "$tmp/ring.nc" --view branches
is "$(find "$tmp" -name 'refused*')" '' 'refusals leave nothing behind'
bs 3 plot "$tmp/plane.nc" --view nonsense
is "$code" 2 'all ranks end after a mistake'
draw "$tmp/none.nc"
ok 'no file: a failure' test "$code" -gt 0
like "$err" 'none.nc' 'that names the file'
draw "$tmp/plane.nc" -o "$tmp/none/plane.png"
is "$code" 1 'no folder to write to'
like "$err" 'none/plane.png.*no folder' 'is said'

# Names and titles are text to gnuplot, whatever they hold: nothing is run, and nothing from the
# environment changes the picture.
mkdir "$tmp/names"
# shellcheck disable=SC2016 # nothing here is to be expanded
hostile='|touch was-run;`touch was-run`$(touch was-run)'"'"'@run".nc'
# shellcheck disable=SC2016
bs_ok 'a plane with a hostile title and network' 1 sweep "${small[@]}" --x=-1:1:3 --y=-1:1:3 \
    --set title='`touch was-run` $(touch was-run) @run \ " |touch was-run' \
    --set networks.0.name='`touch was-run`|touch was-run' --surf_file "$tmp/names/plane.nc"
mv "$tmp/names/plane.nc" "$tmp/names/$hostile"
inside() { (cd "$tmp/names" && "$@"); }
ok 'its picture' inside "$program" plot "$hostile" 2>"$tmp/.err"
ok 'has the name of the file' test -s "$tmp/names/${hostile%.nc}.png"
ok 'its script' inside "$program" plot "$hostile" -o "${hostile%.nc}.gp" 2>"$tmp/.err"
rm -f "$tmp/names/${hostile%.nc}.png"
ok 'is run by gnuplot' inside gnuplot -d "./${hostile%.nc}.gp"
ok 'draws the picture' test -s "$tmp/names/${hostile%.nc}.png"
is "$(find "$tmp" . -maxdepth 2 -name was-run)" '' 'nothing was run'
cp "$tmp/plane.png" "$tmp/plain.png"
mkdir "$tmp/home"
echo 'set output "/dev/null"' >"$tmp/home/.gnuplot"
GNUTERM=dumb GNUPLOT_LIB=$tmp GNUPLOT_DEFAULT_GDFONT=none HOME=$tmp/home LC_ALL=C \
    draw_ok 'an environment of gnuplot' "$tmp/plane.nc" --force
ok 'changes nothing' cmp "$tmp/plane.png" "$tmp/plain.png"

mkdir "$tmp/bin"
for tool in timeout orted ssh env; do # what Open MPI asks for
    ln -s "$(command -v $tool)" "$tmp/bin/"
done
PATH=$tmp/bin draw "$tmp/plane.nc" -o "$tmp/x.png"
is "$code" 1 'no gnuplot: a failure'
like "$err" 'gnuplot is not installed.*apt install gnuplot-nox' 'that says how to get it'
is "$(find "$tmp" -name '*.tmp' -o -name x.png)" '' 'failures leave nothing behind'

# No flag without a meaning, and no picture in the place of what it shows.
bs_ok 'a path of two realisations' 1 sweep --set networks.0.kind=mlp --set networks.0.width=8 --set networks.0.shortcut=pad \
    --set networks.0.depth=5 --set observables.probes=2 --set realisations=2 --set data.images=4 --x=-1:1:8 --quiet --surf_file "$tmp/two.nc"
while read -r view flag; do
    "$program" plot "$tmp/two.nc" --view "$view" "$flag" -o "$tmp/flag.png" --force >/dev/null 2>"$tmp/.err"
    like "$?$(<"$tmp/.err")" "^2.*${flag%%=*} has no meaning for the view $view" "$flag beside --view $view"
done <<'EOF'
spectrum --clip=1
branches --clip=1
branches --realisation=0
EOF
# The title that the sweep made says of a picture only what it shows; one of the user's stays.
bs_ok 'two networks' 1 sweep --set 'networks=[{name: One, depth: 8}, {name: Two, depth: 8, shortcut: none}]' --set data.images=2 \
    --x=-1:1:3 --quiet --surf_file "$tmp/pair.nc"
title() { # FLAG...
    "$program" plot "$tmp/pair.nc" -o "$tmp/title.gp" --force "$@" 2>/dev/null
    sed -n "s/^set label 1 '\([^']*\)'.*/\1/p" "$tmp/title.gp"
}
is "$(title)" 'Loss of ResNet-8 v1, One / Two, on a line' 'the title of all'
is "$(title --network Two)" 'Loss of ResNet-8 v1, Two, on a line' 'of one network'
is "$(title --quantity train_acc)" 'ResNet-8 v1, One / Two, on a line' 'of the accuracy: no loss'
is "$(title --quantity train_acc --title 'Loss of all')" 'Loss of all' 'of the user'
for name in self.gp self.png self.nc; do
    cp "$tmp/two.nc" "$tmp/$name"
    "$program" plot "$tmp/$name" -o "$tmp/$name" --force >/dev/null 2>&1
    is $? 2 "$name into itself: refused"
    ok 'and it is as it was' cmp -s "$tmp/two.nc" "$tmp/$name"
done
done_testing
