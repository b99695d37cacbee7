# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# A database on another host (RDS): reached over TCP with TLS and passwords only, set up by a role that is no superuser. A
# second cluster of the container plays it, at an address and under a name of its own; the first cluster is stopped.

# Every command line of the container, from now on until the file beside is removed.
watch_command_lines() {
    : >"$work/watching"
    python3 - "$work/watching" "$work/command-lines" "$container/etc/.deploy-test" <<'PYTHON' &
import os, sys
watching, target, mark = sys.argv[1:]
seen, mark = set(), os.stat(mark)
while os.path.exists(watching):
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.path.samestat(os.stat(f"/proc/{entry}/root/etc/.deploy-test"), mark):
                    with open(f"/proc/{entry}/cmdline", "rb") as file:
                        seen.add(file.read())
            except OSError:
                pass
with open(target, "wb") as file:
    file.write(b"\n".join(line.replace(b"\0", b" ") for line in sorted(seen)))
PYTHON
    watcher=$!
}
rds() { inside runuser -u postgres -- psql -XAtq -p 5433 -v ON_ERROR_STOP=1 "$@"; }
# The master's password goes through the environment, and to there through a file.
remote_setup() {
    inside sh -c 'PGPASSWORD=$(cat /root/master) exec lockerctl setup "$@"' sh "$@"
}
remote_setup_first() {
    remote_setup --domain "$domain" --certificate /srv/site.pem --key /srv/site.key --no-certbot --workers 2 --trusted 127.0.0.1 \
        --database "$1"
}
# What a second host of the same database does that does not have the secrets of the first.
setup_on_a_second_host() {
    local secrets=/etc/locker-server/secrets
    inside sh -c "mv $secrets/pgpass $secrets/pgpass-operators /root/"
    remote_setup >"$work/setup.log" 2>&1 && fail "setup gave the roles new passwords behind the first host's back"
    check "refuses new passwords for a database in use" grep -q -e --new-passwords "$work/setup.log"
    # A host with the passwords of another database: the same.
    inside sh -c "umask 077; printf '*:*:*:locker_app:wrong\n' >$secrets/pgpass; cp $secrets/pgpass $secrets/pgpass-operators"
    remote_setup >"$work/setup.log" 2>&1 && fail "setup took passwords that do not fit"
    check "and passwords that do not fit" grep -q 'password authentication failed' "$work/setup.log"
    inside sh -c "mv /root/pgpass /root/pgpass-operators $secrets/"
    inside systemctl restart locker-server.target
    check "the first host's still do" workers_are_ready 1 2
    # When there is no such host any more.
    inside rm "$secrets/pgpass" "$secrets/pgpass-operators"
    remote_setup --new-passwords >"$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; fail "setup --new-passwords"; }
    check "asked for, there are new ones" healthy
}

