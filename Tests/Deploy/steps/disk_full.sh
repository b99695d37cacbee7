# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # programs of awk and sh in quotes; variables of `run`
# The disk of PostgreSQL's data is full, and then it is not: what operations-ec2.ko.md tells.

gave_up() { grep -q . < <(inside journalctl --no-pager --output=cat --since="@$load_began" --unit='locker-worker@*' | grep -E '"status":503'); }

step_disk_full() {
    step "a full disk"
    local data ballast cluster
    data=$(sql 'SHOW data_directory')
    ballast=$data/ballast
    cluster=postgresql@$(inside ls /usr/lib/postgresql)-main
    # A disk of its own for the data.
    inside systemctl stop "$cluster"
    inside sh -c "mv $data $data.before && mkdir -m 700 $data && mount -t tmpfs -o size=512m,mode=700 tmpfs $data && chown postgres:postgres $data \
        && cp -a $data.before/. $data/" || fail "a disk of its own"
    inside systemctl start "$cluster"
    wait_for "healthy on the small disk" healthy
    start_load
    sleep 1
    inside sh -c "dd if=/dev/zero of=$ballast bs=1M 2>/dev/null || true; test \$(df --output=avail $data | tail -n 1) -lt 1024" || fail "the disk is not full"
    wait_for "students are told 503" gave_up
    ok "the disk is full: students are told 503"
    inside rm "$ballast"
    inside systemctl restart postgresql
    wait_for "healthy once there is room" healthy
    sleep 1
    stop_load "a full disk (503 meanwhile)" any
    inside systemctl stop "$cluster"
    inside sh -c "rm -r $data.before && cp -a $data $data.after && umount $data && rmdir $data && mv $data.after $data" || fail "back on the large disk"
    inside systemctl start "$cluster"
    wait_for "healthy again" healthy
}
