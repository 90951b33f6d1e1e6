"""How a kernel of each architecture is started: QEMU's command line, or that of a user-mode Linux.

A machine has a console, and on x86 and in user-mode Linux a second port for results. Both are sockets that the caller
holds the other ends of.
"""
import os
import shutil
import subprocess

# "results" is the guest's device for results; on a shared console the frames stand between the kernel's own lines.
# cmpxchg16b under TCG of QEMU 7.2 lets Linux 6.12 panic at random in early boot: hence -cx16. With FSRM the kernel
# copies inline, where no breakpoint can count: hence -fsrm. VECTOR CHECKSUM of QEMU 7.2 doubles the sum at each of its
# four words, and what Linux 6.9 and later send of themselves (resets, ICMP) is dropped for its checksum: hence vx=off.
MACHINES = {
    "aarch64": {
        "debian": "arm64",
        "qemu": ["qemu-system-aarch64", "-machine", "virt,accel={accel}", "-cpu", "{cpu}"],
        "cpu": {"tcg": "max,pauth-impdef=on", "kvm": "host"},
        "console": "ttyAMA0",
        "results": "/dev/console",
    },
    "i386": {
        "debian": "i386",
        "qemu": ["qemu-system-i386", "-machine", "q35,accel={accel}", "-cpu", "{cpu}"],
        "cpu": {"tcg": "max,-cx16,-fsrm", "kvm": "max,-fsrm"},
        "console": "ttyS0",
        "results": "/dev/ttyS1",
    },
    "riscv64": {
        "debian": "riscv64",
        "qemu": ["qemu-system-riscv64", "-machine", "virt,accel={accel}"],
        "console": "ttyS0",
        "results": "/dev/console",
    },
    "s390x": {
        "debian": "s390x",
        "qemu": ["qemu-system-s390x", "-machine", "s390-ccw-virtio,accel={accel}", "-cpu", "{cpu}"],
        "cpu": {"tcg": "max,vx=off", "kvm": "host"},
        "console": "ttysclp0",
        "results": "/dev/console",
    },
    "um": {"debian": "amd64", "console": "tty0", "results": "/dev/ttyS0"},
    "x86_64": {
        "debian": "amd64",
        "qemu": ["qemu-system-x86_64", "-machine", "q35,accel={accel}", "-cpu", "{cpu}"],
        "cpu": {"tcg": "max,-cx16,-fsrm", "kvm": "max,-fsrm"},
        "console": "ttyS0",
        "results": "/dev/ttyS1",
    },
}
ALIASES = {"amd64": "x86_64", "arm64": "aarch64", "i686": "i386"}


def canonical(arch):
    return ALIASES.get(arch, arch)


def host():
    return canonical(os.uname().machine)


def own_port(arch):
    """Whether results have a port of their own."""
    return MACHINES[arch]["results"] != "/dev/console"


def program(arch, kernel):
    """The program that has to be there to boot this."""
    return str(kernel) if arch == "um" else MACHINES[arch]["qemu"][0]


def serial(arch, name, fd):
    """The arguments for one port, whose other end is a socket."""
    chardev = ["-chardev", f"socket,id={name},fd={fd}"]
    if arch == "s390x":
        return chardev + ["-device", f"sclpconsole,chardev={name}"]
    return chardev + ["-serial", f"chardev:{name}"]


def command(arch, kernel, initramfs, accel, memory, processors, append, console, results):
    """The command to start a guest; console and results are descriptors, results None on a shared console."""
    machine = MACHINES[arch]
    if arch == "um":
        ports = [f"con0=fd:{console},fd:{console}", "con=null", f"ssl0=fd:{results},fd:{results}", "ssl=null"]
        words = [str(kernel), f"mem={memory}M", f"initrd={initramfs}", *ports]
        return words + ["quiet", "panic=-1", "loglevel=3", *append]
    cpu = machine.get("cpu", {}).get(accel, "")
    words = [word.format(accel=accel, cpu=cpu) for word in machine["qemu"]]
    words += ["-smp", str(processors), "-m", str(memory), "-display", "none", "-nodefaults", "-no-reboot"]
    words += serial(arch, "console", console)
    if results is not None:
        words += serial(arch, "results", results)
    boot = [f"console={machine['console']}", "quiet", "panic=-1", "loglevel=3", *append]
    return words + ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", " ".join(boot)]


def version(arch, kernel):
    """What emulates: the first line of its version; "" where there is none."""
    name = program(arch, kernel)
    if arch == "um" or not shutil.which(name):
        return ""
    said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else ""


def may_have_kvm(arch):
    """Whether KVM can be tried: the same architecture and a device that opens. Whether it works only a boot shows."""
    same = arch == host() or (arch, host()) == ("i386", "x86_64")
    return same and arch != "um" and os.access("/dev/kvm", os.R_OK | os.W_OK)
