#!/bin/bash
# Norm modes, realisations, periodic paths and several networks, each checked against a simpler run.
. "${0%/*}/lib.sh"

common=(--quiet --set networks.depth=8 --set data.images=24 --set data.batch=24)
file() { # NAME: its path
    echo "$tmp/$1.nc"
}
run() { # NAME RANKS ARGUMENT...
    local name=$1 ranks=$2
    shift 2
    bs_ok "$name" "$ranks" sweep "${common[@]}" "$@" --surf_file "$(file "$name")"
}
losses() { # NAME FIRST LAST: losses FIRST to LAST, from 1
    values "$(file "$1")" train_loss | sed -n "$2,$3p"
}
near() { # A B RELATIVE
    awk -v a="$1" -v b="$2" -v r="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= r * b) }'
}

run line 2 --x=-1:1:5
base=$(losses line 3 3)

# One block at the base point: its frozen statistics are the batch's.
run frozen 2 --x=-1:1:5 --set networks.norm=frozen
ok "frozen equals batch at the base point" near "$(losses frozen 3 3)" "$base" 1e-6
ok "frozen differs from batch elsewhere" [ "$(losses frozen 1 1)" != "$(losses line 1 1)" ]
run frozen-blocks 1 --x=-1:1:5 --set networks.norm=frozen --set data.batch=8
run frozen-shards 2 --x=-1:1:5 --set networks.norm=frozen --set data.batch=8 --shards 2
is "$(losses frozen-shards 1 5)" "$(losses frozen-blocks 1 5)" \
    "statistics frozen by two shards: the same bits"

# Realisations have their own numbers; the first one is that of a single run.
run realisations 3 --x=-1:1:5 --set realisations=2
is "$(losses realisations 1 5)" "$(losses line 1 5)" "the first realisation is the single one"
ok "the second realisation differs" [ "$(losses realisations 8 8)" != "$base" ]

# Periodic paths.
run circle 2 --set path.kind=great-circle --x=8
is "$(losses circle 1 1)" "$base" "a great circle begins at the initialisation"
run ring 2 --set path.kind=ring --set path.radius=1 --x=8
run plane 2 --x=-1:1:3 --y=-1:1:3
ok "a ring of radius 1 begins at (1, 0) of the plane" \
    near "$(losses ring 1 1)" "$(losses plane 6 6)" 1e-6
run single 1 --set path.kind=ring --set path.radius=1e-12 --x=4
is "$(losses single 1 4 | sort -u)" "$base" "a tiny ring stays at the base point"

# Several networks in one file.
cat >"$tmp/two.yaml" <<YAML
networks:
- {name: first, depth: 8}
- {name: second, depth: 8, version: v2, activation: tanh, paths: 2, shortcut: none}
- {name: third, kind: mlp, depth: 2, width: 32, norm: none}
data: {images: 24, batch: 24}
grid: {x: "-1:1:5"}
output: {file: $tmp/two.nc}
YAML
bs_ok "three networks" 3 sweep --quiet "$tmp/two.yaml"
is "$(losses two 1 5)" "$(losses line 1 5)" "the first of three networks is as alone"
is "$(losses two 1 15 | sort -u | wc -l)" 15 "three networks have their own losses"

# What tells the networks apart is in the file: skip weight, strength, depth, paths, width.
hyperparameters() { # NAME: a line for each network
    local name columns=()
    for name in skip_weight strength depth paths width; do
        columns+=("$(values "$(file "$1")" $name)")
    done
    paste -d ' ' <(echo "${columns[0]}") <(echo "${columns[1]}") <(echo "${columns[2]}") \
        <(echo "${columns[3]}") <(echo "${columns[4]}")
}
is "$(hyperparameters two)" $'1 1 8 1 1\n0 1 8 2 1\n0 1 2 1 32' "three networks have their hyperparameters in the file"
unlike "$(ncdump -h "$(file line)")" 'strength' "a single network has none"

# A scan, at its small size; the end (1, 1) of its square is a relu network with shortcuts.
cat >"$tmp/scan.yaml" <<'YAML'
networks:
- {depth: 8}
scan: {strength: [0, 0.25, 1], skip_weight: [0, 1]}
data: {images: 100, batch: 24}
grid: {x: "-1:1:51"}
sizes:
  small: {data.images: 24, grid.x: "-1:1:5"}
YAML
bs_ok "scan" 2 sweep --quiet "$tmp/scan.yaml" --set size=small --surf_file "$(file scan)"
is "$(hyperparameters scan | cut -d ' ' -f 1,2)" $'0 0\n1 0\n0 0.25\n1 0.25\n0 1\n1 1' "scan: skip weights and strengths"
is "$(losses scan 26 30)" "$(losses line 1 5)" "scan: strength 1 and skip weight 1 are the plain network"
is "$(losses scan 1 30 | sort -u | wc -l)" 30 "scan: every network has its own losses"
bs 2 sweep "$tmp/scan.yaml" --set size=small --dry-run
like "$out" 'points +30' "scan: a dry run counts all networks"

# The reference backend agrees.
run reference 2 --x=-1:1:5 --backend reference
ok "the reference backend agrees" near "$(losses reference 1 1)" "$(losses line 1 1)" 1e-5

# A dry run says what it would cost and writes nothing.
bs 2 sweep "${common[@]}" --x=-1:1:101 --dry-run --surf_file "$(file dry)"
is "$code" 0 "dry run"
for word in 'points +101' 'FLOP' 'core-hours' 'MiB per rank' 'file '; do
    like "$out" "$word" "dry run: $word"
done
ok "dry run: writes nothing" [ ! -e "$(file dry)" ]
done_testing
