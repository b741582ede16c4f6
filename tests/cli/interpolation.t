#!/bin/bash
# Lines between two and planes through three given weights pass through those weights.
. "${0%/*}/lib.sh"
skip_without_data
export BS_TIMEOUT=120

# Two networks with the same tensors; without its shortcut the first has the second's layers too.
first=$BLUESHIFT_DATA/weights/akamaster-resnet56.safetensors
second=$BLUESHIFT_DATA/weights/li2018-resnet56-noshort.safetensors
common=(--quiet --set data.source=cifar10 --set data.path="$BLUESHIFT_DATA" --set data.split=test
    --set data.images=32 --set data.normalisation=cifar10 --set networks.norm=batch)
plain=(--set networks.skip_weight=0)

loss() { # FILE NUMBER: the loss of a point, from 1
    values "$1" test_loss | sed -n "$2p"
}
near() { # A B: within the rounding of theta0 + 1 (theta1 - theta0), amplified by 55 plain layers
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(b > 0 && d <= 1e-3 * b) }'
}

bs_ok "the first weights" 1 sweep "${common[@]}" "${plain[@]}" --model_file "$first" --x=0:0:1 \
    --surf_file "$tmp/first.nc"
bs_ok "the second weights" 1 sweep "${common[@]}" --model_file "$second" --x=0:0:1 \
    --surf_file "$tmp/second.nc"
a=$(loss "$tmp/first.nc" 1)
b=$(loss "$tmp/second.nc" 1)
ok "they differ: $a, $b" [ "$a" != "$b" ]

bs_ok "a line between them" 2 sweep "${common[@]}" "${plain[@]}" --model_file "$first" \
    --model_file2 "$second" --x=0:1:3 --surf_file "$tmp/line.nc"
is "$(loss "$tmp/line.nc" 1)" "$a" "it begins at the first"
ok "it ends at the second" near "$(loss "$tmp/line.nc" 3)" "$b"

bs_ok "a plane through three" 2 sweep "${common[@]}" "${plain[@]}" --model_file "$first" \
    --model_file2 "$first" --model_file3 "$second" --x=0:1:2 --y=0:1:2 --surf_file "$tmp/plane.nc"
is "$(loss "$tmp/plane.nc" 1)" "$a" "(0, 0) is the first"
is "$(loss "$tmp/plane.nc" 2)" "$a" "(1, 0) is the second, here the first again"
ok "(0, 1) is the third" near "$(loss "$tmp/plane.nc" 3)" "$b"

# A network of other shapes is refused, and says where.
bs 2 sweep "${common[@]}" --model_file "$first" --x=0:1:3 --surf_file "$tmp/none.nc" \
    --model_file2 "$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors"
is "$code" 2 "weights of another depth: exit code 2"
like "$err" 'akamaster-resnet20.safetensors' "weights of another depth: names the file"
# The same function in other numbers: the stem's weights doubled, which bn1 takes out again; and files
# that say less, or something wrong.
small=$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors
command -v python3 >/dev/null || { skip "rescaled weights" "there is no python3"; done_testing; }
edit() { # OUT CODE: the small network with its header h and its tensors' SCALE(NAME, FACTOR) changed
    python3 - "$small" "$1" "$2" <<'PYTHON'
import array, json, struct, sys
source, target, code = sys.argv[1:]
with open(source, "rb") as stream:
    h = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
    data = bytearray(stream.read())
def scale(name, factor):
    begin, end = h[name]["data_offsets"]
    data[begin:end] = array.array("f", [factor * v for v in array.array("f", data[begin:end])]).tobytes()
exec(code)
text = json.dumps(h).encode()
with open(target, "wb") as stream:
    stream.write(struct.pack("<Q", len(text)) + text + data)
PYTHON
}
trained=(--quiet --set data.source=cifar10 --set data.path="$BLUESHIFT_DATA" --set data.split=test
    --set data.images=64)
is_near() { # FILE NUMBER WANTED NAME
    ok "$4: $(loss "$1" "$2")" awk -v a="$(loss "$1" "$2")" -v b="$3" 'BEGIN { exit !(a > b - 5e-4 && a < b + 5e-4) }'
}
edit "$tmp/rescaled.safetensors" \
    'scale("conv1.weight", 2); scale("bn1.running_mean", 2); scale("bn1.running_var", 4)'
bs_ok "a line to the same function" 2 sweep "${trained[@]}" --model_file "$small" \
    --model_file2 "$tmp/rescaled.safetensors" --x=0:1:3 --surf_file "$tmp/rescaled.nc"
