#!/usr/bin/env bash
# What it is worth that the workers' role always takes an index (migrations/roles.sql): the rush on a database that has had
# twenty decisions, whose plans were made for those. Only ratios travel from one machine to another.
#   stand/with-postgres bench/plans.sh [ROUNDS]
set -euo pipefail

rounds=${1:-3}
[[ -n ${DB_ADMIN_URL:-} ]] || { echo "run it as: stand/with-postgres bench/plans.sh" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck source=bench/database.sh
source "$(dirname "${BASH_SOURCE[0]}")/database.sh"

# A hold; and what eight students may see otherwise than the copy of the list (LockerList.recent).
cat - <(hold 60) >"$folder/hold.sql" <<'SQL'
\set student 2023000000 + random(1, 3000)
\set locker 1000 + random(1, 600)
SQL
cat >"$folder/list.sql" <<'SQL'
\set first 2023000000 + random(1, 2993)
SELECT q.number, u.cohort, array_to_string(ARRAY(
       SELECT d.locker_id FROM locker_decisions d
        WHERE d.student_id = q.student_id AND d.decision_id > (SELECT 0::bigint)
          AND d.decided_at > clock_timestamp() - make_interval(secs => (SELECT 10))), ',')
  FROM unnest((SELECT array_agg((:first + n)::text) FROM generate_series(0, 7) n)) WITH ORDINALITY AS q (student_id, number)
 CROSS JOIN LATERAL (SELECT cohort FROM users WHERE users.student_id = q.student_id OFFSET 0) u;
SQL

run() {
    local variant=$1 options=$2 tps
    fill
    owner --file=- >/dev/null <<'SQL'
SELECT d.outcome FROM generate_series(1, 20) n
 CROSS JOIN LATERAL (SELECT '2023' || lpad(n::text, 6, '0') AS student) w
 CROSS JOIN LATERAL locker_decide('{hold}', ARRAY[md5(w.student)::uuid], ARRAY[w.student], ARRAY[1000 + n], '{before}', '{NULL}',
                                  60, 60, 2, true) d;
ANALYZE users, locker_info, locker_locations, locker_assignments, locker_decisions, application_periods;
SQL
    tps=$(PGOPTIONS=$options "$pgbench" --no-vacuum --client=16 --jobs=2 --protocol=prepared --transactions=1000 \
        --file="$folder/hold.sql" --file="$folder/list.sql" "$DB_URL" 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p')
    printf '%s\n' "$tps" >>"$folder/$variant.tps"
    printf '%-12s %6s/s\n' "$variant" "$tps"
}

# In turns, so that what else this machine does falls on both.
for ((round = 0; round < rounds; round++)); do
    run as-it-is ''
    run without '-c enable_seqscan=on -c jit=on'
done
awk -v found="$(median "$folder/without.tps")" -v base="$(median "$folder/as-it-is.tps")" \
    'BEGIN { printf "median as it is %d/s, without %d/s: %.1f times as fast\n", base, found, base / found }'
