#!/bin/bash
# The tutorials: every command in them runs, as it stands. Blocks after "<!-- not run: WHY -->" are left
# out; blocks of Python are skipped where no Python has what they import.
. "${0%/*}/lib.sh"
root=${BS_ROOT:-$PWD}
mkdir "$tmp/bin"
ln -s "$(realpath "$program")" "$tmp/bin/blueshift"
export PATH=$tmp/bin:$PATH

# blocks FILE: writes FILE's blocks as $tmp/blocks/NUMBER.LANGUAGE
blocks() {
    rm -rf "$tmp/blocks"
    mkdir "$tmp/blocks"
    awk -v folder="$tmp/blocks" '
        /^<!-- not run: / { left_out = 1 }
        /^```[a-z]/ && !inside {
            inside = 1
            file = left_out ? "/dev/null" : sprintf("%s/%02d.%s", folder, ++count, substr($0, 4))
            left_out = 0
            next
        }
        /^```$/ { inside = 0; next }
        inside { print > file }' "$1"
}

# run_block BLOCK NAME
run_block() {
    case $1 in
    *.sh)
        (cd "$place" && timeout -k 5 $((120 * BS_PATIENCE)) bash -e "$1") >"$tmp/.out" 2>&1
        code=$?
        is $code 0 "$2"
        [ $code = 0 ] || tap_explain "$(tail -n 5 "$tmp/.out")"
        ;;
    *.python)
        find_python xarray "$2" || return
        (cd "$place" && "$python" "$1") >"$tmp/.out" 2>&1
        code=$?
        is $code 0 "$2"
        [ $code = 0 ] || tap_explain "$(tail -n 5 "$tmp/.out")"
        ;;
    esac
}

count=0
for tutorial in "$root"/docs/tutorials/*.md; do
    name=$(basename "$tutorial" .md)
    place=$tmp/$name
    mkdir "$place"
    ln -s "$root/jobs" "$root/tools" "$place"
    if grep -q 'model_file' "$tutorial"; then
        if [ -z "${BLUESHIFT_DATA:-}" ]; then
            skip "$name" 'BLUESHIFT_DATA is not set'
            continue
        fi
        ln -s "$BLUESHIFT_DATA/cifar-10-batches-bin" "$place"
        ln -s "$BLUESHIFT_DATA/weights/akamaster-resnet20.safetensors" "$place/W.safetensors"
    fi
    blocks "$tutorial"
    for block in "$tmp"/blocks/*; do
        count=$((count + 1))
        run_block "$block" "$name: $(basename "$block"): $(head -n 1 "$block")"
    done
done
ok 'there were blocks to run' test "$count" -ge 6
for page in "$root"/docs/tutorials/*.md "$root"/docs/*.md "$root"/*.md; do
    while read -r link; do
        ok "${page##*/}: $link is there" test -e "$(dirname "$page")/$link"
    done < <(grep -oP '\]\(\K[^)#:]+(?=[)#])' "$page" | sort -u)
done
done_testing
