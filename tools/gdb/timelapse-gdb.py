# SPDX-License-Identifier: MIT
"""Workflow coroutines in gdb: who is parked, waiting for what, and with which calls.

    (gdb) source .../share/timelapse/timelapse-gdb.py
    (gdb) timelapse coroutines
    #1  order-1  OrderSaga  main       waits for signal delivered
    #2  order-1  OrderSaga  reminding  waits for timer 3
    (gdb) timelapse backtrace 1
    (gdb) timelapse backtrace all

`timelapse coroutines EXPRESSION` and `timelapse backtrace N EXPRESSION` look at the universe of an environment, a
driver, a worker or a workflow: `timelapse coroutines env`. Without an expression the coroutine that runs tells
which it is, or else the first variable of such a type on the stack, innermost first. A program that stands
somewhere else is stopped where it does know: `break tl_driver_step`, `break tl_env_fail`.

Nothing is called and nothing written in the program, so that core files will do. gdb 10 or later with Python; the program
and the library with debug information; x86-64 and aarch64.
"""

import gdb
import gdb.unwinder

NEVER = 2**63 - 1


class Trouble(gdb.GdbError):
    """Shown to the user without a Python traceback."""


# ---- Structures ----


def type_of(name, pc=None):
    """A type by name; where several files have one of that name, as the file of `pc` has it."""
    try:
        block = gdb.block_for_pc(pc) if pc else None
        return gdb.lookup_type(name, block) if block else gdb.lookup_type(name)
    except (gdb.error, RuntimeError):
        raise Trouble("%s is not known: is there debug information of libtimelapse?" % name)


def type_taken_by(function):
    """The struct that the first parameter of that function of ours points to: for names that several files have."""
    symbol = gdb.lookup_global_symbol(function)
    if symbol is None:
        raise Trouble("%s is not known: is there debug information of libtimelapse?" % function)
    return symbol.type.fields()[0].type.target().unqualified()


def container(node, kind, member):
    """The `kind` that the struct `node` is the member of that name of."""
    for field in kind.fields():
        if field.name == member:
            address = int(node.address) - field.bitpos // 8
            return gdb.Value(address).cast(kind.pointer()).dereference()
    raise Trouble("%s has no member %s" % (kind, member))


def items(head, kind, member):
    """What is in a struct list, in its order."""
    end = int(head["head"].address)
    node = head["head"]["next"]
    while int(node) not in (0, end):
        yield container(node.dereference(), kind, member)
        node = node["next"]


def text(value):
    return value.string(errors="replace") if int(value) else ""


def source_of(function):
    """The file's name, without folders, that a function pointer's function stands in; "" when not known."""
    pc = int(function)
    table = gdb.find_pc_line(pc).symtab if pc else None
    return table.filename.rsplit("/", 1)[-1] if table else ""


# ---- Which universe ----


def driver_of(value):
    """The struct tl_driver that a value belongs to, or None."""
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR or int(value) == 0:
        return None
    name = kind.target().unqualified().strip_typedefs().name or str(kind.target().unqualified())
    name = name.replace("struct ", "")
    if name == "tl_driver":
        return value.dereference()
    if name in ("tl_env", "tl_worker", "tl_client", "tl_workflow"):
        return value["driver"].dereference()
    if name == "engine":
        return value["settings"]["driver"].dereference()
    return None


def running_driver():
    try:
        running = gdb.parse_and_eval("coroutine_running")
    except gdb.error:
        return None
    if int(running) == 0:
        return None
    user = running.cast(type_of("struct whole").pointer())["user"]
    owner = user.cast(type_of("struct coroutine_owner").pointer())
    return owner["driver"].dereference()


