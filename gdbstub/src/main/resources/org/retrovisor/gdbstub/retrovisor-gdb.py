"""Retrovisor's own commands as native commands of gdb: "help retro" lists them.

"retrovisor debug" loads this file by itself. A gdb that was started by hand loads it with "source".
"""

import gdb
import gdb.unwinder
import re

EVENT_KINDS = """port_read mmio_read msr_read timestamp random interrupt nmi init sipi dma processor_switch
outward_digest end""".split()
UNNOTICED = "does not notice that"


def monitor(line):
    """What a command of the stub says.

    On Ctrl-C gdb stops to listen and tells the stub nothing; the stub ends the command when the next packet comes, so one is sent.
    """
    try:
        return gdb.execute("monitor " + line, to_string=True)
    except KeyboardInterrupt:
        here = gdb.execute("monitor when", to_string=True).splitlines()[0]
        gdb.write("interrupted; you stand at %s\n" % here)
        raise


def evaluate(expression):
    """The value of an expression of gdb, in which addresses of variables whose type is not known are counted on in bytes."""
    if not expression:
        raise ValueError("an expression is missing")
    try:
        return gdb.parse_and_eval(expression)
    except gdb.error as failure:
        in_bytes = re.sub(r"(^|[-+*/(,<>=|]\s*)&\s*([A-Za-z_])", r"\1(unsigned long) &\2", expression)
        if "incomplete type" in str(failure) and "(unsigned long)" not in expression:
            return evaluate(in_bytes)
        raise ValueError('gdb does not understand "%s": %s' % (expression, failure))


def number(expression):
    """The value of an expression as a number; of a function or an array its address."""
    value = evaluate(expression)
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY):
        value = value.address
    try:
        return int(value) & (1 << 64) - 1
    except (TypeError, ValueError, OverflowError):
        raise ValueError("%s is not a number" % expression)


def moment():
    """The moment at which gdb takes the guest to stand; None when it is not connected to a recording."""
    try:
        return int(gdb.newest_frame().read_register("moment"))
    except (gdb.error, ValueError):
        return None


class Unseen:
    """What a command of the stub has changed behind gdb's back.

    Any of them may have moved the guest, also one that failed or that Ctrl-C took from gdb before it ended. So what gdb has read is
    forgotten after each, or at the next prompt when it was not let end. Then the frame that was selected is selected again; or else,
    if the guest has moved, watchpoints look again, for they compare with the value that they have seen last.
    """

    def __init__(self):
        self.before = None

    def command_begins(self):
        if self.before is None:
            self.before = moment(), selected_level()

    def command_ended(self):
        if self.before is None:
            return
        (there, level), self.before = self.before, None
        forget_what_was_read()
        if there == moment():
            select_frame(level)
        else:
            look_again()


def selected_level():
    try:
        return gdb.selected_frame().level()
    except gdb.error:
        return 0


def select_frame(level):
    try:
        frame = gdb.newest_frame()
        for _ in range(level):
            frame = frame.older() or frame
        frame.select()
    except gdb.error:
        pass  # no guest, no frames


def forget_what_was_read():
    for cache in ("register-cache", "dcache"):
        try:
            gdb.execute("maintenance flush " + cache, to_string=True)
        except gdb.error:
            pass  # an older gdb has no such cache to flush, or keeps none
    gdb.invalidate_cached_frames()


def look_again():
    for breakpoint in gdb.breakpoints():
        watches = breakpoint.type in (gdb.BP_HARDWARE_WATCHPOINT, gdb.BP_READ_WATCHPOINT, gdb.BP_ACCESS_WATCHPOINT)
        if watches and breakpoint.enabled and breakpoint.is_valid():
            breakpoint.enabled = False
            breakpoint.enabled = True


def as_retro(said):
    """What the stub says of a command's usage, for those who typed it as ours."""
    return said.replace("usage: monitor", "usage: retro")


def move(line):
    """Moves the guest, and shows the new place as after any stop."""
    try:
        said = monitor(line)
    finally:
        retrovisor_unseen.command_ended()
    gdb.write("".join(as_retro(text) for text in said.splitlines(True) if UNNOTICED not in text))
    if UNNOTICED in said:
        gdb.execute("frame")
        gdb.execute("display")


def where(address):
    """An address with what gdb knows of it."""
    symbol = gdb.execute("info symbol 0x%x" % address, to_string=True)
    name = re.match(r"(.*?) (\+ (\d+) )?in section", symbol)
    text = "0x%x" % address
    if name:
        text += " <%s%s>" % (name.group(1), "+" + name.group(3) if name.group(3) else "")
    line = gdb.find_pc_line(address)
    if line.symtab:
        text += " at %s:%d" % (line.symtab.filename, line.line)
    return text


def length_and_rest(arguments, default):
    """An argument may begin with a length in bytes, as in "/16 &buffer"."""
    match = re.match(r"\s*/(\d+)\s+(.*)", arguments)
    return (int(match.group(1)), match.group(2)) if match else (default, arguments)


