# The layers: this tree follows them, and each kind of violation is found in a planted tree.
. "${0%/*}/../cli/lib.sh"

archive=${BUILD:-build}/libblueshift-serial.a
ok 'this tree follows its layers' tools/check-layers . "$archive"

# plant FILE LINE...: a file of a small clean tree.
plant() {
    mkdir -p "$(dirname "$tmp/$1")"
    printf '%s\n' "${@:2}" >"$tmp/$1"
}
plant include/blueshift/low.h '/* The lowest. */'
plant include/blueshift/high.h '/* The highest. */' '#include "blueshift/low.h"'
plant src/base/low.c '/* The lowest. */' '#include "blueshift/low.h"'
plant src/nn/high.c '/* The highest. */' '#include "blueshift/high.h"' '#include "vector/fast.h"'
plant src/nn/vector/fast.h '/* Private. */'
mkdir -p "$tmp/tests"
ok 'a clean tree passes' tools/check-layers "$tmp"

# found REGEX NAME: the planted tree fails with a message that matches.
found() {
    report=$(tools/check-layers "$tmp" ${3:+"$3"} 2>&1)
    is $? 1 "$2 fails"
    like "$report" "$1" "$2 is named"
}

plant src/base/low.c '/* The lowest. */' '#include "blueshift/high.h"'
found 'src/base/low.c:2: layer base includes blueshift/high.h of layer nn' 'an include upwards'
plant src/base/low.c '/* The lowest. */' '#include "../nn/vector/fast.h"'
found 'src/base/low.c:2: layer base includes ../nn/vector/fast.h of layer nn' "another layer's private header"
plant src/base/low.c '/* The lowest. */' '#include <mpi.h>'
found 'src/base/low.c:2: serial layer base includes mpi.h' 'MPI below the line'
plant src/base/low.c '' '/* The lowest. */'
found 'src/base/low.c:1: the first line does not say' 'a file that does not say what it is'
plant src/base/low.c '/* The lowest. */'
plant include/blueshift/low.h '/* The lowest' ' * header. */'
found 'low.h:1: the first line does not say' 'a public header without a sentence'
plant include/blueshift/low.h '/* The lowest. */'
plant include/blueshift/orphan.h '/* Nobody. */'
found 'include/blueshift/orphan.h: no src/LAYER/orphan.c' 'a header of no layer'
rm "$tmp/include/blueshift/orphan.h"

plant symbol.c 'int MPI_Barrier(void *); int f(void); int f(void) { return MPI_Barrier(0); }'
(cd "$tmp" && cc -c symbol.c && ar rcs serial.a symbol.o)
found 'symbol.o: +uses MPI_Barrier' 'an MPI symbol in a serial object' serial.a
done_testing
