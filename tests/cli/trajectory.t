#!/bin/bash
# Planes through the trajectory of a training: planted components, true losses, any number of ranks,
# kills, and what is refused.
# shellcheck disable=SC2015,SC2016
. "${0%/*}/lib.sh"

common=(--quiet --set data.source=synthetic --set data.images=64 --set data.batch=16)
numbers() { # FILE VARIABLE: in one line
    values "$1" "$2" | tr '\n' ' '
}
near() { # A B: two lists of numbers, to 1e-5
    awk -v a="$1" -v b="$2" 'BEGIN { n = split(a, x, " "); m = split(b, y, " "); good = n == m && n > 0
        for (i = 1; i <= n; i++) { d = x[i] - y[i]; good = good && d < 1e-5 && d > -1e-5 } exit !good }'
}

# A network that trains for nine steps, all of which are kept.
bs_ok "a training that keeps its weights" 2 train "${common[@]}" --set networks.depth=8 \
    --set networks.name=Short --set train.epochs=3 --set train.batch=32 --set train.learning_rate=0.05 \
    --set train.trajectory_every=2 --set train.test_every=0 --log "$tmp/run.nc"
kept=$tmp/run.checkpoints/0-Short-r0
plane=("${common[@]}" --set "networks=[{name: Short, trajectory: '$kept-*.safetensors'}]"
    --set grid.x=fit:3 --set grid.y=fit:3)

bs_ok "a plane through its trajectory" 1 sweep "${plane[@]}" --surf_file "$tmp/plane.nc"
like "$out" 'Short +4 weights, of whose variance the path.s directions explain [0-9.]+ \+ [0-9.]+ %; their loss' \
    "the variance that is explained is told, and the losses"
bs 1 sweep "${plane[@]}" --dry-run
like "$out" 'points +9, and 8 of trajectories' "a dry run counts two points for every weights"
work=$(grep '^operations' <<<"$out")
bs 1 sweep "${common[@]}" --model_file "$kept-00000006.safetensors" --x=-1:1:17 --dry-run
is "$work" "$(grep '^operations' <<<"$out")" "and their work: that of 17 points"
is "$(numbers "$tmp/plane.nc" trajectory_step)" "0 2 4 6 " "the weights are those of the steps 0, 2, 4 and 6"
like "$(ncdump -h "$tmp/plane.nc")" 'Loss of Short, on a plane through its trajectory' "the title says what it is"
for array in trajectory_coordinate trajectory_distance; do
    is "$(values "$tmp/plane.nc" $array | tail -n 1)" 0 "$array: the last weights are the base point"
done
for n in 2 3 4; do
    bs_ok "$n ranks" "$n" sweep "${plane[@]}" --surf_file "$tmp/plane-$n.nc"
    for array in x y train_loss trajectory_coordinate trajectory_distance trajectory_variance_explained \
        trajectory_loss trajectory_projected_loss; do
        [ "$(values "$tmp/plane-$n.nc" $array)" = "$(values "$tmp/plane.nc" $array)" ] || break
    done
    is "$array" trajectory_projected_loss "$n ranks give the same bits"
done

# The losses beside the path are those that a sweep at each file finds.
truth=
for step in 0 2 4 6; do
    bs 1 sweep "${common[@]}" --model_file "$kept-0000000$step.safetensors" --x=0:0:1 \
        --set path.statistics=recompute --surf_file "$tmp/at-$step.nc"
    truth+="$(values "$tmp/at-$step.nc" train_loss) "
done
is "$(numbers "$tmp/plane.nc" trajectory_loss)" "$truth" "the true losses are those of the weights"
is "$(values "$tmp/plane.nc" trajectory_projected_loss | tail -n 1)" "$(values "$tmp/at-6.nc" train_loss)" \
    "the last weights are their own projection"
bs_ok "running statistics may move along" 2 sweep "${plane[@]}" --set path.statistics=interpolate \
    --surf_file "$tmp/interpolated.nc"
bs 1 sweep "${common[@]}" --model_file "$kept-00000000.safetensors" --x=0:0:1 --surf_file "$tmp/own.nc"
is "$(values "$tmp/interpolated.nc" trajectory_loss | head -n 1)" "$(values "$tmp/own.nc" train_loss)" \
    "and the weights then have their own"
bs_ok "a line along the first component" 2 sweep "${plane[@]}" --set path.kind=line --set grid.y=none \
    --surf_file "$tmp/line.nc"
is "$(numbers "$tmp/line.nc" x)" "$(numbers "$tmp/plane.nc" x)" "has its x axis"

# A Bezier curve from the first weights past those of step 2 to the last.
curve=("${common[@]}" --set path.kind=bezier --model_file "$kept-00000000.safetensors"
    --model_file2 "$kept-00000002.safetensors" --model_file3 "$kept-00000006.safetensors")
bs_ok "a Bezier curve between weights" 2 sweep "${curve[@]}" --x=0:1:3 --surf_file "$tmp/curve.nc"
own=
for step in 0 6; do
    bs 1 sweep "${common[@]}" --model_file "$kept-0000000$step.safetensors" --x=0:0:1 --surf_file "$tmp/end.nc"
    own+="$(values "$tmp/end.nc" train_loss) "
    rm -f "$tmp/end.nc"
done
ok "it begins and ends at its weights, with their statistics" near \
    "$(values "$tmp/curve.nc" train_loss | sed -n '1p;3p' | tr '\n' ' ')" "$own"
bs 1 sweep "${curve[@]/00000002/00000006}" --set path.statistics=recompute --x=0:1:3 --surf_file "$tmp/bent.nc"
bs 1 sweep "${curve[@]}" --set path.statistics=recompute --x=0:1:3 --surf_file "$tmp/recomputed.nc"
ok "statistics may be recomputed, and the control point counts" \
    [ "$(values "$tmp/bent.nc" train_loss | sed -n 2p)" != "$(values "$tmp/recomputed.nc" train_loss | sed -n 2p)" ]
like "$(ncdump -h "$tmp/curve.nc")" 'on a Bezier curve' "its title says so"
bs 1 sweep "${curve[@]:0:13}" --surf_file "$tmp/none.nc"
like "$code $err" '^2 .*a Bezier curve runs from weights past weights2' "a curve without its end"

# Killed while the trajectory's losses are written, or after them.
killer=$BS_ROOT/${BUILD:-build}/tests/tools/killw.so
killed() { # CHANGE
    (KILLW=$1 LD_PRELOAD=$killer "$program" sweep "${plane[@]}" --surf_file "$tmp/killed.nc" >/dev/null 2>&1)
}
if [ -e "$killer" ]; then
    KILLW_COUNT=1 LD_PRELOAD=$killer "$program" sweep "${plane[@]}" --surf_file "$tmp/count.nc" \
        >/dev/null 2>"$tmp/.err"
    changes=$(sed -n 's/^killw: \([0-9]*\) changes$/\1/p' "$tmp/.err" | sort -n | tail -n 1)
    for share in 50 75 95; do
        rm -f "$tmp/killed.nc"
        killed $((${changes:-0} * share / 100)) 2>/dev/null && break
        bs 2 sweep "${plane[@]}" --surf_file "$tmp/killed.nc"
        [ "$code" = 0 ] && [ "$(numbers "$tmp/killed.nc" trajectory_loss)" = "$truth" ] &&
            [ "$(numbers "$tmp/killed.nc" train_loss)" = "$(numbers "$tmp/plane.nc" train_loss)" ] || break
    done
    is "$share" 95 "killed at any of ${changes:-no} changes and resumed on 2 ranks: the same bits"
fi

# Planted: four files around a fifth, at 2 and -2 of one element, 1 and -1 of another.
if command -v python3 >/dev/null; then
    bs 1 train "${common[@]}" --set networks.kind=mlp --set networks.width=8 --set networks.depth=1 \
        --set train.steps=1 --set train.test_every=0 --log "$tmp/mlp.nc" --weights "$tmp/mlp.safetensors"
    python3 - "$tmp" <<'PYTHON'
import array, json, struct, sys
folder = sys.argv[1]
with open(folder + "/mlp.safetensors", "rb") as stream:
    raw = stream.read()
size, = struct.unpack("<Q", raw[:8])
head = 8 + size
values = array.array("f", raw[head:])
values[5], values[77] = 0.0, 0.0
for number, (x, y) in enumerate([(2, 0), (-2, 0), (0, 1), (0, -1), (0, 0)]):
    values[5], values[77] = x, y
    with open(f"{folder}/planted-{number}.safetensors", "wb") as stream:
        stream.write(raw[:head] + values.tobytes())
