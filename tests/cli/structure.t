#!/bin/bash
# A result file whose structure is not what it was: parts that another program cut out are read with
# their true coordinates, and not resumed; what cannot be read right is refused.
. "${0%/*}/lib.sh"

command -v ncks >/dev/null || skip_all 'no ncks'
net=(--set networks.0.depth=8 --set networks.0.width=2 --set data.images=4 --quiet)
bs_ok 'a plane' 1 sweep "${net[@]}" --x=-1:1:5 --y=0:2:5 --surf_file "$tmp/plane.nc"
bs_ok 'networks and realisations' 1 sweep --set 'networks=[{name: A, kind: mlp, width: 8}, {name: B, kind: mlp, width: 4}]' \
    --set realisations=2 --set data.images=4 --x=-1:1:4 --quiet --surf_file "$tmp/many.nc"
bs_ok 'one point' 1 sweep "${net[@]}" --x=0.5:1:1 --surf_file "$tmp/one.nc"
bs_ok 'which is whole, and resumed' 1 sweep "${net[@]}" --x=0.5:1:1 --surf_file "$tmp/one.nc"
like "$(ncdump -k "$tmp/plane.nc")" '64-bit offset' 'CDF-2, which most programs read'

table() { # FILE: coordinates and loss of every point
    "$program" convert "$1" -o "$tmp/table.csv" --force 2>"$tmp/.err" && cat "$tmp/table.csv"
}
whole=$(table "$tmp/plane.nc")
part() { # NAME X Y: rows of the whole with these coordinates
    printf '%s\n' "$whole" | awk -F, -v x="$2" -v y="$3" 'NR == 1 || ((" " x " ") ~ (" " $3 " ") && (" " y " ") ~ (" " $4 " "))'
}
ncks -O -d x,1,3 "$tmp/plane.nc" "$tmp/x.nc"
is "$(table "$tmp/x.nc")" "$(part x '-0.5 0 0.5' '0 0.5 1 1.5 2')" 'three of five columns: the true coordinates and values'
ncks -O -d x,0,4,2 -d y,3 "$tmp/plane.nc" "$tmp/every.nc"
is "$(table "$tmp/every.nc")" "$(part x '-1 0 1' 1.5)" 'every second point of one row'
ncks -O -d x,2 -d y,4 "$tmp/plane.nc" "$tmp/point.nc"
is "$(table "$tmp/point.nc")" "$(part x 0 2)" 'a single point'
bs_ok 'info' 1 info "$tmp/x.nc"
like "$out" 'x -0.5 to 0.5 in 3 points.*part +of a larger result' 'says what it is'
bs_ok 'a picture' 1 plot "$tmp/x.nc" -o "$tmp/x.png"
bs 1 plot "$tmp/x.nc" --view spectrum -o "$tmp/spectrum.png"
is "$code" 2 'no picture of spectra, which are those of the whole'
bs_ok 'analysed into a new file' 1 analyse "$tmp/x.nc" -o "$tmp/new.nc"
is "$(values "$tmp/new.nc" x | tr '\n' ' ')" '-0.5 0 0.5 ' 'with its own coordinates'
bs_ok 'and that again in place' 1 analyse "$tmp/new.nc"
bs 1 analyse "$tmp/x.nc"
is "$code" 2 'not analysed in place'
like "$err" 'part of a result.*NEW.nc' 'said what to do'
bs 1 sweep "${net[@]}" --x=-1:1:5 --y=0:2:5 --surf_file "$tmp/x.nc"
is "$code" 2 'not resumed'

for cut in network,1 realisation,0 network,0,0; do
    ncks -O -d "$cut" "$tmp/many.nc" "$tmp/some.nc"
    bs_ok "ncks -d $cut" 1 info "$tmp/some.nc"
    bs_ok 'analysed' 1 analyse "$tmp/some.nc" -o "$tmp/some-$cut.nc"
