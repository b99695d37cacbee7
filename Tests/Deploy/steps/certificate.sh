# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# Setup by a person at a terminal, and the certificate by certbot: asked for, put to use, renewed. The authority is played by a
# certbot of the test's own, which does what the real one does with what it is given: looks whether the challenge is answered.

# A certificate for the domain by the test's authority: issue NAME
issue() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$domain" -keyout "$container/srv/$1.key" \
        -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/authority.pem" -CAkey "$work/authority.key" -CAcreateserial -days 2 \
        -extfile <(printf 'subjectAltName=DNS:%s\n' "$domain") -out "$container/srv/$1.pem" 2>/dev/null
}
serial_of() { openssl x509 -noout -serial -in "$1"; }
served() { client openssl s_client -connect 127.0.0.1:443 -servername "$domain" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
serves() { [[ $(served) == "$(serial_of "$container/srv/$1.pem")" ]]; }
# On a terminal inside, and not the test's: at_a_terminal [QUESTION=ANSWER…] -- COMMAND…
at_a_terminal() {
    local questions=()
    while [[ $1 != -- ]]; do
        questions+=("$1")
        shift
    done
    shift
    python3 "$here/answer.py" "${questions[@]}" -- nsenter --target "$INIT_PID" --mount --uts --ipc --net --pid --root -- \
        /usr/bin/env -i --chdir=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb "$@"
}

step_certificate() {
    step "setup at a terminal, with a certificate by certbot"
    local answers=/etc/locker-server/setup.answers temporary=/etc/locker-server/certificate/temporary.pem
    issue issued
    issue renewed
    inside install -m 755 /dev/stdin /usr/bin/certbot <<'CERTBOT'
#!/bin/sh
# Does what certbot would, for exactly these arguments.
set -eu
live=/etc/letsencrypt/live/locker.example
case "$*" in
"certonly --webroot --webroot-path /var/lib/locker-server/acme --domain locker.example --email council@locker.example --agree-tos --non-interactive")
    folder=/var/lib/locker-server/acme/.well-known/acme-challenge
    mkdir -p "$folder"
    echo "token.thumbprint" >"$folder/token"
    test "$(curl --silent --resolve locker.example:80:127.0.0.1 http://locker.example/.well-known/acme-challenge/token)" = token.thumbprint
    mkdir -p "$live"
    cp /srv/issued.pem "$live/fullchain.pem"
    cp /srv/issued.key "$live/privkey.pem" ;;
renew)
    cp /srv/renewed.pem "$live/fullchain.pem"
    cp /srv/renewed.key "$live/privkey.pem"
    for hook in /etc/letsencrypt/renewal-hooks/deploy/*; do "$hook"; done ;;
*)
    echo "certbot: what is '$*'?" >&2
    exit 2 ;;
esac
CERTBOT
    # A temporary certificate of long ago is not what nginx waits with.
    inside sh -c "mkdir -p ${temporary%/*} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 \
        -subj /CN=$domain -addext subjectAltName=DNS:$domain -keyout ${temporary%.pem}.key -out $temporary 2>/dev/null && rm -f $answers"
    at_a_terminal "서비스의 도메인=$domain" '데이터베이스의 관리자 주소=' '이메일=council@locker.example' -- \
        lockerctl setup --workers 2 --trusted 127.0.0.1 >"$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; fail "setup at a terminal"; }
    ok "asked for domain, database and e-mail"
    check "the temporary certificate was made anew" inside sh -c "openssl x509 -noout -checkend $((20 * 86400)) -in $temporary >/dev/null"
    # After a reload, whose old processes may still answer for a moment.
    wait_for "the certificate is served" serves issued
    ok "the certificate is served"
    check "healthy over HTTPS" healthy
    check "nothing is left to do for the certificate" inside sh -c '! grep -q "임시 인증서\|인증서를 받지"' <"$work/setup.log"
    inside certbot renew || fail "renewal"
    wait_for "the renewed one is served after its hook" serves renewed
    ok "the renewed one is served after its hook"

    # For another name another temporary one, until there is a certificate for it.
    inside lockerctl setup --domain other.example --no-certbot >/dev/null || fail "setup --domain"
    check "another domain: a temporary certificate for it" inside sh -c \
        "openssl x509 -noout -in $temporary -checkhost other.example | grep -q 'does match'"
    check "setup --certificate" inside sh -c "exec lockerctl setup --domain $domain --certificate /srv/site.pem --key /srv/site.key >/dev/null"
    wait_for "one's own certificate is served" serves site
    ok "one's own certificate is served"
    inside rm -r /usr/bin/certbot /etc/letsencrypt/live
}
