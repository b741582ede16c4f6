#!/bin/bash
# The verb demo: files and pictures of all three, jobs at their small size, mistakes named.
. "${0%/*}/lib.sh"

ncvalue() { values "$1" "$2" | head -n 1; }
# shellcheck disable=SC2034 # taken by its name
fbm=(--set fbm.paths=32 --set fbm.samples=128)
averaging=(--set averaging.repeats=2 --set averaging.size=32)
plane=(--set plane.coefficients=2000)
for demo in fbm averaging plane; do
    declare -n small=$demo
    bs_ok "$demo, on two ranks" 2 demo $demo "${small[@]}" -o "$tmp/$demo.nc"
    like "$out" "file: $tmp/$demo.nc.*picture: $tmp/$demo.png" "$demo: names its file and picture"
    ok "$demo: the picture is one" grep -q PNG "$tmp/$demo.png"
    ok "$demo: a valid file" ncvalidator -q "$tmp/$demo.nc"
    told=$(sed '/^file: /,$d' <<<"$out")
    bs_ok "info of $demo" 1 info "$tmp/$demo.nc"
    like "$out" "^$tmp/$demo.nc.*demo +$demo.*history.*seed +1"$'\n' "info of $demo: where it comes from"
    is "$(tail -n "$(($(wc -l <<<"$told") - 1))" <<<"$out")" "${told#*$'\n'}" "info of $demo: the results"
    like "$(ncdump -h "$tmp/$demo.nc")" ":demo = \"$demo\".*:experiment = .*:build = " "$demo: explains itself"
done
bs_ok 'plot draws it again' 1 plot "$tmp/fbm.nc" -o "$tmp/again.svg"
like "$(<"$tmp/again.svg")" 'one path' 'with the same panels'
bs 1 plot "$tmp/fbm.nc" --view path
is "$code" 2 'and refuses views of surfaces'
bs_ok 'job e2' 2 demo jobs/e2-fbm.yaml --set size=small --set fbm.samples=256 -o "$tmp/e2.nc"
ok 'relu has more high frequencies than x' awk -v a="$(values "$tmp/e2.nc" high_fraction | sed -n 2p)" \
    -v b="$(ncvalue "$tmp/e2.nc" high_fraction)" 'BEGIN { exit !(a > 1.05 * b) }'
bs_ok 'job e3' 2 demo jobs/e3-averaging.yaml --set size=small --set averaging.repeats=2 -o "$tmp/e3.nc"
like "$out" 'correlated by 0 +variance 0.00[89]' 'noise of ten copies falls to a tenth'
printf 'P5 40 24 255\n' >"$tmp/own.pgm"
head -c 960 "$program" >>"$tmp/own.pgm"
bs_ok 'an image of the user' 2 demo averaging "${averaging[@]}" --set averaging.image="$tmp/own.pgm" -o "$tmp/own.nc"
like "$(ncdump -h "$tmp/own.nc")" 'y = 24 ;.*x = 40 ;' 'has its shape'
bs_ok 'defaults' 1 demo --defaults
like "$out" 'hurst: 0.3' 'are printed'

wrong() { # NAME REGEX ARGUMENT...
    local name=$1 regex=$2
    shift 2
    bs 2 demo "$@"
    is "$code" 2 "$name"
    like "$err" "$regex" "$name: the message"
}
wrong 'no name' 'demo needs a name, such as fbm'
wrong 'an unknown demo' "no demo 'fmb'; did you mean 'fbm'" fmb
wrong 'an unknown key' "unknown key 'hurts' in fbm; did you mean 'hurst'" fbm --set fbm.hurts=1
wrong 'an image that is none' "$program: neither a PNG nor a PGM" averaging --set averaging.image="$program"
bs 2 demo plane "${plane[@]}" -o "$tmp/none/x.nc"
is "$code" 1 'no folder'
like "$err" "none/x.nc cannot be created: there is no folder" 'is said'
mkdir "$tmp/bin"
for tool in timeout mpirun orted ssh env; do
    ln -s "$(command -v $tool)" "$tmp/bin/"
done
PATH=$tmp/bin bs 1 demo plane "${plane[@]}" -o "$tmp/no-picture.nc"
is "$code" 0 'no gnuplot: the file is there all the same'
like "$err" 'no picture: .*gnuplot is not installed.*later: blueshift plot' 'and the warning says what is missing'
BS_FAULT=io_write:2 bs 2 demo plane "${plane[@]}" -o "$tmp/fault.nc"
is "$code" 1 'a failed write fails'
is "$(find "$tmp" -name '*.tmp' -o -name 'fault*')" '' 'and leaves nothing behind'
bs 1 demo plane --set fbm.hurst=0.2 -o "$tmp/other.nc"
like "$code$err" '^2.*fbm.hurst.*applies only to the demo fbm, this one is plane' 'a key of another demo is refused'
done_testing
