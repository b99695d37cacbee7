# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# From the package to the first locker.

step_install() {
    step "install with apt"
    apt_install postgresql
    apt_install /srv/first.deb
    check "no Swift on the host" test ! -e "$container/usr/lib/swift"
    check "says what to do next" grep -q 'lockerctl setup' "$work/apt.log"

    step "lockerctl setup"
    inside lockerctl setup --domain "$domain" --certificate /srv/site.pem --key /srv/site.key --no-certbot --workers 2 --trusted 127.0.0.1 \
        >"$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; fail "lockerctl setup"; }
    sed 's/^/        /' "$work/setup.log"
    check "healthy over HTTPS" healthy
    for unit in locker-worker@1 locker-backup locker-retention locker-sweep; do
        inside systemd-analyze --no-pager security "$unit.service" | awk -v unit="$unit" 'END { sub(/.*: /, ""); print unit, $1 }'
    done >"$work/exposure"
    check "exposure at most 1.0: $(paste -sd ' ' "$work/exposure")" awk '!($2 <= 1.0) { bad = 1 } END { exit bad || NR != 4 }' "$work/exposure"
    check "secret of 48 bytes, root's alone" test "$(inside stat -c '%a %U %s' /etc/locker-server/secrets/jwt-access-secret)" = '600 root 65'
    check "no unit failed" test -z "$(inside systemctl --failed --no-legend)"
    check "two workers are ready" workers_are_ready 1 2
    ok "status: $(inside systemctl show --property=StatusText --value locker-worker@1)"
    # (The shell that looks has it in neither: it is read from the file by grep.)
    check "the secret is in nobody's environment or arguments" test "$(inside sh -c \
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -cFf /etc/locker-server/secrets/jwt-access-secret" || true)" = 0
    check "socket: backlog 4096, 0660 root:www-data" test \
        "$(inside stat -c '%a %U:%G' /run/locker-server/fastcgi.sock) $(metric locker_socket_backlog)" = '660 root:www-data 4096'
    inside lockerctl setup --domain nonsense --no-certbot >/dev/null 2>&1 && fail "setup took a nonsense domain"
    ok "refuses a nonsense domain"

    step "login → hold → confirm over HTTPS"
    sql "$(sample_data)"
    token=$(api POST /auth/login --data '{"student_id":"2023000099","name":"홍길동","phone_number":"01055550099"}' |
        sed -E 's/.*"access_token":"([^"]*)".*/\1/')
    check "signed in" test "$(tr -cd . <<<"$token")" = ..
    check "201 hold" test "$(api POST /lockers/1099/hold -H "Authorization: Bearer $token" -o /dev/null -w '%{http_code}')" = 201
    check "200 confirm" test "$(api POST /lockers/1099/confirm -H "Authorization: Bearer $token" -o /dev/null -w '%{http_code}')" = 200
    check "the page" test "$(client curl -s --cacert "$work/authority.pem" --resolve "$domain:443:127.0.0.1" -o /dev/null \
        -w '%{http_code} %{content_type}' "https://$domain/")" = '200 text/html; charset=utf-8'
    page=/$(cd "$container/usr/share/locker-server/web" && find . -name '*.js.gz' -printf '%s %P\n' | sort -n | tail -n 1 | cut -d' ' -f2)
    check "pre-compressed: ${page%.gz}" test "$(client curl -s --cacert "$work/authority.pem" --resolve "$domain:443:127.0.0.1" -o /dev/null \
        -H 'Accept-Encoding: gzip' -w '%{http_code} %{size_download}' "https://$domain${page%.gz}")" = "200 $(stat -c %s "$container/usr/share/locker-server/web$page")"
    check "http → https" test "$(client curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -H "Host: $domain" http://127.0.0.1/x)" = "308 https://$domain/x"
    check "HTTP/2" test "$(api GET /health -o /dev/null -w '%{http_version}')" = 2
    check "/metrics counts the hold" test "$(metric 'locker_decisions_total{act="hold",outcome="held"}')" = 1
    check "/metrics is not on the public ports" test "$(client curl -sk -o /dev/null -w '%{http_code}' --resolve "$domain:443:127.0.0.1" "https://$domain/metrics")" = 404
    inside touch /var/lib/locker-server/maintenance
    check "maintenance: the API says 503 in its form" test "$(api GET /lockers -o /dev/null -w '%{http_code} %{content_type}')" = '503 application/json; charset=utf-8'
    check "maintenance: a page for people" bash -c "$(declare -f client); INIT_PID=$INIT_PID; client curl -sk --resolve $domain:443:127.0.0.1 https://$domain/ | grep -q '점검'"
    check "maintenance: health tells the truth" healthy
    inside rm /var/lib/locker-server/maintenance
    check "maintenance off at once" test "$(api GET /lockers -o /dev/null -w '%{http_code}')" = 401
    # Eight students do here what five thousand do in an opening.
    echo LOCKER_ATTEMPT_BURST=1000000 | inside tee -a /etc/locker-server/worker.env >/dev/null
    inside systemctl restart locker-server.target
}
