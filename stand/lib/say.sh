# shellcheck shell=bash
# What the stand tells the person at the terminal. Standard output carries the `ready` line alone.

say() { printf 'stand: %s\n' "$*" >&2; }

fail() {
    printf 'stand: %s\n' "$*" >&2
    exit 1
}

# The end of a log, with its name: what someone would have looked up next anyway.
show_tail() {
    [[ -s $1 ]] || return 0
    printf -- '--- the last lines of %s\n' "$1" >&2
    tail -n "${2:-15}" -- "$1" >&2
    printf -- '---\n' >&2
}
