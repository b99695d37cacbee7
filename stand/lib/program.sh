# shellcheck shell=bash
# What each program of a stand does before it becomes the real thing (see programs/). supervisord starts these; STAND_*
# come through its environment. Each becomes its program through setpriv --pdeathsig: should supervisord be killed
# outright, the kernel asks the program to stop.

# shellcheck source=stand/lib/say.sh
source "$STAND_REPOSITORY/stand/lib/say.sh"

# What a program of this name left behind when it was killed outright: nginx's workers, which would keep the ports, or
# everything, when it was supervisord that was killed. Known by standing in the program's own folder *and* being the
# program itself, so that no pid that went to somebody else, and no shell that stands in there, is ever hit.
orphans() {
    local executable=$1 folder=$2 found pid
    while read -r found; do
        pid=${found//[!0-9]/}
        found=$(readlink "/proc/$pid/exe" 2>/dev/null) || continue
        found=${found% (deleted)}
        [[ $pid == "$$" || ${found##*/} != "${executable##*/}" ]] || printf '%s\n' "$pid"
    done < <(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$folder" 2>/dev/null)
}

# Ends them: as asked first, by force after two seconds.
clear_orphans() {
    local signal=$1 executable=$2 folder=$3 turn
    local -a pids
    for turn in {1..40}; do
        mapfile -t pids < <(orphans "$executable" "$folder")
        ((${#pids[@]})) || return 0
        ((turn < 20)) || signal=KILL
        ((turn != 1 && turn != 20)) || kill "-$signal" "${pids[@]}" 2>/dev/null || true
        sleep 0.1
    done
    say "$executable: left-over processes ${pids[*]} do not end"
}

# prepare NAME SIGNAL EXECUTABLE FOLDER
# From here on the log is the program's own, straight into a file: a pipe through supervisord would cost a second
# process for every line, and stop everything when it stops. A program that dies at once is tried once a second,
# for ever: supervisord's own back-off grows with every try.
prepare() {
    local name=$1 signal=$2 executable=$3 folder=$4 log=$STAND_LOGS/$1.log starts=$STAND_RUN/starts/$1
    cd "$folder" || exit
    if (($(stat -c %s "$log" 2>/dev/null || echo 0) > 100000000)); then
        mv -f -- "$log" "$log.1"
    fi
    exec >>"$log" 2>&1
    if [[ -e $starts ]] && (($(date +%s) - $(stat -c %Y "$starts") < 1)); then
        sleep 1
    fi
    # How often it was started: stand/run tells by it that a program does not stay up.
    printf . >>"$starts"
    clear_orphans "$signal" "$executable" "$(pwd -P)"
    # exec keeps this pid. Written aside and renamed, so that no reader ever sees half a number.
    printf '%s\n' "$$" >"$STAND_RUN/pids/.$name"
    mv -f -- "$STAND_RUN/pids/.$name" "$STAND_RUN/pids/$name"
}
