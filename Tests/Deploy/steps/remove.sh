# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# The end of an installation.

# Purges at a terminal, where somebody answers debconf's question.
purge_answering() {
    at_a_terminal "backups too?=$1" -- env DEBIAN_FRONTEND=readline apt-get purge -q -y locker-server >"$work/apt.log" 2>&1 ||
        { tail -n 20 "$work/apt.log" >&2; fail "purge, answered $1"; }
}

step_remove() {
    step "remove, install again, purge"
    inside apt-get remove -q -y locker-server >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; fail "remove"; }
    check "nothing of it runs" test -z "$(inside systemctl list-units --no-legend 'locker-*' --state=active)"
    check "settings, secret and backups stay" inside sh -c 'test -s /etc/locker-server/secrets/jwt-access-secret && ls /var/backups/locker-server/*.dump >/dev/null'
    check "the data stay" test "$(sql "SELECT count(*) FROM v_active_assignments WHERE locker_id = 1099")" = 1
    check "nginx runs with Debian's own configuration" inside systemctl is-active --quiet nginx
    apt_install /srv/second.deb
    inside lockerctl setup --domain "$domain" --certificate /srv/site.pem --key /srv/site.key --no-certbot --workers 2 --trusted 127.0.0.1 >/dev/null ||
        fail "setup again"
    check "serves again, with the same key" test "$(api GET /lockers/me -H "Authorization: Bearer $token" -o /dev/null -w '%{http_code}')" = 200
    inside apt-get purge -q -y locker-server >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; fail "purge"; }
    check "settings and secrets are gone" inside test ! -e /etc/locker-server
    check "PostgreSQL's settings are as before" inside sh -c '! grep -rq locker_server /etc/postgresql'
    check "nothing of the units is left" test -z "$(inside sh -c 'cd /etc/systemd/system && find . -path "*locker-*" -o -path "*nginx.service.d*"')"
    check "unasked, the data stay" test "$(sql "SELECT count(*) FROM v_active_assignments WHERE locker_id = 1099")" = 1
    apt_install /srv/second.deb
    purge_answering no
    check "asked and kept, the data stay" test "$(sql "SELECT count(*) FROM v_active_assignments WHERE locker_id = 1099")" = 1
    check "and the backups" inside sh -c 'ls /var/backups/locker-server/*.dump >/dev/null'
    apt_install /srv/second.deb
    purge_answering yes
    check "asked for, the data go" test -z "$(inside runuser -u postgres -- psql -XAtqc "SELECT 1 FROM pg_database WHERE datname = 'locker'")"
    check "and the backups" inside test ! -e /var/backups/locker-server

    # From a rescue system, where no systemd runs that could be told.
    apt_install /srv/second.deb
    inside lockerctl setup --domain "$domain" --certificate /srv/site.pem --key /srv/site.key --no-certbot --workers 1 >/dev/null ||
        fail "setup before the last removal"
    inside unshare --mount sh -c 'mount -t tmpfs tmpfs /run/systemd && exec dpkg --remove locker-server' >"$work/apt.log" 2>&1 ||
        { tail -n 20 "$work/apt.log" >&2; fail "remove without systemd"; }
    inside systemctl daemon-reload
    check "removed without systemd: nginx starts with Debian's own configuration" inside systemctl restart nginx
    inside systemctl stop 'locker-*'
    inside apt-get purge -q -y locker-server >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; fail "purge"; }
}
