# shellcheck shell=bash
# A booted Debian in a container: made, started, asked, stopped.

say() { printf 'deploy: %s\n' "$*" >&2; }
fail() {
    printf 'deploy: FAILED: %s\n' "$*" >&2
    exit 1
}
# A machine that cannot do it says so, and is told apart from a failure.
cannot() {
    printf 'deploy: this machine cannot run the test: %s\n' "$*" >&2
    exit 77
}

require_machine() {
    ((EUID == 0)) || cannot "it needs root (debootstrap and systemd-nspawn); sudo make test-deploy"
    # Only what is missing, and only as root, as the other targets of make do.
    "$root/deploy/debian/need" debootstrap systemd-container util-linux python3 curl openssl lintian >&2 ||
        cannot "what it needs could not be installed (no network?)"
    local program missing=()
    for program in debootstrap systemd-nspawn nsenter python3 curl openssl lintian; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    ((${#missing[@]} == 0)) || cannot "missing: ${missing[*]}"
}

# A plain Debian, made once and copied for each run. Packages come through the host's own apt settings.
make_base() {
    local suite=$1 base=$2 log=$3
    [[ -e $base/.complete ]] && return 0
    rm -rf -- "$base"
    say "making a Debian ($suite) with debootstrap in $base"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,libpam-systemd,iproute2,procps,curl,tzdata \
        "$suite" "$base" "${LOCKER_DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$log" 2>&1 ||
        { tail -n 5 "$log" >&2; cannot "debootstrap failed (no network?)"; }
    : >"$base/.complete"
}

# The container shares the host's network namespace only while packages are fetched (chroot); booted it has its own, so
# that its ports 80, 443 and 5432 are nobody else's.
boot() {
    local root=$1 console=$2
    # A pty for its console: without standard input kept open nspawn ends at once. --register=no and --keep-unit: there
    # is no systemd outside that could keep the container's record.
    python3 - "$root" "$console" <<'PYTHON' &
import os, pty, signal, sys
root, console = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    os.execvp("systemd-nspawn", ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit",
        "--private-network", "--machine=locker-deploy-" + str(os.getppid()), "--directory=" + root])
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
with open(console, "ab", buffering=0) as log:
    while True:
        try:
            data = os.read(master, 65536)
        except InterruptedError:
            continue
        except OSError:
            break
        if not data:
            break
        log.write(data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
    NSPAWN_PID=$!
    local deadline=$((SECONDS + 90)) state
    INIT_PID=''
    while ((SECONDS < deadline)); do
        kill -0 "$NSPAWN_PID" 2>/dev/null || { tail -n 20 "$console" >&2; return 1; }
        INIT_PID=$(find_init "$root")
        if [[ -n $INIT_PID ]]; then
            state=$(inside systemctl is-system-running 2>/dev/null || true)
            case $state in running | degraded) return 0 ;; esac
        fi
        sleep 0.3
    done
    tail -n 20 "$console" >&2
    return 1
}

# Process 1 of the container, as the host counts: systemd whose root folder is the container's.
find_init() {
    local pid inode
    inode=$(stat -c %d:%i "$1/etc/.deploy-test" 2>/dev/null) || return 0
    for pid in $(pgrep -x systemd); do
        if [[ $(stat -c %d:%i "/proc/$pid/root/etc/.deploy-test" 2>/dev/null) == "$inode" &&
            $(awk '/^NSpid:/ { print $NF }' "/proc/$pid/status") == 1 ]]; then
            printf '%s\n' "$pid"
            return
        fi
    done
}

# Runs a command inside.
inside() {
    nsenter --target "$INIT_PID" --mount --uts --ipc --net --pid --root -- \
        /usr/bin/env -i --chdir=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

shut_down() {
    [[ -n ${NSPAWN_PID:-} ]] || return 0
    # SIGRTMIN+4 to process 1: poweroff.target (systemd(1)).
    [[ -z ${INIT_PID:-} ]] || kill -s RTMIN+4 "$INIT_PID" 2>/dev/null || true
    local deadline=$((SECONDS + 40))
    while kill -0 "$NSPAWN_PID" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
    kill -KILL "$NSPAWN_PID" 2>/dev/null || true
    [[ -z ${INIT_PID:-} ]] || kill -KILL "$INIT_PID" 2>/dev/null || true
    wait "$NSPAWN_PID" 2>/dev/null || true
    NSPAWN_PID='' INIT_PID=''
}
