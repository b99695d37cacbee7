# shellcheck shell=bash
# Debian packages and the Swift toolchain: is it there, and if not, how does it get there?

require_swift() {
    local version
    if ! command -v swift >/dev/null; then
        cat >&2 <<'TEXT'
stand: the Swift toolchain (6.1 or newer) is missing. https://www.swift.org/install/linux/ has it for Debian and
stand: Ubuntu. The short way is its installer, swiftly:
stand:   curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz
stand:   tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init
stand: Then open a new terminal, so that `swift` is found, and run make again.
TEXT
        exit 1
    fi
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    if [[ $(printf '%s\n' 6.1 "${version:-0}" | sort -V | head -n 1) != 6.1 ]]; then
        fail "Swift ${version:-of an unknown version} is too old: 6.1 or newer is needed, https://www.swift.org/install/linux/"
    fi
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Runs a command as root: as it is when we are root, else through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

install_missing() {
    local missing=() package policy=/usr/sbin/policy-rc.d made_policy=no status=0
    command -v dpkg-query >/dev/null ||
        fail "this is neither Debian nor Ubuntu; install by hand what these packages hold: $*"
    for package; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    say "missing Debian packages: ${missing[*]}"
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        fail "no sudo here. As root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing them with apt$( ((EUID == 0)) || echo ' through sudo')"

    # nginx, postgresql and supervisor would each start a service of their own at installation. The stand starts its
    # own private ones, and port 80 and the machine's other databases are none of its business: a policy file says no
    # to every such start while we install. One that is there already belongs to somebody and stays as it is.
    if [[ ! -e $policy ]]; then
        made_policy=yes
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi

    # An update that fails (no network) need not be the end: what is missing may be in the local cache.
    as_root apt-get update -q || say "apt-get update failed; trying with the lists that are there"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}" || status=$?

    if [[ $made_policy == yes ]]; then
        as_root rm -f "$policy"
        trap - EXIT
    fi
    ((status == 0)) || fail "apt could not install: ${missing[*]}"
}

# install_without_service PACKAGE UNIT...: a package of which only the program is wanted. Who had it already keeps it as
# it is; for others its units are switched off again, so that the machine listens to nobody at its next start either.
install_without_service() {
    local package=$1
    shift
    ! is_installed "$package" || return 0
    install_missing "$package"
    ! command -v systemctl >/dev/null || as_root systemctl disable --quiet "$@"
}
