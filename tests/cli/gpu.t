#!/bin/bash
# Sweeps on a GPU that is emulated behind the functions of its driver (tests/emulation/libcuda.cpp): whole,
# stopped, resumed, shared, out of memory, lost; and what is said where there is none.
. "${0%/*}/lib.sh"

stand_in=$BS_ROOT/${BUILD:-build}/tests/emulation
[ -e "$stand_in/libcuda.so.1" ] || skip_all 'the emulation is for x86-64'
for flag in avx2 f16c; do
    grep -q $flag /proc/cpuinfo || skip_all "the emulation needs $flag"
done
ldd "$program" | grep -q libasan && skip_all 'the emulation moves among stacks of its own'

# The kernels come from the stand-in, whether or not the program has some of its own.
echo 'none of a real card' >"$tmp/kernels"
export BLUESHIFT_CUDA_KERNELS=$tmp/kernels
gpu() { LD_LIBRARY_PATH=$stand_in${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} bs "$@"; }

small=(--set networks.0.depth=8 --set data.images=2 --set data.batch=1 --set networks.0.norm=none --x=-1:1:4)
f=$tmp/f.nc

# ---- no card ------------------------------------------------------------------------------------
fails() { # BS_CARD MESSAGE NAME
    BS_CARD=$1 gpu 1 sweep "${small[@]}" --surf_file "$f" --backend=cuda
    is "$code" 1 "$3"
    like "$err" "$2" 'which it says'
    ok 'and makes no file' test ! -e "$f"
}
if ldconfig -p | grep -q 'libcuda\.so\.1'; then
    skip 'no driver' 'this machine has one'
else
    bs 1 sweep "${small[@]}" --surf_file "$f" --backend=cuda
    is "$code" 1 'without a driver there is no GPU'
    like "$err" 'there is no GPU driver on this machine' 'which it says'
fi
fails start=999 'the GPU driver failed in its start: an error on purpose .*code 999' 'a driver that does not start'
fails version=10020 'driver is too old: it is of CUDA 10.2, the kernels need CUDA 11.0' 'a driver too old'
fails cards=0 'sees no GPU; CUDA_VISIBLE_DEVICES' 'no card'
fails sm=75 'compute capability 7.5; the kernels need 8.0' 'a card too old'
CUDA_VISIBLE_DEVICES='' fails '' 'sees no GPU' 'a card that is hidden'
BS_CARD=memory=1000 gpu 1 sweep "${small[@]}" --surf_file "$f" --backend=cuda
is "$code" 1 'no memory for a single point'
like "$err" 'the GPU has no memory' 'which it says'
is "$(values "$f" status | sort -u)" 0 'and the file waits for more'
rm -f "$f"
BLUESHIFT_CUDA_KERNELS=$tmp/nothing gpu 1 sweep "${small[@]}" --surf_file "$f" --backend=cuda
is "$code" 2 'no kernels'
like "$err" 'nothing: the GPU.s kernels cannot be read' 'which it says'
BS_CARD=absent=1 gpu 2 sweep "${small[@]}" --surf_file "$f" --backend=cuda
is "$code" 1 'a rank without a card'
like "$err" 'rank 1: the GPU driver sees no GPU' 'which it says'

# ---- sweeps -------------------------------------------------------------------------------------
near() { # FILE FILE: losses agree to a relative 1e-6
    paste <(values "$1" train_loss) <(values "$2" train_loss) |
        awk '{ d = $1 - $2; if (d < 0) { d = -d } if (d > 1e-6 * $2 || $1 == "_") { exit 1 } n++ } END { exit n != 4 }'
}
bs_ok 'the reference' 1 sweep --quiet "${small[@]}" --surf_file "$tmp/r.nc" --backend=reference
gpu 1 sweep --quiet "${small[@]}" --surf_file "$f" --backend=cuda
is "$code" 0 'a sweep on the GPU'
ok 'has the losses of the reference, but for rounding' near "$f" "$tmp/r.nc"
like "$(ncdump -h "$f")" 'backend = "cuda-sm90"' 'the file names the backend'
is "$(values "$f" fallback_blocks | sort -u)" 0 'nothing left the range of float16'
wanted=$(values "$f" train_loss)

