"""One target of ci/distros: its root filesystem, the kipc built there, what came out.

Where a release lacks what building needs, the static kipc of this machine runs there instead, against that release's
userland: its own libc is not under test then, and distro.json says so.
"""
import contextlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

from . import machine, outcome, packages, programs, results, rootfs, store
from .target import Target, print_line, print_tail, said_of

TOP = programs.TOP
TARGETS = TOP / "ci" / "distros.json"
# What CMakeLists.txt asks for (a test compares them); "" is any version. Else a release cannot build kipc.
REQUIRED = {
    "cmake": "3.25",
    "g++": "4:11",  # C++20 as far as kipc goes with it
    "libcli11-dev": "2.1",
    "libexpected-dev": "",
    "libfmt-dev": "9",
    "libseccomp-dev": "2.5",
    "ninja-build": "",
    "nlohmann-json3-dev": "3.11",
    "pkg-config": "",
    "zlib1g-dev": "",
}
FOR_TESTS = ["catch2", "libsqlite3-dev"]


def targets():
    return json.loads(TARGETS.read_text(encoding="utf-8"))["targets"]


def lacks(offered):
    """What of REQUIRED is not offered, in words. offered: {package: its newest version, or None}."""
    found = []
    for name, least in REQUIRED.items():
        version = offered.get(name)
        if version is None:
            found.append(f"no {name}")
        elif least and packages.compare(version, least) < 0:
            found.append(f"{name} {version}, not {least}")
    return found


