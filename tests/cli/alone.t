#!/bin/bash
# Verbs that one process does: they work where MPI cannot be started, and under mpirun only once.
. "${0%/*}/lib.sh"

# alone ARGUMENT...: blueshift where MPI_Init fails, as in a shell that srun opened. Leaves $out, $err, $code.
alone() {
    env SLURM_JOB_ID=1 SLURM_STEP_ID=0 SLURM_NTASKS=1 timeout -k 5 $((60 * BS_PATIENCE)) "$program" "$@" \
        >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    out=$(<"$tmp/.out")
    err=$(<"$tmp/.err")
}

bs_ok 'a sweep to look at' 2 sweep --set networks.0.depth=8 --set data.images=8 --x=-1:1:9 --surf_file "$tmp/f.nc"
for words in --help --version help 'help sweep' 'sweep --help' 'sweep --defaults' 'demo --defaults' \
    "info $tmp/f.nc" 'theory fbm --bins 3'; do
    # shellcheck disable=SC2086 # several words
    alone $words
    is "$code" 0 "${words/$tmp\/} without MPI"
    ok "${words/$tmp\/}: says something" test -n "$out"
    said=$out
    # shellcheck disable=SC2086
    bs 2 $words
    is "$out" "$said" "${words/$tmp\/}: the same on two ranks, once"
done
for output in f.nc4 f.h5 f.csv f.vti; do
    alone convert "$tmp/f.nc" -o "$tmp/$output"
    is "$code" 0 "$output without MPI"
done
bs_ok 'convert on two ranks' 2 convert "$tmp/f.nc" -o "$tmp/two.csv"
ok 'writes the same once' cmp "$tmp/two.csv" "$tmp/f.csv"
for output in f.safetensors directions.h5 images.bin; do
    # shellcheck disable=SC2046 # a flag or none
    alone export "$tmp/f.nc" -o "$tmp/$output" $([ $output = f.safetensors ] || echo "--${output%.*}")
    is "$code" 0 "$output without MPI"
done
bs_ok 'export on two ranks' 2 export "$tmp/f.nc" -o "$tmp/two.safetensors"
ok 'writes the same once' cmp "$tmp/two.safetensors" "$tmp/f.safetensors"
alone plot "$tmp/f.nc" -o "$tmp/f.svg"
is "$code" 0 'plot without MPI'
bs_ok 'plot on two ranks' 2 plot "$tmp/f.nc" -o "$tmp/two.svg"
ok 'draws the same once' cmp "$tmp/two.svg" "$tmp/f.svg"
bs 3 info "$tmp/none.nc"
is "$code" 2 'a file that is not there, on three ranks'
is "$(grep -c none.nc <<<"$err")" 1 'is said once'
bs 3 info --wrong
is "$code$(grep -c wrong <<<"$err")" 21 'and so is a wrong flag'
done_testing