same() { # NAME
    is "$code" 0 "$1"
    is "$(values "$tmp/g.nc" train_loss)" "$wanted" 'has the same bits'
    rm -f "$tmp"/g.nc
}
BS_CARD="memory=2000000 log=$tmp/log" gpu 1 sweep --quiet "${small[@]}" --surf_file "$tmp/g.nc" --backend=cuda
few=$(awk '/launches/ { print $2 }' "$tmp/log")
same 'a card with memory for few points'
BS_CARD="log=$tmp/log2" gpu 1 sweep --quiet "${small[@]}" --surf_file "$tmp/g.nc" --backend=cuda
many=$(awk '/launches/ { print $2 }' "$tmp/log2")
same 'and again'
ok "which is asked more often ($few launches, not $many)" test "${few:-0}" -gt "${many:-0}"
BS_CARD="cards=2 log=$tmp/cards" gpu 2 sweep --quiet "${small[@]}" --surf_file "$tmp/g.nc" --backend=cuda
same 'two ranks on two cards'
is "$(grep card "$tmp/cards" | sort)" $'card 0\ncard 1' 'each rank has its own'
BS_CARD="cards=2" gpu 2 sweep "${small[@]}" --surf_file "$tmp/g.nc" --backend=cuda --gpus=1 --shards=2
like "$err" '2 ranks share a GPU' 'that ranks share a card is said'
same 'two shards on one card'

# Far away the range of float16 is left: those blocks come from the processor, to the bit, and are counted.
far=("${small[@]}" --x=-30:30:3)
gpu 1 sweep --quiet "${far[@]}" --surf_file "$tmp/g.nc" --backend=cuda
is "$code$(values "$tmp/g.nc" fallback_blocks | tr '\n' ' ')" '02 0 2 ' 'what leaves the range is evaluated by the processor'
fallback=$(ncdump -h "$tmp/g.nc" | sed -n 's/.*:fallback = "\(.*\)" ;/\1/p')
bs 1 sweep --quiet "${far[@]}" --surf_file "$tmp/h.nc" --backend="$fallback"
is "$(values "$tmp/g.nc" train_loss | sed 2d)" "$(values "$tmp/h.nc" train_loss | sed 2d)" "with the bits of $fallback"
rm -f "$tmp/g.nc" "$tmp/h.nc"
bs_ok 'weights that are far away themselves' 1 export "$tmp/r.nc" --at=30 -o "$tmp/far.safetensors"
gpu 1 sweep "${small[@]}" --model_file "$tmp/far.safetensors" --surf_file "$tmp/g.nc" --backend=cuda
like "$code $err" '^0 .*gives no finite logits at the origin.*--backend=winograd' 'are said to gain nothing from a GPU'
rm -f "$tmp/g.nc"

# ---- lost in mid-run ----------------------------------------------------------------------------
BS_CARD=launch=18 gpu 1 sweep --quiet "${small[@]}" --set parallel.chunk=1 --surf_file "$tmp/g.nc" --backend=cuda
is "$code" 1 'a card is lost in mid-run'
like "$err" 'GPU driver failed in .*CUDA_ERROR_LAUNCH_FAILED' 'which it says'
is "$(values "$tmp/g.nc" status | grep -c 3)" 0 'no point is said to have failed'
open=$(values "$tmp/g.nc" status | grep -c 0)
ok "some are done, some are pending ($open)" test "$open" -gt 0 -a "$open" -lt 4
gpu 1 sweep "${small[@]}" --surf_file "$tmp/g.nc"
like "$out" "$((4 - open)) done before" 'the same command resumes it, and takes its backend'
same 'the file'

# ---- which backend ------------------------------------------------------------------------------
gpu 1 sweep --quiet "${small[@]}" --surf_file "$tmp/r.nc"
is "$code" 0 'a file of the processor is resumed by auto on a machine with a GPU'
bs 1 sweep --quiet "${small[@]}" --surf_file "$f"
is "$code" 2 'one of a GPU is not resumed without'
like "$err" '--backend=cuda-sm90' 'and what would is said'
by_layers() { # NAME SETTING...
    local name=$1
    shift
    gpu 1 sweep --quiet "${small[@]}" "$@" --surf_file "$tmp/g.nc"
    like "$code$(ncdump -h "$tmp/g.nc")" '^0.*backend = "cuda' "auto takes the GPU for $name"
    bs_ok 'the reference' 1 sweep --quiet "${small[@]}" "$@" --surf_file "$tmp/w.nc" --backend=reference
    ok 'and it has the losses of the reference' near "$tmp/g.nc" "$tmp/w.nc"
    rm -f "$tmp/g.nc" "$tmp/w.nc"
}
by_layers 'a wider network' --set networks.0.width=2
by_layers 'a fully connected one' --set networks.0.kind=mlp --set networks.0.depth=2 --set networks.0.width=24 \
    --set networks.0.shortcut=none

