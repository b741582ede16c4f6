#!/bin/bash
# Converted files, read by programs that are not ours, hold every number of the source; failures say
# why and leave nothing behind.
. "${0%/*}/lib.sh"

# Debian's Python, which has the readers, before any other one.
python=/usr/bin/python3
[ -x $python ] || python=python3
names='[{name: "plain, wide", kind: mlp, width: 8}, {name: "a<b & c", kind: mlp, width: 4}]'
one=(--set 'networks=[{kind: mlp, width: 8}]' --set data.images=8 --set data.batch=8 --quiet)
two=(--set "networks=$names" --set realisations=3 --set data.images=8 --set data.batch=8 --quiet)
bs_ok 'a line' 1 sweep "${one[@]}" --x=-1:1:7 --surf_file "$tmp/line.nc"
bs_ok 'planes of two networks' 2 sweep "${two[@]}" --x=-1:1:5 --y=-0.5:2:4 --surf_file "$tmp/whole.nc"
bs_ok 'volumes' 1 sweep "${one[@]}" --set realisations=2 --x=-1:1:4 --y=-1:1:3 --z=0:1:2 --surf_file "$tmp/volume.nc"

# Numbers that careless programs lose, in one plane: (network 1, realisation 2) begins at point 100.
ncdump -p 9,17 -n plane "$tmp/whole.nc" | awk '
    BEGIN { losses = split("NaN -1 0 Infinity _ -Infinity", loss, " "); split("2 1 1 2 0 2", state, " ") }
    $2 == "=" && ($1 == "train_loss" || $1 == "status") { name = $1; text = "" }
    name != "" {
        sub(/.*= */, "")
        text = text $0
        if (/;/) {
            sub(/ *;.*/, "", text)
            total = split(text, value, / *, */)
            printf " %s = ", name
            for (i = 1; i <= total; i++) {
                j = i - 100
                changed = j >= 1 && j <= losses
                printf "%s%s", changed ? (name == "status" ? state[j] : loss[j]) : value[i],
                    i < total ? ", " : " ;\n"
            }
            name = ""
        }
        next
    }
    { print }' >"$tmp/plane.cdl"
ok 'a plane with gaps' ncgen -5 -o "$tmp/plane.nc" "$tmp/plane.cdl"

# convert SOURCE OUTPUT [FLAG...]: by one rank, without mpirun, as at a workstation
convert() {
    local name=$1 out=$2
    shift 2
    "$program" convert "$tmp/$name.nc" -o "$tmp/$out" "$@" 2>"$tmp/.err"
    code=$?
    err=$(<"$tmp/.err")
}
# check NAME READER SOURCE OUTPUT [KEY=NUMBER...] [, SOURCE OUTPUT ...]: files of $tmp
check() {
    local name=$1 reader=$2 word words=()
    shift 2
    for word; do
        case $word in
        , | *=*) words+=("$word") ;;
        *) words+=("$tmp/$word") ;;
        esac
    done
    $python tests/cli/convert_check.py "$reader" "${words[@]}" 2>"$tmp/.err"
    case $? in
    0) ok "$name" true ;;
    77) skip "$name" "$(<"$tmp/.err")" ;;
    *)
        ok "$name" false
        tap_explain "$(<"$tmp/.err")"
        ;;
    esac
}

for source in line plane volume; do
    for suffix in nc4 vti csv; do
        convert $source $source.$suffix
        is "$code" 0 "$source to .$suffix"
        like "$err" "written: .*$source.$suffix" 'the file is named'
    done
done
all() { # SUFFIX: the pairs of sources and outputs
    echo line.nc "line.$1" , plane.nc "plane.$1" , volume.nc "volume.$1"
}
# shellcheck disable=SC2046 # words
{
    check 'NetCDF-4 in h5py: every number, compressed' h5py $(all nc4)
    check 'NetCDF-4 in netCDF4: dimensions, types, attributes' netcdf4 $(all nc4)
    check 'NetCDF-4 in xarray: coordinates, and NaN where nothing is' xarray $(all nc4)
    check 'images in VTK' vti $(all vti)
    check 'tables in csv' csv $(all csv)
}
like "$(h5dump -d /train_loss -H -p "$tmp/plane.nc4" | tr -d '\n')" 'SHUFFLE.*LEVEL 4' \
    'h5dump: shuffled and deflated'
is "$(ncdump -k "$tmp/plane.nc4")" netCDF-4 'ncdump calls it netCDF-4'
numbers() { ncdump -p 9,17 "$1" | sed '1,/^data:/d'; }
is "$(numbers "$tmp/plane.nc4" | md5sum)" "$(numbers "$tmp/plane.nc" | md5sum)" 'and prints the same numbers'