def cr3_and_rest(arguments):
    """Takes the option --cr3 and its value away; the former as an option of the stub's."""
    match = re.match(r"(.*?)\s*--cr3[ =](\S+)\s*(.*)", arguments)
    if not match:
        return "", arguments
    return "--cr3 0x%x " % number(match.group(2)), match.group(1) + match.group(3)


class Retro(gdb.Command):
    """Walk through a recording.

All of them work on the recording that gdb is connected to. Moving shows the new place as any stop does."""

    def __init__(self):
        super().__init__("retro", gdb.COMMAND_RUNNING, prefix=True)


class RetroCommand(gdb.Command):
    """A command that the stub answers; its name is that of the class in lower case."""

    completion = gdb.COMPLETE_NONE
    #: Whether an empty line repeats it.
    repeats = False

    def __init__(self, name, category=gdb.COMMAND_STATUS):
        if self.completion is None:
            super().__init__("retro " + name, category)
        else:
            super().__init__("retro " + name, category, self.completion)
        self.name = name

    def invoke(self, arguments, from_tty):
        if not self.repeats:
            self.dont_repeat()
        try:
            self.run(arguments.strip())
        except ValueError as failure:
            raise gdb.GdbError("%s\n%s" % (failure, self.usage()))
        except gdb.error as failure:
            raise gdb.GdbError(str(failure))

    def run(self, arguments):
        gdb.write(as_retro(monitor((self.name + " " + arguments).strip())))

    def usage(self):
        """The lines of the help that say how it is typed."""
        return re.search(r"Usage: .*(\n +retro .*)*", self.__doc__).group()


class When(RetroCommand):
    """Show where in the recording you stand: the moment, the next event, the guest's last time stamp."""


class Info(RetroCommand):
    """Show what was recorded, and how it ended."""


class Checkpoints(RetroCommand):
    """Show how many checkpoints make going back fast, and the memory they take."""


class Bookmarks(RetroCommand):
    """List the moments that have names."""


class Seek(RetroCommand):
    """Go to another moment.
Usage: retro seek MOMENT | PERCENT% | +N | -N | event N | begin | end

Beyond the end of the recording is its end, and so with the beginning. MOMENT and the N of an event may be any expression, as in "retro seek $moment - 1000"."""

    completion = None

    def complete(self, text, word):
        return [place for place in ("begin", "end", "event") if place.startswith(word)]

    def run(self, arguments):
        known = re.match(r"(begin|end|[\d.]+%|[+-]?(\d+|0x[0-9a-fA-F]+))$", arguments)
        event = re.match(r"event\b\s*(.*)", arguments)
        if event:
            move("seek event 0x%x" % number(event.group(1)))
        else:
            move("seek " + (arguments if known else "0x%x" % number(arguments)))


class Bookmark(RetroCommand):
    """Give this moment a name, for "retro goto".
Usage: retro bookmark NAME
       retro bookmark -d NAME    forgets it"""

    completion = None

    def complete(self, text, word):
        return named_moments(word) if text.startswith("-d") else []


class Goto(RetroCommand):
    """Go to a moment that has a name.
Usage: retro goto NAME"""

    completion = None

    def complete(self, text, word):
        return named_moments(word)

    def run(self, arguments):
        move("goto " + arguments)


def named_moments(word):
    lines = (line.split() for line in monitor("bookmarks").splitlines())
    return [line[1] for line in lines if line[0].isdigit() and line[1].startswith(word)]


class Events(RetroCommand):
    """Show recorded events.
Usage: retro events [around | before] [N] [KIND...]

Shows the next N events, 10 if not said otherwise; those before here; or both."""

    completion = None

    def complete(self, text, word):
        return [choice for choice in ["around", "before"] + EVENT_KINDS if choice.startswith(word)]


class LastWrite(RetroCommand):
    """Show who wrote to memory last before here, and before that each time it is typed again.
Usage: retro last-write [/LENGTH] ADDRESS
       retro last-write [/LENGTH] phys:ADDRESS
       retro last-write again    (or nothing: the one before)

ADDRESS is an expression, as in "retro last-write &jiffies". Its type says how many bytes are meant, unless a length is
given; 8 when neither does. The guest stays where it is."""

    completion = gdb.COMPLETE_EXPRESSION
    repeats = True

    def run(self, arguments):
        said = monitor("last-write " + self.question(arguments))
        named = re.sub(r"(?m)^(by .*?)0x([0-9a-f]+)( <.*>)?$", self.name_of, said)
        gdb.write(named.replace("monitor seek", "retro seek"))

    @staticmethod
    def name_of(match):
        place = where(int(match.group(2), 16))
        return match.group(1) + (place if "<" in place else place + (match.group(3) or ""))

    @staticmethod
    def question(arguments):
        length, place = length_and_rest(arguments, None)
        if place in ("", "again"):
            return "again"
        if place.startswith("phys:"):
            return "phys:0x%x %d" % (number(place[len("phys:"):]), length or 8)
        return "0x%x %d" % (number(place), length or size_behind(place))


