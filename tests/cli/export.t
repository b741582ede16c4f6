#!/bin/bash
# Exported points are the points: evaluated again they give the bits of the file, and so do exported
# directions and images; PyTorch gives the same losses and logits.
. "${0%/*}/lib.sh"

small=(--quiet --set data.images=20 --set data.batch=8)

# alone ARGUMENT...: one process without mpirun, which every sweep here can be. Leaves $err, $code.
alone() {
    timeout -k 5 $((60 * BS_PATIENCE)) "$program" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    err=$(<"$tmp/.err")
}
alone_ok() { # NAME ARGUMENT...
    local name=$1
    shift
    alone "$@"
    is "$code" 0 "$name"
    [ "$code" = 0 ] || tap_explain "stderr: $err"
}

# metadata FILE NAME: a text of a safetensors file.
metadata() {
    head -c 4096 "$1" | grep -aoP "\"$2\":\"\\K[^\"]*" | head -n 1
}

# again FILE.safetensors OUT.nc [FLAG...]: evaluates as the file's own command says, on another grid
# with flags.
again() {
    local file=$1 to=$2 words
    shift 2
    read -ra words <<<"$(metadata "$file" command)"
    is "${words[*]:0:5}" 'blueshift sweep --model_file THIS --x=0:0:1' "${file##*/} says how it is evaluated"
    alone sweep --model_file "$file" "${words[@]:4}" "$@" --quiet --surf_file "$to"
    is "$code" 0 "and it is, $*"
    [ "$code" = 0 ] || tap_explain "stderr: $err"
}
loss() { # FILE [NUMBER]: all losses, or one, from 1
    local variable
    variable=$(ncdump -h "$1" | grep -o '[a-z]*_loss(' | head -n 1)
    values "$1" "${variable%(}" | sed -n "${2:-1,\$}p"
}

equal() { # A B: the same double, however it is written
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 == b + 0) }'
}

equal_text() { # GOT WANTED NAME: the same, and something
    is "$1" "${2:-a number}" "$3"
}

# same NAME NUMBER AT REALISATION FLAG...: point NUMBER of the surface that FLAGS make, counted from 1
# in the file, is the point AT of realisation 0 or 1; and directions from the base point give the surface.
same() {
    local name=$1 number=$2 at=$3 realisation=$4 f=$tmp/$1
    shift 4
    alone_ok "$name: a sweep" sweep "${small[@]}" "$@" --surf_file "$f.nc"
    alone_ok "$name: the point $at" export "$f.nc" "--at=$at" --realisation="$realisation" -o "$f.safetensors"
    ok "$name: tells the loss that was measured" equal "$(metadata "$f.safetensors" loss)" "$(loss "$f.nc" "$number")"
    again "$f.safetensors" "$f-again.nc"
    equal_text "$(loss "$f-again.nc")" "$(loss "$f.nc" "$number")" "$name: has the same bits"
}

# surface NAME REALISATIONS REALISATION GRID...: the surface of same's file from exported base and directions.
surface() {
    local name=$1 realisations=$2 realisation=$3 f=$tmp/$1 all
    shift 3
    alone_ok "$name: the base point" export "$f.nc" --realisation="$realisation" -o "$f-base.safetensors"
    is "$(metadata "$f-base.safetensors" coordinates)" 'the base point' "$name: is called so"
    alone_ok "$name: the directions" export "$f.nc" --directions --realisation="$realisation" -o "$f.h5"
    again "$f-base.safetensors" "$f-surface.nc" --dir_file "$f.h5" "$@"
    all=$(loss "$f.nc")
    equal_text "$(loss "$f-surface.nc")" "$(split_realisation "$realisations" "$realisation" <<<"$all")" \
        "$name: base and directions give the surface"
}
split_realisation() { # COUNT INDEX: that part of the lines
    awk -v n="$1" -v i="$2" '{ a[NR] = $0 } END { m = NR / n; for (k = 1; k <= m; k++) print a[i * m + k] }'
}

