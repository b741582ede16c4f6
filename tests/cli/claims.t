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

# Of a training: over the realisations that are trained to their end.
cat >"$tmp/t.yaml" <<'EOF'
seed: 3
realisations: 2
claim: |
  train_loss: slow < fast
  test_loss: slow > fast
  train_loss: fast < 100
  train_loss[1]: fast < 100
data: {source: synthetic, images: 32, batch: 8}
networks:
- {name: slow, kind: mlp, depth: 2, width: 16}
- {name: fast, kind: mlp, depth: 3, width: 16}
train: {epochs: 2, batch: 16, test_images: 16}
EOF
train() { # N ARGUMENT...
    local ranks=$1
    shift
    bs "$ranks" train "$tmp/t.yaml" --quiet --log "$tmp/t.nc" "$@"
}
train 1 --network 0 --realisation 0
like "$out" 'slow +1 of 2 .*fast +0 of 2 *'$'\n''claim +train_loss: slow < fast: not derived yet' 'training: one of four runs'
train 2 --network 1 --realisation 1
like "$out" 'slow +1 of 2 .*fast +1 of 2' 'another run leaves those of before in the log'
train 2 --set claim=
is "$code" 0 'training: the others'
like "$(ncdump -h "$tmp/t.nc")" ':claim = "train_loss: slow < fast' 'the claims that it was begun with stay'
# ends VARIABLE: the values after the last epoch, runs by network.
ends() { values "$tmp/t.nc" "$1" | sed -n '2~2p'; }
# expected: mean and standard error of each network, the difference in joint errors.
expected=$(ends train_loss | awk '{ x[NR] = $1 } END { for (n = 0; n < 2; n++) { a = x[2 * n + 1]; b = x[2 * n + 2]
    m[n] = (a + b) / 2; e[n] = (a > b ? a - b : b - a) / 2 }
    d = (m[0] - m[1]) / sqrt(e[0] ^ 2 + e[1] ^ 2); d = d < 0 ? -d : d
    printf "%.1f standard errors (%.3g +- %.2g against %.3g +- %.2g)", d, m[0], e[0], m[1], e[1] }' | sed 's/[.+()]/\\&/g')
for verb in info train; do
    if [ $verb = info ]; then bs 1 info "$tmp/t.nc"; else train 1; fi
    like "$out" 'slow +2 of 2 .*fast +2 of 2' "$verb: ends of all runs"
    like "$out" "claim +train_loss: slow < fast: [a-z, ]+ $expected" "$verb: a claim about two networks"
    like "$out" 'train_loss: fast < 100: holds by' "$verb: about a number"
    like "$out" 'train_loss\[1\]: fast < 100: not derived yet' "$verb: there is one number of a kind"
done
if command -v gnuplot >/dev/null; then
    bs 1 plot "$tmp/t.nc" -o "$tmp/t.gp"
    like "$(<"$tmp/t.gp")" 'claim: test_loss: slow > fast: .*' 'the picture of a training says what came out'
    ends train_loss | sed -n 1,2p >"$tmp/ends"
    is "$(awk '/^.train_loss_0/ { getline; getline; printf "%.6g %.6g %.6g\n", $2, $3, $4 }' "$tmp/t.gp")" \
        "$(awk '{ x[NR] = $1 } END { m = (x[1] + x[2]) / 2; e = x[1] - m; e = e < 0 ? -e : e; printf "%.6g %.6g %.6g\n", m, m - e, m + e }' "$tmp/ends")" \
        'and shades a standard error about the mean'
else
    skip 'the picture of a training says what came out' 'no gnuplot'
fi

bs 1 sweep "$tmp/e.yaml" --surf_file "$tmp/h.nc" --set 'claim=roughness: plane > Short'
is "$code" 2 'a network that is not there'
like "$err" "claim: no network is called 'plane'. Networks: Short, plain" 'says which there are'
bs 1 sweep "$tmp/e.yaml" --surf_file "$tmp/h.nc" --set 'claim=rough'
is "$code" 2 'a line that is no claim'
like "$err" "claim 'rough': write QUANTITY: NETWORK > NETWORK" 'says how to write one'
done_testing
