#!/bin/bash
# Result and demo files with changed bytes, given to every verb: each is read, or refused in one
# line with exit code 2, within seconds and little memory.
. "${0%/*}/lib.sh"

seed=${BS_TEST_SEED:-$$}
echo "# BS_TEST_SEED=$seed" # to repeat a failed run
RANDOM=$seed

xz -dc tests/golden/format1/plane.nc.xz >"$tmp/plane.nc"
xz -dc tests/golden/format1/demo.nc.xz >"$tmp/demo.nc"

# flip FILE OUT OFFSET BIT
flip() {
    cp "$1" "$2"
    local byte
    byte=$(od -An -tu1 -j "$3" -N 1 "$1")
    printf '%b' "\\x$(printf %02x $((byte ^ (1 << $4))))" | dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}
# try FILE: every verb alone, at most 10 seconds and 500 MB
bad=0 lines=0 refused=0 read=0
try() {
    local verb limit=500000
    # A sanitizer reserves terabytes.
    ldd "$program" | grep -q libasan && limit=unlimited
    for verb in info "plot -o $tmp/p.png --force" "convert -o $tmp/c.csv --force" \
        "convert -o $tmp/c.nc4 --force" "export -o $tmp/e.safetensors --force"; do
        # shellcheck disable=SC2046,SC2086 # words
        (ulimit -v $limit && timeout $((10 * BS_PATIENCE)) "$program" ${verb%% *} "$1" $([ "$verb" = info ] || echo "${verb#* }")) \
            >/dev/null 2>"$tmp/.err"
        case $? in
        0) read=$((read + 1)) ;;
        2)
            refused=$((refused + 1))
            [ "$(wc -l <"$tmp/.err")" = 1 ] || lines=$((lines + 1))
            ;;
        *)
            bad=$((bad + 1))
            tap_explain "$verb of $2: $(<"$tmp/.err")"
            ;;
        esac
    done
}

for file in plane demo; do
    header=$(($(stat -c %s "$tmp/$file.nc") * 3 / 4))
    for ((i = 0; i < 12; i++)); do
        offset=$(((RANDOM * 32768 + RANDOM) % header)) bit=$((RANDOM % 8))
        flip "$tmp/$file.nc" "$tmp/damaged.nc" $offset $bit
        try "$tmp/damaged.nc" "$file, bit $bit of byte $offset changed"
    done
    for ((i = 0; i < 4; i++)); do
        bytes=$(((RANDOM * 32768 + RANDOM) % $(stat -c %s "$tmp/$file.nc")))
        head -c $bytes "$tmp/$file.nc" >"$tmp/damaged.nc"
        try "$tmp/damaged.nc" "$file, cut after $bytes bytes"
    done
done
is "$bad" 0 'no damaged file does more than be refused'
is "$lines" 0 'in one line'
ok "most are noticed: $refused refused, $read read" [ $refused -gt 20 ]

# Names that the library would read and could neither find again nor write.
# rename OLD NEW WHY: the name OLD, of as many bytes, is NEW; WHY is what the message says of it.
rename() {
    LC_ALL=C sed "s/$1\x00/$2\x00/" "$tmp/plane.nc" >"$tmp/damaged.nc"
    cmp -s "$tmp/plane.nc" "$tmp/damaged.nc" && tap_explain "nothing is named $1"
    bad=0 lines=0 read=0
    try "$tmp/damaged.nc" "$1 as $2"
    is "$bad $lines $read" '0 0 0' "$3: refused by every verb, in one line"
    like "$(<"$tmp/.err")" "damaged.nc is damaged: $3" 'and the message says so'
}
rename units 'uni\xf4s' 'a name is not UTF-8'
rename units '!nits' 'a name begins with'
rename units 'unit ' 'a name ends in a blank'
rename units 'un\x01ts' 'a name has a character'
rename units 'un\x00ts' 'a name has a zero byte'
rename ycoordinates xcoordinates 'two variables are named'

# Counts that no file has, where a library would believe them.
for offset in 8 12 16 20; do
    cp "$tmp/plane.nc" "$tmp/damaged.nc"
    printf '\x7f\xff\xff\xff\xff\xff\xff\xff' | dd of="$tmp/damaged.nc" bs=1 seek=$offset conv=notrunc status=none
    for verb in info "plot -o $tmp/p.png"; do
        # shellcheck disable=SC2046,SC2086 # words
        "$program" $verb "$tmp/damaged.nc" >/dev/null 2>"$tmp/.err"
        is $? 2 "a count at byte $offset that is too large: ${verb%% *} refuses it"
    done
done
done_testing
