# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# The watchdog: a worker that hangs is ended and started again, one whose database hangs is not.

restarts() { inside systemctl show --property=NRestarts --value "locker-worker@$1"; }
restarted() { (($(restarts "$1") > $2)) && inside systemctl is-active --quiet "locker-worker@$1"; }
watchdog_said() { inside journalctl --no-pager --output=cat --since="@$load_began" --unit="locker-worker@$1" | grep -E "$2"; }

# A process of the container's as the host counts it.
host_pid() {
    local wanted=$1 pid
    for pid in $(pgrep -f /usr/lib/locker-server/locker-worker); do
        if [[ $(stat -c %d:%i "/proc/$pid/root/etc/.deploy-test" 2>/dev/null) == "$(stat -c %d:%i "$container/etc/.deploy-test")" &&
            $(awk '/^NSpid:/ { print $NF }' "/proc/$pid/status") == "$wanted" ]]; then
            printf '%s\n' "$pid"
            return
        fi
    done
    return 1
}

step_hang() {
    step "workers that hang"
    inside systemctl start locker-worker@3
    wait_for "three workers" workers_are_ready 1 2 3
    local holder threads before=([1]="$(restarts 1)" [2]="$(restarts 2)")

    # Worker 1 stands still as a whole. In worker 2 only the threads that answer requests do, and the thread that feeds the
    # watchdog goes on: a feed by a bare timer would let this one hang for ever, and the test would see it below.
    start_load
    sleep 1
    inside systemctl kill --signal=STOP locker-worker@1
    threads=$(host_pid "$(inside systemctl show --property=MainPID --value locker-worker@2)") || fail "worker 2 was not found"
    python3 "$here/hold_threads.py" "$threads" >"$work/held" &
    holder=$!
    wait_for "the threads are held" grep -q held "$work/held"
    ok "$(cat "$work/held")"
    # Requests on connections that nginx kept to the two are answered by nginx after fastcgi_read_timeout, 10 s: at most
    # one for each student at work.
    sleep 12
    stop_load "the moment in which two of three workers hang" 16
    local stopped_since=$load_began

    start_load
    wait_for "worker 2 ended by the watchdog and is back" restarted 2 "${before[2]}"
    wait_for "worker 1 ended by the watchdog and is back" restarted 1 "${before[1]}"
    sleep 1
    stop_load "meanwhile the third serves alone" 0
    load_began=$stopped_since
    ok "worker 1: $(watchdog_said 1 'Watchdog (timeout|request)' | head -n 1)"
    check "worker 2 said so itself" test -n "$(watchdog_said 2 '"event":"stuck"')"
    ok "worker 2: $(watchdog_said 2 'Watchdog (timeout|request)' | head -n 1)"
    kill "$holder" 2>/dev/null || true
    wait "$holder" || true

    # A database that hangs, for longer than WatchdogSec: that is told as 503, and no worker is restarted for it.
    before=([1]="$(restarts 1)" [2]="$(restarts 2)" [3]="$(restarts 3)")
    local until=$((SECONDS + 40)) answer
    start_load
    inside systemctl kill --signal=STOP 'postgresql@*'
    while ((SECONDS < until)); do
        answer=$(api GET /health -o /dev/null -w '%{http_code} %{time_total}' || true)
        [[ $answer == 503* ]] || { inside systemctl kill --signal=CONT 'postgresql@*'; fail "health while the database hangs: $answer"; }
        sleep 1
    done
    ok "40 s without an answer from the database: health says $answer s"
    inside systemctl kill --signal=CONT 'postgresql@*'
    wait_for "healthy when the database goes on" healthy
    sleep 1
    stop_load "a database that hangs (503 meanwhile)" any
    check "no worker was restarted for it" test "$(restarts 1) $(restarts 2) $(restarts 3)" = "${before[1]} ${before[2]} ${before[3]}"
    inside systemctl stop locker-worker@3
}
