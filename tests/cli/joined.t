#!/bin/bash
# Several files: the seeds of a job array are realisations, other networks further ones; what cannot be
# compared is refused, with the difference.
. "${0%/*}/lib.sh"

set_up=(--set data.images=16 --set data.batch=16 --x=-1:1:9 --quiet)
pair=(--set 'networks=[{name: A, kind: mlp, width: 8}, {name: B, kind: mlp, width: 4}]')
third=(--set 'networks=[{name: C, kind: mlp, width: 6}]')
for seed in 1 2 3; do
    bs_ok "seed $seed" 1 sweep "${pair[@]}" "${set_up[@]}" --set seed=$seed --surf_file "$tmp/p$seed.nc"
    bs_ok "another network, seed $seed" 1 sweep "${third[@]}" "${set_up[@]}" --set seed=$seed --surf_file "$tmp/t$seed.nc"
done

# losses FILE: without their order
losses() { values "$1" train_loss; }
bs_ok 'six files become one' 1 analyse "$tmp"/{p1,p2,t1,p3,t2,t3}.nc -o "$tmp/all.nc"
like "$out" '3 networks, 3 realisations' 'of three networks'
like "$out" 'A .*\+-.*' 'whose means have errors'
wanted=$({
    for network in 0 1; do
        for seed in 1 2 3; do
            losses "$tmp/p$seed.nc" | sed -n "$((network * 9 + 1)),$((network * 9 + 9))p"
        done
    done
    for seed in 1 2 3; do losses "$tmp/t$seed.nc"; done
})
is "$(losses "$tmp/all.nc")" "$wanted" 'with every number in its place'
is "$(values "$tmp/all.nc" sessions)" 6 'and the sessions of all'
like "$(ncdump -h "$tmp/all.nc")" 'joined = "[^"]*p1.nc' 'it says what it is made of'
like "$(ncdump -h "$tmp/all.nc")" 'title = "Loss of A / B / C, on a line"' 'and is called so'
for ranks in 2 4; do
    bs_ok "the same on $ranks ranks" $ranks analyse "$tmp"/{p1,p2,t1,p3,t2,t3}.nc -o "$tmp/all$ranks.nc"
    numbers() { ncdump -p 9,17 "$1" | sed -e '1,/^data:/d'; }
    ok 'with the same bits' cmp <(numbers "$tmp/all.nc") <(numbers "$tmp/all$ranks.nc")
done
bs_ok 'one file with three realisations' 1 sweep "${third[@]}" "${set_up[@]}" --set realisations=3 --surf_file "$tmp/three.nc"
bs_ok 'analysed again' 1 analyse "$tmp"/t{1,2,3}.nc -o "$tmp/joined.nc"
derived() { ncdump -h "$1" | sed -n 's/^\tdouble \([a-z_]*\)(.*/\1/p' | sort; }
is "$(derived "$tmp/joined.nc")" "$(derived "$tmp/three.nc")" 'the same arrays are derived of joined files'

for seed in 5 6; do
    bs_ok "two realisations of each, seed $seed" 1 sweep "${pair[@]}" "${set_up[@]}" --set seed=$seed --set realisations=2 \
        --surf_file "$tmp/r$seed.nc"
done
bs_ok 'both' 1 analyse "$tmp"/r{5,6}.nc -o "$tmp/r.nc"
is "$(losses "$tmp/r.nc")" "$(for lines in 1,18 19,36; do
    for seed in 5 6; do losses "$tmp/r$seed.nc" | sed -n "${lines}p"; done
done)" 'realisations of a network from both files'
bs 1 rerun "$tmp/all.nc" -o "$tmp/again.nc"
is "$code" 2 'joined files are not repeated from the first'
bs 1 sweep "${pair[@]}" "${set_up[@]}" --set seed=1 --surf_file "$tmp/all.nc"
is "$code" 2 'nor resumed'

