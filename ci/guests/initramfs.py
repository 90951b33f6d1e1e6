"""An initramfs in memory: a cpio archive in the "newc" format that every Linux unpacks."""
import stat


def entry(number, name, mode, data=b"", device=(0, 0)):
    """One entry of the archive: its header, its name and its data, each padded to four bytes."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return padded(header) + padded(data)


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def archive(files, folders=()):
    """The archive of {path: (mode, bytes)}, the folders on the way included."""
    needed = set(folders)
    for path in files:
        parts = path.strip("/").split("/")[:-1]
        needed |= {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    for folder in list(needed):
        parts = folder.split("/")
        needed |= {"/".join(parts[:n]) for n in range(1, len(parts))}
    entries = [(name, stat.S_IFDIR | 0o755, b"", (0, 0)) for name in sorted(needed)]
    entries.append(("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)))
    entries += [(path.strip("/"), stat.S_IFREG | mode, data, (0, 0)) for path, (mode, data) in sorted(files.items())]
    out = [entry(number, *row) for number, row in enumerate(entries, 1)]
    out.append(entry(0, "TRAILER!!!", 0))
    whole = b"".join(out)
    return whole + b"\0" * (-len(whole) % 512)


def guest(init, port, command, files):
    """The initramfs of a guest: its init, the port it speaks on, the command it runs, and more files."""
    contents = dict(files)
    contents["init"] = (0o755, init)
    contents["guest/port"] = (0o644, port.encode())
    contents["guest/command"] = (0o644, b"".join(argument.encode() + b"\0" for argument in command))
    contents["etc/passwd"] = (0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    contents["etc/group"] = (0o644, b"root:x:0:\nnogroup:x:65534:\n")
    contents["etc/os-release"] = (0o644, b'PRETTY_NAME="initramfs of ci/kernels"\nID=initramfs\n')
    return archive(contents, ("dev", "proc", "sys", "run", "tmp", "root", "bin"))