step_remote() {
    step "a database on another host"
    local name=db.internal address=10.77.0.5 version data watcher secret found
    # As for a pair of servers, of which one is away.
    local dsn="postgresql://master@away.internal:5433,$name:5433/postgres?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=/etc/locker-server/authority.pem"
    inside ip address add "$address/32" dev lo
    printf '%s %s\n' "$address" "$name" "$address" other.internal 10.77.0.6 away.internal >>"$container/etc/hosts"

    # Its certificate is by the test's authority, for its own name.
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout "$work/db.key" -out "$work/db.csr" 2>/dev/null
    openssl x509 -req -in "$work/db.csr" -CA "$work/authority.pem" -CAkey "$work/authority.key" -CAcreateserial -days 2 \
        -extfile <(printf 'subjectAltName=DNS:%s\n' "$name") -out "$work/db.pem" 2>/dev/null
    version=$(inside ls /usr/lib/postgresql)
    data=/etc/postgresql/$version/rds
    inside pg_createcluster --port 5433 "$version" rds >/dev/null
    inside install -m 600 -o postgres -g postgres /dev/stdin "$data/db.key" <"$work/db.key"
    inside install -m 644 -o postgres -g postgres /dev/stdin "$data/db.pem" <"$work/db.pem"
    inside tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '$address'
unix_socket_directories = '/run/postgresql'
ssl = on
ssl_cert_file = '$data/db.pem'
ssl_key_file = '$data/db.key'
password_encryption = 'scram-sha-256'
# As some managed ones are: what is typed there is in their log.
log_statement = 'all'
CONF
    # From elsewhere by TLS and password alone; the superuser not at all.
    printf 'local all postgres peer\nhostssl all postgres all reject\nhostssl all all all scram-sha-256\n' | inside tee "$data/pg_hba.conf" >/dev/null
    inside systemctl stop 'postgresql@*-main'
    inside systemctl start "postgresql@$version-rds"
    # What an RDS master is: no superuser, may make roles and databases, end sessions, and hand on pg_monitor.
    inside sh -c 'umask 077; head -c 18 /dev/urandom | base64 >/root/master'
    { printf "CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD '"; inside cat /root/master | tr -d '\n'; printf "';GRANT pg_monitor TO master WITH ADMIN OPTION; GRANT pg_signal_backend TO master;\n"; } |
        inside runuser -u postgres -- psql -Xq -p 5433 -c "SET log_statement = 'none'" -f -

    apt_install /srv/first.deb
    cp "$work/authority.pem" "$container/srv/authority.pem"
    remote_setup_first "${dsn/\/etc\/locker-server/\/srv}" >"$work/setup.log" 2>&1 && fail "setup took an authority that the workers cannot see"
    check "refuses an authority that the workers cannot see" grep -q sslrootcert "$work/setup.log"
    cp "$work/authority.pem" "$container/etc/locker-server/authority.pem"
    # The name that the certificate is for is checked: under another one setup ends, and nothing was made.
    remote_setup_first "${dsn/$name/other.internal}" >"$work/setup.log" 2>&1 && fail "setup believed a certificate of another name"
    check "refuses a server whose certificate is another's" grep -q 'does not match host name' "$work/setup.log"
    watch_command_lines
    remote_setup_first "$dsn" >"$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; fail "setup --database"; }
    check "healthy over HTTPS" healthy
    check "says what the master may not set" grep -q log_error_verbosity "$work/setup.log"
    check "workers are ready" workers_are_ready 1 2
    remote_setup >/dev/null || fail "setup again"
    check "setup again, without a word: healthy, and the database is the same" healthy
    check "which is elsewhere" inside grep -q '^DB_URL=.*away.internal,db.internal' /etc/locker-server/setup.env
    inside lockerctl setup --database here >"$work/setup.log" 2>&1 && fail "setup moved to a database on this host"
    check "a database on this host needs a word of its own" grep -q -e --move-database "$work/setup.log"
    setup_on_a_second_host
    inside systemctl start locker-backup.service locker-sweep.service locker-retention.service || fail "backup, sweep, retention"
    ok "backup, sweep and retention reach it: $(inside sh -c 'ls /var/backups/locker-server/*.dump | wc -l') dump"
    inside lockerctl status >/dev/null || fail "lockerctl status"
    ok "lockerctl status"
    check "everybody comes by TLS, with a password, by TCP" test "$(rds -c "SELECT bool_and(s.ssl AND a.client_addr IS NOT NULL) AND count(*) > 0
        FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.usename LIKE 'locker%'")" = t
    # Whole databases are made by the master, whose password no file has unless somebody writes it there (scaling.md).
    inside sh -c 'printf "*:*:*:master:%s\n" "$(cat /root/master)" >>/etc/locker-server/secrets/pgpass-operators'
    inside sh -c 'cd /root && lockerctl backup remote.dump && lockerctl restore remote.dump --replace --yes --reason drill --keep kept-remote.dump' \
        >"$work/restore.log" 2>&1 || { cat "$work/restore.log" >&2; fail "backup and restore"; }
    inside sed -i '/:master:/d' /etc/locker-server/secrets/pgpass-operators
    wait_for "healthy after a restore" healthy
    ok "lockerctl backup and restore"
    rm "$work/watching"
    wait "$watcher"

    check "no role of it may more than its part" test "$(rds -c "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles
        WHERE (rolname LIKE 'locker%' OR rolname = 'master') AND NOT (rolsuper OR rolbypassrls OR rolreplication)
        AND (rolname = 'master') = (rolcreaterole AND rolcreatedb)")" = locker_app,locker_operator,locker_owner,master
    check "what the server keeps is scram" test "$(rds -c "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256\$4096:%') FROM pg_authid WHERE rolname LIKE 'locker%'")" = t
    check "the password files are root's alone" test "$(inside stat -c '%a %U' /etc/locker-server/secrets/pgpass /etc/locker-server/secrets/pgpass-operators | sort -u)" = '600 root'
    check "the workers have the workers' alone" inside sh -c 'grep -q :locker_app: /etc/locker-server/secrets/pgpass && ! grep -q "locker_o" /etc/locker-server/secrets/pgpass'
    # Each password, and where it might have been seen: every command line, the server's log, the journal, the settings.
    inside journalctl --no-pager --output=cat >"$work/journal"
    cat "$container"/var/log/postgresql/*-rds.log >"$work/server-log"
    found=0
    for secret in $(inside cat /root/master) $(inside cat /etc/locker-server/secrets/pgpass /etc/locker-server/secrets/pgpass-operators | grep -v '^#' | cut -d: -f5); do
        found=$((found + 1))
        printf '%s' "$secret" >"$work/secret"
        if grep -qFf "$work/secret" "$work/command-lines" "$work/server-log" "$work/journal" "$container/etc/locker-server/setup.env"; then
            fail "a password stands where it may not: $(grep -lFf "$work/secret" "$work/command-lines" "$work/server-log" "$work/journal" "$container/etc/locker-server/setup.env")"
        fi
    done
    check "of $found passwords none in $(wc -l <"$work/command-lines") command lines, the server's log (log_statement = all), the journal, the settings" test "$found" = 4
    check "(the server's log does have the statements)" grep -q 'ALTER ROLE locker_app' "$work/server-log"

    step "students, with the database elsewhere"
    database_port=5433
    rds -d locker -c "$(sample_data)"
    echo LOCKER_ATTEMPT_BURST=1000000 | inside tee -a /etc/locker-server/worker.env >/dev/null
    inside systemctl restart locker-server.target
    start_load
    sleep 2
    inside systemctl restart locker-server.target
    sleep 1
    stop_load "a restart, with the database elsewhere" 0
    start_load
    sleep 1
    inside systemctl restart "postgresql@$version-rds"
    wait_for "healthy after the restart of the other host's PostgreSQL" healthy
    sleep 1
    stop_load "restart of PostgreSQL elsewhere (503 meanwhile)" any
    inside apt-get purge -q -y locker-server >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; fail "purge"; }
    check "a database elsewhere is not ours to delete" test "$(rds -d locker -c 'SELECT count(*) FROM users')" = 100
}
