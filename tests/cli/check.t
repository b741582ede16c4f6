# check: an installation that is well, and broken ones.
. "${0%/*}/lib.sh"

export BS_TIMEOUT=200
(unset BLUESHIFT_DATA && cd "$tmp" && bs 1 check && printf '%s\n' "$code" "$out" "$err" >"$tmp/one")
one=$(<"$tmp/one")
like "$one" '^0' 'on one rank all is well'
like "$one" 'ok       file: written by 1 rank, with all its points' 'the file'
for backend in direct winograd-2x2 winograd-2x4 winograd-4x4 reference; do
    like "$one" "ok       backend ${backend}[-a-z0-9]*: 6 losses of 3 networks, within [0-9.e-]+ of PyTorch" "$backend"
done
like "$one" 'skipped  ranks: this is one; for its own bits on several: mpirun -n 2 blueshift check' 'what one rank cannot'
like "$one" 'skipped  CIFAR-10: BLUESHIFT_DATA names no folder' 'no data'
is "$(find "$tmp" -name 'blueshift-check*')" '' 'it leaves nothing behind'

# in_tmp N ...: check in $tmp.
in_tmp() {
    cd "$tmp" || exit 1
    bs "$@" check
    cd "$BS_ROOT" || exit 1
}
mkdir "$tmp/bin" && printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/gnuplot" && chmod +x "$tmp/bin/gnuplot"
BLUESHIFT_DATA=$tmp PATH=$tmp/bin:$PATH BS_FAULT=evaluate:2@rank1 in_tmp 2
is "$code" 1 'broken, on two ranks'
like "$out" 'failed   file: .*1 points failed' 'a point that fails'
like "$out" 'skipped  ranks: there is no file to compare' 'and what follows from it'
like "$out" 'failed   CIFAR-10: .*cifar-10-batches-bin' 'a folder without data'
like "$err" '2 of [0-9]+ checks failed' 'it counts them'
is "$(find "$tmp" -name 'blueshift-check*')" '' 'and leaves nothing behind either'

PATH=$tmp/bin:$PATH in_tmp 2
like "$code$out" '^1.*failed   picture: ' 'a gnuplot that does not draw'
like "$out" 'ok       ranks: 18 points, with the same bits on 2 ranks and on one' 'the bits of two ranks and of one'
like "$err" '1 of [0-9]+ checks failed' 'is all that fails'

if [ "$(id -u)" = 0 ]; then
    skip 'a folder that is not writable' 'root may write everywhere'
else
    chmod a-w "$tmp/bin" && cd "$tmp/bin" && bs 1 check
    like "$code$err" '^1.*no folder can be made here' 'a folder that is not writable'
    cd "$BS_ROOT" || exit 1
fi

# What PyTorch says, asked again.
if find_python torch 'the losses of PyTorch'; then
    bs 1 check --defaults
    printf '%s\n' "$out" >"$tmp/check.yaml"
    bs_ok 'the experiment of the check is swept' 1 sweep "$tmp/check.yaml" --surf_file "$tmp/c.nc"
    bs 1 export "$tmp/c.nc" --images -o "$tmp/images.bin"
    number=0
    for name in Short NoShort Paths; do
        for at in 0,0 1,1; do
            bs 1 export "$tmp/c.nc" --network=$name --at=$at --force -o "$tmp/p.safetensors"
            said=$($python tools/evaluate-pytorch.py --double "$tmp/p.safetensors" "$tmp/images.bin" | cut -d' ' -f2)
            number=$((number + 1))
            kept=$(sed -n '/} golden\[\]/,/^};/p' src/cli/cmd_check.c | grep -oE '[0-9]\.[0-9]{6,}' | sed -n "${number}p")
            ok "$name at $at: PyTorch's $said" awk -v a="$said" -v b="$kept" 'BEGIN { d = a / b - 1; exit !(d < 1e-12 && d > -1e-12) }'
        done
    done
fi
done_testing
