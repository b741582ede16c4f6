# The tools beside the program: completion and manual page, fetching CIFAR-10, converting PyTorch checkpoints.
. "${0%/*}/lib.sh"

# tool ARGUMENT...: leaves $out, $err, $code.
tool() {
    out=$("$@" 2>"$tmp/.err" </dev/null)
    code=$?
    err=$(<"$tmp/.err")
}

# complete LINE: what bash would offer at its end, with blanks between.
complete_line() {
    bash -c '. tools/completion.bash
        compopt() { :; }
        COMP_LINE=$1 COMP_POINT=${#1}
        read -ra COMP_WORDS <<<"$1"
        [ "${1% }" = "$1" ] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_WORDS[0]=$2
        _blueshift
        echo "${COMPREPLY[*]}"' - "$1" "$program"
}
while IFS='|' read -r line wanted; do
    is "$(complete_line "$line")" "$wanted" "completion of '$line'"
done <<'END'
blueshift an|analyse
blueshift --verb|--verbose
blueshift plot f.nc --vi|--view=
blueshift plot f.nc --view s|scan slices surface spectrum
blueshift sweep --xnorm=|filter layer none
blueshift sweep --log-level w|warning
blueshift convert f.nc --format=v|vti vts
blueshift theory m|multipath moments
blueshift theory fbm --hu|--hurst=
blueshift sweep --set grid|grid.x= grid.y= grid.z= grid.endpoint=
blueshift analyse f.nc --set a|analysis.window= analysis.cutoff= analysis.tail=
blueshift demo --set fbm.h|fbm.hurst=
blueshift info tests/cli/tool|tests/cli/tools.t
END
tool tools/make-manual "$program" tools/blueshift.1
is "$code$err" 0 'the manual page is made'
page=$out
unlike "$page" '@[a-z]+' 'nothing in it waits to be filled in'
for verb in $("$program" --list | awk -F'\t' '$1 == "verb" { print $2 }'); do
    for flag in $("$program" "$verb" --list | awk -F'\t' '$1 == "flag" { print $2 }'); do
        grep -q "^\.It .*Fl -$flag\b" <<<"$page" || missing+=" --$flag"
    done
    like "$page" $'\n'"\.It Cm $verb( |"$'\n'')' "the page knows the verb $verb"
done
is "${missing:-}" '' 'and every flag'
if command -v groff >/dev/null; then
    is "$(groff -mandoc -Tascii -ww <<<"$page" 2>&1 >/dev/null)" '' 'and groff has nothing to say against it'
fi

fetch=tools/fetch-cifar10
tool $fetch --help
is $code 0 'fetch-cifar10 --help succeeds'
like "$out" 'Usage: .*--check.*BLUESHIFT_DATA' 'and explains itself'
tool $fetch
is $code 2 'without a folder it is a usage error'
tool $fetch --check "$tmp/absent"
is $code 1 'a folder that is not there fails'
like "$err" "$tmp/absent: no such folder" 'and is named'

mkdir -p "$tmp/other/cifar-10-batches-bin" "$tmp/data"
echo text >"$tmp/other/cifar-10-batches-bin/test_batch.bin"
tar -czf "$tmp/other.tar.gz" -C "$tmp/other" cifar-10-batches-bin
tool $fetch --check "$tmp/other"
is $code 1 'damaged and missing files fail'
like "$err" 'data_batch_1.bin: missing.*test_batch.bin: SHA-256 .* damaged' 'and are named'
BLUESHIFT_CIFAR10_URL=file://$tmp/other.tar.gz tool $fetch "$tmp/data"
is $code 1 'another archive is refused'
like "$err" 'MD5 .*, not c32a1d4ab5d03f1284b67883e8d87530' 'by its checksum'
BLUESHIFT_CIFAR10_URL=file://$tmp/absent.tar.gz tool $fetch "$tmp/data"
is $code 1 'a download that fails is an error'
like "$err" 'download failed: .*absent.tar.gz' 'that says from where'
is "$(ls -A "$tmp/data")" '' 'and nothing is left behind'
if [ -n "${BLUESHIFT_DATA:-}" ]; then
    tool $fetch --check "$BLUESHIFT_DATA"
    is "$code$err" 0 'the real files are complete'
else
    skip 'the real files are complete' 'BLUESHIFT_DATA is not set'
fi

# Where python3 is not the system's, the system's may be the one with torch.
for python in python3 /usr/bin/python3; do
    $python -c 'import torch' 2>/dev/null && break
    python=
done
if [ -z "$python" ]; then
    skip 'convert-pytorch.py' 'python3 has no torch'
    done_testing
fi

$python - "$tmp" <<'EOF'
import sys, torch
state = {"module.conv1.weight": torch.arange(6.).reshape(1, 2, 3, 1).double(),
         "module.bn1.num_batches_tracked": torch.tensor(3),
         "module.bn1.weight": torch.tensor([-0.5, 1e-30])}
torch.save({"state_dict": state, "epoch": 3}, sys.argv[1] + "/net.pth")
torch.save({"bn1.running_var": torch.tensor([1.0, -1.0])}, sys.argv[1] + "/below.pth")
torch.save({"a": torch.zeros(2, dtype=torch.int32)}, sys.argv[1] + "/integers.pth")

class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch " + sys.argv[1] + "/run",)

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 2, 1, bias=False)
        self.layer2 = torch.nn.Sequential(torch.nn.Sequential())
        self.layer2[0].downsample = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1, bias=False))
        self.bn1 = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(3, 2)

