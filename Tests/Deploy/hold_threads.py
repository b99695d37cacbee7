"""Holds fast the threads of a process that answer requests, and lets its others go on: as a deadlock among them would.

    hold_threads.py PID

Needs root. Prints how many it holds; they go on when this ends."""

import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")


def name(process, thread):
    with open(f"/proc/{process}/task/{thread}/comm", encoding="utf-8") as file:
        return file.read().strip()


def main():
    process = int(sys.argv[1])
    threads = {thread: name(process, thread) for thread in map(int, os.listdir(f"/proc/{process}/task"))}
    held = [thread for thread, title in threads.items() if title.startswith("fastcgi-")]
    assert held and "watch" in threads.values(), threads
    for thread in held:
        ptrace(PTRACE_SEIZE, thread)
        ptrace(PTRACE_INTERRUPT, thread)
    for thread in held:
        os.waitpid(thread, WALL)
    print(f"held {len(held)} of {len(threads)} threads; 'watch' goes on", flush=True)
    # The last that the kernel tells of each is its end.
    while held:
        thread, status = os.waitpid(-1, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            held.remove(thread)


main()
