"""Times gdb's own reverse commands, for "retrovisor bench --travel". Each line it prints is "measured NAME SECONDS"."""

import gdb
import random
import time


def measure(name, command, count):
    """Executes a command as often as it can be, at most count times."""
    for _ in range(count):
        start = time.monotonic()
        try:
            gdb.execute(command, to_string=True)
        except gdb.error:
            return
        gdb.write("measured %s %.6f\n" % (name, time.monotonic() - start))


def moment():
    return int(gdb.parse_and_eval("$moment"))


def seek(goal):
    gdb.execute("retro seek %d" % goal, to_string=True)


def walk(name, command, start):
    """The same command again and again, from a function of the kernel to its callers."""
    seek(start)
    measure(name, command, 10)


def run():
    gdb.execute("set pagination off")
    end = moment()
    measure("stepi-at-crash", "reverse-stepi", 200)
    seek(end)
    gdb.execute("tbreak panic", to_string=True)
    measure("continue-to-panic", "reverse-continue", 1)
    panic = moment()
    walk("step", "reverse-step", panic)
    walk("next", "reverse-next", panic)
    walk("finish", "reverse-finish", panic)
    choice = random.Random(1)
    for _ in range(200):
        seek(choice.randrange(1, end))
        measure("stepi-anywhere", "reverse-stepi", 1)


run()
