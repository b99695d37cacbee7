# shellcheck shell=bash
# The run folder of a stand: taken, filled, and given back.

# A folder that this file made is marked, so that nobody's home folder is ever taken for a stand and removed.
STAND_MARK=.locker-stand

# Takes the folder for this process. The lock lies on the folder itself, by an open descriptor: it ends with the last
# process that has it. supervisord inherits it, so that a stand whose first process was killed outright still counts
# as running until all of it has stopped. (Descriptor 3, because supervisord closes those from 5 on.)
take_run_folder() {
    if [[ -d $STAND_RUN && ! -e $STAND_RUN/$STAND_MARK && -n $(ls -A -- "$STAND_RUN") ]]; then
        fail "$STAND_RUN is not empty and no stand made it; set LOCKER_RUN_DIR to another folder"
    fi
    mkdir -p -- "$STAND_RUN" || fail "cannot make $STAND_RUN"
    exec 3<"$STAND_RUN"
    flock --nonblock 3 || fail "a stand is running in $STAND_RUN already; stop it first, or set LOCKER_RUN_DIR"
    # Others may pass through (PostgreSQL does, as another user, under root) but not look around.
    chmod 0711 "$STAND_RUN"
    : >"$STAND_RUN/$STAND_MARK"
}

# A folder outside the run folder, in a place where anybody may write: it must be ours, or somebody laid a trap.
make_outside_folder() {
    [[ $1 == "$STAND_RUN"/* ]] && { mkdir -p -- "$1"; return; }
    [[ -e $1 ]] || mkdir -m 0711 -- "$1"
    [[ ! -L $1 ]] || fail "$1 is a symbolic link that the stand did not make"
    [[ -O $1 || $(stat -c %U -- "$1") == postgres && $EUID == 0 ]] || fail "$1 belongs to somebody else"
}

make_folders() {
    local worker
    mkdir -p -- "$STAND_LOGS" "$STAND_RUN/nginx/tmp" "$STAND_RUN/workers"
    for ((worker = 0; worker < LOCKER_WORKERS; worker++)); do
        mkdir -p -- "$STAND_RUN/workers/$worker"
    done
    rm -rf -- "$STAND_RUN/pids" "$STAND_RUN/starts" "$STAND_RUN/stand.env"
    mkdir -- "$STAND_RUN/pids" "$STAND_RUN/starts"
    chmod 0711 "$STAND_RUN/pids"

    make_outside_folder "$STAND_POSTGRES_HOME"
    make_outside_folder "$STAND_SOCKETS"
    chmod 0711 "$STAND_SOCKETS"
    give_to_postgres "$STAND_POSTGRES_HOME"
    # Wherever they lie, they are found from here.
    [[ $STAND_POSTGRES_HOME == "$STAND_RUN"/* ]] || ln -sfn -- "$STAND_POSTGRES_HOME" "$STAND_RUN/postgres"
    [[ $STAND_SOCKETS == "$STAND_RUN"/* ]] || ln -sfn -- "$STAND_SOCKETS" "$STAND_RUN/sockets"
}

# The secret that signs access tokens: the one given, or one that is made once and kept, so that a student of the
# stand stays signed in over a restart.
load_secret() {
    local file=$STAND_RUN/jwt.secret
    if [[ -n ${JWT_ACCESS_SECRET:-} ]]; then
        return 0
    elif [[ -n ${JWT_ACCESS_SECRET_FILE:-} ]]; then
        # A worker stands in a folder of its own.
        JWT_ACCESS_SECRET_FILE=$(realpath -m -- "$JWT_ACCESS_SECRET_FILE")
        return 0
    fi
    if [[ ! -s $file ]]; then
        (umask 077 && openssl rand -base64 48 >"$file.new" && mv -- "$file.new" "$file")
    fi
    JWT_ACCESS_SECRET=$(<"$file")
}

# A certificate of the stand's own. Browsers warn of it, and should.
make_certificate() {
    local key=$STAND_RUN/nginx/key.pem certificate=$STAND_RUN/nginx/certificate.pem
    if [[ -s $key ]] && openssl x509 -in "$certificate" -noout -checkend 86400 >/dev/null 2>&1; then
        return 0
    fi
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
        -subj '/CN=localhost' -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' \
        -keyout "$key" -out "$certificate" 2>"$STAND_LOGS/openssl.log") ||
        { show_tail "$STAND_LOGS/openssl.log"; fail "openssl could not make a certificate"; }
}

remove_run_folder() {
    local link
    [[ -e $STAND_RUN ]] || return 0
    [[ -e $STAND_RUN/$STAND_MARK ]] || fail "$STAND_RUN was not made by a stand: not removed"
    exec 3<"$STAND_RUN"
    flock --nonblock 3 || fail "a stand is running in $STAND_RUN; stop it first"
    for link in postgres sockets; do
        if [[ -L $STAND_RUN/$link && $(readlink -- "$STAND_RUN/$link") =~ ^/(var/)?tmp/locker-stand-[0-9a-f]{12}$ ]]; then
            rm -rf -- "$(readlink -- "$STAND_RUN/$link")"
        fi
    done
    rm -rf -- "$STAND_RUN"
}
