# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# Other versions, while students are at work: the same schema forth and back, then one with a change of the schema, and the
# way back that operations-ec2.ko.md tells (section 5).

runs() { [[ -n $(metric "locker_build_info{version=\"$1\"}") ]]; }
schema() { sql "SELECT change FROM sqitch.changes ORDER BY committed_at DESC LIMIT 1"; }

step_upgrade() {
    step "upgrade under load"
    local before
    before=$(schema)
    start_load
    sleep 1
    apt_install /srv/second.deb
    sleep 1
    stop_load "upgrade to $number.2" 0 any
    check "the new version runs" runs "$number.2"
    check "settings were kept" inside grep -q LOCKER_ATTEMPT_BURST=1000000 /etc/locker-server/worker.env

    start_load
    sleep 1
    apt_install --allow-downgrades /srv/first.deb
    sleep 1
    stop_load "back to $number, where the schema is the same" 0 any
    check "the old version runs" runs "$number"

    step "upgrade with a change of the schema, under load"
    inside lockerctl backup /root/before-upgrade.dump || fail "backup"
    start_load
    sleep 1
    apt_install /srv/third.deb
    sleep 1
    stop_load "upgrade to $number.3" 0 any
    check "the new version runs" runs "$number.3"
    check "the change was deployed: $before → $(schema)" test "$(schema)" = next_version
    check "no worker refused the schema" test -z "$(inside journalctl --no-pager --output=cat --since="@$load_began" --unit='locker-worker@*' | grep schema_mismatch)"

    step "the way back over a change of the schema"
    # By itself a downgrade leaves the service as it was, and says what is to be done.
    start_load
    sleep 1
    apt_install --allow-downgrades /srv/first.deb
    check "apt says what to do" grep -q 'Restore the backup from before the upgrade' "$work/apt.log"
    sleep 1
    stop_load "a downgrade that the schema forbids" 0 any
    # What the guide says.
    inside touch /var/lib/locker-server/maintenance
    inside systemctl stop locker-server.target
    check "maintenance: the API says 503" test "$(api GET /lockers -o /dev/null -w '%{http_code}')" = 503
    api GET /health -o /dev/null || true
    check "nothing starts while it is stopped" test -z "$(inside systemctl list-units --no-legend 'locker-worker@*' --state=active)"
    inside sh -c 'cd /root && lockerctl restore before-upgrade.dump --replace --yes --reason 되돌리기 --keep after-upgrade.dump >restore.log 2>&1' ||
        { inside cat /root/restore.log >&2; fail "restore"; }
    inside systemctl start locker-server.target
    inside systemctl reload nginx
    wait_for "healthy" healthy
    inside rm /var/lib/locker-server/maintenance
    check "the old version runs, on the old schema" test "$(schema) $(runs "$number" && echo yes)" = "$before yes"
    start_load
    sleep 1
    stop_load "students after the way back" 0
}
