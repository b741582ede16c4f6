#!/bin/bash
# Files of format 1, kept in tests/golden/format1: they are seen by the names of today, and neither
# resumed nor analysed in place.
. "${0%/*}/lib.sh"

for file in line plane stopped demo; do
    xz -dc "tests/golden/format1/$file.nc.xz" >"$tmp/$file.nc"
done
# shellcheck disable=SC2012 # names without surprises
before=$(md5sum "$tmp"/*.nc)

bs_ok 'info of two networks' 1 info "$tmp/line.nc"
like "$out" 'backend +winograd-avx512' 'the attribute kernel is shown as backend'
like "$out" 'No,Short +#1 +(min|least) 2.2507' 'every realisation has its figures'
bs_ok 'info of a stopped sweep' 1 info "$tmp/stopped.nc"
like "$out" '8 pending' 'its open points are counted'

for file in line plane demo; do
    bs_ok "a picture of $file" 1 plot "$tmp/$file.nc" -o "$tmp/$file.png"
done
bs_ok 'an array of realisations by its name of today' 1 plot "$tmp/line.nc" --view spectrum -o "$tmp/spectrum.png"
bs_ok 'a table' 1 convert "$tmp/plane.nc" -o "$tmp/plane.csv"
is "$(grep -c ',done$' "$tmp/plane.csv")" 12 'has all points'
bs_ok 'NetCDF-4' 1 convert "$tmp/line.nc" -o "$tmp/line.nc4"

bs_ok 'analysed into a new file' 2 analyse "$tmp/line.nc" -o "$tmp/new.nc"
like "$(ncdump -h "$tmp/new.nc")" ':blueshift_format = 2 ;' 'which has format 2'
like "$(ncdump -h "$tmp/new.nc")" ':backend = "winograd-avx512"' 'the name of today'
unlike "$(ncdump -h "$tmp/new.nc")" ':kernel =|blueshift_items|"item"' 'and no older one'
for name in train_loss logits branch_probe; do
    is "$(values "$tmp/new.nc" $name | md5sum)" "$(values "$tmp/line.nc" $name | md5sum)" "$name: the same bits"
done
bs_ok 'and again in place' 1 analyse "$tmp/new.nc"

bs 1 analyse "$tmp/line.nc"
is "$code" 2 'not analysed in place'
like "$err" 'older format.*analyse .*line.nc -o NEW.nc' 'says what to do'
bs 2 sweep --set networks.0.depth=8 --set data.images=2000 --x=-1:1:9 --surf_file "$tmp/stopped.nc"
is "$code" 2 'not resumed'
like "$err" 'stopped.nc was written in an older format' 'says why'
is "$(cd "$tmp" && md5sum "$tmp"/{demo,line,plane,stopped}.nc)" "$before" 'and no old file was changed'
done_testing
