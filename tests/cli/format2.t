#!/bin/bash
# Files of format 2, kept in tests/golden/format2: read, drawn, analysed in place and resumed by every
# later version of that format, with what was measured left as it is.
. "${0%/*}/lib.sh"

for file in line plane stopped training trajectory epochs demo; do
    xz -dc "tests/golden/format2/$file.nc.xz" >"$tmp/$file.nc"
done
raw() { # FILE: what was measured, as it was written
    local name
    for name in train_loss train_acc loss_stderr status logits image_loss class_loss branch_loss branch_probe; do
        values "$1" $name 2>/dev/null
    done | md5sum
}

bs_ok 'info of two networks' 1 info "$tmp/line.nc"
like "$out" 'backend +direct-' 'with the backend'
like "$out" 'No,Short +#1 +min 2.2507' 'every realisation has its figures'
bs_ok 'info of a stopped sweep' 1 info "$tmp/stopped.nc"
like "$out" '[1-8] pending' 'its open points are counted'
bs_ok 'info of a plane through a trajectory' 1 info "$tmp/trajectory.nc"
like "$out" '7 weights, .* explain 88\.36 \+ 6\.29 %; their loss 2\.433 to 2\.375' 'with what its directions explain'
bs_ok 'info of networks through a training' 1 info "$tmp/epochs.nc"
like "$out" 'network0 @6 +min 2\.3385' 'each with its step'

for file in line plane training trajectory epochs demo; do
    bs_ok "a picture of $file" 1 plot "$tmp/$file.nc" -o "$tmp/$file.png"
done
bs_ok 'a picture of spectra' 1 plot "$tmp/line.nc" --view spectrum -o "$tmp/spectrum.png"
bs_ok 'a picture over epochs' 1 plot "$tmp/epochs.nc" --view epochs -o "$tmp/over.png"
bs_ok 'a picture of branches' 1 plot "$tmp/line.nc" --view branches -o "$tmp/branches.png"
bs_ok 'a table' 1 convert "$tmp/plane.nc" -o "$tmp/plane.csv"
is "$(grep -c ',done$' "$tmp/plane.csv")" 12 'has all points'
bs_ok 'NetCDF-4' 1 convert "$tmp/line.nc" -o "$tmp/line.nc4"

before=$(raw "$tmp/line.nc")
bs_ok 'analysed in place, with another window' 2 analyse "$tmp/line.nc" --set analysis.window=hann
is "$(raw "$tmp/line.nc")" "$before" 'which leaves what was measured'
like "$(ncdump -h "$tmp/line.nc")" ':blueshift_format = 2 ;' 'and the format'

losses() { values "$tmp/stopped.nc" train_loss; }
before=$(losses | grep -v _)
bs_ok 'resumed' 2 sweep --quiet --backend=reference --set networks.0.depth=8 --set data.images=60 --x=-1:1:9 \
    --surf_file "$tmp/stopped.nc"
is "$(values "$tmp/stopped.nc" status | sort -u)" 1 'every point is done'
is "$(losses | head -n "$(wc -l <<<"$before")")" "$before" 'and those that were keep their bits'
done_testing
