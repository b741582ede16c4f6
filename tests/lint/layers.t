# The layers: this tree follows them, and each kind of violation is found in a planted tree.
. "${0%/*}/../cli/lib.sh"

build=${BUILD:-build}
ok 'this tree follows its layers' \
    tools/check-layers . "$build"/libblueshift-serial.a "$build"/libblueshift-mpi.a "$build"/obj/cli/*.o

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
mkdir -p "$tmp/tests" "$tmp/examples"
ok 'a clean tree passes' tools/check-layers "$tmp"

# found REGEX NAME [OBJECT...]: the planted tree fails with a message that matches.
found() {
    report=$(tools/check-layers "$tmp" "${@:3}" 2>&1)
    is $? 1 "$2 fails"
    like "$report" "$1" "$2 is named"
}

plant src/base/low.c '/* The lowest. */' '#include "blueshift/high.h"'
found 'src/base/low.c:2: layer base includes blueshift/high.h of layer nn' 'an include upwards'
plant src/base/low.c '/* The lowest. */' '#include "../nn/vector/fast.h"'
found 'src/base/low.c:2: ../nn/vector/fast.h is private to layer nn' "another layer's private header"
plant src/base/low.c '/* The lowest. */'
plant src/base/inner.h '/* Private. */'
plant src/nn/high.c '/* The highest. */' '#include "../base/inner.h"'
found 'src/nn/high.c:2: ../base/inner.h is private to layer base' 'a private header used from above'
plant src/nn/high.c '/* The highest. */' '#include "blueshift/high.h"'
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

plant src/nn/low.c '/* Another lowest. */'
found 'low.c: src/base/low.c src/nn/low.c; base names are unique' 'two sources of one name'
rm "$tmp/src/nn/low.c"
plant src/nn/low.h '/* Another lowest. */'
found 'low.h: include/blueshift/low.h src/nn/low.h; base names are unique' 'two headers of one name'
rm "$tmp/src/nn/low.h"
plant src/nn/inner.c '/* Not of base/inner.h. */'
found "src/base/inner.h: src/nn/inner.c is another module's" 'a header and a source of two layers'
rm "$tmp/src/nn/inner.c"
plant include/blueshift/low.h '/* The lowest. */' 'typedef struct bs_layout {' '} bs_layout;'
plant src/nn/vector/fast.h '/* Private. */' 'struct bs_layout {' '};'
found 'bs_layout: include/blueshift/low.h src/nn/vector/fast.h; struct names are unique' 'two structs of one name'
plant include/blueshift/low.h '/* The lowest. */'
plant src/nn/vector/fast.h '/* Private. */' '#include "other.h"'
plant src/nn/vector/other.h '/* Private. */' '#include "fast.h"'
found 'circle among headers:.*fast.h uses declarations of other.h' 'headers that include each other'
plant src/nn/vector/fast.h '/* Private. */'

# compile NAME CODE: an object of the planted tree.
compile() {
    plant "$1.c" "$2"
    (cd "$tmp" && cc -c "$1.c")
}
compile one 'int one(int); int two(int); int one(int a) { return two(a); }'
compile two 'int two(int); int three(int); int two(int a) { return three(a); }'
compile three 'int three(int); int three(int a) { return a; }'
ok 'sources that use each other in one direction pass' tools/check-layers "$tmp" one.o two.o three.o
compile three 'int one(int); int three(int); int three(int a) { return a > 0 ? one(a - 1) : 0; }'
found 'circle among sources:.*one uses two of two.*three uses one of one.*two uses three of three' \
    'a circle of three sources' one.o two.o three.o

plant symbol.c 'int MPI_Barrier(void *); int f(void); int f(void) { return MPI_Barrier(0); }'
(cd "$tmp" && cc -c symbol.c && ar rcs serial.a symbol.o)
found 'symbol.o: +uses MPI_Barrier' 'an MPI symbol in a serial object' serial.a
done_testing
