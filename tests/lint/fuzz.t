# The fuzzer, for seconds: every reader takes or refuses whatever it is fed, under the sanitizers. From
# the same inputs each time; `make fuzz` goes on for hours, from others.
. "${0%/*}/../cli/lib.sh"

echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >"$tmp/target.c"
clang -fsanitize=fuzzer -o "$tmp/target" "$tmp/target.c" 2>/dev/null || skip_all "no clang with a fuzzer"
unset MAKEFLAGS MAKELEVEL
BS_TEST_SEED=1 make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-3}" # prints the TAP of tests/fuzz/run
