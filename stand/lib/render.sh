# shellcheck shell=bash

# render TEMPLATE RESULT NAME VALUE NAME VALUE...: puts each value in the place of @NAME@.
render() {
    local template=$1 result=$2 text
    shift 2
    text=$(<"$template")
    while (($#)); do
        text=${text//"@$1@"/"$2"}
        shift 2
    done
    printf '%s\n' "$text" >"$result.new"
    mv -f -- "$result.new" "$result"
}

# quoted VALUE: as a shell reads it back, and as a person would write it.
quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }
