# shellcheck shell=bash
# nginx with a configuration folder of the stand's own: the files of deploy/nginx by a link, and the two that
# differ from machine to machine, rendered from stand/nginx.

# Debian keeps nginx in sbin, which is not in an ordinary user's PATH.
nginx_binary() {
    PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx || fail "nginx is not installed; make setup installs it"
}

# Fills NGINX_COMMAND for a configuration folder.
nginx_command() {
    local folder=$1 error_log=$2 binary
    binary=$(nginx_binary)
    NGINX_COMMAND=("$binary" -p "$folder/" -c "$folder/nginx.conf")
    # Without -e (nginx 1.19.5) it complains, and goes on, that it may not write to /var/log/nginx.
    if "$binary" -h 2>&1 | grep -q -e ' -e filename'; then
        NGINX_COMMAND+=(-e "$error_log")
    fi
}

# The addresses to listen on, one a line.
listen_addresses() {
    if [[ $LOCKER_LISTEN != loopback ]]; then
        tr ',' '\n' <<<"$LOCKER_LISTEN"
        return
    fi
    printf '127.0.0.1\n'
    # A machine with IPv6 switched off has no ::1 to bind to.
    ! grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || printf '::1\n'
}

# nginx_render FOLDER: writes nginx.conf and site.conf.
nginx_render() {
    local folder=$1 address origin listen='' origins='' user='' files
    while read -r address; do
        [[ $address != *:* ]] || address="[$address]"
        # backlog: as deep as the workers' socket; a rush of new connections must not be turned away before it.
        listen+="    listen $address:$LOCKER_HTTP_PORT default_server backlog=4096;"$'\n'
        listen+="    listen $address:$LOCKER_HTTPS_PORT default_server ssl http2 backlog=4096;"$'\n'
    done < <(listen_addresses)
    for origin in ${LOCKER_CORS_ORIGINS//,/ }; do
        origins+="    \"$origin\" \$http_origin;"$'\n'
    done
    # Under root nginx would drop to a user who cannot enter the run folder.
    ((EUID != 0)) || user='user root;'
    files=$(ulimit -Hn)
    [[ $files != unlimited ]] && ((files < 65536)) || files=65536

    ln -sfn -- "$STAND_REPOSITORY/deploy/nginx" "$folder/locker"
    render "$STAND_REPOSITORY/stand/nginx/nginx.conf.in" "$folder/nginx.conf" \
        USER "$user" FILES "$files" FOLDER "$folder" LOGS "$STAND_LOGS"
    render "$STAND_REPOSITORY/stand/nginx/site.conf.in" "$folder/site.conf" \
        LISTEN "${listen%$'\n'}" ORIGINS "${origins%$'\n'}" \
        FOLDER "$folder" SOCKET "$STAND_SOCKETS/worker.sock" WEB "$STAND_REPOSITORY/web"
}
