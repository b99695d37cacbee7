# shellcheck shell=bash
# Where things of a stand lie, and its settings with their defaults. Sourced by everything that concerns one stand;
# the programs that supervisord starts get the results through the environment.

STAND_REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# A path ends up in configuration files of nginx, supervisord and PostgreSQL and in URLs. Spaces and 한글 are fine;
# what has a meaning of its own in one of these is refused here, where it can be explained.
require_plain_path() {
    local special=$'"\'\\$%;{}#?&*[],\n'
    [[ $1 != *["$special"]* ]] ||
        fail "the path '$1' has one of \" ' \\ \$ % ; { } # ? & * [ ] , in it, which the stand cannot carry; set LOCKER_RUN_DIR"
}

# A short name for a path, so that folders outside the run folder belong to exactly one stand.
path_key() { printf '%s' "$1" | sha256sum | cut -c 1-12; }

# The names of the listening sockets below must fit into the 107 bytes that the kernel has for them. The longest is
# supervisord's, while it binds: supervisor.sock.<pid>.
socket_paths_fit() {
    local longest="$1/supervisor.sock.4194304"
    (($(printf '%s' "$longest" | wc -c) <= 107))
}

load_settings() {
    : "${LOCKER_HTTP_PORT:=8080}" "${LOCKER_HTTPS_PORT:=8443}"
    : "${LOCKER_WORKERS:=$(nproc)}" "${LOCKER_THREADS:=8}"
    : "${LOCKER_REGISTRATION:=open}"
    : "${LOCKER_CORS_ORIGINS:=https://www.kucisc.kr,https://kucisc.kr}"
    : "${JWT_ISS:=kucisc-locker-stand}" "${JWT_AUD:=kucisc-locker-stand}"
    # Only this machine may come in. LOCKER_LISTEN=0.0.0.0 lets a phone in the same network try the page.
    : "${LOCKER_LISTEN:=loopback}"
    : "${LOCKER_WORKER_BINARY:=$STAND_REPOSITORY/.build/release/FCGIApp}"
    : "${LOCKER_CTL_BINARY:=$STAND_REPOSITORY/.build/release/lockerctl}"

    local name
    for name in LOCKER_HTTP_PORT LOCKER_HTTPS_PORT; do
        [[ ${!name} =~ ^[1-9][0-9]{0,4}$ && ${!name} -lt 65536 ]] || fail "$name must be a port number, not '${!name}'"
    done
    [[ $LOCKER_HTTP_PORT != "$LOCKER_HTTPS_PORT" ]] || fail "LOCKER_HTTP_PORT and LOCKER_HTTPS_PORT are the same"
    [[ $LOCKER_WORKERS =~ ^[1-9][0-9]?$ ]] || fail "LOCKER_WORKERS must be a number from 1 to 99, not '$LOCKER_WORKERS'"
    [[ $LOCKER_CORS_ORIGINS =~ ^(https?://[A-Za-z0-9.:-]+(,https?://[A-Za-z0-9.:-]+)*)?$ ]] ||
        fail "LOCKER_CORS_ORIGINS must be origins with commas between them, like https://www.kucisc.kr,https://kucisc.kr"
    [[ $LOCKER_LISTEN == loopback || $LOCKER_LISTEN =~ ^[0-9A-Fa-f.:]+(,[0-9A-Fa-f.:]+)*$ ]] ||
        fail "LOCKER_LISTEN must be 'loopback' or addresses with commas between them"

    # make and the tests may stand in another folder than the caller's shell: an address that begins with / is the same
    # for all.
    STAND_RUN=$(realpath -m -- "${LOCKER_RUN_DIR:-$STAND_REPOSITORY/.run}")
    require_plain_path "$STAND_RUN"
    require_plain_path "$STAND_REPOSITORY"

    # PostgreSQL refuses to run as root, so it runs as `postgres` then, who cannot enter every folder (/root, say).
    # Its data then lie elsewhere, and its sockets too. Both are linked from the run folder.
    STAND_POSTGRES_HOME=$STAND_RUN/postgres
    STAND_SOCKETS=$STAND_RUN/sockets
    if ((EUID == 0)) && ! postgres_can_enter "$STAND_RUN"; then
        STAND_POSTGRES_HOME=/var/tmp/locker-stand-$(path_key "$STAND_RUN")
        STAND_SOCKETS=/tmp/locker-stand-$(path_key "$STAND_RUN")
    elif ! socket_paths_fit "$STAND_SOCKETS"; then
        STAND_SOCKETS=/tmp/locker-stand-$(path_key "$STAND_RUN")
    fi
    STAND_POSTGRES_DATA=$STAND_POSTGRES_HOME/data
    STAND_POSTGRES_SOCKETS=$STAND_SOCKETS/postgres
    STAND_LOGS=$STAND_RUN/log
    export STAND_REPOSITORY STAND_RUN STAND_POSTGRES_HOME STAND_POSTGRES_DATA STAND_SOCKETS STAND_POSTGRES_SOCKETS STAND_LOGS
    export LOCKER_WORKERS LOCKER_WORKER_BINARY
}

# Can the user `postgres` get through every folder down to this one (or to the part of it that exists)?
postgres_can_enter() {
    local folder=$1
    until [[ -d $folder ]]; do folder=$(dirname "$folder"); done
    as_postgres test -x "$folder"
}
