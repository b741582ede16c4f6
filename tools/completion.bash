# Bash completion of blueshift: verbs, flags, their words, files, and the keys of --set.
#
# All of it comes from the program itself (`blueshift [VERB] --list` and --defaults), so that this
# file never lags behind. Installed as share/bash-completion/completions/blueshift; to try it,
# source it.

# _blueshift_rows KIND [VERB]: the second column of the rows of this kind.
_blueshift_rows() {
    "$program" ${2:+"$2"} --list 2>/dev/null | awk -F'\t' -v kind="$1" '$1 == kind { print $2 }'
}

# Flags of a verb, those with a value ending in '='.
_blueshift_flags() {
    "$program" ${1:+"$1"} --list 2>/dev/null | awk -F'\t' '$1 == "flag" { print "--" $2 ($4 == "" ? "" : "=") }'
}

# _blueshift_words VERB FLAG: what the value may be; nothing when it may be anything.
_blueshift_words() {
    "$program" "$1" --list 2>/dev/null | awk -F'\t' -v flag="$2" '
        $1 == "flag" { here = "--" $2 == flag || "-" $3 == flag }
        $1 == "word" && here { print $2 }'
}

# Dotted keys of the defaults: networks.KEY stands for networks.NUMBER.KEY of all networks.
_blueshift_keys() {
    [ "$1" = demo ] || set -- sweep "$1"
    "$program" "$1" --defaults 2>/dev/null | awk -v only="${2:-}" '
        /^[a-z_0-9]+:/ { section = $1; sub(/:.*/, "", section) }
        only == "analyse" && section != "analysis" { next }
        /^[a-z_0-9]+: *[^ #]/ { print section "=" }
        /^(  |- )[a-z_0-9]+:/ { key = $0; sub(/^(  |- )/, "", key); sub(/:.*/, "", key)
                                print section "." key "=" }'
}

# Completes $1 from the words on standard input; files when there are none.
_blueshift_from() {
    local words
    words=$(cat)
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$1")
        [[ ${COMPREPLY[0]:-} != *= ]] || compopt -o nospace
    fi
    if [ -z "$words" ] || { [ "${#COMPREPLY[@]}" = 0 ] && [ "${2:-}" = or-file ]; }; then
        compopt -o default
        mapfile -t COMPREPLY < <(compgen -f -- "$1")
    fi
}

_blueshift() {
    # Our own word: bash splits at '=' and ':'.
    local line=${COMP_LINE:0:COMP_POINT} word before program=${COMP_WORDS[0]} verb='' i
    word=${line##* }
    before=${line% *}
    before=${before##* }
    for ((i = 1; i < COMP_CWORD && ${#verb} == 0; i++)); do
        verb=$(_blueshift_rows verb | grep -Fx -e "${COMP_WORDS[i]}")
    done
    COMPREPLY=()
    if [ -z "$verb" ]; then
        _blueshift_from "$word" < <(_blueshift_rows verb && _blueshift_flags)
    elif [ "$before" = --set ]; then
        _blueshift_from "$word" < <(_blueshift_keys "$verb")
    elif [[ $word == --*=* ]]; then
        _blueshift_from "${word#*=}" < <(_blueshift_words "$verb" "${word%%=*}")
    elif [[ $word == -* ]]; then
        _blueshift_from "$word" < <(_blueshift_flags "$verb")
    elif [[ $before == -* ]] && [ -n "$(_blueshift_words "$verb" "$before")" ]; then
        _blueshift_from "$word" < <(_blueshift_words "$verb" "$before")
    elif [[ $before == -* ]]; then
        _blueshift_from "$word" </dev/null
    else
        _blueshift_from "$word" or-file < <(_blueshift_rows operand "$verb")
    fi
}
complete -F _blueshift blueshift
