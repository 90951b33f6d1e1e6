"""Programs that sandboxes are made with: those of the system, or else of Debian's packages, kept in the cache."""
import pathlib
import platform
import shutil
import tempfile

from . import machine, packages, store


def tool(name, package):
    """The path of a program: as installed, or out of the package, which is fetched but not installed."""
    installed = shutil.which(name)
    if installed:
        return installed
    folder = store.cache() / "tools" / package
    with store.lock(f"tool-{package}"):
        if not (folder / "usr" / "bin" / name).exists():
            fetch(package, folder)
    if not (folder / "usr" / "bin" / name).exists():
        raise packages.PackageError(f"{package} has no /usr/bin/{name}")
    return str(folder / "usr" / "bin" / name)


def fetch(package, folder):
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    suite = packages.Suite(store.cache(), release, machine.MACHINES[machine.host()]["debian"])
    with store.lock(f"apt-{suite.folder.name}"):
        suite.update()
        with tempfile.TemporaryDirectory(dir=suite.folder) as work:
            _, version, path = suite.download(package, work)
            fresh = folder.with_name(folder.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            packages.extract(path, fresh, ["./usr/bin/*"])
    (fresh / "version").write_text(f"{package} {version}\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def version(path):
    """The package a program came from, where it came from the cache; else its path."""
    said = pathlib.Path(path).parent.parent.parent / "version"
    return said.read_text(encoding="utf-8").strip() if said.exists() else path
