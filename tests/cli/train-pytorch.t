#!/bin/bash
# Twenty steps on from a published network: the losses and the weights are those of PyTorch.
. "${0%/*}/lib.sh"
skip_without_data
find_python torch 'PyTorch takes the same steps' || done_testing

weights=$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors
steps=20
bs_ok 'trained on' 2 train --quiet --model_file "$weights" --set "data.path=$BLUESHIFT_DATA" \
    --set data.file=data_batch_1.bin --set data.images=64 --set data.batch=64 --set train.batch=64 \
    --set train.augmentation=none --set train.steps=$steps --set train.learning_rate=0.01 \
    --set train.label_smoothing=0.1 --set train.test_every=0 --set train.trajectory_every=$steps --log "$tmp/on.nc"
folder=$BLUESHIFT_DATA
[ -e "$folder/data_batch_1.bin" ] || folder=$BLUESHIFT_DATA/cifar-10-batches-bin
$python tests/cli/train_pytorch.py "$tmp/on.checkpoints/0-network0-r0-00000000.safetensors" "$folder/data_batch_1.bin" 64 $steps "$tmp/on.safetensors" >"$tmp/torch"
worst=$(paste <(values "$tmp/on.nc" step_loss) <(head -n $steps "$tmp/torch") |
    awk '{ d = $1 / $2 - 1; d = d < 0 ? -d : d; worst = d > worst ? d : worst } END { print NR == '$steps' ? worst : "short" }')
mapfile -t differences < <(sed -n 's/^difference //p' "$tmp/torch")
echo "# losses $worst, parameters and statistics ${differences[*]}"
below() { # NUMBER LIMIT
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a ~ /^[0-9.e-]+$/ && a < b) }'
}
ok 'losses agree to 1e-4' below "$worst" 1e-4
ok 'parameters to 1e-4' below "${differences[0]:-none}" 1e-4
ok 'running statistics to 5e-4' below "${differences[1]:-none}" 5e-4
done_testing