resnet=(--set networks.0.depth=8)
plane=(--x=-1:1:3 --y=-.5:.7:3)
same plane 6 1,.1 0 "${resnet[@]}" --set networks.0.norm=frozen "${plane[@]}"
surface plane 1 0 "${plane[@]}"
line=(--x=-1:1:5)
same line 9 .5 1 "${resnet[@]}" --set networks.0.norm=batch --set realisations=2 "${line[@]}"
surface line 2 1 "${line[@]}"
circle=(--set path.kind=great-circle --set grid.x=8)
same circle 4 2.356194 0 "${resnet[@]}" --set networks.0.norm=none "${circle[@]}"
alone_ok 'circle: the other end' export "$tmp/circle.nc" --directions -o "$tmp/circle.h5"
alone_ok 'circle: towards it' sweep "${small[@]}" "${resnet[@]}" --set networks.0.norm=none "${circle[@]}" \
    --dir_file "$tmp/circle.h5" --surf_file "$tmp/circle-surface.nc"
equal_text "$(loss "$tmp/circle-surface.nc")" "$(loss "$tmp/circle.nc")" 'circle: the same surface'
ring=(--set path.kind=ring --set grid.x=4 --set path.radius=.3)
same ring 2 1.570796326 0 "${resnet[@]}" --set networks.0.norm=frozen --set networks.0.version=v2 "${ring[@]}"
surface ring 1 0 "${ring[@]}"
volume=(--x=0:1:2 --y=0:1:2 --z=0:1:3)
same volume 10 1,0,1 0 --set networks.0.kind=mlp --set networks.0.width=16 --set networks.0.shortcut=pad \
    --set networks.0.bias=true --set networks.0.activation=leaky-relu --set networks.0.slope=.2 \
    --set networks.0.skip_weight=.5 --set path.orthogonalise=true --set path.ignore=none "${volume[@]}"
surface volume 1 0 "${volume[@]}"
same paths 3 1 0 "${resnet[@]}" --set networks.0.paths=2 --set networks.0.activation=tanh \
    --set networks.0.version=v2 --set networks.0.norm=none --x=-1:1:3
same projection 1 -1 0 "${resnet[@]}" --set networks.0.shortcut=projection --set networks.0.skip_weight=.3 \
    --set path.normalisation=layer --x=-1:1:3
same split 2 1 0 "${resnet[@]}" --set data.split=test --set data.first=3 --set seed=7 --x=0:1:2

# Weights that are given: statistics move along the way to others, or are measured at every point.
alone_ok 'another seed' sweep "${small[@]}" "${resnet[@]}" --set networks.0.norm=frozen --set seed=2 --x=0:1:2 \
    --surf_file "$tmp/seed.nc"
alone_ok 'other weights' export "$tmp/seed.nc" --at=.1 -o "$tmp/second.safetensors"
first=(--model_file "$tmp/plane-base.safetensors" --set data.source=synthetic)
for statistics in interpolate first recompute; do
    same "$statistics" 2 .5 0 "${first[@]}" --model_file2 "$tmp/second.safetensors" --x=0:1:3 \
        --set path.statistics=$statistics
done
variance() { od -A n -t f4 -v -w4 "$1" | tail -n 1; } # the last value: of running_var
ok 'statistics move' test "$(variance "$tmp/interpolate.safetensors")" != "$(variance "$tmp/first.safetensors")"
ok 'or are measured' test "$(variance "$tmp/interpolate.safetensors")" != "$(variance "$tmp/recompute.safetensors")"
surface first 1 0 --x=0:1:3

# Images and directions for other programs.
alone_ok 'images' export "$tmp/split.nc" --images -o "$tmp/images.bin"
is "$(stat -c %s "$tmp/images.bin")" $((20 * 3073)) 'are CIFAR-10 records'
again "$tmp/split.safetensors" "$tmp/images.nc" --set data.source=cifar10 --set data.path="$tmp" \
    --set data.file=images.bin --set data.first=0 --set data.split=train
