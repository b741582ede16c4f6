#!/bin/bash
# The verb theory: known numbers in its tables, CSV with every digit, mistakes named.
. "${0%/*}/lib.sh"

# column FILE NAME: the numbers of a CSV's column.
column() {
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR > 1 { print $c }' "$1"
}
# row FILE NAME K: the column's number in the row that begins with K.
row() {
    column "$1" "$2" | sed -n "$(($3 + 1))p"
}
# shellcheck disable=SC2317 # called through ok
close() { awk -v a="$1" -v b="$2" -v r="$3" 'BEGIN { d = a - b; exit !(d * d <= r * r * b * b) }'; }

bs_ok 'great circle' 1 theory great-circle --layers 8 -o "$tmp/circle.csv"
like "$out" '<k\^2> = 8;' 'its second moment'
for known in 0:.1423 1:.2400 2:.08782 4:.02253 8:3.284e-3 12:6.947e-4 16:2.117e-4 24:3.961e-5; do
    ok "P_${known%:*}" close "$(row "$tmp/circle.csv" P_k "${known%:*}")" "${known#*:}" 4e-4
done
bs_ok 'moments, on three ranks' 3 theory moments --blocks 27 --block-layers 2 --paths 3 -o "$tmp/moments.csv"
for known in plain:55 averaged:28 residual:6.8543; do
    ok "27 blocks: ${known%:*}" close "$(row "$tmp/moments.csv" "${known%:*}" 27)" "${known#*:}" 1e-4
done
bs 1 theory moments --blocks 400 --block-layers 1 -o "$tmp/saturated.csv"
ok 'paths saturate' close "$(row "$tmp/saturated.csv" multipath 400)" 2.5708 1e-4
bs 1 theory harmonics --activation=tanh -o "$tmp/tanh.csv"
ok 'tanh' close "$(row "$tmp/tanh.csv" a_k 5)" .004516822 1e-7
bs_ok 'leaky relu with a threshold, sampled' 1 theory harmonics --activation=leaky-relu --slope=.2 --bias=.5 \
    --samples 8 --bins 9
like "$out" 'transform of 8 samples' 'says what X_k is'
for topic in averaged residual multipath fbm averaging; do
    bs_ok "$topic" 1 theory "$topic"
done
like "$out" ' 10 +0\.1 +10' 'ten independent copies: a tenth of the variance'

wrong() { # NAME REGEX ARGUMENT...
    local name=$1 regex=$2
    shift 2
    bs 1 theory "$@"
    is "$code" 2 "$name"
    like "$err" "$regex" "$name: the message"
}
wrong 'no topic' 'theory needs a topic'
wrong 'a misspelt topic' "did you mean 'residual'\?" residul
wrong 'a flag of another topic' '--hurst means nothing for residual' residual --hurst .3
wrong 'a number out of range' '--blocks=-1: give a number from 0 to' residual --blocks -1
wrong 'no number' '--blocks=x: give a number' residual --blocks x
wrong 'half a block' '--blocks=1.5: give a whole number' residual --blocks 1.5
wrong 'no closed form' 'gelu has no closed form.*Closed forms: relu, leaky-relu, tanh, linear' harmonics --activation gelu
wrong 'tanh on a circle' 'great circles have closed forms for relu' great-circle --activation tanh
bs 1 theory fbm -o "$tmp/none/x.csv"
is "$code" 1 'no folder for the CSV'
like "$err" "none/x.csv cannot be created: there is no folder" 'is said'
done_testing
