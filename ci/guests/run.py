"""One target of ci/kernels: its kernel, its guest, what comes out."""
import contextlib
import fcntl
import os
import pathlib
import shutil
import sys
import time

from . import guest, initramfs, machine, outcome, programs, results, store
from .target import Target, print_line, print_tail, said_of

GUESTS_AT_A_TIME = 2
BOOT_TRIES = 3
# Factors for deadlines, from what kipc takes there at its slowest beside other work.
SLOW = {"kvm": 2, "tcg": 20, "um": 10}
STREAMS = {"R": "report.jsonl", "O": "stdout", "E": "stderr"}


class Run(Target):
    """One target: its kernel, its guest, what comes out."""

    OUTPUTS = ("console", "guest.json", "report.json", "report.jsonl", "stderr", "stdout")
    FACTS = "guest.json"
    kvm_failed = ""  # why KVM does not work here, whatever /dev/kvm promises

    def __init__(self, name, target, options, alone):
        super().__init__(name, options, alone)
        self.target = target
        self.tries = []
        self.accel = ""

    def kernel(self):
        if self.target is None:
            return store.by_path(self.name, machine.canonical(self.options.arch))
        return store.fetch(self.name, self.target, self.options.update)

    def program(self, arch):
        if self.options.program:
            return pathlib.Path(self.options.program)
        return programs.kipc(arch, self.options.kipc)

    def command(self, program):
        """What the guest runs."""
        if self.options.program:
            return [f"/bin/{program.name}", *self.options.command]
        return ["/bin/kipc", *self.words("/run/results", SLOW[self.accel])]

    def files(self, kernel, program):
        name = program.name if self.options.program else "kipc"
        files = {f"bin/{name}": (0o755, program.read_bytes())}
        if kernel.config:
            release = release_of(kernel)
            files[f"boot/config-{release}"] = (0o644, kernel.config.read_bytes())
        for word in self.options.add:
            add_files(files, word)
        return files

    def boot(self, kernel, accel):
        """One boot: the guest's end."""
        self.accel = "um" if kernel.arch == "um" else accel
        program = self.program(kernel.arch)
        port = machine.MACHINES[kernel.arch]["results"]
        files = self.files(kernel, program)
        image = initramfs.guest(programs.init(kernel.arch), port, self.command(program), files)
        limits = guest.Limits(deadline=self.options.deadline)
        options = self.options
        machine_options = (accel, options.memory, options.processors, options.append)
        with contextlib.ExitStack() as stack:
            sinks = {kind: stack.enter_context(open(self.folder / name, "wb")) for kind, name in STREAMS.items()}

            def sink(kind, data):
                sinks[kind].write(data)
                sinks[kind].flush()
                if self.echo and kind in "OE":
                    stream = sys.stdout if kind == "O" else sys.stderr
                    stream.buffer.write(data)
                    stream.flush()

            return guest.Guest(kernel.arch, kernel.image, image, machine_options, limits, sink).run()

    def accels(self, kernel):
        """The accelerators to try: KVM once, unless it has failed before; the last one for as often as allowed."""
        if self.options.accel != "auto":
            return [self.options.accel] * BOOT_TRIES
        return ["kvm"] * (machine.may_have_kvm(kernel.arch) and not Run.kvm_failed) + ["tcg"] * BOOT_TRIES

    def run(self):
        """Boots until a first process begins; returns the exit code."""
        self.clear()
        kernel = self.kernel()
        if not shutil.which(machine.program(kernel.arch, kernel.image)):
            raise programs.ProgramError(f"{machine.program(kernel.arch, kernel.image)} is not installed")
        for accel in self.accels(kernel):
            with slot():
                ended = self.boot(kernel, accel)
            self.tries.append({"accel": self.accel, "outcome": ended.outcome, "reason": ended.reason})
            if ended.outcome != "infra":
                break
            if accel == "kvm":
                Run.kvm_failed = ended.emulator_said or ended.reason
        return self.finish(kernel, ended)

    def finish(self, kernel, ended):
        (self.folder / "console").write_text(ended.console, encoding="utf-8")
        counts = results.write_report(self.folder)
        facts = {
            "target": self.name,
            "arch": kernel.arch,
            "suite": kernel.suite,
            "package": kernel.package,
            "package_version": kernel.version,
            "kernel_release": ended.release,
            "emulator": machine.version(kernel.arch, kernel.image),
            "accel": self.accel,
            "kvm_failed": Run.kvm_failed,
            "outcome": ended.outcome,
            "reason": ended.reason,
            "exit_code": ended.exit_code,
            "boots": self.tries,
            "boot_seconds": ended.boot_seconds,
            "wall_seconds": ended.wall_seconds,
            "taint": outcome.parse_end(ended.end)[1] if ended.end else None,
            "lost_frames": ended.lost_frames,
            "counts": counts,
            "notes": ended.notes,
            "kernel_log": ended.kernel_log,
            "emulator_said": ended.emulator_said,
        }
        self.keep(facts)
        self.say(facts, ended)
        return 3 if ended.lost_frames and not ended.exit_code else ended.exit_code

    def say(self, facts, ended):
        lost = f", {ended.lost_frames} lines damaged on the console" if ended.lost_frames else ""
        infra = sum(boot["outcome"] == "infra" and boot["accel"] != "kvm" for boot in self.tries)
        again = f", {infra} boots without a first process" if infra else ""
        how, counts = said_of(facts)
        where = f"{ended.release or kernel_words(facts)} {facts['accel']}, {ended.wall_seconds:.1f} s"
        print_line(f"{self.name}: {how}; {where}{again}{lost}{counts}")
        if ended.outcome != "ok":
            print_tail(ended.console)
            if ended.emulator_said:
                print_line(f"    emulator: {ended.emulator_said}")


def kernel_words(facts):
    return " ".join(word for word in (facts["package"], facts["package_version"]) if word)


def release_of(kernel):
    """The release the configuration belongs to, as the package or the file is named after it."""
    name = kernel.package or kernel.name
    for prefix in ("linux-image-", "linux-binary-", "vmlinuz-", "vmlinux-"):
        name = name.removeprefix(prefix)
    return name.removesuffix("-unsigned")


def add_files(files, word):
    path, _, inside = word.partition(":")
    source = pathlib.Path(path)
    inside = (inside or source.name).strip("/")
    for found in [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file()):
        name = inside if found == source else f"{inside}/{found.relative_to(source)}"
        files[name] = (0o755 if os.access(found, os.X_OK) else 0o644, found.read_bytes())


@contextlib.contextmanager
def slot():
    """One of the few guests that may run at a time, over all runs of this user."""
    folder = store.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    files = [open(folder / f"guest-{n}", "w", encoding="ascii") for n in range(GUESTS_AT_A_TIME)]
    try:
        while not any(taken(file) for file in files):
            time.sleep(0.2)
        yield
    finally:
        for file in files:
            file.close()


def taken(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
