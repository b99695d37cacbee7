# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# The service in the container as its tests see it: asked, put under load, compared with its database.

step() { say "== $*"; }
ok() { printf '  ok    %s\n' "$*"; }
check() {
    local what=$1
    shift
    if "$@"; then ok "$what"; else fail "$what"; fi
}
# Asks the database as its superuser, on the socket of the cluster in use.
database_port=5432
sql() { inside runuser -u postgres -- psql -XAtq -p "$database_port" -d locker -c "$1"; }

# 100 students, all of them 홍길동 and on the list, 100 lockers, and a period that is open.
sample_data() {
    cat <<'SQL'
INSERT INTO locker_locations (location_id, name) VALUES (90, '정보관 2층');
INSERT INTO locker_info (locker_id, location_id) SELECT 1000 + n, 90 FROM generate_series(0, 99) n;
INSERT INTO users (student_id, name, phone_number)
    SELECT '20230' || lpad(n::text, 5, '0'), '홍길동', '0105555' || lpad(n::text, 4, '0') FROM generate_series(0, 99) n;
INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    SELECT student_id, name, phone_number, true, 'test' FROM users;
INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 minute', now() + interval '1 day');
ANALYZE;
SQL
}

# A client inside the container's network, with the host's programs.
client() { nsenter --target "$INIT_PID" --net -- "$@"; }
api() {
    local method=$1 path=$2
    shift 2
    client curl --silent --show-error --cacert "$work/authority.pem" --resolve "$domain:443:127.0.0.1" --max-time 10 \
        --request "$method" -H 'Content-Type: application/json' "$@" "https://$domain/api/v1$path"
}
metric() { client curl --silent --max-time 5 http://127.0.0.1:9180/metrics | awk -v name="$1" '$1 == name { print $2 }'; }
workers_are_ready() { [[ $(inside systemctl is-active "${@/#/locker-worker@}" | sort -u) == active ]]; }
healthy() { api GET /health 2>/dev/null | grep -q '"healthy"'; }
wait_for() {
    local what=$1 deadline=$((SECONDS + 60))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || fail "$what: not within 60 s"
        sleep 0.2
    done
}

# Load in the background: start_load [ARGUMENT OF load.py…], and stop_load "what" FAILED [RESENT]: how many requests may have
# failed meanwhile, and how many may have been sent again on a new connection (any: as many as will). Workers that come and go
# close no client's connection; nginx does, at a reload too.
start_load() {
    load_began=$EPOCHSECONDS
    # Not through a function, whose shell would be what a signal reaches.
    nsenter --target "$INIT_PID" --net -- python3 "$here/load.py" --domain "$domain" --authority "$work/authority.pem" "$@" >"$work/load.json" &
    loader=$!
    wait_for "the load began" grep -q started "$work/load.json"
}
last_line() { tail -n 1 "$work/load.json" >"$work/result.json"; }
stop_load() {
    local what=$1 allowed=$2 resent=${3:-0}
    [[ $allowed != any ]] || resent=any
    kill -TERM "$loader"
    wait "$loader" || fail "$what: the load ended by itself"
    loader=''
    last_line
    python3 - "$work/result.json" "$what" "$allowed" "$resent" <<'PYTHON' || failed=yes
import json, sys
result, what, *limits = json.load(open(sys.argv[1])), *sys.argv[2:]
seen = result["failures"], result["resent"]
good = result["requests"] > 50 and all(limit == "any" or count <= int(limit) for count, limit in zip(seen, limits))
print("  %s %s: %d requests, %d failed, %d sent again, slowest %d ms" % (
    "ok   " if good else "FAIL ", what, result["requests"], *seen, result["slowest_ms"]))
if result["failures"]:
    print("        for instance: " + result["examples"][0])
sys.exit(not good)
PYTHON
    agree "$what"
    why
}
# Where the 503 of the last load came from: nginx's word for the worker's end ("502" is none, "503" its own answer).
why() {
    local counts
    counts=$(inside awk -v since="$load_began" 'match($0, /"msec":[0-9.]+/) && substr($0, RSTART + 7, RLENGTH - 7) >= since &&
        /"status":5/ { match($0, /"upstream_status":"[^"]*"/); n[substr($0, RSTART, RLENGTH)]++ }
        END { for (k in n) printf "%s: %d  ", k, n[k] }' /var/log/locker-server/access.log)
    [[ -z $counts ]] || printf '        5xx by nginx'"'"'s log: %s\n' "$counts"
}
# Whoever was told yes has it, and nothing is owned twice.
agree() {
    local pairs wrong
    pairs=$(python3 -c '
import json, sys
print(",".join("(%r,%d)" % pair for pair in json.load(open(sys.argv[1]))["confirmed"].items()))' "$work/result.json")
    if [[ -n $pairs ]]; then
        wrong=$(sql "SELECT count(*) FROM (VALUES $pairs) told(student, locker) WHERE NOT EXISTS (SELECT FROM
            locker_assignments a WHERE a.student_id = told.student AND a.locker_id = told.locker AND a.state = 'confirmed')")
        [[ $wrong == 0 ]] || fail "$1: $wrong students who were told yes do not have it"
    fi
    wrong=$(sql "SELECT count(*) FROM (SELECT locker_id FROM v_active_assignments GROUP BY 1 HAVING count(*) > 1
        UNION ALL SELECT 1 FROM v_active_assignments GROUP BY student_id HAVING count(*) > 1) x")
    [[ $wrong == 0 ]] || fail "$1: $wrong owned twice"
}

# As a person would who says N to every question about settings.
apt_install() {
    inside apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@" >"$work/apt.log" 2>&1 || {
        tail -n 20 "$work/apt.log" >&2
        fail "apt install $*"
    }
}