equal_text "$(loss "$tmp/images.nc")" "$(loss "$tmp/split.nc" 2)" 'and give the same loss'
alone_ok 'directions as safetensors' export "$tmp/ring.nc" --directions -o "$tmp/ring.safetensors" --force
like "$(head -c 4096 "$tmp/ring.safetensors" | tr -d '\0')" '"xdirection.conv1.weight":.*"shape":\[16,3,3,3\]' 'have names'

# A point off the grid has no loss to tell; one within a millionth of a step is a sample.
alone_ok 'off the grid' export "$tmp/plane.nc" --at=3,.05 -o "$tmp/off.safetensors"
is "$(metadata "$tmp/off.safetensors" coordinates)$(metadata "$tmp/off.safetensors" loss)" 3,0.05 'there is no loss'
alone_ok 'nearly on it' export "$tmp/plane.nc" --at=.9999999,.7 -o "$tmp/near.safetensors"
is "$(metadata "$tmp/near.safetensors" coordinates)" 1,0.7 'is the sample'

# refused NAME TEXT ARGUMENT...: a mistake, exit code 2, that names TEXT and leaves nothing.
refused() {
    local name=$1 text=$2
    shift 2
    alone export "$@"
    is "$code" 2 "$name: exit code 2"
    like "$err" "$text" "$name: says what"
    is "$(find "$tmp" -name 'no.*' -o -name '*.tmp')" '' "$name: leaves nothing"
}
sed 's/^ \{4\}//' >"$tmp/two.yaml" <<'END'
    networks: [{name: Short, depth: 8}, {name: NoShort, depth: 8, shortcut: none}]
    data: {images: 4, batch: 4}
    realisations: 2
    grid: {x: "0:1:2"}
END
alone_ok 'two networks' sweep "$tmp/two.yaml" --quiet --surf_file "$tmp/two.nc"
no=$tmp/no.safetensors
refused 'no output' 'export needs an output' "$tmp/two.nc"
refused 'two networks' 'holds 2 networks; export one, with --network: Short, NoShort' "$tmp/two.nc" -o "$no"
refused 'an unknown network' "no network 'NoShrt'; did you mean 'NoShort'" "$tmp/two.nc" -o "$no" --network=NoShrt
refused 'an unknown realisation' 'realisations 0 to 1' "$tmp/two.nc" -o "$no" --network=Short --realisation=2
refused 'all realisations' 'one realisation at a time' "$tmp/two.nc" -o "$no" --network=Short --realisation=all
refused 'too few coordinates' 'plane has 2 coordinates: write --at=X,Y' "$tmp/plane.nc" -o "$no" --at=1
refused 'too many coordinates' 'line has 1 coordinate: write --at=X' "$tmp/two.nc" --network=1 -o "$no" --at=1,2
refused 'no number' '--at=1,b' "$tmp/plane.nc" -o "$no" --at=1,b
refused 'a point of directions' '--at has no meaning with --directions' "$tmp/plane.nc" -o "$tmp/no.h5" --at=1,1 --directions
refused 'two at once' 'one at a time' "$tmp/plane.nc" -o "$tmp/no.h5" --images --directions
refused 'another suffix' 'weights are written as OUT.safetensors; directions with' "$tmp/plane.nc" -o "$tmp/no.h5"
refused 'images as weights' 'images are written as OUT.bin' "$tmp/plane.nc" -o "$no" --images
refused 'a file that is not there' 'absent.nc' "$tmp/absent.nc" -o "$no"
refused 'another setting' 'only be told where its files are' "$tmp/plane.nc" -o "$no" --set seed=2
echo note >"$tmp/note.safetensors"
alone export "$tmp/plane.nc" -o "$tmp/note.safetensors"
is "$code$(<"$tmp/note.safetensors")" 2note 'what exists stays'
alone_ok 'but with --force' export "$tmp/plane.nc" -o "$tmp/note.safetensors" --force
ok 'it goes' cmp "$tmp/note.safetensors" "$tmp/plane-base.safetensors"
mkdir "$tmp/folder.safetensors"
refused 'a folder' 'is a folder' "$tmp/plane.nc" -o "$tmp/folder.safetensors" --force
while read -r output what; do
    alone export "$tmp/plane.nc" -o "$tmp/absent/$output" ${what:+"$what"}
    is "$code" 1 "$output: a folder that is not there: exit code 1"
    like "$err" 'there is no folder' 'and is named'