PYTHON
    planted=("${common[@]}" --set "networks=[{name: Planted, kind: mlp, trajectory: '$tmp/planted-*.safetensors'}]")
    bs_ok "planted components" 2 sweep "${planted[@]}" --set grid.x=-2:2:3 --set grid.y=-1:1:3 \
        --surf_file "$tmp/planted.nc"
    ok "coordinates are those planted, but for the sign" near "2 0 2 0 0 1 0 1 0 0" \
        "$(numbers "$tmp/planted.nc" trajectory_coordinate | tr -d '-')"
    like "$(numbers "$tmp/planted.nc" trajectory_variance_explained)" '^0\.(8|7999)[0-9]* 0\.(2|1999)[0-9]* ' \
        "and so is the variance explained"
    ok "the plane holds the weights: the projections have their losses" near \
        "$(numbers "$tmp/planted.nc" trajectory_projected_loss)" "$(numbers "$tmp/planted.nc" trajectory_loss)"
    ok "and the points of the grid, too" near \
        "$(values "$tmp/planted.nc" train_loss | sed -n '4p;6p' | sort | tr '\n' ' ')" \
        "$(values "$tmp/planted.nc" trajectory_loss | sed -n '1p;2p' | sort | tr '\n' ' ')"
    # Faults: too few directions, and points twice.
    bs 2 sweep "${planted[@]/planted-\*/planted-4*}" --surf_file "$tmp/none.nc"
    is "$code" 2 "a single checkpoint: exit code 2"
    like "$err" 'has 1 weights.*they span 0 directions, and 2 are needed' "a single checkpoint: says so"
    mkdir "$tmp/twice"
    for n in 0 1 2 3; do cp "$tmp/planted-$((n / 2)).safetensors" "$tmp/twice/w-$n.safetensors"; done
    bs 2 sweep "${common[@]}" --set "networks=[{kind: mlp, trajectory: '$tmp/twice/w-*.safetensors'}]" \
        --surf_file "$tmp/none.nc"
    is "$code" 2 "two points, each twice: exit code 2"
    like "$err" 'they span [01] direction' "two points, each twice: says what they span"
fi

bs 2 sweep "${plane[@]}" --set "networks.trajectory=$tmp/nothing-*.safetensors" --surf_file "$tmp/none.nc"
is "$code" 2 "a pattern without a match: exit code 2"
like "$err" 'networks.0.trajectory: .*no file has such a name' "a pattern without a match: says so"
cp "$kept-00000000.safetensors" "$tmp/mixed-0.safetensors"
bs 1 train "${common[@]}" --set networks.depth=14 --set train.steps=1 --set train.test_every=0 --log "$tmp/other.nc" \
    --weights "$tmp/mixed-1.safetensors"
cp "$kept-00000002.safetensors" "$tmp/mixed-2.safetensors"
bs 3 sweep "${common[@]}" --set "networks=[{trajectory: '$tmp/mixed-*.safetensors'}]" --surf_file "$tmp/none.nc"
is "$code" 2 "weights of another network in between: exit code 2"
like "$err" 'mixed-1.safetensors' "weights of another network: names the file"
bs 1 sweep "${plane[@]}" --set networks.weights2="$kept-00000000.safetensors" --surf_file "$tmp/none.nc"
like "$code $err" '^2 .*weights2 gives a direction already' "weights2 beside a trajectory"
bs 1 sweep "${common[@]}" --x=fit:3 --surf_file "$tmp/none.nc"
like "$code $err" '^2 .*fit:POINTS.*networks.trajectory' "an axis to fit, and no trajectory"
bs 1 train "${plane[@]}" --log "$tmp/none.nc"
like "$code $err" '^2 .*a training follows no trajectory' "a training along a trajectory"
ok "nothing is left of what was refused" [ ! -e "$tmp/none.nc" ]

if command -v gnuplot >/dev/null; then
    bs_ok "a picture" 1 plot "$tmp/plane.nc" -o "$tmp/plane.gp"
    script=$(<"$tmp/plane.gp")
    like "$script" '\$track << EOD' "holds the trajectory"
    is "$(sed -n '/^\$track/,/^EOD/p' "$tmp/plane.gp" | grep -vc 'EOD')" 4 "all of it"
    bs_ok "a picture in three dimensions" 1 plot "$tmp/plane.nc" --view=surface -o "$tmp/surface.gp"
    is "$(sed -n '/^\$track/,/^EOD/p' "$tmp/surface.gp" | grep -v EOD | awk 'NF == 3 && $3 > 0' | wc -l)" 4 \
        "holds the trajectory, on the surface"
    like "$(grep -A9 'with pm3d' "$tmp/surface.gp")" 'splot [$]way using 1:2:3' "in a plot after the cells, which hide all in their own"
    like "$script" 'explain [0-9.]+ and [0-9.]+ %' "and what the plane explains"
fi
done_testing
