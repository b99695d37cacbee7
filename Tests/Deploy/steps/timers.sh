# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# What the timers start, and lockerctl on such a host.

step_timers() {
    step "timers"
    local traces="SELECT (SELECT count(*) FROM semester_assignments WHERE student_id = '2023000099')
        + (SELECT count(*) FROM locker_decisions WHERE student_id = '2023000099')"
    inside systemctl start locker-backup.service || fail "backup"
    check "a backup that pg_restore reads" inside sh -c 'for dump in /var/backups/locker-server/locker-*.dump; do pg_restore --list "$dump" >/dev/null || exit 1; done'
    inside systemctl start locker-sweep.service || fail "sweep"
    ok "$(inside journalctl -u locker-sweep --output=cat --no-pager | grep sweep:)"
    check "lockerctl status" inside sh -c 'lockerctl status >/dev/null'
    inside lockerctl backup /root/whole.dump || fail "lockerctl backup"

    # 홍길동's semester ends, and its time runs out.
    inside lockerctl semester close 2026-1 --keep-days 1 --reason test --yes >/dev/null || fail "semester close"
    sql "UPDATE semesters SET keep_until = now() - interval '1 s'; UPDATE operator_audit SET images_until = now() - interval '1 s'" >/dev/null
    check "before its time it is known whose locker it was" test "$(sql "$traces")" -ge 1
    inside systemctl start locker-retention.service || fail "retention"
    inside journalctl -u locker-retention --output=cat --no-pager | grep '지웁니다\|지웠습니다' | sed 's/^/        /'
    check "after locker-retention nobody knows" test "$(sql "$traces")" = 0
    check "the audit says who did it" test "$(sql "SELECT os_user FROM operator_audit WHERE command = 'retention run'")" = locker-retention
    inside systemctl start locker-retention.service || fail "retention again"
    check "once" test "$(sql "SELECT count(*) FROM operator_audit WHERE command = 'retention run'")" = 1

    check "lockerctl restore" inside sh -c 'cd /root && lockerctl restore whole.dump --replace --yes --reason drill --keep kept.dump >restore.log 2>&1'
    wait_for "healthy after a restore" healthy
    check "the timers wait" test "$(inside systemctl is-active locker-{backup,retention,sweep}.timer | sort -u)" = active
}
