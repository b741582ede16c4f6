#!/bin/bash
# The templates of jobs/ on a real Slurm: one job, an array, two hosts; with srun and with mpirun.
. "${0%/*}/slurm.sh"
enter_namespaces 85
. "${0%/*}/lib.sh"
begin_slurm

cat >"$tmp/short.yaml" <<'YAML'
networks: [{name: Short, depth: 8}, {name: NoShort, depth: 8, shortcut: none}]
data: {images: 8, batch: 8}
grid: {x: "-1:1:5", y: "-1:1:3"}
YAML

over() { # ID: whether it has ended
    case $(job_state "$1") in
    '' | *PENDING* | *RUNNING* | *COMPLETING*) return 1 ;;
    esac
}
# ended ID: waits, and prints the exit code, that of an array's worst task.
ended() {
    within 30 over "$1"
    scontrol -o show job "$1" | grep -oP ' ExitCode=\K\d+' | sort -n | tail -n 1
}

# What does not wait for anything runs side by side: one job, an array, two hosts; either launcher.
launchers=('srun --mpi=pmix' mpirun)
declare -A one two
for launcher in "${launchers[@]}"; do
    export BLUESHIFT_LAUNCHER=$launcher
    one[$launcher]=$(submit --ntasks=2 jobs/one-job.sbatch "$tmp/short.yaml" \
        --surf_file "$tmp/one-${launcher%% *}.nc")
    [ "${#hosts[@]}" = 1 ] ||
        two[$launcher]=$(submit --nodes=2 --ntasks-per-node=1 jobs/multi-node.sbatch \
            "$tmp/short.yaml" --surf_file "$tmp/two-${launcher%% *}.nc")
done
unset BLUESHIFT_LAUNCHER
wrong=$(submit --ntasks=1 jobs/one-job.sbatch "$tmp/short.yaml" --set data.images=none)
array=$(submit --array=1-2 --ntasks=1 jobs/array.sbatch "$tmp/short.yaml")

bs_ok 'without Slurm' 1 sweep "$tmp/short.yaml" --quiet --surf_file "$tmp/reference.nc"
reference=$(bits "$tmp/reference.nc")
for launcher in "${launchers[@]}"; do
    is "$(ended "${one[$launcher]}")" 0 "one job, $launcher: exit code"
    is "$(bits "$tmp/one-${launcher%% *}.nc")" "$reference" "one job, $launcher: the same bits"
    if [ "${#hosts[@]}" = 1 ]; then
        skip "two hosts, $launcher" 'no virtual cable (veth) between network namespaces here'
        continue
    fi
    is "$(ended "${two[$launcher]}")" 0 "two hosts, $launcher: exit code"
    is "$(bits "$tmp/two-${launcher%% *}.nc")" "$reference" "two hosts, $launcher: the same bits"
done
is "$(ended "$wrong")" 2 'a mistake in the input: exit code 2'
is "$(ended "$array")" 0 'array: exit code'
is "$(bits "$tmp/short-1.nc")" "$reference" 'array: seed 1 is the default'
bs 1 sweep "$tmp/short.yaml" --quiet --set seed=2 --surf_file "$tmp/seed2.nc"
is "$(bits "$tmp/short-2.nc")" "$(bits "$tmp/seed2.nc")" 'array: seed 2 has its own file'
end_slurm
