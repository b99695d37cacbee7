# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# Setup run again on a host at work: nothing that was said before is forgotten, and nobody is cut off.

site=/etc/locker-server/nginx/sites/locker.conf

what_setup_wrote() { inside sh -c "sha256sum $site /etc/locker-server/setup.env /etc/locker-server/secrets/*"; }

is_believed() {
    logged_request -H 'X-Forwarded-For: 198.51.100.7, 203.0.113.9'
    wait_for "logged" log_has "$id"
    [[ $(network_of "$id") == 203.0.113.0 ]]
}

step_again() {
    step "setup again"
    local before nginx
    before=$(what_setup_wrote)
    nginx=$(inside systemctl show --property=MainPID --value nginx)
    start_load
    sleep 1
    inside lockerctl setup >"$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; fail "setup without a word"; }
    sleep 1
    stop_load "setup again" 0 any
    check "nginx was not restarted" test "$(inside systemctl show --property=MainPID --value nginx)" = "$nginx"
    check "without a word everything stays" test "$(what_setup_wrote)" = "$before"
    check "two workers still" test "$(inside sh -c 'ls -d /etc/systemd/system/locker-server.target.wants/locker-worker@* | wc -l')" = 2

    # One thing more is said: the others stay. The trusted address above all, or the council's web server meets the limits.
    inside lockerctl setup --origins https://pages.example >/dev/null || fail "setup --origins"
    check "the trusted address stays" inside grep -q '^    127.0.0.1 1;' "$site"
    check "a new origin is taken" inside grep -q '"https://pages.example" ' "$site"
    check "and the old ones went" inside sh -c "! grep -q kucisc.kr $site"

    # Whoever sets up again in the way of a host with a database elsewhere does not get an empty one.
    inside env PGPASSWORD=x lockerctl setup --database 'postgresql://master@db.internal:5432/postgres' >"$work/setup.log" 2>&1 &&
        fail "setup moved to another database"
    check "another database needs a word of its own" grep -q -e --move-database "$work/setup.log"
    check "nothing was changed by that" inside grep -q '^DB_URL=postgresql:///locker?host=/run/postgresql' /etc/locker-server/setup.env
    inside lockerctl setup --trusted '' >/dev/null || fail "setup --trusted ''"
    check "a list can be emptied" inside sh -c "! grep -q '127.0.0.1 1;' $site"

    step "behind a load balancer"
    local id
    check "a header of a client's own" logged_request -H 'X-Forwarded-For: 203.0.113.9'
    wait_for "logged" log_has "$id"
    check "is not believed" test "$(network_of "$id")" = 127.0.0.0
    inside lockerctl setup --behind-proxy 127.0.0.1/32 >/dev/null || fail "setup --behind-proxy"
    # A reload is over when the last of nginx's old processes takes no request any more.
    wait_for "from the balancer it is the client's address" is_believed
    ok "from the balancer it is the client's address"
    inside lockerctl setup --behind-proxy '' --trusted 127.0.0.1 --origins https://www.kucisc.kr,https://kucisc.kr >/dev/null ||
        fail "setup as before"
    check "as before" test "$(what_setup_wrote)" = "$before"
}
