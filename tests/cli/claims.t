#!/bin/bash
# claim: what was expected stands in the file before the first point, and every reader judges it.
. "${0%/*}/lib.sh"

file=$tmp/f.nc
cat >"$tmp/e.yaml" <<'EOF'
seed: 3
realisations: 4
claim: |
  logits_normalised_second_moment: plain > Short
  logits_normalised_second_moment: plain < Short
  logits_normalised_power[1]: plain < Short
  tail_slope: Short = 1000
  no_such_number: Short > 0
data: {source: synthetic, images: 16}
networks:
- {name: Short, depth: 8, shortcut: pad}
- {name: plain, depth: 8, shortcut: none}
path: {kind: great-circle}
grid: {x: 32}
observables: {logits: 8}
EOF

bs 1 sweep "$tmp/e.yaml" --surf_file "$file" --set parallel.time_limit=0.000001
like "$(ncdump -h "$file" 2>/dev/null)" ':claim = "logits_normalised_second_moment: plain > Short' \
    'the claims are in a file that has hardly begun'
bs 1 info "$file"
like "$out" 'claim +tail_slope: Short = 1000: not derived yet' 'before the analysis nothing is judged'
bs 2 sweep "$tmp/e.yaml" --surf_file "$file" --set claim=
is "$code" 0 'the sweep ends'
bs 1 info "$file"
like "$out" 'Short: holds by [0-9.]+ standard errors \([0-9.]+ \+- [0-9.]+ against' 'a claim that holds'
like "$out" 'plain < Short: fails by [0-9.]+ standard' 'a claim that fails'
like "$out" 'logits_normalised_power\[1\]: plain < Short: [a-z]+' 'a number of a row'
like "$out" 'tail_slope: Short = 1000: fails by .* against 1000\)' 'a number, which has no error'
like "$out" 'no_such_number: Short > 0: not derived yet \(none against 0\)' 'a quantity that the file lacks'
like "$out" 'derived .*<k\^2> +.*tail slope' 'info shows derived numbers'
like "$out" '  Short +[0-9.]+ \+- [0-9.]+' 'with their errors'
bs 2 analyse "$file" -o "$tmp/g.nc"
like "$(ncdump -h "$tmp/g.nc")" ':claim = "logits_norm' 'a new analysis keeps the claims'
if command -v gnuplot >/dev/null; then
    bs 1 plot "$file" -o "$tmp/f.svg"
    like "$(cat "$tmp/f.svg")" 'claim: logits_normalised_second_moment: plain' 'the picture says what came out'
else
    skip 'the picture says what came out' 'no gnuplot'
fi

bs 1 sweep "$tmp/e.yaml" --surf_file "$tmp/h.nc" --set 'claim=roughness: plane > Short'
is "$code" 2 'a network that is not there'
like "$err" "claim: no network is called 'plane'. Networks: Short, plain" 'says which there are'
bs 1 sweep "$tmp/e.yaml" --surf_file "$tmp/h.nc" --set 'claim=rough'
is "$code" 2 'a line that is no claim'
like "$err" "claim 'rough': write QUANTITY: NETWORK > NETWORK" 'says how to write one'
done_testing
