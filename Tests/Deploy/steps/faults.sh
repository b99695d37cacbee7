# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# What is killed and restarted while students are at work.

step_faults() {
    step "faults under load"
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
    check "/metrics went on counting" test "$(metric locker_worker_starts_total)" -ge 8

    for unit in locker-server.target locker-worker@1 locker-worker@2; do
        start_load
        sleep 1
        for _ in 1 2 3; do inside systemctl restart "$unit"; done
        sleep 1
        stop_load "3 restarts of $unit" 0
    done

    start_load
    sleep 1
    inside systemctl reload nginx
    sleep 2
    stop_load "reload of nginx" 0

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
