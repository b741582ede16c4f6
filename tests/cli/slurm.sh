# A Slurm cluster of two hosts for one test, in namespaces that take everything along when it ends.
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
# Source it first, before lib.sh: it runs the test again inside of namespaces of its own (network,
# processes, mounts, host name), so that no daemon can outlive the test, meet another one, or be
# reached from outside. Host A is the test itself, host B a second network namespace.

# enter_namespaces SECONDS: goes on inside them, or ends the test as skipped.
enter_namespaces() {
    [ "${BS_SLURM_INSIDE:-}" = 1 ] && return
    local command
    for command in slurmctld slurmd sbatch srun ip unshare nsenter setpriv; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || no_slurm "there is no $command"
    done
    [ "$(id -u)" = 0 ] || no_slurm 'Slurm daemons and network namespaces need root'
    local new=(unshare --net --pid --fork --kill-child --mount --mount-proc --uts --ipc)
    "${new[@]}" true 2>/dev/null || no_slurm 'namespaces are not allowed here (unshare)'
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/blueshift-slurm-XXXXXX") || exit 1
    # However this shell ends, its child is killed, then unshare, then, by the kernel, all inside.
    local dies_too=(setpriv --pdeathsig KILL)
    "${dies_too[@]}" timeout -s KILL $(($1 * BS_PATIENCE)) "${dies_too[@]}" "${new[@]}" env BS_SLURM_INSIDE=1 \
        TMPDIR="$scratch" PATH="$PATH:/usr/sbin:/sbin" bash "$0" &
    inside=$!
    trap 'kill -9 $inside 2>/dev/null; wait $inside 2>/dev/null; rm -rf "$scratch"' EXIT
    wait $inside
    exit
}

no_slurm() {
    echo "1..0 # SKIP $1"
    exit 0
}

# Two hosts with a cable between them; without it, only host A: $hosts names them.
make_hosts() {
    hostname hA
    ip link set lo up
    hosts=(hA)
    unshare --net --uts bash -c 'hostname hB; ip link set lo up; exec sleep infinity' &
    host_b=$!
    until [ "$(nsenter --target $host_b --uts hostname 2>/dev/null)" = hB ]; do sleep 0.05; done
    if ip link add vA type veth peer name vB && ip link set vB netns $host_b; then
        ip addr add 198.18.77.1/24 dev vA && ip link set vA up
        on_b ip addr add 198.18.77.2/24 dev vB && on_b ip link set vB up && hosts+=(hB)
    else
        ip addr add 198.18.77.1/32 dev lo
    fi 2>/dev/null
}

on_b() {
    nsenter --target "$host_b" --net --uts "$@"
}

# write_conf DIR: two partitions, of which jobs in `urgent` push those in `normal` back into the queue.
# auth/none: nothing else is in these namespaces.
write_conf() {
    local i
    cat <<CONF
ClusterName=test
SlurmctldHost=hA(198.18.77.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool.%n
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd.%n.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd.%n.log
TmpFS=$1/tmp.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,requeue_delay=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
KillWait=5
JobRequeue=1
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
SlurmdParameters=config_overrides
CONF
    for i in "${!hosts[@]}"; do
        echo "NodeName=${hosts[i]} NodeHostname=${hosts[i]} NodeAddr=198.18.77.$((i + 1)) CPUs=2 RealMemory=500 State=UNKNOWN"
    done
    echo 'PartitionName=normal Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1'
    echo 'PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2'
}

# begin_slurm: hosts, Slurm, and the environment of the templates, with logs in $tmp/log.
begin_slurm() {
    SECONDS=0
    make_hosts
    start_slurm "$tmp/slurm"
    mkdir "$tmp/log"
    export BLUESHIFT=$program BLUESHIFT_OUT=$tmp
}

# start_slurm DIR: until every node is idle, or the test is skipped.
start_slurm() {
    mkdir -p "$1/state" "$1"/{spool,tmp}.{hA,hB}
    export SLURM_CONF=$1/slurm.conf
    write_conf "$1" >"$SLURM_CONF"
    slurmctld -D -i >"$1/ctld.out" 2>&1 &
    slurmd -D >"$1/hA.out" 2>&1 &
    [ "${#hosts[@]}" = 1 ] || on_b slurmd -D >"$1/hB.out" 2>&1 &
    local i
    for ((i = 0; i < 100 * BS_PATIENCE; i++)); do
        [ "$(sinfo -h -N -p normal -o %t 2>/dev/null | grep -c idle)" = "${#hosts[@]}" ] && return
        sleep 0.1
    done
    tail -n 3 "$1"/*.out "$1"/*.log | sed 's/^/# /' >&2
    no_slurm "slurmctld and slurmd do not start here: $(grep -hm 1 -E 'fatal|error' "$1"/*.out "$1"/*.log)"
}

# job_state ID: PENDING, RUNNING, COMPLETED, ...
job_state() {
    scontrol -o show job "$1" 2>/dev/null | grep -oP ' JobState=\K\w+'
}

# submit OPTION... TEMPLATE ARGUMENT...: prints the job's number; options of sbatch before it.
submit() {
    sbatch --parsable --time=5 --output="$tmp/log/%x-%j.log" "$@"
}

# start_again ID: spares a requeued job the two minutes it would wait for its old credential to
# expire. Only once: every change of the start time puts it off.
start_again() {
    local eligible
    eligible=$(scontrol -o show job "$1" | grep -oP ' JobState=PENDING .* EligibleTime=\K\S+') || return 0
    if (($(date -d "$eligible" +%s) > $(date +%s) + 10)); then
        sleep 1
        scontrol update jobid="$1" starttime=now
    fi
}

# within SECONDS COMMAND...: tries until it succeeds, but never beyond the first 75 seconds (times
# BS_PATIENCE) of the test, so that a failure is reported before the time-out of enter_namespaces.
within() {
    local end=$((SECONDS + $1 * BS_PATIENCE)) last=$((75 * BS_PATIENCE))
    ((end < last)) || end=$last
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# end_slurm: done_testing, after a failure with the logs of jobs and daemons.
end_slurm() {
    if ((tap_failures > 0)); then
        tail -n 20 "$tmp"/log/* "$tmp"/slurm/*.log | sed 's/^/# /' >&2
    fi
    echo "# $SECONDS s"
    done_testing
}

# bits FILE: losses and states of its points.
bits() {
    values "$1" train_loss
    values "$1" loss_stderr
    values "$1" status
}
