"""The sandboxes of ci/sandboxes: what each takes away, and the command that runs a program in it."""
import dataclasses
import json
import os
import pathlib
import shutil
import typing

from . import machine, programs, seccomp, tools

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--"]
SHM_BYTES = 64 * 1024 * 1024
# Those that container runtimes leave to root.
CAPABILITIES = """
  CAP_AUDIT_WRITE CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_BIND_SERVICE CAP_NET_RAW
  CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT
""".split()
EMULATED = ("aarch64", "i386", "riscv64", "s390x", "x86_64")


@dataclasses.dataclass
class Place:
    """Where a sandbox is made: a folder of its own that anyone may enter, and the program to run with its arguments."""

    folder: pathlib.Path
    program: pathlib.Path
    words: list
    files: list = dataclasses.field(default_factory=list)  # open files that the sandbox inherits
    made_with: str = ""  # the tool that makes the sandbox

    def command(self):
        return [str(self.program), *self.words]

    def tool(self, name, package):
        path = tools.tool(name, package)
        self.made_with = tools.version(path)
        return path


@dataclasses.dataclass
class Sandbox:
    title: str
    command: typing.Callable  # Place -> the words of the command
    arch: str = machine.host()
    slow: int = 1  # factor for kipc's deadlines
    root: bool = True  # whether making it needs root


def host(place):
    return place.command()


def user(place):
    return [*(NOBODY if os.geteuid() == 0 else []), *place.command()]


def unprivileged(place):
    bubblewrap = place.tool("bwrap", "bubblewrap")
    words = [bubblewrap, "--die-with-parent", "--unshare-user", "--disable-userns", "--dev-bind", "/", "/", "--"]
    return [*(NOBODY if os.geteuid() == 0 else []), *words, *place.command()]


def no_sys_resource(place):
    return ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource", "--", *place.command()]


def chroot_bare(place):
    root = place.folder / "root"
    (root / "tmp").mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    shutil.copy(place.program, root / "kipc")
    return ["chroot", str(root), "/kipc", *place.words]


def container(place):
    words = [place.tool("bwrap", "bubblewrap"), "--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-net"]
    words += ["--unshare-pid", "--unshare-uts", "--clearenv", "--setenv", "container", "bubblewrap"]
    words += ["--setenv", "PATH", "/bin", "--ro-bind", str(place.program), "/kipc", "--dev", "/dev", "--proc", "/proc"]
    words += ["--ro-bind", "/proc/sys", "/proc/sys", "--ro-bind", "/sys", "/sys", "--mqueue", "/dev/mqueue"]
    words += ["--perms", "1777", "--size", str(SHM_BYTES), "--tmpfs", "/dev/shm", "--perms", "1777", "--tmpfs", "/tmp"]
    words += ["--cap-drop", "ALL", *[word for name in CAPABILITIES for word in ("--cap-add", name)]]
    place.files.append(seccomp.program())
    return [*words, "--seccomp", str(place.files[-1].fileno()), "--", "/kipc", *place.words]


def gvisor(place):
    runsc = place.tool("runsc", "runsc")
    bundle = place.folder / "bundle"
    for name in ("dev", "proc", "sys", "tmp"):
        (bundle / "rootfs" / name).mkdir(parents=True)
    shutil.copy(place.program, bundle / "rootfs" / "kipc")
    (bundle / "config.json").write_text(json.dumps(bundle_of(["/kipc", *place.words])), encoding="utf-8")
    words = [runsc, f"--root={place.folder}/state", "--network=none", "--platform=ptrace", "--ignore-cgroups", "run"]
    # In a pid namespace of its own: whatever becomes of runsc, its processes go with it.
    return ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--", *words, "-bundle", str(bundle), "kipc"]


def bundle_of(words):
    """The OCI configuration: root, with what a system mounts, and anybody's /tmp and /dev/shm."""
    tmpfs = [
        {"destination": path, "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]}
        for path in ("/tmp", "/dev/shm")
    ]
    mounts = [{"destination": f"/{name}", "type": kind} for name, kind in
              (("proc", "proc"), ("dev", "tmpfs"), ("sys", "sysfs"))]  # fmt: skip
    more = ["CAP_IPC_OWNER", "CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_RESOURCE"]
    sets = ("bounding", "effective", "inheritable", "permitted")
    return {
        "ociVersion": "1.0.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": words,
            "env": ["PATH=/bin"],
            "cwd": "/",
            "capabilities": {name: CAPABILITIES + more for name in sets},
        },
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "gvisor",
        "mounts": mounts + tmpfs,
        "linux": {"namespaces": [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount")]},
    }


def qemu_user(arch):
    def command(place):
        return [place.tool(f"qemu-{arch}-static", "qemu-user-static"), *place.command()]

    return command


SANDBOXES = {
    "host": Sandbox("this machine as it is", host, root=False),
    "user": Sandbox("an ordinary user", user, root=False),
    "unprivileged": Sandbox("an ordinary user who may not make user namespaces", unprivileged, root=False),
    "no-sys-resource": Sandbox("root without CAP_SYS_RESOURCE", no_sys_resource),
    "chroot-bare": Sandbox("root in a folder with neither /dev nor /proc", chroot_bare),
    "container": Sandbox("bubblewrap: seccomp, few capabilities, 64 MiB of /dev/shm, read-only sysctls", container),
    "gvisor": Sandbox("gVisor (runsc) on its platform ptrace", gvisor, slow=3),
    "i386": Sandbox("the 32-bit kipc on this machine", host, "i386", root=False),
} | {
    f"qemu-user-{arch}": Sandbox(f"QEMU's user mode, {arch}", qemu_user(arch), arch, slow=5, root=False)
    for arch in EMULATED
}


def program(sandbox, given):
    """The kipc to run there: the one given is for this machine."""
    return programs.kipc(sandbox.arch, given if sandbox.arch == machine.host() else None)
