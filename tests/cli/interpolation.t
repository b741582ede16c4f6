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
done_testing