done <<'END'
no.safetensors
no.h5 --directions
no.bin --images
END

# A system that fails: exit code 1, one line, and nothing is left.
for fault in alloc:1 alloc:30 alloc:300 io_create:1 io_write:1 io_sync:1; do
    while read -r output what; do
        BS_FAULT=$fault alone export "$tmp/plane.nc" -o "$tmp/$output" ${what:+"$what"}
        is "$code$(grep -c '^blueshift: error: ' <<<"$err")" 11 "$output, $fault: exit code 1, said once"
    done <<'END'
no.safetensors
no.h5 --directions
no.bin --images
END
done
is "$(find "$tmp" -name 'no.*' -o -name '*.tmp')" '' 'and nothing is left'

# What the sweep read and what is there now: its files may have moved, but not have changed.
cp "$tmp/plane-base.safetensors" "$tmp/kept.safetensors"
mv "$tmp/plane-base.safetensors" "$tmp/moved.safetensors"
refused 'weights that are gone' 'plane-base.safetensors' "$tmp/first.nc" -o "$no"
alone_ok 'moved weights' export "$tmp/first.nc" -o "$tmp/found.safetensors" --at=.5 \
    --set networks.0.weights="$tmp/moved.safetensors"
ok 'give the same point' cmp <(tail -c 100000 "$tmp/found.safetensors") <(tail -c 100000 "$tmp/first.safetensors")
cp "$tmp/second.safetensors" "$tmp/plane-base.safetensors"
refused 'weights that have changed' "measured with 'network 0 weights1_sha256" "$tmp/first.nc" -o "$no"
mv "$tmp/kept.safetensors" "$tmp/plane-base.safetensors"

# The reader tells what the metadata ask for.
alone sweep --model_file "$tmp/line.safetensors" --set data.source=synthetic "${small[@]}" --x=0:0:1 --surf_file "$tmp/no.nc"
is "$code" 2 'norms of the batch and running statistics: exit code 2'
like "$err" 'evaluated with norm batch; for the same: --set networks.norm=batch' 'says what to set'
alone sweep --model_file "$tmp/volume.safetensors" --set data.source=synthetic "${small[@]}" --x=0:0:1 --surf_file "$tmp/mlp.nc"
for setting in activation=leaky-relu skip_weight=0.5; do
    like "$err" "for the same: --set networks.$setting" "another ${setting%=*} is warned of"
done

# Files of format 1.
xz -dc tests/golden/format1/plane.nc.xz >"$tmp/format1.nc"
alone_ok 'format 1' export "$tmp/format1.nc" -o "$tmp/format1.safetensors"

if find_python h5py 'h5py reads directions'; then
    is "$($python -c '
import h5py, sys
for group in ("xdirection", "ydirection"):
    with h5py.File(sys.argv[1], "r") as f:
        tensors = [f[group][str(i)][:] for i in range(len(f[group]))]  # as loss-landscape does
        print(len(tensors), *tensors[0].shape, tensors[0].dtype)' "$tmp/plane.h5" 2>&1)" \
        "23 16 3 3 3 float32"$'\n'"23 16 3 3 3 float32" 'h5py reads directions'
fi
find_python torch 'PyTorch gives the same' || done_testing

# close A B R: whether the numbers of two lists agree to R, relative to the largest of the second.
close() {
    paste <(echo "$1") <(echo "$2") | awk -v r="$3" '
        { d = $1 - $2; d = d < 0 ? -d : d; w = $2 < 0 ? -$2 : $2
          worst = d > worst ? d : worst; most = w > most ? w : most; n += NF == 2 }
        END { exit !(n == NR && n > 0 && most > 0 && worst <= r * most) }'
}

