#!/bin/bash
# Nodes of several kinds on a real Slurm: rank 0 has a GPU (the stand-in of the tests) and a better processor
# than rank 1. All take what all have, say so, and another job on other nodes follows the file.
. "${0%/*}/slurm.sh"
enter_namespaces 85
. "${0%/*}/lib.sh"
begin_slurm

cat >"$tmp/mixed.yaml" <<'YAML'
networks: [{depth: 8}]
data: {images: 2, batch: 2}
grid: {x: "-1:1:3"}
YAML

# What a rank finds on its node: KIND is that of the nodes of rank 0.
stand_in=$BS_ROOT/${BUILD:-build}/tests/emulation
echo 'none of a real card' >"$tmp/kernels"
cat >"$tmp/node" <<SH
#!/bin/bash
export BLUESHIFT_CUDA_KERNELS=$tmp/kernels
case \$KIND\$SLURM_PROCID in
gpu0) export LD_LIBRARY_PATH=$stand_in\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} ;;
failing0) export BS_FAULT=evaluate:1 ;;
*1 | old*) export BS_FAULT=\$LACKS:0 ;;
esac
exec "$program" "\$@"
SH
chmod +x "$tmp/node"
export BLUESHIFT=$tmp/node BLUESHIFT_LAUNCHER='srun --mpi=pmix'

made_by() { # FILE
    ncdump -h "$1" | sed -n 's/.*:backend = "\(.*\)" ;/\1/p'
}
bs_ok 'without Slurm' 1 sweep "$tmp/mixed.yaml" --quiet --surf_file "$tmp/best.nc" --backend=winograd
best=$(made_by "$tmp/best.nc")
export LACKS=${best##*-}
case $LACKS in
avx512 | avx2) ;;
*)
    skip 'processors of several kinds' "the best here is $best"
    end_slurm
    exit
    ;;
esac
BS_FAULT=$LACKS:0 bs 1 sweep "$tmp/mixed.yaml" --quiet --surf_file "$tmp/common.nc"
common=$(made_by "$tmp/common.nc")
ok "a processor without $LACKS takes another backend" test "$common" != "$best"

over() { # ID: whether it has ended
    case $(job_state "$1") in
    '' | *PENDING* | *RUNNING* | *COMPLETING*) return 1 ;;
    esac
}
# job KIND RANKS CODE FILE NAME ARGUMENT...: a job ends with CODE; its log in $log
job() {
    local kind=$1 ranks=$2 expected=$3 file=$4 name=$5 nodes=1 id
    shift 5
    [ "${#hosts[@]}" = 1 ] || nodes=$ranks
    id=$(KIND=$kind submit --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node=$((ranks / nodes)) \
        jobs/multi-node.sbatch "$tmp/mixed.yaml" --surf_file "$file" "$@")
    within 30 over "$id"
    is "$(scontrol -o show job "$id" | grep -oP ' ExitCode=\K\d+')" "$expected" "$name"
    log=$(cat "$tmp/log"/*-"$id".log)
}

# ---- processors of two kinds --------------------------------------------------------------------
job new 2 0 "$tmp/new.nc" 'nodes with two kinds of processors'
is "$(made_by "$tmp/new.nc")" "$common" 'take the backend that both have'
is "$(grep -c "the backend is $common, which all ranks can run; some could run a faster one" <<<"$log")" 1 \
    'which is said, once'
is "$(bits "$tmp/new.nc")" "$(bits "$tmp/common.nc")" 'with its bits'

# ---- a file follows its backend -----------------------------------------------------------------
job failing 2 1 "$tmp/open.nc" 'a point that fails' --set parallel.schedule=static
is "$(done_points "$tmp/open.nc")" 2 'is open'
job new 1 0 "$tmp/open.nc" 'a job on the better node alone'
is "$(made_by "$tmp/open.nc")" "$common" 'goes on with the backend of the file'
is "$(bits "$tmp/open.nc")" "$(bits "$tmp/common.nc")" 'to the same bits'
job new 2 2 "$tmp/best.nc" 'a file of the better node cannot go on with the other one'
like "$log" "$best" 'and what it takes is said'

# ---- a GPU on one node --------------------------------------------------------------------------
if [ -e "$stand_in/libcuda.so.1" ] && ! ldd "$program" | grep -q libasan; then
    job gpu 2 0 "$tmp/gpu.nc" 'a GPU on one node of two'
    is "$(made_by "$tmp/gpu.nc")" "$common" 'is not taken'
    is "$(bits "$tmp/gpu.nc")" "$(bits "$tmp/common.nc")" 'the bits are those of the processors'
    like "$log" 'some could run a faster one' 'which is said'
    job gpu 1 0 "$tmp/card.nc" 'the node with the GPU alone'
    is "$(made_by "$tmp/card.nc")" cuda-sm90 'takes it'
    job gpu 2 2 "$tmp/card.nc" 'and its file needs one everywhere'
    like "$log" '--backend=cuda-sm90' 'which is said'
else
    skip 'a GPU on one node' 'there is no stand-in for one'
fi
end_slurm
