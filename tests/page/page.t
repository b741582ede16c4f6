#!/bin/bash
# The interactive page in a real browser, as a user uses it: `make check-page`.
here=${0%/*}
. "$here/../cli/lib.sh"

command -v python3 >/dev/null || skip_all 'no python3'
(cd "$here" && python3 -c 'import browser, sys; sys.exit(browser.find_chromium() is None)') || skip_all 'no Chromium'
few=(--set data.images=4 --set data.batch=4 --quiet)
nets='networks=[{name: First, kind: mlp, width: 8}, {name: Second, kind: mlp, width: 4}, {name: Third, kind: mlp, width: 2}]'
bs_ok 'a plane of 201 x 201' 2 sweep "${few[@]}" --set networks.0.kind=mlp --set networks.0.width=2 --x=-1:1:201 --y=-1:1:201 --surf_file "$tmp/large.nc"
bs_ok 'three planes' 1 sweep "${few[@]}" --set "$nets" --set realisations=2 --x=-1:1:9 --y=-1:1:7 --surf_file "$tmp/planes.nc"
bs_ok 'a volume' 1 sweep "${few[@]}" --set networks.0.kind=mlp --set networks.0.width=4 --x=-1:1:6 --y=-1:1:5 --z=-1:1:4 --surf_file "$tmp/volume.nc"
bs_ok 'a circle' 1 sweep "${few[@]}" --set "$nets" --set path.kind=great-circle --set grid.x=32 --set realisations=3 --set data.split=both --surf_file "$tmp/circle.nc"
bs_ok 'branches' 1 sweep "${few[@]}" --set networks.0.depth=8 --set networks.0.shortcut=pad --set observables.branch_losses=true \
    --set realisations=2 --x=-1:1:32 --surf_file "$tmp/branches.nc"
bs_ok 'two trainings that keep their weights' 1 train "${few[@]}" --set train.batch=4 --set train.epochs=3 --set train.test_every=0 \
    --set train.trajectory_every=1 --set 'networks=[{name: Wide, kind: mlp, width: 4}, {name: Narrow, kind: mlp, width: 2}]' --log "$tmp/run.nc"
kept=$tmp/run.checkpoints
through="networks=[{name: Wide, weights: '$kept/0-Wide-r0-*.safetensors'}, {name: Narrow, weights: '$kept/1-Narrow-r0-*.safetensors', pick: 0 last}]"
bs_ok 'paths through trainings' 1 sweep "${few[@]}" --set data.source=synthetic --set "$through" --x=-1:1:16 --surf_file "$tmp/epochs.nc"
bs_ok 'planes through trainings' 1 sweep "${few[@]}" --set data.source=synthetic --set "$through" --x=-1:1:5 --y=-1:1:4 --surf_file "$tmp/ages.nc"
bs_ok 'a plane through the trajectory of one' 1 sweep "${few[@]}" --set data.source=synthetic --x=fit:5 --y=fit:4 \
    --set "networks=[{name: Wide, trajectory: '$kept/0-Wide-r0-*.safetensors'}]" --surf_file "$tmp/track.nc"
ncdump "$tmp/planes.nc" | sed '/^ train_loss =/,/;/ s/^  *[0-9][^,]*,/ NaN,/' >"$tmp/gaps.cdl"
ok 'a plane with gaps' ncgen -5 -o "$tmp/gaps.nc" "$tmp/gaps.cdl"
for name in large planes volume circle branches epochs ages track gaps; do
    "$program" plot "$tmp/$name.nc" -o "$tmp/$name.html" 2>"$tmp/.err"
    code=$?
    case $code$(<"$tmp/.err") in
    1*'needs plotly.js'*) skip_all 'no plotly.js' ;;
    esac
    is "$code" 0 "the page of $name"
    ok 'under 10 MB' test "$(stat -c %s "$tmp/$name.html" 2>/dev/null || echo 99999999)" -lt 10000000
done
[ -z "${BS_SHOTS:-}" ] || mkdir -p "$BS_SHOTS"
while read -r verdict name; do
    ok "$name" test "$verdict" = ok
done < <(python3 "$here/page.py" "$tmp" "${BS_SHOTS:-$tmp}" 2>&1 || echo "failed the browser: the script ended early")
done_testing
