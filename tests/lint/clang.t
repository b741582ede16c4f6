# Another compiler: clang builds and links the program without a warning.
. "${0%/*}/../cli/lib.sh"

command -v clang >/dev/null || skip_all 'no clang'
unset MAKEFLAGS MAKELEVEL
build() {
    make -s all STRICT=1 CUDA=no CC=clang OMPI_CC=clang BUILD="${BUILD:-build}-clang" >&2
}
ok 'clang builds and links the program without a warning' build
done_testing
