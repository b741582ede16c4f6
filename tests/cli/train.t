#!/bin/bash
# Training: the same bits on any number of ranks and after kills, clear errors, weights that sweep.
. "${0%/*}/lib.sh"

seed=${BS_TEST_SEED:-$$}
echo "# BS_TEST_SEED=$seed" # to repeat the moments of a failed run
RANDOM=$seed

common=(--set data.source=synthetic --set train.test_images=32 --quiet)
mlp=("${common[@]}" --set networks.kind=mlp --set networks.width=8 --set data.images=44
    --set data.batch=4 --set train.batch=16 --set train.epochs=5 --set train.learning_rate=0.02
    --set train.warm_up=0.1 --set train.label_smoothing=0.1)

# train N NAME ARGUMENT...: into NAME.nc and what belongs to it.
train() {
    local ranks=$1 name=$2
    shift 2
    bs "$ranks" train "$@" --log "$tmp/$name.nc"
}
# bits NAME: everything that a training leaves, but how fast it was.
bits() {
    sha256sum <"$tmp/$1.safetensors"
    ncdump -p 9,17 "$tmp/$1.nc" | sed -e '1,/^data:/d' -e '/^ images_per_second =/,/;/d'
}

train 1 one "${mlp[@]}" --set train.trajectory_every=6
is "$code" 0 'an mlp is trained'
like "$out" 'network0: 15 steps, loss .* accuracy .* test loss' 'its report'
for n in 2 3 4; do
    train $n "on$n" "${mlp[@]}"
    is "$(bits "on$n")" "$(bits one)" "np $n: the same bits as np 1"
