#!/bin/bash
# Both PyTorch surfaces, point by point, from their direction files, by flags alone.
. "${0%/*}/lib.sh"
skip_without_data
export BS_TIMEOUT=300

# differences OURS THEIRS RELATIVE ABSOLUTE: lines of two lists that differ by more.
differences() {
    paste <(echo "$1") <(echo "$2") | awk -v r="$3" -v a="$4" '
        { d = $1 - $2; if (d < 0) d = -d; w = $2 < 0 ? -$2 : $2; if (!(d <= r * w + a)) n++ }
        END { print n + 0 }'
}

compare() { # WEIGHTS REFERENCE RANKS
    local reference=$BLUESHIFT_DATA/reference/$2-plane-9x5
    local file=$tmp/$2.nc
    bs_ok "$2: sweep on $3 ranks" "$3" sweep --model_file "$BLUESHIFT_DATA/weights/$1.safetensors" \
        --dir_file "$reference.dir.h5" --x=-1:1:9 --y=-1:1:5 --set data.source=cifar10 \
        --set data.path="$BLUESHIFT_DATA" --set data.file=data_batch_1.bin --set data.first=0 \
        --set data.images=256 --surf_file "$file" --quiet
    local name
    for name in x y; do
        is "$(values "$file" $name)" "$(values "$reference.h5" ${name}coordinates)" "$2: $name are the same"
    done
    is "$(values "$file" train_loss | wc -l)" 45 "$2: 45 losses"
    is "$(differences "$(values "$file" train_loss)" "$(values "$reference.h5" train_loss)" \
        1e-4 1e-6)" 0 "$2: every loss within 1e-4 relative + 1e-6"
    # One image of 256 is 0.390625 percent.
    is "$(differences "$(values "$file" train_acc)" "$(values "$reference.h5" train_acc)" \
        0 0.3907)" 0 "$2: every accuracy equal or one image off"
}

compare li2018-resnet56 li-resnet56 2
compare li2018-resnet56-noshort li-resnet56_noshort 2
done_testing
