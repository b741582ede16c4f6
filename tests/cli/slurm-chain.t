#!/bin/bash
# A chain of jobs on a real Slurm: warned, preempted, requeued, to the same bits; and cancelled.
. "${0%/*}/slurm.sh"
enter_namespaces 85
. "${0%/*}/lib.sh"
begin_slurm

# About eight seconds of work at the speed of 16 points: enough to be interrupted twice, anywhere.
cat >"$tmp/long.yaml" <<'YAML'
networks: [{depth: 8}]
data: {images: 8, batch: 8}
grid: {x: "-1:1:16"}
evaluation: {backend: reference}
parallel: {flush_interval: 0}
YAML
bs 2 sweep "$tmp/long.yaml" --quiet --surf_file "$tmp/speed.nc"
points=$(grep -oP '[0-9.]+(?= points/s)' <<<"$out" |
    awk '{ n = int(8 * $1); print (n < 60 ? 60 : n > 2000 ? 2000 : n) }')
sed -i "s/-1:1:16/-1:1:$points/" "$tmp/long.yaml"
bs_ok 'without Slurm' 2 sweep "$tmp/long.yaml" --quiet --surf_file "$tmp/long.nc"
echo "# $SECONDS s, $points points"

more_than() { # FILE POINTS
    [ -e "$1" ] && [ "$(done_points "$1")" -gt "$2" ]
}
run_number() { # ID NUMBER: whether that run has begun
    start_again "$1" 2>/dev/null
    grep -q "^run $2 of job $1 " "$tmp/log"/*
}
finished_job() { # ID STATE
    [ "$(job_state "$1")" = "$2" ]
}

file=$tmp/chain.nc
id=$(submit --nodelist=hA --ntasks=2 jobs/requeue-chain.sbatch "$tmp/long.yaml" --surf_file "$file")
ok 'makes progress' within 15 more_than "$file" 2
scancel --batch --signal=USR1 "$id" # what Slurm does two minutes before the limit
ok 'queues itself again' within 20 run_number "$id" 2
first=$(done_points "$file")
ok 'resumes' within 15 more_than "$file" "$((first + 2))"
urgent=$(submit --partition=urgent --nodelist=hA --ntasks=2 --wrap 'sleep 0.5')
ok 'is preempted and begins again' within 25 run_number "$id" 3
second=$(done_points "$file")
ok 'the first two runs ended early' test "$first" -lt "$second" -a "$second" -lt "$points"
is "$(job_state "$urgent")" COMPLETED 'the urgent job ran in between'
ok 'completes' within 40 finished_job "$id" COMPLETED
is "$(done_points "$file")" "$points" 'all points are done'
is "$(bits "$file")" "$(bits "$tmp/long.nc")" 'the same bits as in one run'
echo "# $SECONDS s, $first and $second points"

# scancel ends a chain, and the file stays resumable.
file=$tmp/cancelled.nc
id=$(submit --ntasks=2 jobs/requeue-chain.sbatch "$tmp/long.yaml" --surf_file "$file")
ok 'another makes progress' within 15 more_than "$file" 2
scancel "$id"
ok 'cancelled, it ends' within 20 finished_job "$id" CANCELLED
sleep 2
is "$(job_state "$id")" CANCELLED 'and stays so'
end_slurm
