#!/bin/bash
# The templates of jobs/ on a real Slurm: once, in an array, preempted and requeued, on two hosts.
. "${0%/*}/slurm.sh"
enter_namespaces 85
. "${0%/*}/lib.sh"
SECONDS=0
make_hosts
start_slurm "$tmp/slurm"
export BLUESHIFT=$program
mkdir "$tmp/log"
cat >"$tmp/short.yaml" <<'YAML'
networks: [{name: Short, depth: 8}, {name: NoShort, depth: 8, shortcut: none}]
data: {images: 8, batch: 8}
grid: {x: "-1:1:5", y: "-1:1:3"}
YAML
# Long enough to be interrupted three times: the reference kernel takes its time.
cat >"$tmp/long.yaml" <<'YAML'
networks: [{depth: 8}]
data: {images: 2, batch: 2}
grid: {x: "-1:1:120"}
evaluation: {kernel: reference}
parallel: {flush_interval: 0}
YAML

bits() {
    values "$1" train_loss
    values "$1" loss_stderr
    values "$1" status
}

# submit OPTION... TEMPLATE ARGUMENT...: prints the job's number; options of sbatch before it.
submit() {
    sbatch --parsable --time=5 --output="$tmp/log/%x-%j.log" "$@"
}

# run OPTION... TEMPLATE ARGUMENT...: submits, waits, prints the exit code (sbatch --wait polls too
# slowly); an array's is that of its last task.
ended() {
    case $(job_state "$1") in
    '' | *PENDING* | *RUNNING* | *COMPLETING*) return 1 ;;
    esac
}
run() {
    local id
    id=$(submit "$@") && within 30 ended "$id"
    scontrol -o show job "$id" | grep -oP ' ExitCode=\K\d+' | sort -n | tail -n 1
}

bs_ok "without Slurm" 1 sweep "$tmp/short.yaml" --quiet --surf_file "$tmp/reference.nc"
reference=$(bits "$tmp/reference.nc")

# One job, with either launcher.
for launcher in 'srun --mpi=pmix' mpirun; do
    export BLUESHIFT_LAUNCHER=$launcher
    file=$tmp/one-${launcher%% *}.nc
    is "$(run --ntasks=2 jobs/one-job.sbatch "$tmp/short.yaml" --surf_file "$file")" 0 \
        "one job, $launcher: exit code"
    is "$(bits "$file")" "$reference" "one job, $launcher: the same bits as without Slurm"
done
unset BLUESHIFT_LAUNCHER
is "$(run --ntasks=1 jobs/one-job.sbatch "$tmp/short.yaml" --set data.images=none)" 2 \
    'a mistake in the input: exit code 2'

# An array: a file for each seed.
export BLUESHIFT_OUT=$tmp
is "$(run --array=1-2 --ntasks=1 jobs/array.sbatch "$tmp/short.yaml")" 0 'array: exit code'
is "$(bits "$tmp/short-1.nc")" "$reference" 'array: seed 1 is the default'
bs 1 sweep "$tmp/short.yaml" --quiet --set seed=2 --surf_file "$tmp/seed2.nc"
is "$(bits "$tmp/short-2.nc")" "$(bits "$tmp/seed2.nc")" 'array: seed 2 has its own file'
echo "# $SECONDS s"

# Two hosts.
if [ "${#hosts[@]}" = 2 ]; then
    for launcher in 'srun --mpi=pmix' mpirun; do
        export BLUESHIFT_LAUNCHER=$launcher
        file=$tmp/two-${launcher%% *}.nc
        is "$(run --nodes=2 --ntasks-per-node=1 jobs/multi-node.sbatch "$tmp/short.yaml" \
            --surf_file "$file")" 0 "two hosts, $launcher: exit code"
        is "$(bits "$file")" "$reference" "two hosts, $launcher: the same bits"
    done
    unset BLUESHIFT_LAUNCHER
else
    skip 'two hosts' 'a virtual cable between network namespaces (veth) is not allowed here'
fi
echo "# $SECONDS s"

# A chain: warned before its time limit, then preempted, then let go on to its end.
more_than() { # FILE POINTS
    [ -e "$1" ] && [ "$(done_points "$1")" -gt "$2" ]
}
run_number() { # ID NUMBER: whether that run has begun
    start_again "$1" 2>/dev/null
    grep -q "^run $2 of job $1 " "$tmp/log"/*
}
file=$tmp/chain.nc
id=$(submit --nodelist=hA --ntasks=2 jobs/requeue-chain.sbatch "$tmp/long.yaml" --surf_file "$file")
ok 'chain: makes progress' within 15 more_than "$file" 2
scancel --batch --signal=USR1 "$id" # what Slurm does two minutes before the limit
ok 'chain: queues itself again' within 20 run_number "$id" 2
first=$(done_points "$file")
ok 'chain: goes on' within 15 more_than "$file" "$((first + 2))"
urgent=$(submit --partition=urgent --nodelist=hA --ntasks=2 --wrap 'sleep 0.5')
ok 'chain: is preempted and begins again' within 25 run_number "$id" 3
second=$(done_points "$file")
ok 'chain: the first two runs ended early' test "$first" -lt "$second" -a "$second" -lt 120
is "$(job_state "$urgent")" COMPLETED 'chain: the urgent job ran in between'
finished_job() {
    [ "$(job_state "$1")" = "$2" ]
}
ok 'chain: completes' within 40 finished_job "$id" COMPLETED
bs 2 sweep "$tmp/long.yaml" --quiet --surf_file "$tmp/long.nc"
is "$(bits "$file")" "$(bits "$tmp/long.nc")" 'chain: the same bits as in one run'
echo "# $SECONDS s, $first and $second of 120 points"

# scancel ends a chain, and the file stays resumable.
file=$tmp/cancelled.nc
id=$(submit --ntasks=2 jobs/requeue-chain.sbatch "$tmp/long.yaml" --surf_file "$file")
within 15 more_than "$file" 2
scancel "$id"
ok 'a cancelled chain ends' within 20 finished_job "$id" CANCELLED
sleep 2
is "$(job_state "$id")" CANCELLED 'a cancelled chain stays so'
ok 'a cancelled chain has written its points' more_than "$file" 2
if ((tap_failures > 0)); then
    tail -n 20 "$tmp"/log/* "$tmp"/slurm/*.log | sed 's/^/# /' >&2
fi
done_testing
