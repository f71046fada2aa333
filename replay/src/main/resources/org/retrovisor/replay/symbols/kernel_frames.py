"""Backtraces that name every kernel frame.

gdb prints "<signal handler called>" for frames that run on registers saved by an interrupt or exception. They are
functions of the kernel with names of their own.
"""

import gdb
from gdb.FrameDecorator import FrameDecorator


class KernelFrame(FrameDecorator):
    def function(self):
        # The frame's own name, not that of its address: a call that never returns may be its function's last
        # instruction, and the address behind it is then another function's.
        return self.inferior_frame().name() or "??"


class KernelFrames:
    name = "kernel-frames"
    priority = 100
    enabled = True

    def filter(self, frames):
        return map(KernelFrame, frames)


gdb.frame_filters[KernelFrames.name] = KernelFrames()

# The names are C's: gdb would take "fpu__init_system" for one of Ada, and print "fpu.init_system".
gdb.execute("set print demangle off")
gdb.execute("set print asm-demangle off")
