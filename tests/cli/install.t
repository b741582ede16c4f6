# make install and make uninstall, into a folder that stands for the root of a system.
. "${0%/*}/lib.sh"

# in_root TARGET: `make TARGET`, with the program that is built and under test (--old-file).
in_root() {
    MAKEFLAGS='' make -s "$1" --old-file="${BUILD:-build}/blueshift" BUILD="${BUILD:-build}" \
        DESTDIR="$tmp/root" PREFIX=/usr >"$tmp/make.log" 2>&1 || { cat "$tmp/make.log" >&2; return 1; }
}

ok 'make install succeeds' in_root install
usr=$tmp/root/usr
# shellcheck disable=SC2034 # bs runs it
program=$usr/bin/blueshift
bs 1 --version
like "$out" '^blueshift [0-9]+\.' 'the installed program runs'
jobs_here=$(cd jobs && echo ./*.*)
is "$(cd "$usr/share/blueshift/jobs" && echo ./*)" "$jobs_here" 'every job is there, and nothing else'
bs_ok 'and the program reads them' 1 sweep --dry-run "$usr/share/blueshift/jobs/quickstart.yaml"
ok 'the manual page is there' grep -q '^\.Dt BLUESHIFT 1' "$usr/share/man/man1/blueshift.1"
completion=$usr/share/bash-completion/completions/blueshift
ok 'the completion is there' bash -c "source '$completion' && complete -p blueshift >'$tmp/.out'"
is "$(find "$usr" -type f ! -name blueshift -perm /111)" '' 'only the program is executable'

mkdir -p "$usr/share/man/man1" && echo other >"$usr/share/man/man1/other.1"
ok 'make uninstall succeeds' in_root uninstall
is "$(cd "$usr" && find . -type f)" ./share/man/man1/other.1 'and removes what was installed only'
is "$(find "$usr" -name 'blueshift*')" '' 'with its folders'
done_testing