done
way=("$tmp"/one.checkpoints/*.safetensors)
is "${way[*]##*-r0-}" '00000000.safetensors 00000006.safetensors 00000012.safetensors 00000015.safetensors' \
    'weights along the way'
bs 1 train "${mlp[@]}" --set train.trajectory_every=6 --log "$tmp/dry.nc" --dry-run
is "$code" 0 'a dry run'
for line in 'runs +1, each of 15 steps in 5 epochs' 'images +44 an epoch, 32 a test' \
    'step +4 micro-batches of at most 4 images, 4 on each rank' 'time +.* s on 1 rank' \
    "checkpoints .*$tmp/dry.checkpoints, with 4 weights"; do
    like "$out" "$line" "dry run: $line"
done
is "$(echo "$tmp"/dry*)" "$tmp/dry*" 'dry run: writes nothing'
ok 'dry run: the size of the checkpoints, to 1 %' awk -v said="$(sed -n 's/^checkpoints *\([0-9.]*\) MiB.*/\1/p' <<<"$out")" \
    -v bytes="$(cat "$tmp"/one.checkpoints/* | wc -c)" \
    'BEGIN { e = said * 1048576 / bytes - 1; exit !(e < 0.01 && e > -0.01) }'
norms=("${common[@]}" --set networks.depth=8 --set data.images=10 --set data.batch=4 --set train.batch=8
    --set train.epochs=1 --set train.test_images=4)
train 1 norms1 "${norms[@]}"
train 3 norms3 "${norms[@]}"
is "$(bits norms3)" "$(bits norms1)" 'with norms too'
bs 3 train "${norms[@]}" --dry-run --log "$tmp/dry.nc"
like "$out" 'step +2 micro-batches of at most 4 images, 1 on each.*idle ranks +1: take' 'dry run: a rank without work'

# One more command measures the surface; at its centre lies the test.
bs 1 sweep --quiet --model_file "$tmp/norms1.safetensors" --set data.source=synthetic --set data.split=test \
    --set data.images=4 --set data.batch=4 --x=0:0:1 --surf_file "$tmp/surface.nc" \
    --backend "$(ncdump -h "$tmp/norms1.nc" | sed -n 's/.*:backend = "\(.*\)".*/\1/p')"
is "$(values "$tmp/surface.nc" test_loss)" "$(values "$tmp/norms1.nc" test_loss)" 'a sweep has the same test loss'

bs_ok 'its learning curves are drawn' 1 plot "$tmp/norms1.nc" -o "$tmp/curves.svg"
ok 'all of them' test "$(grep -c '<title>gnuplot_plot' "$tmp/curves.svg")" -ge 10
bs 1 analyse "$tmp/norms1.nc"
like "$err" 'is the file of a training, not of a sweep: .* blueshift info shows' 'a log is no surface'
# last NAME VARIABLE DIGITS: its last number, rounded.
last() {
    printf "%.$3f" "$(values "$tmp/$1.nc" "$2" | tail -1)"
}
# extreme NAME VARIABLE ORDER: its smallest number (-g) or its largest (-gr), and the epoch of it.
extreme() {
    values "$tmp/$1.nc" "$2" | awk '{ print $1, NR }' | sort "$3" -k 1,1 -s | head -1
}
bs 1 info "$tmp/one.nc"
is "$code" 0 'info of a log'
like "$out" 'images +44 training images, 32 test images' 'info: the images'
like "$out" '15 steps in 5 epochs, of 16 images in micro-batches of 4' 'info: the plan'
like "$out" 'learning rate 0.02, cosine, warm-up 0.1; Nesterov momentum 0.9.*label smoothing 0.1' 'info: the recipe'
like "$out" 'network0: 15 of 15 steps, 5 epochs' 'info: how far it is'
like "$out" "test +loss $(last one test_loss 4) .*accuracy $(last one test_accuracy 2) %" 'info: the last test'
read -r best epoch < <(extreme one train_loss -g)
like "$out" "training +loss $(last one train_loss 4) \(lowest $(printf %.4f "$best"), epoch $epoch\)" 'info: the lowest loss'
read -r best epoch < <(extreme one train_accuracy -gr)
like "$out" "accuracy $(last one train_accuracy 2) % \(highest $(printf %.2f "$best") %, epoch $epoch\)" 'info: the highest accuracy'
like "$out" "learning rate +0.000291 in the last step; gradient norm .* images/s" 'info: rate and speed'
like "$out" "weights +$tmp/one.safetensors"$'\n' 'info: the weights'
like "$out" 'checkpoints +2 in .*one.checkpoints, the last after step 15; 4 weights of its way' 'info: the checkpoints'
ncks -O -x -v test_loss "$tmp/one.nc" "$tmp/cut.nc" 2>/dev/null && {
    bs 1 info "$tmp/cut.nc"
    like "$code$err" '2.*cut.nc: the log has no test_loss over networks' 'a log without an array is refused'
}
ncap2 -O -s 'train_loss=train_loss*0/0;train_accuracy=train_loss' "$tmp/one.nc" "$tmp/nan.nc" 2>/dev/null && {
    bs 1 info "$tmp/nan.nc"
    like "$out" 'training +none.*learning rate +0.000291 in the last step'$'\n'' +weights' 'info: without a finite loss'
}
if find_python torch 'PyTorch has the same test loss and accuracy'; then
    bs_ok 'images for PyTorch' 1 export "$tmp/surface.nc" --images -o "$tmp/images.bin"
    like "$("$python" tools/evaluate-pytorch.py --double "$tmp/norms1.safetensors" "$tmp/images.bin")" \
        "^loss $(values "$tmp/norms1.nc" test_loss | cut -c 1-7)[0-9]*, accuracy $(values "$tmp/norms1.nc" test_accuracy | cut -c 1-5)" \
        'PyTorch has the same test loss and accuracy'
fi

# ---- ends and resumes ----
each=(--set train.checkpoint_every=1)
resumed() { # NAME N: the rest, on N ranks
    train "$2" "$1" "${mlp[@]}" "${each[@]}"
    is "$(bits "$1")" "$(bits one)" "$1: resumed on $2 ranks to the same bits"
}
export BS_FAULT='evaluate:4@rank1!10'
train 2 usr1 "${mlp[@]}" "${each[@]}"
unset BS_FAULT
is "$code" 75 'SIGUSR1: exit code 75'
like "$err" 'stopped early, .* steps, with checkpoints in .* the same command resumes it' 'and what to do'
resumed usr1 3
train 3 time "${mlp[@]}" --set parallel.time_limit=0.001
is "$code" 75 'a time limit: exit code 75'
bs 1 info "$tmp/time.nc"
like "$out" 'network0: [1-9][0-9]? of 15 steps.*time.safetensors \(not there\)' 'info of a training that was stopped'
resumed time 1
for i in 1 2 3; do
    start $((RANDOM % 3 + 2)) train "${mlp[@]}" "${each[@]}" --log "$tmp/killed.nc"
    for ((wait = 0; wait < 100; wait++)); do
        ls "$tmp"/killed.checkpoints/*-"$(printf %08d $((3 * i)))".checkpoint >/dev/null 2>&1 && break
        running "$pid" || break
        sleep 0.05
    done
    victim=$(ranks_of "$pid" | sed -n "$((RANDOM % 2 + 1))p")
    [ -z "$victim" ] || command kill -9 "$victim"
    finish 20
    ok "kill $i does not hang" [ "$code" != 124 ]
done
resumed killed 2
truncate -s -20 "$tmp/usr1.checkpoints/0-network0-r0-00000015.checkpoint"
train 2 usr1 "${mlp[@]}" "${each[@]}"
like "$err" '00000015.checkpoint: the checkpoint is damaged: it is cut off .*the one before it is taken' \
    'a truncated checkpoint is named'
is "$(bits usr1)" "$(bits one)" 'and the one before gives the same bits'
for f in "$tmp"/usr1.checkpoints/*.checkpoint; do
    : >"$f"
done
train 2 usr1 "${mlp[@]}"
is "$code" 2 'all damaged: exit code 2'
like "$err" 'all 2 checkpoints of this run are damaged; remove them' 'and what to do'

# fails CODE REGEX NAME N ARGUMENT...: into a new output.
fails() {
    local wanted=$1 regex=$2 name=$3
    shift 3
    train "$1" "fails" "${@:2}"
    is "$code" "$wanted" "$name: exit code $wanted"
    like "$err" "$regex" "$name: said"
    rm -rf "$tmp"/fails.*
}
fails 1 'network .network0.: the (loss|gradient) of step [0-9]+ is not finite .*the last good checkpoint is .*Lower train.learning_rate' \
    'a loss that is not finite' 2 "${mlp[@]}" "${each[@]}" --set train.learning_rate=1e30
BS_FAULT=evaluate:3@rank1 fails 1 'rank 1: injected fault' 'a rank that fails alone' 3 "${mlp[@]}"
BS_FAULT=io_write:9@rank0 fails 1 'checkpoint cannot be created' 'a write that fails' 2 "${mlp[@]}"
fails 2 'leave a micro-batch of one image, which has no statistics' 'a micro-batch of one image' 1 \
    "${norms[@]}" --set data.images=9
fails 2 'one image.* take other train.batch or data.batch$' 'micro-batches of one image' 1 "${norms[@]}" \
    --set data.batch=1
fails 2 'norms of the batch or none' 'frozen norms' 1 "${norms[@]}" --set networks.norm=frozen
fails 2 "train.schedule is 'cosin'; did you mean 'cosine'" 'an unknown schedule' 1 "${mlp[@]}" --set train.schedule=cosin
fails 2 'train.learning_rate is .0.; a learning rate is above 0' 'no learning rate' 1 "${mlp[@]}" --set train.learning_rate=0
fails 2 'train.momentum is .0.; Nesterov.s step needs one' 'Nesterov without momentum' 1 "${mlp[@]}" --set train.momentum=0
fails 2 'train.milestones.1 is .0.5.; a milestone comes after' 'milestones in disorder' 1 "${mlp[@]}" \
    --set train.schedule=step --set 'train.milestones=[0.7, 0.5]'
fails 2 'train.factor is .0.5.; it applies only with train.schedule=step' 'a key without a use' 1 "${mlp[@]}" --set train.factor=0.5
fails 2 'there is no such network' 'an unknown network' 1 "${mlp[@]}" --network=nobody
fails 2 'weights are written as OUT.safetensors' 'weights of another kind' 1 "${mlp[@]}" --weights "$tmp/out.pt"

# ---- nothing of others is lost ----
train 1 one "${mlp[@]}" --set seed=2
is "$code" 2 'a log of another training stays'
like "$err" "belongs to another training: the file has 'seed=1', this run has 'seed=2'" 'and what differs'
train 1 new "${mlp[@]}" --set seed=2 --set "train.checkpoints=$tmp/one.checkpoints"
like "$err" "checkpoint: belongs to another training: the checkpoint has 'seed=1'" 'its checkpoints too'
train 1 new "${mlp[@]}" --set seed=2 --weights "$tmp/one.safetensors"
like "$err" 'one.safetensors holds the weights of another training .*--force' 'and its weights, unless --force says so'
ok 'and nothing is made for what is refused' [ ! -e "$tmp/new.checkpoints" ]

# ---- many runs, by many jobs, in one log; from weights ----
cat >"$tmp/two.yaml" <<END
realisations: 2
data: {source: synthetic, images: 24, batch: 8}
networks:
- {name: Plain, kind: mlp, width: 8}
- {name: 'Short, 1', kind: mlp, width: 8, shortcut: pad}
train: {epochs: 2, batch: 8, test_every: 0, learning_rate: 0.02}
END
train 2 all "$tmp/two.yaml" --quiet
is "$code" 0 'two networks and two realisations'
train 1 part "$tmp/two.yaml" --quiet --network='Short, 1' --realisation=1
is "$(ls "$tmp"/part*.safetensors)" "$tmp/part-1-Short__1-r1.safetensors" 'one of them alone'
train 3 part "$tmp/two.yaml" --quiet
is "$(values "$tmp/part.nc" step_loss)" "$(values "$tmp/all.nc" step_loss)" 'the rest joins it in one log'
is "$(sha256sum <"$tmp/part-1-Short__1-r1.safetensors")" "$(sha256sum <"$tmp/all-1-Short__1-r1.safetensors")" \
    'with the same weights'
ok 'realisations differ' test "$(values "$tmp/all.nc" step_loss | sort -u | wc -l)" = 24
train 2 more "${mlp[@]}" --model_file "$tmp/one.safetensors" --set train.learning_rate=1e-9 --set train.warm_up=0 \
    --set data.normalisation=half
is "$(values "$tmp/more.nc" test_loss | head -n 1 | cut -c 1-6)" "$(values "$tmp/one.nc" test_loss | tail -n 1 | cut -c 1-6)" \
    'training goes on from weights'

# ---- the jobs, with less work ----
bs_ok 'train-resnet' 2 train jobs/train-resnet.yaml --set size=tiny --set data.source=synthetic --quiet \
    --set data.images=64 --set train.test_images=32 --log "$tmp/resnet.nc" --weights "$tmp/resnet.safetensors"
is "$(values "$tmp/resnet.nc" step_learning_rate | awk '{ printf "%g ", $1 }')" '0.1 0.01 ' 'by the steps of He et al.'
bs_ok 'e6c' 2 train jobs/e6c-multipath-training.yaml --set size=tiny --set data.source=synthetic --quiet \
    --set data.images=32 --set train.test_images=16 --set networks.depth=8 --network 'NoShort, 3 paths' --log "$tmp/e6c.nc"
done_testing
