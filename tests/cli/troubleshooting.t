# The environment lines of docs/TROUBLESHOOTING.md: each is needed where it says so, and enough.
. "${0%/*}/lib.sh"

# line NAME: the line of the document that sets it.
line() {
    grep -E "^    export .*$1" docs/TROUBLESHOOTING.md
}
# started RANKS LINE...: blueshift --version under mpirun, with these settings of Open MPI and no others.
started() {
    local ranks=$1 setting
    shift
    (
        for setting in $(compgen -e OMPI_); do unset "$setting"; done
        for setting in "$@"; do eval "$setting"; done
        timeout 60 mpirun -n "$ranks" "$program" demo --version 2>&1 </dev/null
    )
}
root=$(line OMPI_ALLOW_RUN_AS_ROOT)
slots=$(line OMPI_MCA_rmaps_base_oversubscribe)
[[ $(mpirun --version) == *'Open MPI) 4.'* ]] || skip_all 'the lines are those of Open MPI 4'
as_root=()
if [ "$(id -u)" = 0 ]; then
    like "$(started 1)" 'mpirun has detected an attempt to run as root' 'root is refused'
    like "$(started 1 "$root")" '^blueshift [0-9]' 'and starts with the line for it'
    as_root=("$root")
fi
many=$(($(nproc --all) + 1))
like "$(started $many "${as_root[@]}")" 'not enough slots available' 'more ranks than cores are refused'
like "$(started $many "${as_root[@]}" "$slots")" '^blueshift [0-9]' 'and start with the line for it'
for name in btl_vader_single_copy_mechanism hwloc_base_binding_policy btl=; do
    setting=$(line "OMPI_MCA_$name")
    # Two ranks that talk: the sweep's summary comes from both.
    out=$(
        eval "$setting"
        "${MPIRUN:-mpirun}" --quiet --timeout 60 -n 2 "$program" sweep --set data.images=4 --set networks.depth=8 \
            --x=0:1:2 --surf_file "$tmp/$name.nc" 2>&1 </dev/null
    )
    like "$out" '2 points, 0 done before, 2 in' "$setting"
    parameter=${setting##*OMPI_MCA_}
    like "$(ompi_info --param all all --level 9 --parsable 2>/dev/null | grep -c ":param:${parameter%%=*}:value:")" '^[1-9]' \
        "${parameter%%=*} is a parameter of Open MPI"
done
done_testing
