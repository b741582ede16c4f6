#!/bin/bash
# Bad input on one and three ranks: a message that says what, where and what to do, and no hang.
. "${0%/*}/lib.sh"
export BS_TIMEOUT=30

# refuse NAME CODE REGEX ARGUMENT...: a sweep that must be refused on 1 and on 3 ranks.
refuse() {
    local name=$1 wanted=$2 regex=$3 ranks
    shift 3
    for ranks in 1 3; do
        bs "$ranks" sweep --quiet "$@"
        is "$code" "$wanted" "$name: exit code $wanted on $ranks ranks"
        like "$err" "$regex" "$name: message on $ranks ranks"
        is "$(grep -c '^blueshift: error:' <<<"$err")" 1 "$name: said once on $ranks ranks"
    done
}
small=(--set networks.0.depth=8 --set data.images=8 --x=-1:1:3)
target=(--surf_file "$tmp/out.nc")

# The experiment file.
printf 'title: x\ngrdi:\n  x: "-1:1:3"\n' >"$tmp/unknown.yaml"
refuse "unknown key" 2 "unknown.yaml:2: .*grdi.*grid" "$tmp/unknown.yaml" "${target[@]}"
printf 'data:\n  images: many\n' >"$tmp/type.yaml"
refuse "wrong type" 2 "type.yaml:2: .*images.*many" "$tmp/type.yaml" "${target[@]}"
printf 'data:\n  images: [1\n' >"$tmp/syntax.yaml"
refuse "bad YAML" 2 "syntax.yaml:[0-9]+" "$tmp/syntax.yaml" "${target[@]}"
refuse "no such experiment" 2 "$tmp/none.yaml" "$tmp/none.yaml" "${target[@]}"
refuse "unknown setting" 2 "batchs.*batch" "${small[@]}" "${target[@]}" --set data.batchs=3
refuse "unknown flag" 2 "dir_fil.*dir_file" "${small[@]}" "${target[@]}" --dir_fil=x
refuse "zero points" 2 "x.*point" "${small[@]}" "${target[@]}" --x=-1:1:0
refuse "10^12 points" 2 "point" "${small[@]}" "${target[@]}" --x=-1:1:1000000 --y=-1:1:1000000
refuse "shards that do not divide" 2 "shards" "${small[@]}" "${target[@]}" --set parallel.shards=2 --set data.batch=2 \
    --set parallel.shards=7
refuse "depth" 2 "depth.*9" "${small[@]}" "${target[@]}" --set networks.0.depth=9
refuse "backend" 2 "backend.*fastest|fastest" "${small[@]}" "${target[@]}" --backend fastest

refuse "a scan of a key that is given" 2 "depth.*scan.depth sets it" "${small[@]}" "${target[@]}" --set 'scan={depth: [8, 14]}'
refuse "a scan of the strength beside a slope" 2 "slope.*scan.strength sets it" "${small[@]}" "${target[@]}" \
    --set networks.0.slope=0.2 --set 'scan={strength: [0, 1]}'
for key in images=4 rest=moving; do
    refuse "branch surfaces of no block" 2 "branch_surfaces.${key%=*}.*every" "${small[@]}" "${target[@]}" \
        --set observables.branch_surfaces.$key
done

# Images.
mkdir "$tmp/cifar"
refuse "missing CIFAR file" 2 "test_batch.bin|data_batch_1.bin" "${small[@]}" "${target[@]}" --set data.source=cifar10 \
    --set data.path="$tmp/cifar" --set data.file=test_batch.bin
head -c 30000 /dev/zero >"$tmp/cifar/test_batch.bin"
refuse "truncated CIFAR file" 2 "test_batch.bin.*(truncated|3073)" "${small[@]}" "${target[@]}" \
    --set data.source=cifar10 --set data.path="$tmp/cifar" --set data.file=test_batch.bin
{ head -c $((2 * 3073)) /dev/zero; printf '\012'; head -c 3072 /dev/zero; head -c $((7 * 3073)) /dev/zero; } \
    >"$tmp/cifar/test_batch.bin"
refuse "label 10" 2 "test_batch.bin.*10" "${small[@]}" "${target[@]}" --set data.source=cifar10 \
    --set data.path="$tmp/cifar" --set data.file=test_batch.bin
refuse "more images than there are" 2 "10" "${small[@]}" "${target[@]}" --set data.source=cifar10 \
    --set data.path="$tmp/cifar" --set data.file=test_batch.bin --set data.first=9 --set data.images=5

