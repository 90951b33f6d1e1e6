"""Root filesystems of Debian releases, made by mmdebstrap, kept in the cache, entered without being changed; as root.

  1) Rootfs(suite, packages).make()   from the mirror of the system's apt sources, once
  2) .run(command, binds)             in namespaces of its own; what it writes is gone afterwards, but for the binds
"""
import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import packages, session, store

ENTER = pathlib.Path(__file__).resolve().parent / "enter.sh"
NAMESPACES = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--propagation", "private"]
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}


class RootfsError(Exception):
    """A root filesystem that could not be made or entered, and why."""


@dataclasses.dataclass
class Bind:
    """A folder or file of the outside, and its place inside."""

    source: pathlib.Path
    inside: str
    writable: bool = False

    def line(self):
        return f"{'rw' if self.writable else 'ro'} {self.source} {self.inside}\n"


def folder():
    return store.cache().parent / "distros"


def needed():
    """What is missing here to make and enter root filesystems, in words; "" when nothing is."""
    if os.geteuid() != 0:
        return "root filesystems are made and entered as root"
    missing = [name for name in ("mmdebstrap", "unshare") if not shutil.which(name)]
    return f"{' and '.join(missing)} not installed" if missing else ""


def errors(said):
    """What mmdebstrap and the tools it calls gave as errors, and the option that helps, where there is one."""
    lines = [line for line in said.splitlines() if line.startswith("E: ")] or said.splitlines()[-5:]
    hint = "; --expired takes such lists" if any("is expired" in line for line in lines) else ""
    return "; ".join(line.removeprefix("E: ") for line in lines)[-600:] + hint


class Rootfs:
    """One release with some packages, beside those that every Debian system has."""

    def __init__(self, suite, suites=(), wanted=(), expired=False):
        self.suite = suite
        self.expired = expired  # as for packages.Suite
        self.suites = list(suites) or [suite]
        self.wanted = sorted(wanted)
        key = hashlib.sha256(" ".join([*self.suites, "+", *self.wanted]).encode()).hexdigest()[:12]
        self.path = folder() / f"{suite}-{key}"

    def sources(self):
        debian, security = packages.mirrors()
        rows = ((security if name.endswith("-security") else debian, name) for name in self.suites)
        return [f"deb [signed-by={packages.KEYRING}] {mirror} {name} main" for mirror, name in rows]

    def make(self, update=False):
        """Makes it unless it is there."""
        with store.lock(f"rootfs-{self.path.name}"):
            if self.path.exists() and not update:
                return
            fresh = self.path.with_name(self.path.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.parent.mkdir(parents=True, exist_ok=True)
            command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--aptopt=Acquire::Retries \"3\""]
            if self.expired:
                command.append("--aptopt=Acquire::Check-Valid-Until \"false\"")
            if self.wanted:
                command.append(f"--include={','.join(self.wanted)}")
            options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
            done = subprocess.run([*command, self.suite, str(fresh), *self.sources()], **options)
            if done.returncode != 0:
                shutil.rmtree(fresh, ignore_errors=True)
                raise RootfsError(f"mmdebstrap {self.suite}: {errors(done.stderr)}")
            shutil.rmtree(self.path, ignore_errors=True)
            fresh.rename(self.path)

    def run(self, command, binds=(), deadline=None, environment=None, **streams):
        """The exit code of a command, -n for signal n; None when the deadline (seconds) ended it."""
        variables = {**ENVIRONMENT, **(environment or {})}
        with tempfile.TemporaryDirectory(prefix="kipc-rootfs-") as work:
            top = pathlib.Path(work)
            (top / "view").mkdir()
            (top / "binds").write_text("".join(bind.line() for bind in binds), encoding="utf-8")
            enter = [*NAMESPACES, str(ENTER), str(self.path), str(top / "view"), str(top / "binds"), "--", *command]
            # The deadline ends unshare, and that the first process within, and that all others.
            with session.started(enter, env=variables, **streams) as process:
                try:
                    return process.wait(deadline)
                except subprocess.TimeoutExpired:
                    return None