is_near "$tmp/rescaled.nc" 1 .3258 "running statistics: at the first"
is_near "$tmp/rescaled.nc" 3 .3258 "running statistics: at the second, interpolated like the weights"
bs_ok "statistics of the first" 2 sweep "${trained[@]}" --model_file "$small" --set path.statistics=first \
    --model_file2 "$tmp/rescaled.safetensors" --x=0:1:3 --surf_file "$tmp/first-statistics.nc"
is_near "$tmp/first-statistics.nc" 3 1.0176 "those of the first are others'"

# Tensors of pad and none are the same: the help says pad, and so does the program.
edit "$tmp/bare.safetensors" 'h["__metadata__"] = {"format": "pt"}'
bare=("${trained[@]}" --model_file "$tmp/bare.safetensors" --set data.normalisation=imagenet --x=0:0:1)
bs 2 sweep "${bare[@]}" --surf_file "$tmp/bare.nc"
is_near "$tmp/bare.nc" 1 .3258 "without metadata the shortcut is pad"
like "$err" 'pad is taken' "and it is said"
unlike "$err" 'guessing' "the network is as trained"
bs 2 sweep "${bare[@]}" --set networks.shortcut=none --surf_file "$tmp/bare-none.nc"
like "$err" 'no better than guessing.*data.normalisation.*networks.shortcut .none is taken' "the wrong shortcut is suspected"
is "$(grep -c guessing <<<"$err")" 1 "once"
bs 2 sweep "${bare[@]}" --set data.normalisation=unit --surf_file "$tmp/bare-unit.nc"
like "$err" 'larger loss than by guessing.*mean 0 0 0' "wrong constants are suspected"

edit "$tmp/pixels.safetensors" 'h["__metadata__"]["mean"] = "123.675,116.28,103.53"'
bs 2 sweep "${trained[@]}" --model_file "$tmp/pixels.safetensors" --x=0:0:1 --surf_file "$tmp/none.nc"
is "$code" 2 "constants of pixels from 0 to 255: exit code 2"
like "$err" "metadata 'mean'.*write 0.485" "says what to write"
edit "$tmp/nan.safetensors" 'scale("layer2.1.conv2.weight", float("nan"))'
bs 2 sweep "${trained[@]}" --model_file "$small" --model_file2 "$tmp/nan.safetensors" --x=0:1:3 --surf_file "$tmp/none.nc"
is "$code" 2 "NaN in the second weights: exit code 2"
like "$err" 'element 0 of tensor layer2.1.conv2.weight' "names tensor and element"
edit "$tmp/below.safetensors" 'scale("bn1.running_var", -1)'
for line in "$tmp/below.safetensors" "$small --model_file2 $tmp/below.safetensors" \
    "$small --model_file2 $small --model_file3 $tmp/below.safetensors --y=0:1:2"; do
    # shellcheck disable=SC2086 # words
    bs 1 sweep "${trained[@]}" --model_file $line --x=0:1:3 --surf_file "$tmp/none.nc"
    like "$code$err" '^2.*below.safetensors: element 0 of tensor bn1.running_var is -' "a variance below zero is refused"
done
edit "$tmp/std.safetensors" 'h["__metadata__"]["std"] = "1,1,1"'
bs 1 sweep "${trained[@]}" --model_file "$tmp/std.safetensors" --x=0:0:1 --surf_file "$tmp/std.nc"
like "$err" 'a larger loss than by guessing.*check data.normalisation' "half right with a loss beyond ln 10: said as it is"
edit "$tmp/young-0.safetensors" 'h["__metadata__"].update(std="1,1,1", steps="3")'
bs 1 sweep "${trained[@]/--quiet/--verbose}" --model_file "$tmp/young-{realisation}.safetensors" --x=0:0:1 --surf_file "$tmp/young.nc"
like "$err" 'after 3 steps of training .*/young-0.safetensors classifies .* a larger loss than by guessing' \
    "weights that tell their age: said of the file by its name"
unlike "$err" 'check data.normalisation' "without suspicion"
bs 2 sweep "${trained[@]}" --model_file "$tmp/young-{realisation}.safetensors" --set networks.shortcut=projection \
    --x=0:0:1 --surf_file "$tmp/none.nc"
like "$err" '/young-0.safetensors holds a network with' "and so does a refusal"
ok "no refused run left a file" [ ! -e "$tmp/none.nc" ]
done_testing
