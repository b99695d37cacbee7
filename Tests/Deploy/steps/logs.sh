# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# nginx's logs: rotated by the day and by size, and what is asked afterwards is in the new file.

# Asks something whose id must come into the access log.
logged_request() { id=$(api GET /lockers "$@" -o /dev/null -D - | tr -d '\r' | sed -n 's/^x-request-id: //p') && [[ -n $id ]]; }
log_has() { inside grep -q "\"request_id\":\"$1\"" /var/log/locker-server/access.log; }
network_of() { inside sed -n "s/.*\"request_id\":\"$1\",\"network\":\"\([^\"]*\)\".*/\1/p" /var/log/locker-server/access.log; }

step_logs() {
    step "rotation of the logs"
    local id
    check "a request before" logged_request
    wait_for "it is in the log" log_has "$id"
    inside logrotate --force /etc/logrotate.d/locker-server || fail "logrotate"
    check "the log was rotated" inside grep -q "\"request_id\":\"$id\"" /var/log/locker-server/access.log.1
    check "a request after" logged_request
    wait_for "what is asked after a rotation is in the new log" log_has "$id"
    ok "what is asked after a rotation is in the new log"
    check "nginx has no complaint" inside sh -c '! grep -q emerg /var/log/locker-server/nginx-error.log*'
    check "the logs are for www-data and adm alone" test \
        "$(inside sh -c 'stat -c "%a %U:%G" /var/log/locker-server/*.log | sort -u')" = '640 www-data:adm'

    # A flood: looked at every ten minutes, by size.
    check "logrotate looks every ten minutes: $(inside systemctl show --property=TimersCalendar --value logrotate.timer | cut -d';' -f1)" test \
        "$(inside systemctl show --property=TimersCalendar --value logrotate.timer | grep -c '\*:00/10:00')" = 1
    inside truncate --size=501M /var/log/locker-server/access.log
    inside systemctl start logrotate.service || fail "logrotate.service"
    check "what is too large is rotated on the same day" test "$(inside stat -c %s /var/log/locker-server/access.log.1)" = $((501 * 1024 * 1024))
    check "a request after" logged_request
    wait_for "logged after that too" log_has "$id"
    inside rm /var/log/locker-server/access.log.1
}
