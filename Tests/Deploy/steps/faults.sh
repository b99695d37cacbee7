# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# What is killed and restarted while students are at work.

# How many requests the workers have answered since the boot, by their own count.
answered() { client curl --silent http://127.0.0.1:9180/metrics | awk '/^locker_requests_total\{/ && !/route="(-|\/health)"/ { n += $2 } END { print n + 0 }'; }
# The students had that many answers, give or take what was in flight at the kills and the health calls of `wait_for`.
counted() {
    python3 - "$work/result.json" "$1" <<'PYTHON'
import json, sys
result, counted = json.load(open(sys.argv[1])), int(sys.argv[2])
had = result["requests"] - result["failures"]
sys.exit(not had <= counted <= had + result["failures"] + 48)
PYTHON
}

# An opening of 500 students as lockerctl rehearses it, with workers restarted all the while, must pass its verdict: nothing
# lost, nothing twice, no 5xx, no request without an answer. As the package is set up, where the roster decides who signs in.
rehearsal_under_restarts() {
    local status=0 restarts=0
    cp "$work/authority.pem" "$container/srv/authority.pem"
    grep -q " $domain\$" "$container/etc/hosts" || printf '127.0.0.1 %s\n' "$domain" >>"$container/etc/hosts"
    : >"$work/rehearsal"
    inside lockerctl rehearse --students 500 --lockers 200 --seconds 8 --ca-file /srv/authority.pem >"$work/rehearsal" 2>&1 &
    loader=$!
    sleep 1
    while kill -0 "$loader" 2>/dev/null; do
        inside systemctl restart locker-server.target
        restarts=$((restarts + 1))
    done
    wait "$loader" || status=$?
    loader=''
    sed 's/^/        /' "$work/rehearsal"
    check "a rehearsal of 500 students through $restarts restarts of all workers passes" test "$status" = 0 -a "$restarts" -ge 3
}

step_faults() {
    step "faults under load"
    local answered
    answered=$(answered)
    start_load
    sleep 2
    for _ in 1 2 3; do
        for worker in 1 2; do
            inside systemctl kill --signal=KILL "locker-worker@$worker"
            sleep 0.7
        done
    done
    wait_for "both workers back" workers_are_ready 1 2
    sleep 1
    # What a killed worker had in its hands is lost, and told as 503: at most its threads' requests for each kill.
    stop_load "6 SIGKILLs of workers" 48
    # What was killed had counted; only what it had not answered yet is missing. (A request that nginx answers itself is none.)
    answered=$(($(answered) - answered))
    check "/metrics counted $answered answers of $(python3 -c 'import json, sys
r = json.load(open(sys.argv[1])); print(r["requests"] - r["failures"])' "$work/result.json") that students had" counted "$answered"
    check "/metrics went on counting" test "$(metric locker_worker_starts_total)" -ge 8

    for unit in locker-server.target locker-worker@1 locker-worker@2; do
        start_load --students 40
        sleep 1
        for _ in 1 2 3; do inside systemctl restart "$unit"; done
        sleep 1
        stop_load "3 restarts of $unit" 0
    done
    # What the timers start, and the timers.
    start_load
    sleep 1
    for unit in locker-{backup,retention,sweep}.{service,timer}; do inside systemctl restart "$unit" || fail "restart of $unit"; done
    stop_load "restarts of the timers and of what they start" 0

    step "restarts under an opening"
    rehearsal_under_restarts

    start_load
    sleep 1
    inside systemctl reload nginx
    sleep 2
    stop_load "reload of nginx" 0 any

    start_load
    sleep 1
    inside systemctl restart postgresql
    wait_for "healthy after PostgreSQL's restart" healthy
    sleep 1
    stop_load "restart of PostgreSQL (503 meanwhile)" any

    start_load
    sleep 1
    inside systemctl restart nginx
    wait_for "healthy after nginx's restart" healthy
    sleep 1
    stop_load "restart of nginx (refused meanwhile)" any

    start_load
    sleep 1
    inside systemctl restart locker-server.socket
    wait_for "healthy after the socket's restart" healthy
    sleep 1
    stop_load "restart of the socket (503 meanwhile)" any
}
