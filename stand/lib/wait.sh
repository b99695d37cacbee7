# shellcheck shell=bash

# Asks again and again, until the answer is yes (0), the time is over (1), or the process that should give the answer
# is gone (2):  wait_until SECONDS COMMAND [PID]
wait_until() {
    local deadline=$((SECONDS + $1)) command=$2 pid=${3:-}
    until $command; do
        [[ -z $pid ]] || kill -0 "$pid" 2>/dev/null || return 2
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
