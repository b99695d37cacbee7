# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# A worker that cannot live: it is never given up, and takes next to nothing from those that can.

# What systemd itself and all that has ended took of the processor, in ms (proc(5), ticks of 10 ms).
cpu_of_starting() { inside awk '{ print ($14 + $15 + $16 + $17) * 10 }' /proc/1/stat; }

# Starts of worker 2 within 15 s, and what that took of the processor, in ms.
crash_for_a_while() {
    local starts cpu
    inside systemctl daemon-reload
    inside systemctl kill --signal=KILL locker-worker@2
    starts=$(inside systemctl show --property=NRestarts --value locker-worker@2)
    cpu=$(cpu_of_starting)
    sleep 15
    printf '%s %s\n' "$(($(inside systemctl show --property=NRestarts --value locker-worker@2) - starts))" "$(($(cpu_of_starting) - cpu))"
}

step_crash_loop() {
    step "a worker that crashes at once, again and again"
    local drop_in=/run/systemd/system/locker-worker@2.service.d starts cpu
    inside mkdir -p "$drop_in"
    inside sh -c "printf '[Service]\nExecStart=\nExecStart=/bin/sh -c \"kill -SEGV \$\$\$\$\"\n' >$drop_in/crash.conf"
    start_load
    read -r starts cpu <<<"$(crash_for_a_while)"
    # What the killed one had in its hands is lost.
    stop_load "the other serves alone" 8
    check "started $starts times in 15 s" test "$starts" -ge 2 -a "$starts" -le 8
    # The control: what it would be without the back-off.
    inside sh -c "printf '[Service]\nExecStopPost=\n' >$drop_in/no-back-off.conf"
    read -r starts cpu <<<"$(crash_for_a_while)"
    check "without the back-off: $starts times, $cpu ms of the processor" test "$starts" -gt 16
    inside rm "$drop_in/no-back-off.conf"
    read -r starts cpu <<<"$(crash_for_a_while)"
    ok "with it, and without load: $starts times, $cpu ms"

    # A setting that is wrong: the same, and mended it comes back without anybody starting it.
    inside sh -c "printf '[Service]\nEnvironment=LOG_LEVEL=loud\n' >$drop_in/crash.conf"
    inside systemctl daemon-reload
    wait_for "it says what is wrong" bash -c "$(declare -f inside); INIT_PID=$INIT_PID; inside journalctl --no-pager --output=cat --unit=locker-worker@2 | grep -q configuration_fault"
    inside rm -r "$drop_in"
    inside systemctl daemon-reload
    wait_for "back by itself once mended" workers_are_ready 1 2
    ok "back by itself once mended"
}
