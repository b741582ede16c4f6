#!/bin/bash
# Files as readers open them that `make check` does not want to install: `make check-readers`.
here=${0%/*}
. "$here/../cli/lib.sh"

nets='networks=[{name: First, kind: mlp, width: 8}, {name: Second, kind: mlp, width: 4}]'
few=(--set data.images=4 --set data.batch=4 --quiet --x=-1:1:5 --y=-.5:.5:3)
bs_ok 'one plane' 1 sweep "${few[@]}" --set networks.0.kind=mlp --surf_file "$tmp/plane.nc"
bs_ok 'four planes' 1 sweep "${few[@]}" --set "$nets" --set realisations=2 --surf_file "$tmp/planes.nc"
# The loss at x = 1, y = 0, as our own table says it: the last plane's, and the single one's.
value() {
    "$program" convert "$tmp/$1.nc" -o "$tmp/$1.csv" 2>"$tmp/.err"
    awk -F, -v network="$2" -v realisation="$3" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["network"] == network && $column["realisation"] == realisation &&
        $column["x"] == 1 && $column["y"] == 0 { print $column["train_loss"] }' "$tmp/$1.csv"
}
single=$(value plane network0 0)
last=$(value planes Second 1)
like "$single $last" '^[0-9.]+ [0-9.]+$' 'a value of each file'

# same GOT WANTED NAME: equal as numbers in double precision.
same() {
    ok "$3" awk -v got="$1" -v wanted="$2" 'BEGIN { exit !(got != "" && got + 0 == wanted + 0) }'
}

if command -v cdo >/dev/null; then
    like "$(cdo -s griddes -selname,train_loss "$tmp/plane.nc" 2>&1)" 'xfirst *= -1.*xinc *= 0.5.*yfirst *= -0.5.*yinc *= 0.5' \
        'cdo: coordinates'
    same "$(cdo -s outputf,%.17g,1 -selindexbox,5,5,2,2 -selname,train_loss "$tmp/plane.nc" 2>"$tmp/.err")" "$single" 'cdo: a value'
    ncks -O -C -v train_loss,x,y -d network,1 -d realisation,1 "$tmp/planes.nc" "$tmp/part.nc" 2>"$tmp/.err" &&
        ncwa -O -a network,realisation "$tmp/part.nc" "$tmp/one.nc" 2>"$tmp/.err"
    same "$(cdo -s outputf,%.17g,1 -selindexbox,5,5,2,2 "$tmp/one.nc" 2>"$tmp/.err")" "$last" 'cdo: one plane of several, by ncks and ncwa'
else
    skip cdo 'cdo is not installed'
fi

if command -v Rscript >/dev/null && Rscript -e 'library(ncdf4)' 2>"$tmp/.err"; then
    cat >"$tmp/read.R" <<'R'
file <- ncdf4::nc_open(commandArgs(TRUE)[1])
loss <- ncdf4::ncvar_get(file, "train_loss")
x <- which(file$dim$x$vals == 1)
y <- which(file$dim$y$vals == 0)
network <- which(ncdf4::ncvar_get(file, "network") == "Second")
cat(dim(loss), sprintf("%.17g", loss[x, y, 2, network]), "\n")
R
    read -r -a got <<<"$(Rscript "$tmp/read.R" "$tmp/planes.nc" 2>"$tmp/.err")"
    is "${got[*]:0:4}" '5 3 2 2' 'R: dimensions, as Fortran counts them'
    same "${got[4]:-}" "$last" 'R: a value by its coordinates'
else
    skip R 'R has no ncdf4'
fi

if command -v octave >/dev/null && octave --no-gui --quiet --eval 'pkg load netcdf' 2>"$tmp/.err"; then
    read -r -a got <<<"$(octave --no-gui --quiet --eval "pkg load netcdf; file = '$tmp/planes.nc';
        loss = ncread(file, 'train_loss'); x = find(ncread(file, 'x') == 1); y = find(ncread(file, 'y') == 0);
        network = find(strcmp(cellstr(ncread(file, 'network')'), 'Second'));
        printf('%d ', size(loss)); printf('%.17g\n', loss(x, y, 2, network));" 2>"$tmp/.err")"
    is "${got[*]:0:4}" '5 3 2 2' "Octave, MATLAB's ncread: dimensions"
    same "${got[4]:-}" "$last" "Octave, MATLAB's ncread: a value by its coordinates"
else
    skip Octave 'Octave has no netcdf'
fi
done_testing