# Signals of the blocks: on the GPU and in double precision.
seen=("${small[@]}" --set observables.probes=2 --set observables.branch_losses=true)
gpu 1 sweep --quiet "${seen[@]}" --surf_file "$tmp/g.nc"
bs 1 sweep --quiet "${seen[@]}" --surf_file "$tmp/d.nc" --backend=reference
like "$(ncdump -h "$tmp/g.nc")" 'backend = "cuda' 'auto takes the GPU for signals of the blocks'
for name in branch_loss branch_probe; do
    for g in "$tmp/g.nc" "$tmp/d.nc"; do
        ncdump -p 4,4 -v $name "$g" | sed '1,/^data:/d' >"$g.$name"
    done
    is "$(cat "$tmp/g.nc.$name")" "$(cat "$tmp/d.nc.$name")" "$name is that of double precision"
done
# They, too, come from as many points at a time as there is memory for, or one.
signals() { # FILE: every bit of the signals of the blocks
    ncdump -p 9,17 -v branch_loss,branch_probe,train_loss "$1" | sed '1,/^data:/d'
}
wanted=$(signals "$tmp/g.nc")
rm -f "$tmp/g.nc"
BS_CARD="memory=2000000 log=$tmp/log3" gpu 1 sweep --quiet "${seen[@]}" --surf_file "$tmp/g.nc" --backend=cuda
is "$(signals "$tmp/g.nc")" "$wanted" 'and has the same bits on a card with memory for few points'
rm -f "$tmp/g.nc"
BS_CARD="log=$tmp/log4" gpu 1 sweep --quiet "${seen[@]}" --surf_file "$tmp/g.nc" --backend=cuda
few=$(awk '/launches/ { print $2 }' "$tmp/log3")
many=$(awk '/launches/ { print $2 }' "$tmp/log4")
ok "which is asked more often ($few launches, not $many)" test "${few:-0}" -gt "${many:-0}"
rm -f "$tmp/g.nc" "$tmp/h.nc"
gpu 1 sweep --quiet "${seen[@]}" --x=-30:30:3 --surf_file "$tmp/g.nc" --backend=cuda
is "$code$(values "$tmp/g.nc" fallback_blocks | tr '\n' ' ')" '02 0 2 ' 'beyond the range they come from the processor, too'
bs 1 sweep --quiet "${seen[@]}" --x=-30:30:3 --surf_file "$tmp/h.nc" --backend="$fallback"
ends() { # FILE NAME: what its first and last point have
    values "$1" "$2" | awk '{ v[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= NR / 3 || i > 2 * NR / 3) print v[i] }'
}
for name in branch_loss branch_probe; do
    is "$(ends "$tmp/g.nc" $name)" "$(ends "$tmp/h.nc" $name)" "$name with the bits of $fallback"
done
# Statistics of norms that are measured anew at every point: a pass over the images before the scores.
rm -f "$tmp/g.nc" "$tmp/d.nc"
norms=(--set networks.0.depth=8 --set data.images=3 --set data.batch=2 --x=-0.5:0.5:4)
bs_ok 'a network with frozen norms' 1 sweep --quiet "${norms[@]}" --set networks.0.norm=frozen --surf_file "$tmp/d.nc"
bs_ok 'and its weights' 1 export "$tmp/d.nc" --at=0 -o "$tmp/norms.safetensors"
norms+=(--model_file "$tmp/norms.safetensors" --set path.statistics=recompute)
rm -f "$tmp/d.nc"
bs_ok 'statistics in double precision' 1 sweep --quiet "${norms[@]}" --surf_file "$tmp/d.nc" --backend=reference
gpu 1 sweep --quiet "${norms[@]}" --surf_file "$tmp/g.nc"
is "$code" 0 'statistics are measured at every point'
like "$(ncdump -h "$tmp/g.nc")" 'backend = "cuda' 'on the GPU'
ok 'the losses are those of double precision, but for rounding' near "$tmp/g.nc" "$tmp/d.nc"
is "$(values "$tmp/g.nc" fallback_blocks | sort -u)" 0 'nothing left the range of float16'
wanted=$(values "$tmp/g.nc" train_loss)
rm -f "$tmp/g.nc"
BS_CARD=memory=4000000 gpu 1 sweep --quiet "${norms[@]}" --surf_file "$tmp/g.nc" --backend=cuda
same 'memory for few points'
ok 'the version names the kernels' grep -q 'GPU kernels' <("$program" --version)

# What a machine with a card is checked by, on the emulation: a minute.
if [ -n "${BS_TEST_ALL:-}" ]; then
    out=$(LD_LIBRARY_PATH=$stand_in BS_CHECK_TINY=1 BS_CHECK_SECONDS=1000 tools/check-gpu "${BUILD:-build}" 2>&1)
    is $? 0 'tools/check-gpu finds all right'
    like "$out" 'two ranks on one card: the same bits' 'and has looked'
fi

done_testing
