#!/bin/bash
# Training and test images in one pass: the numbers of two sweeps, whatever norms do, on any ranks and
# shards; resumed, told, drawn, converted, repeated; and what is refused.
. "${0%/*}/lib.sh"

common=(--quiet --set data.source=synthetic --set data.images=20 --set data.batch=8 --x=-0.2:0.2:5
    --set networks.depth=8 --set observables.logits=3 --set observables.classes=true)
# splits NAME ARGUMENT...: a sweep of each split.
splits() {
    local split name=$1
    shift
    for split in train test; do
        bs_ok "$name: $split alone" 2 sweep "${common[@]}" "$@" --set data.split=$split --surf_file "$tmp/$name-$split.nc"
    done
}
# both N NAME ARGUMENT...: a sweep of both, against those of splits.
both() {
    local name=$2 q
    bs_ok "$name: both on $1 ranks" "$1" sweep "${common[@]}" "${@:3}" --set data.split=both --surf_file "$tmp/$name-$1.nc"
    for q in train_loss train_acc loss_stderr logits class_loss radial_power; do
        is "$(values "$tmp/$name-$1.nc" $q)" "$(values "$tmp/$name-train.nc" $q)" "$name, $1 ranks: $q as alone"
    done
    for q in test_loss test_acc loss_stderr; do
        is "$(values "$tmp/$name-$1.nc" test_"${q#test_}")" "$(values "$tmp/$name-test.nc" $q)" \
            "$name, $1 ranks: test_${q#test_} as alone"
    done
}
splits frozen --set networks.norm=frozen
both 1 frozen --set networks.norm=frozen
both 2 frozen --set networks.norm=frozen
both 3 frozen --set networks.norm=frozen --shards 3
unlike "$(values "$tmp/frozen-1.nc" test_loss)" "^$(values "$tmp/frozen-1.nc" train_loss)$" 'the splits differ'
splits batch --set networks.norm=batch
both 4 batch --set networks.norm=batch --shards 2
bs_ok 'weights with statistics' 1 export "$tmp/frozen-1.nc" -o "$tmp/W.safetensors"
recompute=(--model_file "$tmp/W.safetensors" --set path.statistics=recompute)
splits recomputed "${recompute[@]}"
both 2 recomputed "${recompute[@]}"

# ---- on a GPU, emulated: several points at once ---------------------------------------------------
stand_in=$BS_ROOT/${BUILD:-build}/tests/emulation
if [ -e "$stand_in/libcuda.so.1" ] && grep -q avx2 /proc/cpuinfo && grep -q f16c /proc/cpuinfo &&
    ! ldd "$program" | grep -q libasan; then
    echo 'none of a real card' >"$tmp/kernels"
    export BLUESHIFT_CUDA_KERNELS=$tmp/kernels LD_LIBRARY_PATH=$stand_in${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    common=(--quiet --set data.source=synthetic --set data.images=3 --set data.batch=2 --x=-0.2:0.2:4
        --set networks.depth=8 --set observables.logits=1 --set observables.classes=true --backend=cuda)
    splits card
    both 1 card
    is "$(values "$tmp/card-1.nc" fallback_blocks | sort -u)" 0 'card: no block needed the processor'
    unset LD_LIBRARY_PATH BLUESHIFT_CUDA_KERNELS
else
    skip 'both splits on a GPU' 'no emulation here'
fi

# ---- what becomes of the file ---------------------------------------------------------------------
file=$tmp/frozen-1.nc
again=(--quiet --set data.source=synthetic --set data.images=20 --set data.batch=8 --x=-0.2:0.2:5
    --set networks.depth=8 --set networks.norm=frozen --set observables.logits=3 --set observables.classes=true)
killer=$BS_ROOT/${BUILD:-build}/tests/tools/killw.so
if [ -e "$killer" ]; then
    KILLW_COUNT=1 LD_PRELOAD=$killer "$program" sweep "${again[@]}" --set data.split=both \
        --set parallel.flush_interval=0 --surf_file "$tmp/count.nc" >/dev/null 2>"$tmp/.err"
    changes=$(sed -n 's/^killw: \([0-9]*\) changes$/\1/p' "$tmp/.err" | sort -n | tail -n 1)
    killed() {
        (KILLW=$((${changes:-0} / 2)) LD_PRELOAD=$killer "$program" sweep "${again[@]}" --set data.split=both \
            --set parallel.flush_interval=0 --surf_file "$tmp/killed.nc" >/dev/null 2>&1)
    }
    killed 2>/dev/null
    bs_ok "killed after $(done_points "$tmp/killed.nc") points, and resumed" 2 sweep "${again[@]}" \
        --set data.split=both --surf_file "$tmp/killed.nc"
    for q in train_loss test_loss test_loss_stderr status; do
        is "$(values "$tmp/killed.nc" $q)" "$(values "$file" $q)" "resumed: $q"
    done
fi
bs 1 sweep "${again[@]}" --surf_file "$file"
like "$code$err" "^2.*belongs to another experiment: the file has 'data.split=both'" 'one split does not go on with it'
bs_ok 'repeated from the file alone' 2 rerun "$file" -o "$tmp/rerun.nc" --quiet
is "$(values "$tmp/rerun.nc" test_loss)" "$(values "$file" test_loss)" 'repeated: the same bits'
bs 1 info "$file"
like "$out" 'images +20 training images, 20 test images' 'info: the images'
like "$out" $'train_loss\n.*min .*\ntest_loss\n +network0 +min .* mean .* max' 'info: both losses'
bs_ok 'the test loss is drawn' 1 plot "$file" --quantity=test_loss -o "$tmp/test.svg"
like "$(<"$tmp/test.svg")" 'cross-entropy, 20 test images' 'with its images'
bs_ok 'both are drawn on a path' 1 plot "$file" -o "$tmp/path.gp"
six() { awk 'NF > 0 { printf "%.6g ", $NF }'; }
is "$(sed -n '/^[$]test0_0 /,/^EOD/p' "$tmp/path.gp" | sed '1d;$d' | six)" "$(values "$file" test_loss | six)" 'the test loss'
is "$(sed -n '/^[$]test1_0 /,/^EOD/p' "$tmp/path.gp" | sed '1d;$d' | six)" "$(values "$file" test_acc | six)" 'and accuracy'
like "$(<"$tmp/path.gp")" '[$]test0_0 using 1:2 with lines lt 1 lw 1.5 dt \(10,3\)' 'dashed'
bs_ok 'a table of both' 1 convert "$file" -o "$tmp/both.csv"
like "$(head -1 "$tmp/both.csv")" 'train_loss,train_acc,loss_stderr,test_loss,test_acc,test_loss_stderr' 'has all columns'
bs 1 sweep "${again[@]}" --set data.split=both --dry-run
work=$(sed -n 's/^operations *//p' <<<"$out")
bs 1 sweep "${again[@]}" --dry-run
is "$work" "$(sed -n 's/^operations *//p' <<<"$out" | awk '{ printf "%.3g %s", 2 * $1, $2 }')" 'a dry run counts both'

# ---- refused --------------------------------------------------------------------------------------
bs 1 train --quiet --set data.source=synthetic --set data.split=both --log "$tmp/log.nc"
like "$code$err" '^2.*a training learns from one split' 'both is nothing to train on'
bs 1 sweep --set data.path="$tmp" --set data.split=both --set data.file=data_batch_1.bin --surf_file "$tmp/no.nc"
like "$code$err" '^2.*a file is of one split, and data.split is both' 'nor is a file'
done_testing