done
ncks -O -d network,1 -d realisation,1 "$tmp/many.nc" "$tmp/some.nc"
is "$(table "$tmp/some.nc" | cut -d, -f3-)" "$(table "$tmp/many.nc" | awk -F, 'NR == 1 || ($1 == "B" && $2 == 1)' | cut -d, -f3-)" \
    'one network and realisation of four: its values'
bs_ok 'for loss-landscape' 1 convert "$tmp/some.nc" -o "$tmp/some.h5" --format=losslandscape

refused() { # NAME REGEX FILE: by every verb, in one line
    local line verb words
    for line in info "plot -o $tmp/p.png" "convert -o $tmp/c.csv --force" "analyse -o $tmp/a.nc"; do
        read -r verb words <<<"$line"
        # shellcheck disable=SC2086 # words
        "$program" $verb "$3" $words >/dev/null 2>"$tmp/.err"
        is $? 2 "$1: $verb refuses it"
        like "$(<"$tmp/.err")" "$2" "$1: $verb says why"
    done
}
ncpdq -O -a x,y "$tmp/plane.nc" "$tmp/turned.nc"
refused 'x and y exchanged on a square grid' '\(x, y\), not \(y, x\)' "$tmp/turned.nc"
ncks -O -d x,0 -d x,1 -d x,4 "$tmp/plane.nc" "$tmp/uneven.nc"
refused 'uneven points' 'x is not evenly spaced' "$tmp/uneven.nc"
ncpdq -O -a -x "$tmp/plane.nc" "$tmp/descending.nc"
refused 'an axis turned round' 'descending.nc: x descends' "$tmp/descending.nc"
for change in '*2' '+0.25'; do
    ncap2 -O -s "x=x$change" "$tmp/plane.nc" "$tmp/moved.nc"
    refused "coordinates $change" 'x has coordinates that the sweep, from -1 to 1 in 5 points, did not evaluate' "$tmp/moved.nc"
done
ncks -O --mk_rec_dmn y "$tmp/plane.nc" "$tmp/record.nc"
refused 'an unlimited dimension' 'has an unlimited dimension.*fix_rec_dmn' "$tmp/record.nc"
ncks -O --fix_rec_dmn all "$tmp/record.nc" "$tmp/fixed.nc"
is "$(table "$tmp/fixed.nc")" "$whole" 'and once it is fixed again, the same table'
# NetCDF-4, as the defaults of other programs write it: the refusal's own command makes it readable.
subset='import sys, xarray; xarray.open_dataset(sys.argv[1]).isel(x=slice(1, 4)).to_netcdf(sys.argv[2], format=sys.argv[3])'
netcdf4=("ncks -O -4 -d x,1,3 $tmp/plane.nc $tmp/netcdf4.nc" "ncks -O -7 -d x,1,3 $tmp/plane.nc $tmp/netcdf4.nc")
classic=("ncks -O -3 -d x,1,3 $tmp/plane.nc $tmp/classic.nc" "ncks -O -5 -d x,1,3 $tmp/plane.nc $tmp/classic.nc")
if /usr/bin/python3 -c 'import xarray, netCDF4' 2>/dev/null; then
    netcdf4+=("/usr/bin/python3 - $tmp/plane.nc $tmp/netcdf4.nc NETCDF4")
    classic+=("/usr/bin/python3 - $tmp/plane.nc $tmp/classic.nc NETCDF3_64BIT")
else
    skip 'subsets by xarray' 'no xarray'
fi
for how in "${netcdf4[@]}"; do
    $how <<<"$subset"
    refused "NetCDF-4 (${how%% -*})" 'an HDF5 or NetCDF-4 file, .*nccopy -k cdf5 .*netcdf4.nc NEW.nc ' "$tmp/netcdf4.nc"
    advice=$(grep -o 'nccopy -k cdf5 .* NEW.nc' "$tmp/.err")
    (cd "$tmp" && $advice)
    is "$(table "$tmp/NEW.nc")" "$(part x '-0.5 0 0.5' '0 0.5 1 1.5 2')" 'its advice makes it readable: the true values'