def size_behind(expression):
    """The size of what a pointer points to; 8 when that is not known."""
    kind = evaluate(expression).type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_ARRAY:
        return kind.sizeof
    if kind.code != gdb.TYPE_CODE_PTR:
        return 8
    target = kind.target().strip_typedefs()
    unknown = target.code in (gdb.TYPE_CODE_ERROR, gdb.TYPE_CODE_VOID, gdb.TYPE_CODE_FUNC)
    return 8 if unknown or target.sizeof == 0 else target.sizeof


class PageWalk(RetroCommand):
    """Show the page-table entries that translate an address, and the physical address.
Usage: retro pagewalk [--cr3 VALUE] ADDRESS"""

    completion = gdb.COMPLETE_EXPRESSION

    def run(self, arguments):
        option, place = cr3_and_rest(arguments)
        gdb.write(monitor("pagewalk %s0x%x" % (option, number(place))))


class Dump(RetroCommand):
    """Show memory by virtual address, also through other page tables than those in force.
Usage: retro x [--cr3 VALUE] [/LENGTH] ADDRESS"""

    completion = gdb.COMPLETE_EXPRESSION

    def run(self, arguments):
        option, rest = cr3_and_rest(arguments)
        length, place = length_and_rest(rest, 64)
        gdb.write(monitor("x %s0x%x %d" % (option, number(place), length)))


class PhysicalDump(RetroCommand):
    """Show memory by physical address.
Usage: retro xp [/LENGTH] ADDRESS"""

    completion = gdb.COMPLETE_EXPRESSION

    def run(self, arguments):
        length, place = length_and_rest(arguments, 64)
        gdb.write(monitor("xp 0x%x %d" % (number(place), length)))


class WatchPhysical(RetroCommand):
    """Stop at accesses to bytes of physical memory, through whatever mapping, also by devices.
Usage: retro watch-physical [/LENGTH] ADDRESS [write | read | access]
       retro watch-physical              lists them
       retro watch-physical -d NUMBER    forgets one

Writes to 8 bytes are meant if nothing else is said. The stop is behind the access; going backward, before it."""

    completion = gdb.COMPLETE_EXPRESSION

    def run(self, arguments):
        match = re.match(r"(.+?)(\s+(write|read|access))?$", arguments)
        if not match or arguments.startswith("-d"):
            gdb.write(monitor("watch-physical " + arguments))
            return
        length, place = length_and_rest(match.group(1), 8)
        gdb.write(monitor("watch-physical 0x%x %d %s" % (number(place), length, match.group(3) or "write")))


class FrameId:
    """What tells one frame from another."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class NamelessCode(gdb.unwinder.Unwinder):
    """Code of programs that no symbol is known for has no caller that can be told.

    gdb would guess one. Whoever steps out of the kernel into a program, as "reverse-step" does at the entry of a system
    call, would then not stop there: gdb runs on to the guessed caller, in reverse to the beginning of the recording.
    """

    def __init__(self):
        super().__init__("retrovisor-nameless-code")

    def __call__(self, pending_frame):
        pc = int(pending_frame.read_register("rip")) & (1 << 64) - 1
        if pc >> 47 or has_name(pc):
            return None
        # A caller that is the frame itself ends a backtrace, and gdb's search for a place to run on to.
        here = FrameId(pending_frame.read_register("rsp"), pending_frame.read_register("rip"))
        unwound = pending_frame.create_unwind_info(here)
        unwound.add_saved_register("rip", here.pc)
        unwound.add_saved_register("rsp", here.sp)
        return unwound


def has_name(address):
    return "No symbol" not in gdb.execute("info symbol 0x%x" % address, to_string=True)


def hook(name, line):
    gdb.execute("define %s\npython %s\nend" % (name, line))


# Without these, gdb tries to write, and says that it cannot access memory.
gdb.execute("set may-call-functions off")
gdb.execute("set may-write-memory off")

retrovisor_unseen = Unseen()
hook("hook-monitor", "retrovisor_unseen.command_begins()")
hook("hookpost-monitor", "retrovisor_unseen.command_ended()")
gdb.events.before_prompt.connect(retrovisor_unseen.command_ended)
gdb.unwinder.register_unwinder(None, NamelessCode(), replace=True)
Retro()
for command, name in (
    (When, "when"),
    (Seek, "seek"),
    (Bookmark, "bookmark"),
    (Bookmarks, "bookmarks"),
    (Goto, "goto"),
    (LastWrite, "last-write"),
    (Events, "events"),
    (PageWalk, "pagewalk"),
    (Dump, "x"),
    (PhysicalDump, "xp"),
    (WatchPhysical, "watch-physical"),
    (Info, "info"),
    (Checkpoints, "checkpoints"),
):
    command(name, gdb.COMMAND_RUNNING if command in (Seek, Goto) else gdb.COMMAND_STATUS)
