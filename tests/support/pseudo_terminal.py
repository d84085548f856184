"""Runs a program on a terminal of its own: stdin is what is typed, stdout what it shows; the last line
on stderr says how it ended, and whether the terminal is as it was."""

import fcntl
import json
import os
import select
import struct
import sys
import termios

master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(slave, descriptor)
    os.execvp(sys.argv[1], sys.argv[1:])
print(json.dumps({"pid": pid}), file=sys.stderr, flush=True)
sources = [0, master]
status = None
while True:
    ready, _, _ = select.select(sources, [], [], 0.05)
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif status is not None:
        break
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed == b"":
            sources.remove(0)
        else:
            os.write(master, typed)
    if status is None:
        ended, found = os.waitpid(pid, os.WNOHANG)
        status = found if ended == pid else None
is_as_before = termios.tcgetattr(slave)[:4] == before[:4]
end = {"code": os.waitstatus_to_exitcode(status), "isAsBefore": is_as_before}
print(json.dumps(end), file=sys.stderr, flush=True)
