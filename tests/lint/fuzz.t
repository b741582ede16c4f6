# The fuzzer, for seconds: every reader takes or refuses whatever it is fed, under the sanitizers.
# Its instrumented build takes minutes: on request (BS_TEST_FUZZ=1), or as `make fuzz`.
. "${0%/*}/../cli/lib.sh"

[ -n "${BS_TEST_FUZZ:-}" ] || skip_all 'BS_TEST_FUZZ is not set'

echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >"$tmp/target.c"
clang -fsanitize=fuzzer -o "$tmp/target" "$tmp/target.c" 2>/dev/null || skip_all "no clang with a fuzzer"
unset MAKEFLAGS MAKELEVEL
make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-4}" # prints the TAP of tests/fuzz/run