# Weights: headers made by hand.
safetensors() { # FILE HEADER BYTES
    local n=${#2}
    # shellcheck disable=SC2059
    { printf "$(printf '\\x%02x\\x%02x\\0\\0\\0\\0\\0\\0' $((n % 256)) $((n / 256)))"
        printf '%s' "$2"
        head -c "$3" /dev/zero; } >"$1"
}
weights=(--set data.source=synthetic --set data.normalisation=unit --x=-1:1:3 "${target[@]}" --model_file "$tmp/w.safetensors")
refuse "no such weights" 2 "w.safetensors" "${weights[@]}"
safetensors "$tmp/w.safetensors" '{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}' 8
refuse "bad header" 2 "w.safetensors" "${weights[@]}"
safetensors "$tmp/w.safetensors" '{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}' 12
refuse "overlap" 2 "w.safetensors.*inside another tensor" "${weights[@]}"
safetensors "$tmp/w.safetensors" '{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}' 8
refuse "wrong size" 2 "w.safetensors.*a" "${weights[@]}"
safetensors "$tmp/w.safetensors" '{"a": {"dtype": "I32", "shape": [2], "data_offsets": [0, 8]}}' 8
refuse "wrong dtype" 2 "w.safetensors.*I32" "${weights[@]}"
safetensors "$tmp/w.safetensors" '{"conv1.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}' 8
refuse "wrong shape" 2 "w.safetensors" "${weights[@]}"

if [ -n "${BLUESHIFT_DATA:-}" ]; then
    refuse "direction file of another network" 2 "noshort.*dir.h5|li-resnet56-plane" --x=-1:1:3 "${target[@]}" \
        --model_file "$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors" \
        --dir_file "$BLUESHIFT_DATA/reference/li-resnet56-plane-9x5.dir.h5" --set data.images=8
    # HDF5 dies of it, in a process of its own.
    for ranks in 1 3; do
        BS_FAULT=library:1 bs "$ranks" sweep --quiet --set data.images=8 --x=-1:1:3 --y=-1:1:3 "${target[@]}" \
            --model_file "$BLUESHIFT_DATA/weights/li2018-resnet56.safetensors" \
            --dir_file "$BLUESHIFT_DATA/reference/li-resnet56-plane-9x5.dir.h5"
        like "$code$err" '^2.*dir.h5: cannot be read .*signal 11.*damaged' "a direction file that the library dies of, on $ranks ranks"
    done
else
    skip "direction file of another network" "BLUESHIFT_DATA is not set"
    skip "a direction file that the library dies of" "BLUESHIFT_DATA is not set"
fi
echo nonsense >"$tmp/d.h5"
refuse "direction file that is none" 2 "d.h5" "${small[@]}" "${target[@]}" --dir_file "$tmp/d.h5"

# The output.
bs_ok "a small sweep" 1 sweep --quiet "${small[@]}" "${target[@]}"
cp "$tmp/out.nc" "$tmp/before.nc"
refuse "output of another experiment" 2 "out.nc.*another experiment.*seed" "${small[@]}" "${target[@]}" --set seed=77
ok "the other experiment's file is as it was" cmp -s "$tmp/out.nc" "$tmp/before.nc"
echo precious >"$tmp/notes.nc"
refuse "output that is no result" 2 "notes.nc" "${small[@]}" --surf_file "$tmp/notes.nc"
is "$(<"$tmp/notes.nc")" precious "a foreign file is left alone"
refuse "no such folder" 1 "$tmp/none/out.nc" "${small[@]}" --surf_file "$tmp/none/out.nc"
refuse "unwritable folder" 1 "/proc/out.nc" "${small[@]}" --surf_file /proc/out.nc

mkdir "$tmp/disk"
if mount -t tmpfs -o size=300k blueshift-test "$tmp/disk" 2>/dev/null; then
    refuse "full disk" 1 "disk/out.nc.*space" "${small[@]}" --x=-1:1:300 --y=-1:1:300 --surf_file "$tmp/disk/out.nc"
    is "$(ls -A "$tmp/disk")" "" "full disk: nothing is left behind"
    umount "$tmp/disk"
else
    skip "full disk" "a tmpfs cannot be mounted here"
fi
ok "no refused run left a file" [ ! -e "$tmp/out.nc.tmp" ]
done_testing
