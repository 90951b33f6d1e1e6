"""The platforms of a matrix: what is to run, what has run already, and the rest side by side within a budget."""
import concurrent.futures
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
# For each kind the script that runs a platform, the folder of the reports, and the memory that one takes, in MiB.
KINDS = {
    "distro": ("ci/distros", "distros", 2048),
    "kernel": ("ci/kernels", "kernels", 1280),
    "sandbox": ("ci/sandboxes", "sandboxes", 512),
}


class ListError(Exception):
    """What is wrong with a list of platforms."""


def folder_of(top, kind):
    """Where the reports of all platforms of a kind are."""
    return top / KINDS[kind][1]


@dataclasses.dataclass(frozen=True)
class Platform:
    kind: str
    name: str
    memory: int  # MiB

    @property
    def title(self):
        return f"{self.kind} {self.name}"

    def folder(self, top):
        return folder_of(top, self.kind) / self.name


@dataclasses.dataclass
class Result:
    """What became of a platform; exit_code None: not run."""

    platform: Platform
    exit_code: int = None
    seconds: float = 0.0
    kept: bool = False  # from an earlier run


def read_list(text):
    """The platforms of a list, in its order."""
    found = []
    for row in json.loads(text)["platforms"]:
        unknown = set(row) - {"kind", "name", "memory"}
        if unknown or row.get("kind") not in KINDS or not row.get("name"):
            raise ListError(f"{json.dumps(row)}: kind is one of {', '.join(KINDS)}; besides it name, memory (MiB)")
        platform = Platform(row["kind"], row["name"], row.get("memory", KINDS[row["kind"]][2]))
        if any(platform.title == other.title for other in found):
            raise ListError(f"{platform.title} is there twice")
        found.append(platform)
    return found


def shard(platforms, part):
    """Part "i/n" of the platforms, i from 1 on; every platform is in one of the n parts."""
    if part is None:
        return platforms
    number, _, of = part.partition("/")
    if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        raise ListError(f"shard {part}: it is i/n, with i from 1 to n")
    return platforms[int(number) - 1 :: int(of)]


def command(platform, top, arguments, kipc=None, expired=False):
    """The command that runs a platform; expired is for distributions, as ci/distros has it."""
    words = [str(TOP / KINDS[platform.kind][0]), platform.name, "--report-dir", str(folder_of(top, platform.kind))]
    if expired and platform.kind == "distro":
        words.append("--expired")
    if kipc:
        words += ["--kipc", str(kipc)]
    return words + (["--", *arguments] if arguments else [])


def key(platform, program, arguments):
    """What a report stands for: the same platform, program (bytes) and arguments give the same key."""
    digest = hashlib.sha256(program)
    digest.update(json.dumps([platform.kind, platform.name, arguments]).encode())
    return digest.hexdigest()


def source():
    """What is checked out, as bytes: the program of platforms that build kipc themselves."""
    said = [subprocess.run(["git", *words], cwd=TOP, capture_output=True, check=True).stdout
            for words in (["rev-parse", "HEAD"], ["diff", "HEAD"])]  # fmt: skip
    return b"".join(said)


class Store:
    """What is known of earlier runs, below the folder of reports."""

    def __init__(self, top):
        self.top = top
        self.folder = top / "matrix"
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, platform, ending):
        return self.folder / f"{platform.kind}-{platform.name}{ending}"

    def earlier(self, platform, wanted):
        """The result of a run with this key whose report is complete, or None."""
        path = self.path(platform, ".json")
        if not path.exists():
            return None
        known = json.loads(path.read_text(encoding="utf-8"))
        report = self.report(platform)
        if known["key"] != wanted or not report or not report.get("complete"):
            return None
        return Result(platform, known["exit_code"], known["seconds"], True)

    def keep(self, result, wanted):
        facts = {"key": wanted, "exit_code": result.exit_code, "seconds": result.seconds}
        self.path(result.platform, ".json").write_text(json.dumps(facts) + "\n", encoding="utf-8")

    def forget(self, platform):
        """Before a run: nothing of the last one is taken for its outcome."""
        self.path(platform, ".json").unlink(missing_ok=True)
        (platform.folder(self.top) / "report.json").unlink(missing_ok=True)

    def report(self, platform):
        path = platform.folder(self.top) / "report.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


class Budget:
    """Memory that is shared out; who wants more than there is in all gets it when nobody else has any."""

    def __init__(self, memory):
        self.memory = memory
        self.used = 0
        self.changed = threading.Condition()

    def take(self, wanted):
        with self.changed:
            self.changed.wait_for(lambda: self.used == 0 or self.used + wanted <= self.memory)
            self.used += wanted

    def give(self, back):
        with self.changed:
            self.used -= back
            self.changed.notify_all()


def run_all(platforms, jobs, memory, run, say):
    """Calls run(platform) -> exit code for each, at most jobs at a time and within the memory; the results in order."""
    budget = Budget(memory)
    done = []

    def one(platform):
        budget.take(platform.memory)
        try:
            say(f"{platform.title}: started")
            started = time.monotonic()
            result = Result(platform, run(platform), round(time.monotonic() - started, 1))
        finally:
            budget.give(platform.memory)
        done.append(platform)
        say(f"[{len(done)}/{len(platforms)}] {platform.title}: exit {result.exit_code}, {result.seconds:.0f} s")
        return result

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, platforms))
