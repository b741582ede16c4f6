# The source: clang-tidy, clang-format and shellcheck have no findings.
. "${0%/*}/../cli/lib.sh"

# A run of make of our own, without the jobs of the one that started us.
unset MAKEFLAGS MAKELEVEL
# Its findings go to stderr: stdout is for the results of the tests.
tidy() {
    make -s tidy BUILD="${BUILD:-build}" >&2
}
ok 'clang-tidy has no findings' tidy
ok 'every C file is formatted' make -s format-check

planted=src/planted.c
mkdir -p "$tmp/src" && cp .clang-tidy "$tmp"
printf '/* Planted. */\n#include <stdlib.h>\nint f(int a);\nint f(int a)\n{\n    int *p = NULL;\n    return a > 0 ? *p : 0;\n}\n' >"$tmp/$planted"
report=$(cd "$tmp" && clang-tidy --quiet $planted -- -std=c17 2>&1)
like "$report" 'core.NullDereference' 'clang-tidy finds a planted null dereference'

mapfile -t scripts < <(grep -lrE '^#!/bin/(ba)?sh' --exclude='*.t' tools tests jobs .ci; find tests -name '*.sh')
ok 'shellcheck has no findings in the scripts' shellcheck "${scripts[@]}"
mapfile -t scripts < <(find tests -name '*.t')
ok 'nor in the tests' shellcheck -s bash -e SC1090,SC1091,SC2154 "${scripts[@]}"
done_testing
