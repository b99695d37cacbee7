#!/usr/bin/env bash
# What the ledger costs: the hold as it is, without a row for those who lose, and with losers who wait for the disk.
# Only ratios travel from one machine to another.
#   LOCKER_POSTGRES_DURABLE=yes stand/with-postgres bench/ledger.sh [ROUNDS] [SECONDS]
set -euo pipefail

rounds=${1:-3} seconds=${2:-5}
[[ -n ${DB_ADMIN_URL:-} ]] || { echo "run it as: LOCKER_POSTGRES_DURABLE=yes stand/with-postgres bench/ledger.sh" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck source=bench/database.sh
source "$(dirname "${BASH_SOURCE[0]}")/database.sh"
[[ $(owner --command='SHOW fsync') == on ]] || { echo "the server does not flush: set LOCKER_POSTGRES_DURABLE=yes" >&2; exit 1; }

fill
owner --command="SELECT pg_get_functiondef('locker_decide'::regproc)" >"$folder/as-it-is.sql"
# Who changed nothing leaves nothing.
sed 's/^\( *\)IF v_writes THEN/\1IF v_writes AND v_decision IS NOT NULL THEN/' "$folder/as-it-is.sql" >"$folder/no-losers.sql"
# Who changed nothing waits for the disk as well.
sed "s/'synchronous_commit', 'off'/'synchronous_commit', 'on'/" "$folder/as-it-is.sql" >"$folder/synchronous.sql"
for variant in no-losers synchronous; do
    ! cmp -s "$folder/as-it-is.sql" "$folder/$variant.sql" || { echo "locker_decide has changed: mend bench/ledger.sh" >&2; exit 1; }
done

# A hold lasts a second here, so that there are winners all the time: of five who press, one or two win.
cat - <(hold 1) >"$folder/hold.sql" <<'SQL'
\set student 2023000000 + random(1, 3000)
\set locker 1000 + random(1, 600)
SQL

# One run from an empty ledger: tps, and losers among a hundred.
run() {
    local variant=$1 tps
    owner --file="$folder/$variant.sql"
    owner --command='TRUNCATE locker_assignments, locker_decisions' --command='CHECKPOINT' \
        --command='SET client_min_messages = error; ANALYZE' 2>/dev/null || true
    tps=$("$pgbench" --no-vacuum --client=16 --jobs=2 --protocol=prepared --time="$seconds" --file="$folder/hold.sql" "$DB_URL" 2>/dev/null |
        sed -n 's/^tps = \([0-9]*\).*/\1/p')
    printf '%s\n' "$tps" >>"$folder/$variant.tps"
    printf '%-12s %6s/s\n' "$variant" "$tps"
}

# In turns, so that what else this machine does falls on all of them.
for ((round = 0; round < rounds; round++)); do
    for variant in as-it-is no-losers synchronous; do run "$variant"; done
done
base=$(median "$folder/as-it-is.tps")
for variant in as-it-is no-losers synchronous; do
    found=$(median "$folder/$variant.tps")
    awk -v name="$variant" -v found="$found" -v base="$base" \
        'BEGIN { printf "median %-12s %6d/s  %.2f of as it is\n", name, found, found / base }'
done
