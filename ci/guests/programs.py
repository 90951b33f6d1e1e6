"""The programs of a guest: its init, compiled when needed, and the kipc to run there."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from . import machine, store

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCE = pathlib.Path(__file__).resolve().parent / "init.c"
FLAGS = ["-std=gnu17", "-Os", "-static", "-s", "-Wall", "-Wextra"]
PREFIXES = {"i386": "i686-linux-gnu", "um": "x86_64-linux-gnu"}


class ProgramError(Exception):
    """A program that is not there, and where it would come from."""


def compiler(arch):
    """The C compiler for an architecture."""
    if machine.host() == ("x86_64" if arch == "um" else arch):
        return os.environ.get("CC", "cc")
    return f"{PREFIXES.get(arch, arch + '-linux-gnu')}-gcc"


def init(arch):
    """The init of guests of this architecture, as bytes; kept in the cache by what it was made from."""
    command = [compiler(arch), *FLAGS]
    key = hashlib.sha256(SOURCE.read_bytes() + " ".join([arch, *command]).encode()).hexdigest()[:16]
    path = store.cache() / "init" / key
    if not path.exists():
        if not shutil.which(command[0]):
            raise ProgramError(f"{command[0]} is not installed: it compiles the first process of guests on {arch}")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{key}.{os.getpid()}")
        done = subprocess.run([*command, "-o", str(fresh), str(SOURCE)], stderr=sys.stderr, check=False)
        if done.returncode != 0:
            raise ProgramError(f"{command[0]} cannot compile {SOURCE.name} statically")
        fresh.rename(path)
    return path.read_bytes()


def kipc(arch, given=None):
    """The path of the kipc to run on an architecture."""
    native = machine.host() == ("x86_64" if arch == "um" else arch)
    path = pathlib.Path(given or (TOP / "build" / ("release" if native else f"cross-{arch}") / "kipc"))
    if not path.is_file():
        how = "cmake --preset release && cmake --build --preset release" if native else f"ci/cross {arch}"
        raise ProgramError(f"{path} does not exist; {how} makes it")
    return path
