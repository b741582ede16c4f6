# Bash completion of blueshift: verbs, flags, files and the keys and words of --set.
#
# Flags come from `blueshift VERB --help` and keys from `blueshift sweep --defaults`, so that this
# file never lags behind the program. Installed as share/bash-completion/completions/blueshift; to
# try it, source it.

# Words "--flag" of a verb's help.
_blueshift_flags() {
    "$1" "$2" --help 2>/dev/null | grep -oE '^ +(-[a-zA-Z], )?--[a-z0-9_-]+=?' | grep -oE -e '--.*'
}

# Dotted keys of the defaults: networks.KEY stands for networks.NUMBER.KEY of all networks.
_blueshift_keys() {
    "$1" sweep --defaults 2>/dev/null | awk '
        /^[a-z_0-9]+:/ { section = $1; sub(/:.*/, "", section) }
        /^[a-z_0-9]+: *[^ #]/ { print section "=" }
        /^(  |- )[a-z_0-9]+:/ { key = $0; sub(/^(  |- )/, "", key); sub(/:.*/, "", key)
                                print section "." key "=" }'
}

_blueshift() {
    # Our own word: bash splits at '=' and ':'.
    local line=${COMP_LINE:0:COMP_POINT} word program=${COMP_WORDS[0]} verb='' i
    word=${line##* }
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        sweep | analyse | info | plot | theory | convert | demo)
            verb=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    local before=${line% *}
    before=${before##* }
    COMPREPLY=()
    if [ -z "$verb" ]; then
        mapfile -t COMPREPLY < <(compgen -W 'sweep analyse info plot theory convert demo --help --version' -- "$word")
    elif [ "$before" = --set ] && [[ $word != *=* ]]; then
        local keys
        keys=$(_blueshift_keys "$program")
        [ "$verb" != analyse ] || keys=$(grep '^analysis\.' <<<"$keys")
        mapfile -t COMPREPLY < <(compgen -W "$keys" -- "$word")
        compopt -o nospace
    elif [[ $before == --xnorm || $word == --xnorm=* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'filter layer none' -- "${word#--xnorm=}")
    elif [[ $before == --xignore || $word == --xignore=* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'biasbn none' -- "${word#--xignore=}")
    elif [[ $before == --view || $word == --view=* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'path contour surface slices spectrum scan branches' -- "${word#--view=}")
    elif [[ $before == --format || $word == --format=* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'netcdf4 losslandscape vti vts csv' -- "${word#--format=}")
    elif [[ $word == --*=* ]]; then
        compopt -o default
        mapfile -t COMPREPLY < <(compgen -f -- "${word#*=}")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_blueshift_flags "$program" "$verb")" -- "$word")
        [[ ${COMPREPLY[0]:-} == *= ]] && compopt -o nospace
    else
        compopt -o default
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _blueshift blueshift