# picture FLAG...: gnuplot's script
picture() {
    rm -f "$tmp/s.gp"
    "$program" plot "$@" -o "$tmp/s.gp" >/dev/null 2>"$tmp/.err"
    code=$?
}
picture "$tmp"/p{1,2,3}.nc
is "$code" 0 'seeds are drawn together'
is "$(grep -c '^[$]mean0_' "$tmp/s.gp")" 2 'as two networks'
is "$(sed -n '/^[$]one0_0/,/^EOD/p' "$tmp/s.gp" | grep -c ' ')" 28 'of three realisations'
like "$(<"$tmp/s.gp")" 'yerrorbars' 'with errors of the spectrum'
cp "$tmp/s.gp" "$tmp/parts.gp"
bs_ok 'the joined file' 1 analyse "$tmp"/p{1,2,3}.nc -o "$tmp/p.nc"
picture "$tmp/p.nc"
curve() { sed -n '/^[$]s0_0_1/,/^EOD/p' "$1"; }
is "$(curve "$tmp/s.gp")" "$(curve "$tmp/parts.gp")" 'has the same mean spectrum'
picture "$tmp"/{p1,t1}.nc
is "$(grep -c '^[$]mean0_' "$tmp/s.gp")" 3 'other networks are drawn beside them'
picture "$tmp/all.nc" --quantity roughness
ok 'a number of every network' grep -q 'with xerrorbars' "$tmp/s.gp"
is "$(sed -n '/^[$]means/,/^EOD/p' "$tmp/s.gp" | grep -c '[0-9] [0-2] [0-9.]*[1-9]')" 3 'is drawn with its error'
is "$(sed -n '/^[$]each/,/^EOD/p' "$tmp/s.gp" | grep -c ' ')" 10 'beside the realisations'
picture "$tmp"/{p1,t1}.nc --quantity roughness
ok 'without errors, too' grep -q 'with xerrorbars' "$tmp/s.gp"
picture "$tmp/p1.nc" --quantity roughnes
like "$code$(<"$tmp/.err")" "^2.*no quantity 'roughnes'.*roughness" 'a misspelt one is named'

# refused NAME REGEX FILE...
refused() {
    local name=$1 regex=$2
    shift 2
    picture "$@"
    is "$code" 2 "$name: plot refuses it"
    like "$(<"$tmp/.err")" "$regex" 'and says why'
    bs 2 analyse "$@" -o "$tmp/refused.nc"
    is "$code" 2 'so does analyse'
    ok 'which leaves nothing' test ! -e "$tmp/refused.nc"
}
bs_ok 'other images' 1 sweep "${third[@]}" "${set_up[@]}" --set data.images=8 --surf_file "$tmp/images.nc"
bs_ok 'another grid' 1 sweep "${third[@]}" "${set_up[@]}" --x=-1:1:5 --surf_file "$tmp/grid.nc"
refused 'other images' "p1.nc and .*images.nc cannot be joined: the first has 'data.images=16', the second 'data.images=8'" \
    "$tmp"/{p1,images}.nc
refused 'another grid' "'grid.x=-1:1:9', the second 'grid.x=-1:1:5'" "$tmp"/{p1,grid}.nc
refused 'the same twice' "have the same networks and 'seed=2', so the same realisations" "$tmp"/{p1,p2,p2}.nc
refused 'unequal numbers' 'have 2 realisations, those of .*t1.nc have 1' "$tmp"/{p1,p2,t1}.nc
refused 'joined before' 'does not say all of its experiment' "$tmp"/{p1,all}.nc
bs 1 rerun "$tmp/all.nc" -o "$tmp/refused.nc"
like "$err" 'joined of several files, .* take the original files' 'nor is a joined file repeated'
bs 1 export "$tmp/all.nc" --network A --realisation 0 -o "$tmp/refused.safetensors"
like "$err" 'joined of several files, .* take the original files' 'nor a point of it exported'
bs 1 sweep "${set_up[@]}" \
    --set 'networks=[{name: A, kind: mlp, width: 8}, {name: B, kind: mlp, width: 4}, {name: C, kind: mlp, width: 6}]' \
    --set realisations=3 --surf_file "$tmp/all.nc"
like "$code$err" '^2.*joined of several files, .* or another output' 'nor gone on with'
bs 2 analyse "$tmp"/p{1,2}.nc
is "$code" 2 'several files are analysed into a new one only'
like "$err" '-o NEW.nc' 'which must be named'
bs 1 analyse "$tmp/p2.nc" --set analysis.window=none
picture "$tmp"/p{1,2}.nc
like "$code$(<"$tmp/.err")" '^0.*analysed with different options' 'analyses with different options: only what was measured'
bs_ok 'info' 1 info "$tmp/p1.nc"
like "$out" $'images +16 training images\nseed +1\n' 'names images and seed'
bs_ok 'weights' 1 export "$tmp/p1.nc" --network=A -o "$tmp/A.safetensors"
bs_ok 'a plane around them' 1 sweep --model_file "$tmp/A.safetensors" --set data.images=4 --set data.source=synthetic --x=-1:1:3 --y=-1:1:3 \
    --quiet --surf_file "$tmp/around.nc"
bs_ok 'its info' 1 info "$tmp/around.nc"
hash=$(sha256sum "$tmp/A.safetensors" | cut -c1-12)
like "$out" "weights +network0: $tmp/A.safetensors .sha256 $hash" 'names weights and their hash'
like "$out" 'cosine_xy +network0: -?0\.' 'and the cosine between the directions'
bs 1 info "$tmp"/p{1,2}.nc
is "$code" 2 'info takes one'
done_testing
