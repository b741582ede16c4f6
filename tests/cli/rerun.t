#!/bin/bash
# rerun: a file's experiment once more, from the file alone, on any number of ranks, to the same bits.
. "${0%/*}/lib.sh"

file=$tmp/f.nc
bs 2 sweep --set networks='[{name: a, depth: 8}, {name: b, depth: 8, shortcut: none}]' --set data.images=12 \
    --set data.batch=5 --set realisations=2 --x=-1:1:5 --set observables.logits=3 --set observables.branch_losses=true \
    --set evaluation.backend=direct --surf_file "$file"
is "$code" 0 'a sweep'
for ranks in 1 3; do
    bs "$ranks" rerun "$file" -o "$tmp/again$ranks.nc"
    is "$code" 0 "again on $ranks ranks"
    like "$out" "again$ranks.nc: all 20 points of $file again, with the same bits" 'it says so'
    for name in train_loss logits branch_loss; do
        is "$(values "$tmp/again$ranks.nc" $name)" "$(values "$file" $name)" "$name is the same"
    done
done
is "$(ncdump -h "$tmp/again1.nc" | grep ':backend =')" "$(ncdump -h "$file" | grep ':backend =')" 'by the same backend'

# A stopped one is resumed.
bs 1 rerun "$file" -o "$tmp/slow.nc" --set parallel.time_limit=0.000001
is "$code" 75 'stopped early'
bs 2 rerun "$file" -o "$tmp/slow.nc"
like "$code$out" '^0.*all 20 points' 'and resumed'

# Numbers that are not the sweep's are found out.
for name in train_loss logits; do
    cp "$file" "$tmp/changed.nc"
    ncap2 -O -h -s "$name=$name*1.0000001" "$file" "$tmp/changed.nc" 2>/dev/null || cp "$file" "$tmp/changed.nc"
    if cmp -s "$file" "$tmp/changed.nc"; then
        skip "other bits in $name" 'no ncap2'
        continue
    fi
    rm -f "$tmp/new.nc"
    bs 2 rerun "$tmp/changed.nc" -o "$tmp/new.nc"
    like "$code$err" '^1.*20 of 20 points have other bits' "other bits in $name"
done

# What cannot be repeated is refused before anything is written.
bs 1 rerun "$file" -o "$file"
like "$code$err" '^2.*would be compared with itself' 'onto itself'
bs 1 rerun "$file"
like "$code$err" '^2.*needs an output' 'without an output'
bs 1 rerun "$file" -o "$tmp/no.nc" --set seed=2
like "$code$err" "^2.*cannot be repeated: then 'seed=1', now 'seed=2'" 'another experiment'
ok 'nothing is written' [ ! -e "$tmp/no.nc" ]
bs 1 export "$file" --network=a -o "$tmp/w.safetensors"
bs 1 sweep --model_file "$tmp/w.safetensors" --x=0:1:2 --set data.images=8 --set networks.norm=batch \
    --set data.source=synthetic --surf_file "$tmp/trained.nc"
is "$code" 0 'a sweep around weights'
bs 1 rerun "$tmp/trained.nc" -o "$tmp/trained2.nc"
like "$code$out" '^0.*with the same bits' 'is repeated'
bs 1 export "$file" --network=a --realisation=1 --force -o "$tmp/w.safetensors"
bs 2 rerun "$tmp/trained.nc" -o "$tmp/no.nc"
like "$code$err" "^2.*cannot be repeated: then 'network 0 weights1_sha256: [0-9a-f]+', now" 'not with other weights of the same name'
ok 'nothing is written either' [ ! -e "$tmp/no.nc" ]
mv "$tmp/w.safetensors" "$tmp/moved.safetensors"
bs 2 rerun "$tmp/trained.nc" -o "$tmp/no.nc"
like "$code$err" '^2.*/w.safetensors: No such file.*--set: networks.0.weights=FILE' 'weights that were moved: how to name them'
done_testing
