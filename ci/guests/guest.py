"""Runs one guest: starts it, reads its ports, stops it when it hangs, and says what became of it."""
import contextlib
import dataclasses
import selectors
import socket
import tempfile
import time

from . import frames, machine, outcome, session

CONSOLE_TAIL = 64 * 1024


@dataclasses.dataclass
class Limits:
    """In seconds."""

    begin: float = 180  # until the first process speaks: an emulator beside other work may take minutes
    silence: float = 60  # between two signs of life (one is due every 5)
    progress: float = 600  # between two pieces of output
    deadline: float = 7200  # for all of it


@dataclasses.dataclass
class Ended:
    """What is known of a guest at its end."""

    outcome: str = ""
    reason: str = ""
    end: str = None
    release: str = ""
    boot_seconds: float = 0.0
    wall_seconds: float = 0.0
    console: str = ""
    notes: list = dataclasses.field(default_factory=list)
    kernel_log: list = dataclasses.field(default_factory=list)
    lost_frames: int = 0
    emulator_said: str = ""

    @property
    def exit_code(self):
        return outcome.exit_code(self.outcome, self.end)


class Guest:
    """options are accelerator, memory in MiB, processors and words for the kernel. sink is called with (kind, bytes)
    for what the command writes: R results, O standard output, E standard error."""

    def __init__(self, arch, kernel, image, options, limits, sink):
        self.arch = arch
        self.kernel = kernel
        self.image = image
        self.options = options
        self.limits = limits
        self.sink = sink
        self.ended = Ended()
        self.begun = False
        self.stopped = ""
        self.console = bytearray()
        self.frames = frames.Frames()

    def run(self):
        started = time.monotonic()
        with contextlib.ExitStack() as stack:
            image = stack.enter_context(tempfile.NamedTemporaryFile(prefix="kipc-initramfs-"))
            image.write(self.image)
            image.flush()
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kipc-guest-"))
            said = stack.enter_context(open(f"{folder}/said", "w+b"))
            with self.booting(image.name, folder, said) as ports:
                self.watch(ports, started)
            said.seek(0)
            self.ended.emulator_said = said.read().decode(errors="replace").strip()[-2000:]
        return self.finish(started)

    @contextlib.contextmanager
    def booting(self, image, folder, said):
        """The guest for as long as the block lasts: our ends of its ports, the console first."""
        pairs = [socket.socketpair() for _ in range(2 if machine.own_port(self.arch) else 1)]
        theirs = [pair[1].fileno() for pair in pairs]
        accel, memory, processors, append = self.options
        results = theirs[1] if len(theirs) > 1 else None
        words = machine.command(self.arch, self.kernel, image, accel, memory, processors, append, theirs[0], results)
        with contextlib.ExitStack() as ends:
            for end in (end for pair in pairs for end in pair):
                ends.enter_context(end)
            with session.started(words, stdout=said, stderr=said, pass_fds=theirs, cwd=folder):
                for pair in pairs:
                    pair[1].close()
                yield [pair[0] for pair in pairs]

    def watch(self, ports, started):
        life = progress = started
        with selectors.DefaultSelector() as selector:
            for number, port in enumerate(ports):
                selector.register(port, selectors.EVENT_READ, number)
            while selector.get_map():
                for key, _ in selector.select(timeout=1):
                    data = read_some(key.fileobj)
                    if not data:
                        selector.unregister(key.fileobj)
                    kinds = self.take(data, key.data == len(ports) - 1, key.data == 0)
                    life = time.monotonic() if kinds else life
                    progress = time.monotonic() if set(kinds) - {"T"} else progress
                self.stopped = self.overdue(time.monotonic(), started, life, progress)
                if self.stopped:
                    return

    def take(self, data, has_frames, is_console):
        """Takes in what came from a port; returns the kinds of the frames in it."""
        kinds = []
        if not has_frames:
            self.console += data
            return kinds
        for kind, payload in self.frames.feed(data):
            kinds.append(kind)
            self.act(kind, payload)
        if is_console:
            self.console += self.frames.other
        self.frames.other.clear()
        return kinds

    def act(self, kind, payload):
        ended = self.ended
        if kind == "B":
            self.begun = True
            ended.release, _, seconds = payload.decode().split(" ")
            ended.boot_seconds = float(seconds)
        elif kind == "N":
            ended.notes.append(payload.decode(errors="replace"))
        elif kind == "K":
            ended.kernel_log.append(payload.decode(errors="replace"))
        elif kind == "X":
            ended.end = payload.decode()
        elif kind in "ROE":
            self.sink(kind, payload)

    def overdue(self, now, started, life, progress):
        """Why the guest must be stopped now, or ""."""
        limits = self.limits
        if self.ended.end is not None:
            return "it did not power off" if now - life > limits.silence else ""
        if not self.begun:
            return f"nothing from its first process for {limits.begin:.0f} s" if now - started > limits.begin else ""
        if now - life > limits.silence:
            return f"no sign of life for {limits.silence:.0f} s"
        if now - progress > limits.progress:
            return f"no output for {limits.progress:.0f} s, though the guest lives"
        return f"not done after {limits.deadline:.0f} s" if now - started > limits.deadline else ""

    def finish(self, started):
        ended = self.ended
        ended.console = self.console.decode(errors="replace").replace("\r", "")[-CONSOLE_TAIL:]
        ended.lost_frames = self.frames.lost
        ended.wall_seconds = round(time.monotonic() - started, 2)
        ended.outcome, ended.reason = outcome.judge(ended.console, self.begun, ended.end, self.stopped)
        return ended


def read_some(port):
    try:
        return port.recv(65536)
    except ConnectionError:
        return b""
