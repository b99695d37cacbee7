# shellcheck shell=bash
# supervisord as a child of stand/run.

supervisor_render() {
    local user=''
    # It asks for this sentence before it runs as root without a warning.
    ((EUID != 0)) || user='user=root'
    render "$STAND_REPOSITORY/stand/supervisord.conf.in" "$STAND_RUN/supervisord.conf" \
        USER "$user" RUN "$STAND_RUN" LOGS "$STAND_LOGS" SOCKETS "$STAND_SOCKETS" \
        REPOSITORY "$STAND_REPOSITORY" PROGRAMS "$((LOCKER_WORKERS + 1))"
}

# Sets SUPERVISOR_PID. In a session of its own: Ctrl-C at the terminal is for stand/run alone, which then stops
# everything in order. And should stand/run be killed outright, the kernel tells supervisord to stop.
supervisor_start() {
    setsid setpriv --pdeathsig TERM supervisord --nodaemon --configuration "$STAND_RUN/supervisord.conf" \
        >>"$STAND_LOGS/supervisord.out" 2>&1 </dev/null &
    SUPERVISOR_PID=$!
    wait_until 10 supervisor_answers "$SUPERVISOR_PID" ||
        { show_tail "$STAND_LOGS/supervisord.out"; fail "supervisord did not start"; }
}

supervisor_ask() { supervisorctl --configuration "$STAND_RUN/supervisord.conf" "$@" 3<&-; }
supervisor_answers() { [[ -S $STAND_SOCKETS/supervisor.sock ]] && supervisor_ask pid >/dev/null 2>&1; }

# Stops everything and waits until it has stopped. Only ever by the pid of our own child.
supervisor_stop() {
    [[ -n ${SUPERVISOR_PID:-} ]] || return 0
    kill -TERM "$SUPERVISOR_PID" 2>/dev/null || true
    while kill -0 "$SUPERVISOR_PID" 2>/dev/null; do
        # It looks around once a second, and stops one thing a look. A knock on its socket makes it look at once.
        curl --silent --max-time 1 --unix-socket "$STAND_SOCKETS/supervisor.sock" --output /dev/null http://localhost/knock || true
        sleep 0.05
    done
    SUPERVISOR_PID=''
}

# The name of a program that was started again and again and does not stay up, if there is one.
failing_program() {
    local starts
    for starts in "$STAND_RUN"/starts/*; do
        if [[ -e $starts ]] && (($(stat -c %s "$starts") >= 4)); then
            basename "$starts"
            return
        fi
    done
}
