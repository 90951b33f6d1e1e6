"""Kernels by name: fetched once, kept in the cache with what they are."""
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import tempfile

from . import machine, packages

TARGETS = pathlib.Path(__file__).resolve().parent.parent / "kernels.json"
KERNEL_FILES = ("./boot/vmlinu*", "./usr/lib/modules/*/vmlinu*", "./usr/bin/linux.uml")
CONFIG_FILES = ("./boot/config-*", "./usr/lib/modules/*/config", "./usr/lib/uml/config*", "./usr/share/doc/*/config*")


@dataclasses.dataclass
class Kernel:
    """A kernel that can be booted; config is None where none is known."""

    name: str
    arch: str
    image: pathlib.Path
    config: pathlib.Path = None
    package: str = ""
    version: str = ""
    suite: str = ""


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "kipc" / "kernels"


@contextlib.contextmanager
def lock(name):
    """One at a time among all runs of this user."""
    folder = cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def targets():
    return json.loads(TARGETS.read_text(encoding="utf-8"))["targets"]


def kept(name):
    """The kernel of a target if it is in the cache."""
    folder = cache() / "images" / name
    facts = folder / "kernel.json"
    if not facts.exists():
        return None
    known = json.loads(facts.read_text(encoding="utf-8"))
    config = folder / "config"
    return Kernel(name, known["arch"], folder / "kernel", config if config.exists() else None, known["package"],
                  known["version"], known["suite"])


def fetch(name, target, update):
    """The kernel of a target: from the cache, or, if it is not there or update is wanted, from the archive."""
    with lock(f"fetch-{name}"):
        known = kept(name)
        if known and not update:
            return known
        arch = machine.canonical(target["arch"])
        suite = packages.Suite(cache(), target["suite"], machine.MACHINES[arch]["debian"])
        with lock(f"apt-{suite.folder.name}"):
            suite.update(age=0 if update else packages.LISTS_AGE)
            return download(name, target, suite, arch, known)


def download(name, target, suite, arch, known):
    if known and (known.package, known.version) == suite.newest(target["package"])[0]:
        return known
    with tempfile.TemporaryDirectory(dir=suite.folder) as work:
        files = pathlib.Path(work) / "files"
        package, version, path = suite.download(target["package"], work)
        packages.extract(path, files, KERNEL_FILES + CONFIG_FILES)
        if "config" in target:
            with contextlib.suppress(packages.PackageError):  # not every release has one of its own; kipc does without
                packages.extract(suite.download(target["config"], work)[2], files, CONFIG_FILES)
        keep(name, files, {"arch": arch, "package": package, "version": version, "suite": target["suite"]})
    return kept(name)


def keep(name, files, facts):
    """Puts what was unpacked into the cache, whole or not at all."""
    image = first(files, KERNEL_FILES)
    if image is None:
        raise packages.PackageError(f"{facts['package']} {facts['version']} has no kernel where one is looked for")
    folder = cache() / "images" / name
    fresh = folder.with_name(name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shutil.copy(image, fresh / "kernel")
    config = first(files, CONFIG_FILES)
    if config:
        shutil.copyfile(config, fresh / "config")
    (fresh / "kernel.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def first(files, patterns):
    found = [path for pattern in patterns for path in sorted(files.glob(pattern.lstrip("./"))) if path.is_file()]
    return found[0] if found else None


def by_path(path, arch):
    """A kernel given by its path; its configuration if it lies beside it."""
    path = pathlib.Path(path).resolve()
    config = path.with_name(path.name.replace("vmlinuz", "config").replace("vmlinux", "config"))
    beside = config if config != path and config.is_file() else None
    return Kernel(path.name, arch, path, beside)
