#!/bin/bash
# --verbose: every verb says what was chosen, once, and without it none does.
. "${0%/*}/lib.sh"

file=$tmp/f.nc
sweep=(--set networks.0.depth=8 --set data.images=8 --set data.batch=4 --set path.kind=ring
    --set grid.x=8 --set observables.branch_losses=true --surf_file "$file")

# says NAME LINE...: the last run said each, once.
says() {
    local name=$1 line
    is "$code" 0 "$name"
    for line in "${@:2}"; do
        is "$(grep -cE "^blueshift: debug: +$line" <<<"$err")" 1 "$name: $line"
    done
}
export PNETCDF_HINTS='romio_no_indep_rw=false'
bs 2 sweep "${sweep[@]}" --backend=reference -v
says sweep 'backend: reference \(asked for: reference\)' 'layout: 2 groups of 1 rank' 'schedule: .*chunks' \
    'images: 8 per point, in blocks of 4' "$file: opened to write.*PNETCDF_HINTS: romio_no_indep_rw=false" \
    'hint nc_in_place_swap = disable' 'plan of network0:' 'analysis: window none, cutoff 0.5' \
    'spectra: of 8 points and 5 bins, each by one rank' 'branches: losses of network 0, [0-9]+ channels of 8 points'
unset PNETCDF_HINTS
bs 2 analyse "$file" -o "$tmp/new.nc" --set analysis.cutoff=0.4 -v
says analyse 'analysis: window none, cutoff 0.4' 'spectra: of 8 points' '.*opened to write.*PNETCDF_HINTS: none'
bs 1 info "$file" -v
says info "$file: opened to read"
bs 1 convert "$file" -o "$tmp/f.csv" -v
says convert 'format: csv; 1 network, 1 realisation'
bs 1 theory averaging -v
says theory 'topic: averaging'
bs 1 demo plane --set plane.coefficients=100 -o "$tmp/plane.nc" -v
says demo 'demo: plane, seed'
if command -v gnuplot >/dev/null; then
    bs 1 plot "$file" -o "$tmp/f.svg" -v
    says plot 'view: path'
else
    skip plot 'no gnuplot'
fi
bs 2 analyse "$file" -o "$tmp/newer.nc"
unlike "$err" debug 'without -v nothing of this'
done_testing
