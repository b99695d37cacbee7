# shellcheck shell=bash
# The two files of settings: worker.env, what the workers get, and stand.env, what a person or a test gets.
# Both hold secrets: mode 0600 from their first byte.

# Every setting of the server that is in the environment reaches the workers, those too that this file has never
# heard of. What is the stand's own business does not.
write_worker_env() {
    local name
    (
        umask 077
        {
            printf 'DB_URL=%s\n' "$(quoted "$(postgres_url locker_app)")"
            while read -r name; do
                case $name in
                LOCKER_RUN_DIR | LOCKER_HTTP_PORT | LOCKER_HTTPS_PORT | LOCKER_WORKERS | LOCKER_WORKER_BINARY | \
                    LOCKER_LISTEN | LOCKER_CORS_ORIGINS | LOCKER_URL | LOCKER_HTTPS_URL | LOCKER_CTL_BINARY | LOCKER_CA_FILE) ;;
                LOCKER_* | JWT_* | LOG_LEVEL) printf '%s=%s\n' "$name" "$(quoted "${!name}")" ;;
                esac
            done < <(compgen -v)
        } >"$STAND_RUN/worker.env.new"
    )
    mv -f -- "$STAND_RUN/worker.env.new" "$STAND_RUN/worker.env"
}

# What one needs to talk to this stand. It is there once the stand is ready.
write_stand_env() {
    local secret=${JWT_ACCESS_SECRET:-}
    [[ -n $secret ]] || secret=$(<"$JWT_ACCESS_SECRET_FILE")
    (
        umask 077
        {
            printf 'LOCKER_URL=%s\n' "$(quoted "$STAND_URL")"
            printf 'LOCKER_HTTPS_URL=%s\n' "$(quoted "https://localhost:$LOCKER_HTTPS_PORT")"
            # rehearse checks certificates, and this one nobody has signed.
            printf 'LOCKER_CA_FILE=%s\n' "$(quoted "$STAND_RUN/nginx/certificate.pem")"
            printf 'DB_URL=%s\n' "$(quoted "$(postgres_url locker_app)")"
            printf 'DB_OPERATOR_URL=%s\n' "$(quoted "$(postgres_url locker_operator)")"
            printf 'DB_ADMIN_URL=%s\n' "$(quoted "$(postgres_url locker_owner)")"
            printf 'DB_SUPERUSER_URL=%s\n' "$(quoted "$(postgres_url postgres)")"
            printf 'JWT_ACCESS_SECRET=%s\n' "$(quoted "$secret")"
            printf 'JWT_ISS=%s\n' "$(quoted "$JWT_ISS")"
            printf 'JWT_AUD=%s\n' "$(quoted "$JWT_AUD")"
        } >"$STAND_RUN/stand.env.new"
    )
    mv -f -- "$STAND_RUN/stand.env.new" "$STAND_RUN/stand.env"
}

# bin/lockerctl: lockerctl with the settings of this stand.
write_lockerctl() {
    mkdir -p -- "$STAND_RUN/bin"
    printf '#!/bin/sh\nset -a\n. %s\nset +a\nexec %s "$@"\n' \
        "$(quoted "$STAND_RUN/stand.env")" "$(quoted "$LOCKER_CTL_BINARY")" >"$STAND_RUN/bin/lockerctl.new"
    chmod 0755 "$STAND_RUN/bin/lockerctl.new"
    mv -f -- "$STAND_RUN/bin/lockerctl.new" "$STAND_RUN/bin/lockerctl"
}
