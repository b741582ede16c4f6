# Environment of every run inside the source tree, for sh: sourced by the Makefile and the tests.
# shellcheck shell=sh
# BS_ROOT names the source tree (default: the current folder).

# How many times longer than on a quiet machine everything with a limit may take: under sanitizers,
# or beside other work.
export BS_PATIENCE="${BS_PATIENCE:-1}"

# mpirun as root (containers) and with more ranks than cores (tests at np 4 on a laptop).
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
# Unbound, and giving way when idle: otherwise tests that run side by side share core 0.
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
# Containers often forbid the single-copy mechanism (ptrace), and Open MPI then warns.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# A rank is a thread.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

export ASAN_OPTIONS="detect_leaks=1:fast_unwind_on_malloc=0:allocator_may_return_null=1"
ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" # LD_PRELOAD libraries come first
# Not the thread-local memory: LeakSanitizer of gcc 12 dies on that of the threads of Open MPI.
export LSAN_OPTIONS="suppressions=${BS_ROOT:-$PWD}/tests/run/lsan.supp:print_suppressions=0:use_tls=0"
export UBSAN_OPTIONS="print_stacktrace=1"