# torch NAME FLAG...: the point .5 of a line, for PyTorch.
names=()
torch() {
    local f=$tmp/torch-$1
    names+=("$1")
    alone_ok "$1: a sweep" sweep --quiet --set data.images=12 --set data.batch=5 --x=0:.5:2 \
        --set evaluation.backend=reference --set observables.logits=2 --surf_file "$f.nc" "${@:2}"
    alone_ok "$1: a point" export "$f.nc" --at=.5 -o "$f.safetensors"
    alone_ok "$1: the images" export "$f.nc" --images -o "$f.bin"
    alone_ok "$1: the heads" export "$f.nc" --heads -o "$f.heads.safetensors"
}
observed=(--set observables.branch_losses=true --set observables.probes=3 --set observables.probe_images=2)
resnet+=("${observed[@]}")
torch frozen "${resnet[@]}" --set networks.0.norm=frozen
torch batch "${resnet[@]}" --set networks.0.norm=batch
torch none "${resnet[@]}" --set networks.0.norm=none
torch v2 "${resnet[@]}" --set networks.0.norm=frozen --set networks.0.version=v2 --set networks.0.skip_weight=.7
torch multipath "${resnet[@]}" --set networks.0.norm=batch --set networks.0.paths=3 --set networks.0.activation=tanh
torch projection "${resnet[@]}" --set networks.0.norm=frozen --set networks.0.shortcut=projection
torch plain "${resnet[@]}" --set networks.0.norm=batch --set networks.0.shortcut=none --set networks.0.activation=gelu
torch mlp "${observed[@]}" --set networks.0.kind=mlp --set networks.0.width=16 --set networks.0.shortcut=pad \
    --set networks.0.activation=softplus --set networks.0.bias=true
torch mlp-paths "${observed[@]}" --set networks.0.kind=mlp --set networks.0.width=16 --set networks.0.paths=2

# All in one process, since loading torch takes seconds: FILE.single and FILE.double are what the tool prints.
$python - "${names[@]/#/$tmp/torch-}" <<'END' 2>"$tmp/.err" || tap_explain "$(<"$tmp/.err")"
import contextlib, runpy, sys
for name in sys.argv[1:]:
    for precision in ("single", "double"):
        flags = ["--double"] if precision == "double" else []
        sys.argv = ["evaluate-pytorch", name + ".safetensors", name + ".bin", "--logits", "2",
                    "--heads", name + ".heads.safetensors", *flags]
        with open(name + "." + precision, "w") as out, contextlib.redirect_stdout(out):
            runpy.run_path("tools/evaluate-pytorch.py", run_name="__main__")
END
for name in "${names[@]}"; do
    f=$tmp/torch-$name
    while read -r precision of_loss of_logits of_observed; do
        said=$(<"$f.$precision")
        ok "$name: PyTorch's loss in $precision precision" close \
            "$(sed -n 's/^loss \([^ ]*\) .*/\1/p' <<<"$said")" "$(loss "$f.nc" 2)" "$of_loss"
        ok "$name: and its logits" close "$(sed -n '2,21p' <<<"$said")" "$(values "$f.nc" logits | tail -n 20)" \
            "$of_logits"
        like "$said" "accuracy $(values "$f.nc" train_acc | tail -n 1 | awk '{ printf "%g", $1 }') %, 12 images" \
            "$name: and its accuracy"
        # The file has NaN where a branch is missing, and both points one after the other.
        for of in branch_loss branch_probe; do
            ok "$name: $of in $precision precision" close "$(awk -v of=$of '$1 == of { print $4 }' <<<"$said")" \
                "$(values "$f.nc" $of | awk '{ v[NR] = $1 } END { for (i = NR / 2 + 1; i <= NR; i++) print v[i] }' |
                    grep -v NaN)" "$of_observed"
        done
    done <<'END'
double 1e-12 1e-12 1e-7
single 1e-6 1e-5 1e-5
END
done
done_testing