# With numbers, options of the training and code that must not be run.
torch.save({"best": 91.25, "args": __import__("argparse").Namespace(lr=.1), "evil": Evil(),
            "model_state": {"model.module._orig_mod.fc.weight": torch.ones(1, 2).half(),
                            "classifier.bias": torch.ones(1).bfloat16()}}, sys.argv[1] + "/full.pth")
torch.save({"model_ema": {"fc.bias": torch.ones(3)}}, sys.argv[1] + "/ema.pth")
torch.save(Net(), sys.argv[1] + "/whole.pth")
torch.save({"fc.weight": torch.eye(2).to_sparse()}, sys.argv[1] + "/sparse.pth")
torch.save({"fc.weight": Evil()}, sys.argv[1] + "/evil.pth")
torch.save([1, 2], sys.argv[1] + "/list.pth")
EOF
convert() {
    tool "$python" tools/convert-pytorch.py "$@"
}
convert "$tmp/net.pth" "$tmp/net.safetensors" --depth 56 --mean .5,.25,0
is $code 0 'a checkpoint is converted'
# Byte for byte what the format says: length, header, values.
header='{"__metadata__":{"depth":"56","mean":"0.5,0.25,0.0"},'
header+='"conv1.weight":{"dtype":"F32","shape":[1,2,3,1],"data_offsets":[0,24]},'
header+='"bn1.weight":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}'
while [ $((${#header} % 8)) -ne 0 ]; do
    header+=' '
done
is "$(head -c $((8 + ${#header})) "$tmp/net.safetensors" | tail -c +9)" "$header" 'its header is right'
is "$(od -A n -t u8 -N 8 "$tmp/net.safetensors" | tr -d ' ')" ${#header} 'and the length of it'
is "$(tail -c 32 "$tmp/net.safetensors" | od -A n -v -t f4 -w32 | xargs)" '0 1 2 3 4 5 -0.5 1e-30' \
    'and the values'
convert "$tmp/net.pth" "$tmp/net.safetensors"
is $code 1 'what exists is not replaced'
like "$err" 'net.safetensors exists.*--force' 'and it is said'
echo precious >"$tmp/precious"
ln -s "$tmp/precious" "$tmp/net.safetensors.tmp"
convert "$tmp/net.pth" "$tmp/net.safetensors" --force
is $code 0 'but with --force'
is "$(<"$tmp/precious")" precious 'a link planted at NAME.tmp is not followed'
rm "$tmp/net.safetensors.tmp"
is "$(find "$tmp" -name '*.tmp')" '' 'no temporary file is left'
convert "$tmp/below.pth" "$tmp/no.safetensors"
like "$code$err" '^1.*bn1.running_var is below zero' 'a variance below zero is refused'
convert "$tmp/integers.pth" "$tmp/no.safetensors"
is $code 1 'integers are no weights'
like "$err" 'integers.pth: a has dtype torch.int32' 'the tensor is named'
# names FILE: those in a converted file.
names() { grep -ao '"[a-z0-9_.]*":{"dtype"' "$1" | cut -d'"' -f2 | xargs; }
convert "$tmp/full.pth" "$tmp/full.safetensors"
is "$code $(names "$tmp/full.safetensors")" '0 linear.weight linear.bias' 'a checkpoint of a training, in half precision'
ok 'nothing of what it holds is run' [ ! -e "$tmp/run" ]
is "$(tail -c 12 "$tmp/full.safetensors" | od -A n -v -t f4 | xargs)" '1 1 1' 'and its values'
convert "$tmp/ema.pth" "$tmp/ema.safetensors"
is "$code $(names "$tmp/ema.safetensors")" '0 linear.bias' 'averaged weights'
convert "$tmp/whole.pth" "$tmp/whole.safetensors"
is "$code $(names "$tmp/whole.safetensors")" "0 conv1.weight layer2.0.shortcut.0.weight bn1.weight bn1.bias \
bn1.running_mean bn1.running_var linear.weight linear.bias" 'a whole pickled model'
for wrong in 'sparse is a sparse tensor; save it' 'evil is no tensor but a [a-z]*.system' \
    'list: holds a list, no state_dict'; do
    convert "$tmp/${wrong%%[ :]*}.pth" "$tmp/no.safetensors"
    like "$code$err" "^1.*${wrong#* }" "refused: $wrong"
done
ok 'still nothing is run' [ ! -e "$tmp/run" ]
mkdir "$tmp/none"
echo 'raise ImportError' >"$tmp/none/torch.py"
PYTHONPATH=$tmp/none tool "$python" tools/convert-pytorch.py "$tmp/ema.pth" "$tmp/no.safetensors"
like "$code$err" '^1convert-pytorch: python3 has no torch.*install python3-torch' 'without torch it says so'
convert "$tmp/other.tar.gz" "$tmp/no.safetensors"
is $code 1 'another file is no checkpoint'
like "$err" 'other.tar.gz: no checkpoint' 'the file is named'
done_testing