pick=(--network 'a<b & c' --realisation 2)
convert plane plane.h5 --format=losslandscape "${pick[@]}"
is "$code" 0 'one plane for loss-landscape'
convert line line.h5 --format=losslandscape
check 'as its plotting scripts read it' losslandscape plane.nc plane.h5 network=1 realisation=2 , \
    line.nc line.h5
like "$(h5dump -n "$tmp/plane.h5" | tr -s ' \n' '  ')" \
    '/loss_stderr dataset /train_acc dataset /train_loss dataset /xcoordinates dataset /ycoordinates }' \
    'h5dump: five data sets, no other'

convert plane raw.vts "${pick[@]}"
is "$code" 0 'a height surface'
convert plane clip.vts "${pick[@]}" --clip=1.5:2.5
convert plane both.vts "${pick[@]}" --log --clip=4
gaps=(network=1 realisation=2)
check 'heights in VTK, points without one hidden' vts plane.nc raw.vts "${gaps[@]}" hidden=4 , \
    plane.nc clip.vts "${gaps[@]}" low=1.5 high=2.5 hidden=2 , \
    plane.nc both.vts "${gaps[@]}" log=1 high=4 hidden=5

convert plane some.csv --network=1
convert plane both.csv --network='a<b & c,0'
is "$(cut -d, -f1 "$tmp/both.csv" | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" '1 60 60 ' 'both networks, by name and number'
convert plane some.vti --network='plain, wide' --realisation=1
check 'a table of one network' csv plane.nc some.csv network=1
check 'an image of one plane' vti plane.nc some.vti network=0 realisation=1

# named NAME: the network's name in the second line of its table
named() {
    ncatted -O -a network_name,global,o,c,"$1" "$tmp/line.nc" "$tmp/formula.nc"
    convert formula formula.csv --force
    sed -n '2s/,.*//p' "$tmp/formula.csv"
}
for name in '=HYPERLINK("x")' +1 -1 @a ' =1' $'\t=1' $'\ta' $' \t =1' $'\u00a0=1' '＝1' '＋1' '－1' '＠a' '　=1' $'\ufeff=1'; do
    like "$(named "$name")" "^\"?'" "a network called '${name//$'\t'/\\t}' is a text in every spreadsheet"
done
for name in a ' a' 'a=1' 'ResNet-8' 'é' '1+1'; do
    is "$(named "$name")" "$name" "'$name' is one as it is"
done

bs_ok 'on three ranks' 3 convert "$tmp/plane.nc" -o "$tmp/three.csv"
ok 'the same table' cmp "$tmp/three.csv" "$tmp/plane.csv"

# refuse NAME CODE REGEX SOURCE OUTPUT [FLAG...]: fails so, and leaves no file
refuse() {
    local name=$1 wanted=$2 regex=$3 before
    before=$(find "$tmp" -name '[a-z]*' | sort)
    shift 3
    convert "$@"
    is "$code" "$wanted" "$name: exit code $wanted"
    like "$err" "$regex" "$name: said why"
    is "$(find "$tmp" -name '[a-z]*' | sort)" "$before" "$name: nothing is left behind"
}
refuse 'an existing output' 2 'plane.csv exists; .* with --force' plane plane.csv
refuse 'two networks in one surface' 2 'holds 2 networks.*--network' plane x.vts
bs 3 convert "$tmp/plane.nc" -o "$tmp/x.mat"
is "$code" 2 'three ranks refuse alike'
is "$(grep -c 'x.mat: .*netcdf4 (.nc4, .h5), losslandscape' <<<"$err")" 1 'and say why once'
"$program" convert "$tmp/plane.nc" 2>"$tmp/.err"
is $? 2 'no output: exit code 2'
like "$(<"$tmp/.err")" 'needs an output: blueshift convert .*plane.nc -o OUT' 'no output: said how'

cp "$tmp/line.csv" "$tmp/old.csv"
convert plane old.csv --force
is "$code" 0 '--force replaces'
ok 'the new table stands in its place' cmp "$tmp/old.csv" "$tmp/plane.csv"

mkdir "$tmp/disk"
if mount -t tmpfs -o size=4k blueshift-test "$tmp/disk" 2>/dev/null; then
    for suffix in nc4 vti csv; do
        convert plane disk/x.$suffix
        is "$code" 1 "a full disk, .$suffix"
        like "$err" 'No space left on device' "a full disk, .$suffix: said so"
        is "$(ls -A "$tmp/disk")" '' "a full disk, .$suffix: nothing is left behind"
    done
    umount "$tmp/disk"
else
    skip 'a full disk' 'a tmpfs cannot be mounted here'
fi
done_testing