def commit():
    """As harness/commit.cmake finds it; there is no git where kipc is built."""
    git = ["git", "-C", str(TOP), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


class Distro(Target):
    """One release: made, built in, run in."""

    OUTPUTS = ("build.log", "distro.json", "report.json", "report.jsonl", "stderr", "stdout")
    FACTS = "distro.json"

    def __init__(self, name, target, options, alone):
        super().__init__(name, options, alone)
        self.target = target
        self.build_folder = TOP / "build" / f"distro-{name}-{options.preset}"
        self.inside_folder = f"/build/{options.preset}"
        self.static_because = ""
        self.suites = []
        self.tests = None
        self.root = None

    def command(self):
        """What runs there, without the name of the program."""
        return self.words("/out/report.jsonl")

    def kept(self):
        """The facts of an earlier run of the same that came to its end."""
        path = self.folder / self.FACTS
        if not path.exists():
            return None
        facts = json.loads(path.read_text(encoding="utf-8"))
        same = facts["outcome"] == "ok" and facts["command"] == self.command() and facts["commit"] == commit()
        return facts if same else None

    def offered(self):
        names = subprocess.run([TOP / "ci" / "install-deps", "--names"], capture_output=True, text=True, check=True)
        offered = {}
        for name in names.stdout.split() + FOR_TESTS:
            for suite in self.suites:
                versions = suite.versions(name)
                offered[name] = versions[0] if versions else offered.get(name)
        return offered

    def prepare(self):
        """The root filesystem, with what building needs where that can be had."""
        arch = machine.MACHINES[machine.host()]["debian"]
        expired = self.options.expired
        self.suites = [packages.Suite(store.cache(), name, arch, expired) for name in self.target["suites"]]
        for suite in self.suites:
            with store.lock(f"apt-{suite.folder.name}"):
                suite.update(age=0 if self.options.update else packages.LISTS_AGE)
        offered = self.offered()
        missing = lacks(offered)
        if missing:
            self.static_because = f"kipc cannot be built on {self.name}: {'; '.join(missing)}"
            print_line(f"{self.name}: {self.static_because}. The static kipc runs there instead.")
        wanted = [] if missing else [name for name, version in offered.items() if version]
        self.root = rootfs.Rootfs(self.name, self.target["suites"], wanted, expired)
        self.root.make(self.options.update)

    def inside(self, log, words):
        """Runs a command of the build: True when it went well."""
        ccache = rootfs.folder() / "ccache"
        for path in (ccache, self.build_folder):
            path.mkdir(parents=True, exist_ok=True)
        binds = [rootfs.Bind(TOP, "/src"), rootfs.Bind(self.build_folder, self.inside_folder, True)]
        binds.append(rootfs.Bind(ccache, "/ccache", True))
        log.write(f"$ {' '.join(words)}\n".encode())
        log.flush()
        return self.root.run(words, binds, None, {"CCACHE_DIR": "/ccache"}, stdout=log, stderr=log) == 0

    def build(self):
        """"" or why kipc could not be built."""
        cmake = ["cmake", "--preset", self.options.preset, "-S", "/src", "-B", self.inside_folder]
        cmake += [f"-DKIPC_COMMIT={commit()}", f"-DKIPC_TESTS={'ON' if self.options.test else 'OFF'}"]
        jobs = os.environ.get("KIPC_JOBS") or str(os.cpu_count())
        with open(self.folder / "build.log", "wb") as log:
            if not self.inside(log, cmake):
                return "kipc was not configured: see build.log"
            if not self.inside(log, ["cmake", "--build", self.inside_folder, "--parallel", jobs, "--", "-k", "0"]):
                return "kipc did not compile: see build.log"
            if self.options.test:
                ctest = ["ctest", "--test-dir", self.inside_folder, "--output-on-failure", "--no-tests=error"]
                self.tests = "passed" if self.inside(log, ctest) else "failed: see build.log"
        return ""

    def execute(self):
        """(exit code or None, seconds) of kipc there."""
        built = self.build_folder / "kipc"
        program = programs.kipc(machine.host(), self.options.kipc) if self.static_because else built
        binds = [rootfs.Bind(program, "/kipc"), rootfs.Bind(self.folder.resolve(), "/out", True)]
        started = time.monotonic()
        with contextlib.ExitStack() as stack:
            streams = {name: stack.enter_context(open(self.folder / name, "wb")) for name in ("stdout", "stderr")}
            code = self.root.run(["/kipc", *self.command()], binds, self.options.deadline, **streams)
        return code, time.monotonic() - started

    def run(self):
        """Prepares, builds and runs; returns the exit code."""
        if self.options.resume and (facts := self.kept()):
            print_line(f"{self.name}: kept, {self.line(facts)}")
            return facts["exit_code"]
        self.clear()
        self.prepare()
        not_built = "" if self.static_because else self.build()
        if not_built:
            return self.finish(False, None, not_built, 0)
        (self.folder / "report.jsonl").touch()
        code, seconds = self.execute()
        stopped = f"not done after {self.options.deadline:g} s" if code is None else ""
        end = None if code is None else f"exit {code}" if code >= 0 else f"signal {-code}"
        return self.finish(True, end, stopped, seconds)

    def finish(self, begun, end, stopped, seconds):
        name, reason = outcome.judge("", begun, end, stopped)
        code = outcome.exit_code(name, end)
        counts = results.write_report(self.folder) if begun else None
        tests_failed = self.tests is not None and self.tests != "passed"
        facts = {
            "target": self.name,
            "arch": machine.host(),
            "suite": self.target["suites"],
            "kernel_release": platform.release(),
            "binary": "static, built elsewhere" if self.static_because else f"{self.options.preset}, built there",
            "static_because": self.static_because,
            "commit": commit(),
            "command": self.command(),
            "tests": self.tests,
            "outcome": name,
            "reason": reason,
            "exit_code": 1 if tests_failed and not code else code,
            "wall_seconds": seconds,
            "counts": counts,
        }
        self.keep(facts)
        self.say(facts)
        return facts["exit_code"]

    def say(self, facts):
        if self.echo and facts["outcome"] != "infra":
            for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
                stream.write((self.folder / name).read_text(encoding="utf-8", errors="replace"))
        print_line(f"{self.name}: {self.line(facts)}")
        if facts["outcome"] == "infra" and (self.folder / "build.log").exists():
            print_tail((self.folder / "build.log").read_text(encoding="utf-8", errors="replace"))

    @staticmethod
    def line(facts):
        how, counts = said_of(facts)
        tests = f"; unit tests {facts['tests']}" if facts["tests"] else ""
        return f"{how}; kipc {facts['binary']}, {facts['wall_seconds']:.1f} s{tests}{counts}"


def required_in_cmake(text):
    """{what: version} that CMakeLists.txt asks for, of those that REQUIRED has a version for."""
    names = {"nlohmann_json": "nlohmann-json3-dev", "fmt": "libfmt-dev", "CLI11": "libcli11-dev"}
    asked = re.findall(r"find_package\((\w+) ([\d.]+)", text)
    found = {names[name]: version for name, version in asked if name in names}
    found["cmake"] = re.search(r"cmake_minimum_required\(VERSION ([\d.]+)", text).group(1)
    found["libseccomp-dev"] = re.search(r"libseccomp>=([\d.]+)", text).group(1)
    return found
