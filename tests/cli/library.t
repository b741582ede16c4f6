# The installed library: what it exports, and a program of a user's own built with pkg-config against it.
. "${0%/*}/lib.sh"

prefix=$tmp/prefix
in_prefix() {
    make_installed "$1" PREFIX="$prefix"
}
if nm "$program" | grep -q '__asan_init\|__gcov_'; then
    skip_all 'an instrumented build has no library to install'
fi
ok 'make install succeeds' in_prefix install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
is "$(pkg-config --modversion blueshift)" "$(cat VERSION)" 'pkg-config knows its version'
library=$prefix/lib/libblueshift.so
abi=$(cut -d. -f1,2 VERSION)
like "$(readelf -d "$library")" "soname: \\[libblueshift\\.so\\.$abi\\]" 'the soname has the version of the interface'
exported=$(nm -D --defined-only "$library" | awk '{ print $NF }' | sed 's/@.*//')
like "$exported" bs_sweep_run 'the engine is exported'
is "$(grep -v '^bs_' <<<"$exported")" "BLUESHIFT_$abi" 'and nothing without our prefix'
like "$(nm -D --defined-only --with-symbol-versions "$library")" "bs_sweep_run@@BLUESHIFT_$abi" 'every symbol has the version'
is "$(nm -g --defined-only "$prefix/lib/libblueshift.a" | awk 'NF == 3 && $3 !~ /^bs_/')" '' \
    'the archive defines nothing without our prefix either'
is "$(nm -D -u "$library" | grep -owE 'exit|abort|printf|puts|putchar|MPI_(Init|Init_thread|Finalize|Abort)|ompi_mpi_comm_world')" '' \
    'it ends no process, prints no results, starts no MPI and takes no communicator but the one it is given'

# Every header stands alone, in strict C.
alone() {
    local header failed=0
    for header in "$prefix"/include/blueshift/*.h; do
        printf '#include <blueshift/%s>\nextern int alone;\n' "${header##*/}" | mpicc -std=c17 -Wall -Wextra -Wpedantic -Werror \
            -I"$prefix/include" -x c -fsyntax-only - >&2 || failed=1
    done
    return $failed
}
ok 'every installed header compiles alone' alone
source=$prefix/share/blueshift/examples/plane.c
# build NAME LIBRARIES...: the installed example, with whatever compiler mpicc has.
build() {
    # shellcheck disable=SC2046 # words
    mpicc -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Werror $(pkg-config --cflags blueshift) \
        "$source" -o "$tmp/$1" "${@:2}"
}
libdir=$(pkg-config --variable=libdir blueshift)
# shellcheck disable=SC2046
ok 'the example is built with the shared library' build shared $(pkg-config --libs blueshift) -Wl,-rpath,"$libdir"
like "$(ldd "$tmp/shared")" "$libdir/libblueshift.so.$abi" 'and uses it'
# shellcheck disable=SC2046
ok 'the example is built with the static library' build static \
    $(pkg-config --static --libs blueshift | sed 's/-lblueshift/-l:libblueshift.a/')
unlike "$(ldd "$tmp/static")" libblueshift 'and needs no other'

# run NAME N FILE: on N ranks.
run() {
    out=$(timeout 60 mpirun --quiet --timeout 50 -n "$2" "$tmp/$1" "$tmp/$3" 2>"$tmp/.err" </dev/null)
    is "$?" 0 "$1 on $2 ranks ends well"
    is "$out" '3321 points: done' "$1 on $2 ranks prints its own line"
    is "$(<"$tmp/.err")" '' "$1 on $2 ranks: the library is silent"
}
run shared 1 one.nc
run shared 2 two.nc
run static 2 static.nc
for file in two static; do
    is "$(values "$tmp/$file.nc" rosenbrock | cksum)" "$(values "$tmp/one.nc" rosenbrock | cksum)" \
        "the values of $file.nc are those of one rank"
done
# x is the second index: row 20 is y = 1, where column 60 is x = 1, the minimum, and column 0 x = -2.
is "$(values "$tmp/one.nc" rosenbrock | sed -n '1621p;1681p' | xargs)" '909 0' \
    "which are the function's own"
bs_ok 'blueshift reads the file' 1 info "$tmp/two.nc"
out=$(timeout 60 mpirun --quiet -n 2 "$tmp/shared" "$tmp/one.nc" </dev/null 2>"$tmp/.err")
is "$?" 2 'a file that exists is an error of the caller'
like "$out" 'one.nc exists' 'whose text the caller has'
is "$(<"$tmp/.err")" '' 'and the library prints nothing then either'

ok 'make uninstall succeeds' in_prefix uninstall
is "$(find "$prefix" ! -type d)" '' 'make uninstall leaves nothing of it'
done_testing