done
for how in "${classic[@]}"; do
    $how <<<"$subset"
    is "$(table "$tmp/classic.nc")" "$(part x '-0.5 0 0.5' '0 0.5 1 1.5 2')" "classic (${how%% -*}): read as it is"
done
ncap2 -O -s 'train_loss=float(train_loss)' "$tmp/plane.nc" "$tmp/float.nc"
refused 'another type' 'train_loss has another type' "$tmp/float.nc"
ncks -O -C -x -v status "$tmp/plane.nc" "$tmp/no-status.nc"
refused 'no status' 'no variable status' "$tmp/no-status.nc"
head -c -2000 "$tmp/many.nc" >"$tmp/short.nc"
refused 'cut 2,000 bytes short' 'truncated' "$tmp/short.nc"
# The last byte of all is not needed only where it pads.
head -c -8 "$tmp/many.nc" >"$tmp/short.nc"
refused 'cut 8 bytes short' 'truncated' "$tmp/short.nc"

# Files of demos: whole, or refused.
while read -ra words; do
    demo=${words[0]}
    bs_ok "demo $demo" 1 demo "${words[@]}" -o "$tmp/$demo-demo.nc"
    # Those of before do not say how long their dimensions were.
    ncatted -O -a blueshift_dimensions,global,d,, "$tmp/$demo-demo.nc" "$tmp/$demo-old.nc"
done <<'EOF'
plane --set plane.coefficients=100
averaging --set averaging.size=16 --set averaging.repeats=2
fbm --set fbm.paths=4 --set fbm.samples=64
EOF
undrawn() { # NAME VERB...: the demo in $tmp/part.nc is refused in one line, by plot and VERB
    local name=$1 verb
    shift
    for verb in "plot -o $tmp/part.png --force" "$@"; do
        # shellcheck disable=SC2086 # words
        "$program" $verb -- "$tmp/part.nc" >/dev/null 2>"$tmp/.err"
        is $? 2 "$name: ${verb%% *} refuses it"
        like "$(<"$tmp/.err")" 'part.nc.*(run the demo|make it) again' 'said what to do'
    done
}
for cut in plane,case,0 plane,factor,0,1 plane,part,0 averaging,panel,0 averaging,panel,1,3 fbm,signal,0; do
    for age in demo old; do
        ncks -O -d "${cut#*,}" "$tmp/${cut%%,*}-$age.nc" "$tmp/part.nc"
        undrawn "a cut demo ($cut)" info
    done
done
for cut in plane,shown,0,9 plane,paths,1,3 averaging,copies,2,3 averaging,x,0,9 fbm,wavenumber,3,20 fbm,time,0,9 fbm,generator,1; do
    ncks -O -d "${cut#*,}" "$tmp/${cut%%,*}-demo.nc" "$tmp/part.nc"
    undrawn "a cut demo ($cut)" info
done
ncpdq -O -a copies,noise_correlation "$tmp/averaging-old.nc" "$tmp/part.nc"
undrawn 'a turned demo' info
ncks -O -x -v factors "$tmp/plane-old.nc" "$tmp/part.nc"
undrawn 'a demo without an array' info
ncatted -O -a band_first,global,o,d,1e9 "$tmp/fbm-demo.nc" "$tmp/part.nc"
undrawn 'a demo whose band is elsewhere'
cp "$tmp/plane-old.nc" "$tmp/part.nc"
bs_ok 'an older whole one is drawn' 1 plot "$tmp/part.nc" -o "$tmp/part.png" --force
bs_ok 'and told' 1 info "$tmp/part.nc"
for verb in "convert -o $tmp/c.csv --force" "analyse -o $tmp/a.nc"; do
    # shellcheck disable=SC2086 # words
    "$program" $verb -- "$tmp/plane-demo.nc" >/dev/null 2>"$tmp/.err"
    like "$?$(<"$tmp/.err")" '^2.*is the file of a demo, not of a sweep' "${verb%% *} of a demo: the true reason"
done
done_testing