def driver_in_frame(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return None
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                try:
                    driver = driver_of(frame.read_var(symbol))
                    if driver is not None and not driver.is_optimized_out:
                        driver["seed"].fetch_lazy()
                        return driver
                except (gdb.error, ValueError, RuntimeError):
                    pass
        block = block.superblock
    return None


def find_driver(expression):
    if expression:
        driver = driver_of(gdb.parse_and_eval(expression))
        if driver is None:
            raise Trouble("%s is no environment, driver, worker, client or workflow" % expression)
        return driver
    driver = running_driver()
    frame = gdb.newest_frame()
    while driver is None and frame is not None:
        driver = driver_in_frame(frame)
        frame = frame.older()
    if driver is None:
        raise Trouble("no environment or driver is in sight: name one, as in `timelapse coroutines env`")
    return driver


# ---- Who waits, and for what ----


class Coroutine:
    def __init__(self, handle, workflow_id, kind, name, waits_for):
        self.handle = handle
        self.workflow_id = workflow_id
        self.kind = kind
        self.name = name
        self.waits_for = waits_for

    def life(self):
        return str(self.handle["life"])

    def words(self):
        if self.life() == "COROUTINE_LIFE_RUNNING":
            return "runs"
        return "waits for " + self.waits_for


def future_words(future):
    """What a future stands for, by the file that describes it."""
    describe = int(future["kind"]["describe"])
    source = source_of(describe)
    if source == "timer.c":
        return "timer " + container(future, type_of("struct timer", describe), "future")["id"].string()
    if source == "activity.c":
        activity = container(future, type_of("struct activity", describe), "future")
        return "activity %s (id %s)" % (text(activity["type"]), text(activity["id"]))
    if source == "strand.c":
        return "the end of coroutine " + text(container(future, type_of("struct strand"), "ended")["name"])
    return "a future"


def strand_words(strand):
    source = source_of(strand["describe_wait"])
    waits_for = strand["waits_for"]
    if source == "":
        return "its turn"
    if source == "signal.c":
        return "signal " + text(waits_for.cast(type_of("struct signal_channel").pointer())["name"])
    if source == "future.c":
        return future_words(waits_for.cast(type_of("struct tl_future").pointer()).dereference())
    return "a condition"


def strands_of(worker):
    for shard in range(int(worker["shard_count"])):
        engine = worker["shards"][shard].dereference()
        for run in items(engine["cached"], type_taken_by("run_free"), "cached"):
            info = run["wf"]["info"]
            for strand in items(run["wf"]["strands"], type_of("struct strand"), "all"):
                yield Coroutine(
                    strand["coroutine"].dereference(),
                    text(info["workflow_id"]),
                    text(info["workflow_type"]),
                    text(strand["name"]),
                    strand_words(strand),
                )


def attempts_of(worker):
    for name in ("running", "gone"):
        for attempt in items(worker["attempts"][name], type_of("struct tl_activity"), "node"):
            if int(attempt["coroutine"]):
                yield Coroutine(
                    attempt["coroutine"].dereference(),
                    text(attempt["info"]["workflow_id"]),
                    "activity",
                    text(attempt["info"]["activity_type"]),
                    text(attempt["waits_for"]) or "its turn",
                )


def coroutines(driver):
    """All of a driver, in the order of tl_driver_waits."""
    found = []
    for member in items(driver["members"], type_of("struct driver_member"), "node"):
        if source_of(member["waits"]) == "worker.c":
            worker = container(member, type_of("struct tl_worker"), "member")
            found += strands_of(worker)
            found += attempts_of(worker)
    return found


# ---- A parked coroutine's registers ----

# Boost.Context leaves them at the top of the parked stack: offset in bytes for each register, and how much it takes.
SAVED = {
    "i386:x86-64": (
        {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30, "rip": 0x38},
        0x40,
        "rsp",
    ),
    "aarch64": (
        dict([("x%d" % (19 + i), 0x40 + 8 * i) for i in range(11)] + [("x30", 0x98), ("pc", 0xA0)]),
        0xB0,
        "sp",
    ),
}

# Where TIMELAPSE_UCONTEXT stands for it: in the machine context, by its own names.
UCONTEXT = {
    "i386:x86-64": {"r12": 4, "r13": 5, "r14": 6, "r15": 7, "rbp": 10, "rbx": 11, "rsp": 15, "rip": 16},
}


def word(address):
    return int(gdb.Value(address).cast(gdb.lookup_type("unsigned long").pointer()).dereference())


def saved_registers(handle, machine):
    inside = int(handle["context"]["inside"])
    own = gdb.lookup_global_symbol("jump_fcontext") or gdb.lookup_static_symbol("jump_fcontext")
    point = None
    if own is not None and own.symtab.filename.endswith("base/context.c"):
        point = type_of("struct point", int(own.value().address))
    if point is not None and machine in UCONTEXT:
        registers = gdb.Value(inside).cast(point.pointer())["context"]["uc_mcontext"]["gregs"]
        return {name: int(registers[i]) for name, i in UCONTEXT[machine].items()}
    if point is not None or machine not in SAVED:
        raise Trouble("backtraces of coroutines are not known on %s" % machine)
    offsets, size, stack = SAVED[machine]
    registers = {name: word(inside + offset) for name, offset in offsets.items()}
    registers[stack] = inside + size
    return registers


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class ParkedUnwinder(gdb.unwinder.Unwinder):
    """Takes the innermost frame for one that the coroutine's parked frame called. Only while it is asked."""

    def __init__(self):
        super().__init__("timelapse")
        self.registers = None
        self.stack = 0

    def __call__(self, pending):
        if self.registers is None or pending.level() != 0:
            return None
        unwound = pending.create_unwind_info(FrameId(gdb.Value(self.stack), gdb.Value(1)))
        for name, value in self.registers.items():
            kind = pending.read_register(name).type
            unwound.add_saved_register(name, gdb.Value(value).cast(gdb.lookup_type("unsigned long")).cast(kind))
        return unwound


unwinder = ParkedUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def parked_frames(handle):
    """The lines of gdb's own backtrace of a parked coroutine."""
    frame = gdb.newest_frame()
    unwinder.registers = saved_registers(handle, frame.architecture().name())
    unwinder.stack = unwinder.registers.get("rsp", unwinder.registers.get("sp")) - 16
    gdb.invalidate_cached_frames()
    selected = gdb.selected_frame().level()
    try:
        gdb.newest_frame().select()
        return gdb.execute("backtrace 64", to_string=True)
    finally:
        unwinder.registers = None
        gdb.invalidate_cached_frames()
        gdb.execute("frame %d" % selected, to_string=True)


def show_backtrace(handle):
    number = 0
    for line in parked_frames(handle).splitlines():
        if not line.startswith("#"):
            print(line)
            continue
        level, rest = line[1:].split(None, 1)
        if int(level) == 0:
            continue
        if " begin (transfer=" in " " + rest:
            break
        print("#%-3d %s" % (number, rest))
        number += 1


# ---- Commands ----


class Timelapse(gdb.Command):
    """Workflow coroutines: timelapse coroutines, timelapse backtrace."""

    def __init__(self):
        super().__init__("timelapse", gdb.COMMAND_STACK, prefix=True)


class ListCoroutines(gdb.Command):
    """timelapse coroutines [EXPRESSION]: workflow id, type, coroutine and what it waits for, one line each."""

    def __init__(self):
        super().__init__("timelapse coroutines", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        found = coroutines(find_driver(argument.strip()))
        rows = [("#%d" % (i + 1), c.workflow_id, c.kind, c.name, c.words()) for i, c in enumerate(found)]
        widths = [max([len(row[i]) for row in rows] or [0]) for i in range(4)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths + [0])))
        if not rows:
            print("no coroutine is parked")


class BacktraceCoroutines(gdb.Command):
    """timelapse backtrace N|all [EXPRESSION]: the calls of a parked coroutine, numbered as `timelapse coroutines` does."""

    def __init__(self):
        super().__init__("timelapse backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = argument.split(None, 1)
        if not words:
            raise Trouble("which one? a number, or `all`")
        found = coroutines(find_driver(words[1] if len(words) > 1 else ""))
        for i in range(len(found)) if words[0] == "all" else [self.index_of(words[0], found)]:
            self.show(i + 1, found[i])

    @staticmethod
    def index_of(word, found):
        if not word.isdigit() or not 1 <= int(word) <= len(found):
            raise Trouble("there is no coroutine %s; `timelapse coroutines` lists %d" % (word, len(found)))
        return int(word) - 1

    @staticmethod
    def show(number, coroutine):
        print("#%d %s %s %s: %s" % (number, coroutine.workflow_id, coroutine.kind, coroutine.name, coroutine.words()))
        if coroutine.life() == "COROUTINE_LIFE_PARKED":
            show_backtrace(coroutine.handle)


Timelapse()
ListCoroutines()
BacktraceCoroutines()
