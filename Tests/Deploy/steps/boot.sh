# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# The host is switched off and on.

step_boot() {
    step "restart of the whole system under load"
    local kept
    start_load --keepers 4
    sleep 2
    shut_down
    kill -TERM "$loader"
    wait "$loader" || fail "the load ended by itself"
    loader=''
    last_line
    boot "$container" "$work/console" || fail "did not boot again"
    wait_for "healthy after a boot, by itself" healthy
    agree "boot"
    # Who never gave his locker back, and so was to be compared for certain.
    kept=$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["confirmed"]))' "$work/result.json")
    check "who was told yes before it has it: $kept students" test "$kept" -ge 4
}
