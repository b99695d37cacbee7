# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# A worker that cannot live: it is never given up, and takes next to nothing from those that can.

# How often worker 2 is started within 15 s.
starts_for_a_while() {
    local before
    inside systemctl daemon-reload
    inside systemctl kill --signal=KILL locker-worker@2
    before=$(inside systemctl show --property=NRestarts --value locker-worker@2)
    sleep 15
    printf '%s\n' "$(($(inside systemctl show --property=NRestarts --value locker-worker@2) - before))"
}

step_crash_loop() {
    step "a worker that crashes at once, again and again"
    local drop_in=/run/systemd/system/locker-worker@2.service.d starts with
    inside mkdir -p "$drop_in"
    inside sh -c "printf '[Service]\nExecStart=\nExecStart=/bin/sh -c \"kill -SEGV \$\$\$\$\"\n' >$drop_in/crash.conf"
    start_load
    starts=$(starts_for_a_while)
    # What the killed one had in its hands is lost.
    stop_load "the other serves alone" 8
    with=$starts
    check "started $starts times in 15 s" test "$starts" -ge 2 -a "$starts" -le 8
    # The control: what it would be without the back-off.
    inside sh -c "printf '[Service]\nExecStopPost=\n' >$drop_in/no-back-off.conf"
    starts=$(starts_for_a_while)
    check "without the back-off $starts times" test "$starts" -gt "$((2 * with))"
    inside rm "$drop_in/no-back-off.conf"

    # A secret that is not there, which ends a worker before it is one.
    inside mv /etc/locker-server/secrets/pgpass /root/pgpass
    starts=$(starts_for_a_while)
    check "without a secret: started $starts times in 15 s" test "$starts" -ge 1 -a "$starts" -le 8
    inside mv /root/pgpass /etc/locker-server/secrets/pgpass

    # A setting that is wrong: the same, and mended it comes back without anybody starting it.
    inside sh -c "printf '[Service]\nEnvironment=LOG_LEVEL=loud\n' >$drop_in/crash.conf"
    inside systemctl daemon-reload
    wait_for "it says what is wrong" bash -c "$(declare -f inside); INIT_PID=$INIT_PID; inside journalctl --no-pager --output=cat --unit=locker-worker@2 | grep -q configuration_fault"
    inside rm -r "$drop_in"
    inside systemctl daemon-reload
    wait_for "back by itself once mended" workers_are_ready 1 2
    ok "back by itself once mended"
}
