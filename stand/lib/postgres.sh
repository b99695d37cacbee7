# shellcheck shell=bash
# A private PostgreSQL cluster: made, started and filled. Shared by stand/run and stand/with-postgres.
# The variables STAND_POSTGRES_DATA and STAND_POSTGRES_SOCKETS name the cluster.

STAND_POSTGRES_FILES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../postgres" && pwd)

# The newest server on this machine. Debian keeps each version's programs in a folder of its own, outside PATH.
postgres_newest_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n 1)
    [[ -n $newest && -x $newest/initdb ]] || fail "no PostgreSQL server under /usr/lib/postgresql; make setup installs one"
    printf '%s\n' "$newest"
}

# The server that made the cluster, or the newest where there is none yet: data of one major version cannot be
# opened by another.
postgres_bin() {
    local version
    if [[ -s $STAND_POSTGRES_DATA/PG_VERSION ]]; then
        version=$(<"$STAND_POSTGRES_DATA/PG_VERSION")
        [[ -x /usr/lib/postgresql/$version/bin/postgres ]] ||
            fail "the data in $STAND_POSTGRES_DATA are PostgreSQL $version's, which is not installed; make clean removes them"
        printf '%s\n' "/usr/lib/postgresql/$version/bin"
    else
        postgres_newest_bin
    fi
}

# PostgreSQL refuses to run as root: then it runs as the user that its package made. setpriv(1) with these options
# and then exec keep the pid, which a su or a sudo would not.
POSTGRES_PRIVILEGES=()
((EUID != 0)) || POSTGRES_PRIVILEGES=(--reuid=postgres --regid=postgres --init-groups)
as_postgres() { (cd / && exec setpriv "${POSTGRES_PRIVILEGES[@]}" "$@"); }
give_to_postgres() { ((EUID != 0)) || chown postgres:postgres "$@"; }

# Makes the cluster unless it is there. It is made under another name and then renamed: one that was interrupted half
# way is never taken for a whole one.
postgres_make_cluster() {
    local log=$1 bin
    [[ -s $STAND_POSTGRES_DATA/PG_VERSION ]] && return 0
    bin=$(postgres_bin)
    rm -rf "$STAND_POSTGRES_DATA.new"
    # Trust is no gap: the only way in is a socket in a folder that nobody but its owner (and root) can enter.
    as_postgres "$bin/initdb" --pgdata="$STAND_POSTGRES_DATA.new" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$log" 2>&1 ||
        { show_tail "$log"; fail "initdb failed"; }
    printf "include 'stand.conf'\n" >>"$STAND_POSTGRES_DATA.new/postgresql.conf"
    mv "$STAND_POSTGRES_DATA.new" "$STAND_POSTGRES_DATA"
}

# Fills POSTGRES_COMMAND with what starts the server. Its settings are copied in at each start, so that a change in
# the repository reaches a cluster that exists.
postgres_command() {
    local bin
    bin=$(postgres_bin)
    install -m 0600 "$STAND_POSTGRES_FILES/postgresql.conf" "$STAND_POSTGRES_DATA/stand.conf"
    give_to_postgres "$STAND_POSTGRES_DATA/stand.conf"
    # shellcheck disable=SC2034 # the caller's
    POSTGRES_COMMAND=("$bin/postgres" -D "$STAND_POSTGRES_DATA" -c "unix_socket_directories=$STAND_POSTGRES_SOCKETS")
}

# The folder of the socket, closed to everybody else.
postgres_make_socket_folder() {
    mkdir -p "$STAND_POSTGRES_SOCKETS"
    chmod 0700 "$STAND_POSTGRES_SOCKETS"
    give_to_postgres "$STAND_POSTGRES_SOCKETS"
}

# psql on the private cluster as some role, on some database, with nothing of the caller's own settings.
stand_psql() {
    local role=$1 database=$2
    shift 2
    env -u PGSERVICE -u PGPORT PGOPTIONS='-c client_min_messages=warning' "$(postgres_bin)/psql" --no-psqlrc \
        --quiet --set=ON_ERROR_STOP=1 --host="$STAND_POSTGRES_SOCKETS" --username="$role" --dbname="$database" "$@"
}

postgres_answers() { stand_psql postgres postgres --command='SELECT' >/dev/null 2>&1; }

# Roles, database, history and code, each only as far as it is missing.
postgres_migrate() {
    local log=$1
    {
        stand_psql postgres postgres --file="$STAND_REPOSITORY/migrations/roles.sql"
        if [[ -z $(stand_psql postgres postgres -At --command="SELECT 1 FROM pg_database WHERE datname = 'locker'") ]]; then
            stand_psql postgres postgres --command='CREATE DATABASE locker OWNER locker_owner'
        fi
        # Nothing of the developer's own. The name is what sqitch notes down as who deployed.
        env -u PGSERVICE -u PGPORT PGHOST="$STAND_POSTGRES_SOCKETS" PGUSER=locker_owner PGDATABASE=locker \
            SQITCH_FULLNAME='Local stand' SQITCH_EMAIL=stand@localhost PSQL="$(postgres_bin)/psql" \
            "$STAND_REPOSITORY/sql/deploy"
    } >"$log" 2>&1 || { show_tail "$log" 30; return 1; }
}

# A connection URL of a role. The path is percent-encoded byte by byte, save what is harmless.
postgres_url() {
    local role=$1 encoded='' byte i LC_ALL=C
    for ((i = 0; i < ${#STAND_POSTGRES_SOCKETS}; i++)); do
        byte=${STAND_POSTGRES_SOCKETS:i:1}
        case $byte in
        [A-Za-z0-9/._~-]) encoded+=$byte ;;
        *) encoded+=$(printf '%%%02X' "'$byte") ;;
        esac
    done
    printf 'postgresql:///locker?host=%s&user=%s\n' "$encoded" "$role"
}
