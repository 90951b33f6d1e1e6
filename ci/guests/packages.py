"""Debian packages of any suite and architecture, by the system's own apt with a private configuration.

Nothing of the system's package state is read or changed but its sources (for the mirror) and its keyring (for the
signatures). Lists and packages are kept in the cache directory.
"""
import functools
import os
import pathlib
import re
import subprocess
import time
import urllib.parse

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources")
CANDIDATES = 4  # packages of the same pattern to try
LISTS_AGE = 24 * 3600  # seconds after which the lists of a suite are fetched again


class PackageError(Exception):
    """What could not be fetched, and why."""


def uris(text):
    """The URIs of apt sources, in either format."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        one_line = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)", line)
        if one_line:
            found.append(one_line.group(1))
        elif line.lower().startswith("uris:"):
            found += line.split()[1:]
    return found


def archives(found):
    """The Debian archive and the security archive among URIs; the second is a neighbour of the first if not listed."""
    debian = [uri.rstrip("/") for uri in found if re.search(r"/debian/?$", uri)]
    security = [uri.rstrip("/") for uri in found if re.search(r"debian-security/?$|/security/?$", uri)]
    if not debian:
        raise PackageError("no Debian mirror among the system's apt sources; kernels given by path work without")
    return debian[0], (security or [urllib.parse.urljoin(debian[0], "debian-security")])[0]


@functools.lru_cache
def mirrors():
    texts = []
    for pattern in SOURCES:
        for path in sorted(pathlib.Path("/").glob(pattern.lstrip("/"))):
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    return archives(uris("\n".join(texts)))


class Suite:
    """One suite of one architecture: its lists, what it offers, and its packages."""

    def __init__(self, cache, suite, arch, expired=False):
        self.suite = suite
        self.expired = expired  # lists whose date has passed will do: signatures are verified all the same
        self.arch = arch
        self.folder = pathlib.Path(cache) / "apt" / f"{suite}-{arch}"
        self.config = self.folder / "apt.conf"

    def source(self):
        debian, security = mirrors()
        mirror = security if self.suite.endswith("-security") else debian
        return f"deb [signed-by={KEYRING}] {mirror} {self.suite} main\n"

    def configuration(self):
        return f"""
APT::Architecture "{self.arch}";
APT::Architectures {{ "{self.arch}"; }};
APT::Get::List-Cleanup "false";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "{'false' if self.expired else 'true'}";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache "{self.folder}/cache";
Dir::Etc::SourceList "{self.folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{self.folder}/state";
Dir::State::Lists "{self.folder}/lists";
Dir::State::status "{self.folder}/status";
"""

    def run(self, *command, cwd=None):
        environment = {**os.environ, "APT_CONFIG": str(self.config), "LC_ALL": "C.UTF-8"}
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
        done = subprocess.run(command, cwd=cwd, env=environment, **options)
        if done.returncode != 0:
            raise PackageError(f"{' '.join(command[:3])} for {self.suite} {self.arch}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def update(self, age=LISTS_AGE):
        """Fetches the lists unless they are younger than age, in seconds."""
        for name in ("cache/archives/partial", "lists/partial", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        stamp = self.folder / "updated"
        self.config.write_text(self.configuration(), encoding="utf-8")
        (self.folder / "sources.list").write_text(self.source(), encoding="utf-8")
        (self.folder / "status").touch()
        if stamp.exists() and time.time() - stamp.stat().st_mtime < age:
            return
        self.run("apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any")
        stamp.touch()

    def newest(self, pattern):
        """(name, version) of the packages whose whole name matches the regular expression, the newest first."""
        names = [name for name in self.run("apt-cache", "pkgnames").split() if re.fullmatch(pattern, name)]
        found = [(name, version) for name in sorted(names) for version in self.versions(name)]
        if not found:
            raise PackageError(f"no package of {self.suite} {self.arch} is called {pattern}")
        return sorted(found, key=functools.cmp_to_key(lambda a, b: compare(b[1], a[1])))

    def versions(self, name):
        rows = self.run("apt-cache", "madison", name).splitlines()
        return [row.split("|")[1].strip() for row in rows if row.count("|") == 2]

    def download(self, pattern, folder):
        """Downloads the newest package of that name that the archive still has: (name, version, path)."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        candidates = self.newest(pattern)[:CANDIDATES]
        for name, version in candidates:
            try:
                self.run("apt-get", "-q", "download", f"{name}={version}", cwd=folder)
            except PackageError:
                if (name, version) == candidates[-1]:
                    raise
                continue  # a list may name what has just left the archive
            (path,) = folder.glob(f"{name}_*.deb")
            return name, version, path


@functools.lru_cache(maxsize=None)
def compare(a, b):
    """Which version is newer, as dpkg sees it: negative, 0 or positive."""
    if a == b:
        return 0
    return 1 if subprocess.run(["dpkg", "--compare-versions", a, "gt", b], check=False).returncode == 0 else -1


def extract(package, folder, patterns):
    """Unpacks the files of a package that match tar wildcards; those that are not there are not missed."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE)
    unpack = ["tar", "-x", "-C", str(folder), "--no-same-owner", "--wildcards", *patterns]
    said = subprocess.run(unpack, stdin=archive.stdout, capture_output=True, text=True, check=False).stderr
    archive.stdout.close()
    if archive.wait() not in (0, -13) or (said and "Not found in archive" not in said):
        raise PackageError(f"cannot unpack {package}: {said.strip()}")
