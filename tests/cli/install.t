# make install and make uninstall, into a folder that stands for the root of a system.
. "${0%/*}/lib.sh"

in_root() {
    make_installed "$1" DESTDIR="$tmp/root" PREFIX=/usr
}
# What stands below the root: files and links, and folders.
listing() {
    (cd "$tmp/root" && find . -mindepth 1 | sort)
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
# Jobs by their names, where there is no such file.
here() {
    (cd "$tmp" && bs 1 "$@" && printf '%s\n' "$code$out" "$err")
}
for name in quickstart quickstart.yaml jobs/quickstart.yaml; do
    like "$(here sweep $name --dry-run)" "^0.*taking the job .*/share/blueshift/jobs/quickstart.yaml" "sweep $name finds the job"
done
like "$(here sweep e2-fbm)" '^2.*is for another verb: blueshift demo .*/e2-fbm.yaml' 'a demo is named for what it is'
for name in nothing ../jobs/quickstart other/quickstart; do
    like "$(here sweep $name)" "^2.*$name: cannot be opened" "$name is no job"
done
echo 'seed: [' >"$tmp/quickstart"
like "$(here sweep quickstart)" '^2.*quickstart:2' 'a file of that name comes first'
rm "$tmp/quickstart"
ok 'the manual page is there' grep -q '^\.Dt BLUESHIFT 1' "$usr/share/man/man1/blueshift.1"
completion=$usr/share/bash-completion/completions/blueshift
ok 'the completion is there' bash -c "source '$completion' && complete -p blueshift >'$tmp/.out'"
is "$(cd "$usr" && find . -type f -perm /111 | sort | xargs)" \
    './bin/blueshift ./bin/blueshift-convert-pytorch ./bin/blueshift-evaluate-pytorch ./bin/blueshift-fetch-cifar10' \
    'the program and its tools are executable, and nothing else'
for tool in convert-pytorch evaluate-pytorch fetch-cifar10; do
    like "$("$usr/bin/blueshift-$tool" --help 2>&1)" '[Uu]sage|python3 has no torch' "blueshift-$tool runs"
done
is "$(grep -rl "$tmp" "$usr" | xargs)" '' 'no file knows DESTDIR'
installed=$(listing)
ok 'make install over itself succeeds' in_root install
is "$(listing)" "$installed" 'and changes no file list'

other=(share/man/man1/other.1 share/blueshift/jobs/own.yaml lib/libblueshift.so.0 include/other.h)
for file in "${other[@]}"; do
    mkdir -p "$usr/${file%/*}" && echo other >"$usr/$file"
done
ok 'make uninstall succeeds' in_root uninstall
is "$(cd "$usr" && find . ! -type d | sort | xargs)" "$(printf './%s\n' "${other[@]}" | sort | xargs)" \
    'and removes what was installed only: a job, a page, a header and an older library of others stay'
rm "$usr"/share/blueshift/jobs/own.yaml "$usr"/lib/libblueshift.so.0
ok 'make uninstall again succeeds' in_root uninstall
is "$(find "$usr" -name '*blueshift*')" '' 'with the folders of its own'
done_testing
