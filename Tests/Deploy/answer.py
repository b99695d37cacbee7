"""Runs a command on a terminal and answers what it asks, as a person would.

    answer.py [QUESTION=ANSWER…] -- COMMAND…

QUESTION is a part of what it prints; each is answered once, in that order. Prints what the terminal showed; ends like the
command, or with 70 when something was not asked within a minute.
"""

import os
import pty
import select
import sys
import time


def main():
    cut = sys.argv.index("--")
    expected = [argument.split("=", 1) for argument in sys.argv[1:cut]]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[cut + 1], sys.argv[cut + 1:])
    shown, unread, deadline = b"", b"", time.monotonic() + 60
    while True:
        # Once everything was answered the command takes its time.
        left = deadline - time.monotonic() if expected else 300
        if left < 0 or not select.select([terminal], [], [], left)[0]:
            sys.stdout.buffer.write(shown)
            print(f"\nnever asked: {expected[0][0] if expected else 'did not end'}", file=sys.stderr)
            sys.exit(70)
        try:
            data = os.read(terminal, 65536)
        # What a terminal says when nobody is at its other end any more.
        except OSError:
            break
        if not data:
            break
        shown += data
        unread += data
        if expected and expected[0][0].encode() in unread:
            os.write(terminal, expected.pop(0)[1].encode() + b"\n")
            unread, deadline = b"", time.monotonic() + 60
    sys.stdout.buffer.write(shown)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if expected:
        print(f"\nnever asked: {expected[0][0]}", file=sys.stderr)
    sys.exit(70 if expected else status)


main()
