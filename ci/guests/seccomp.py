"""The filter of a container: what its runtimes let through, as a BPF program made by libseccomp.

Every call that libseccomp knows is allowed, but for the DENIED ones, which fail with EPERM, and clone() with flags for
new namespaces. Calls that are newer than libseccomp fail with ENOSYS, and so does clone3(), whose flags no filter can
read: so do the container runtimes. As there, ptrace() and process_vm_*() are allowed: since Linux 4.8 they go round
no filter.
"""
import ctypes
import errno
import os

DENIED = """
  _sysctl acct add_key bpf clock_adjtime clock_settime create_module delete_module fanotify_init finit_module fsconfig
  fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup
  ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount mount_setattr move_mount
  move_pages nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise
  query_module quotactl quotactl_fd reboot request_key set_mempolicy set_mempolicy_home_node setdomainname sethostname
  setns settimeofday stime swapoff swapon sysfs syslog umount umount2 unshare uselib userfaultfd ustat vhangup vm86
  vm86old
""".split()
NAMESPACES = (17, 25, 26, 27, 28, 29, 30)  # bits: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
ALLOW, REFUSE, MASKED_EQ = 0x7FFF0000, 0x00050000, 7
NUMBERS = 600  # system calls have numbers below this


class Compare(ctypes.Structure):
    """A condition on an argument: (argument & a) == b, with MASKED_EQ."""

    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def library():
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_init.argtypes = [ctypes.c_uint32]
    add = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
    lib.seccomp_rule_add_array.argtypes = add
    lib.seccomp_syscall_resolve_num_arch.restype = ctypes.c_char_p
    lib.seccomp_syscall_resolve_num_arch.argtypes = [ctypes.c_uint32, ctypes.c_int]
    lib.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.seccomp_release.argtypes = [ctypes.c_void_p]
    return lib


def rules(name):
    """[(action, conditions)] for a system call; none: as if the kernel did not have it."""
    if name == "clone3":
        return []
    if name in DENIED:
        return [(REFUSE | errno.EPERM, [])]
    if name == "clone":
        flags = sum(1 << bit for bit in NAMESPACES)
        refused = [(REFUSE | errno.EPERM, [Compare(0, MASKED_EQ, 1 << bit, 1 << bit)]) for bit in NAMESPACES]
        return [(ALLOW, [Compare(0, MASKED_EQ, flags, 0)]), *refused]
    return [(ALLOW, [])]


def program():
    """An open file with the filter as a BPF program, at its start."""
    lib = library()
    context = lib.seccomp_init(REFUSE | errno.ENOSYS)
    file = os.fdopen(os.memfd_create("seccomp"), "w+b")
    for number in range(NUMBERS):
        name = lib.seccomp_syscall_resolve_num_arch(0, number)
        for action, conditions in rules(name.decode()) if name else []:
            array = (Compare * len(conditions))(*conditions)
            check(lib.seccomp_rule_add_array(context, action, number, len(conditions), array))
    check(lib.seccomp_export_bpf(context, file.fileno()))
    lib.seccomp_release(context)
    file.seek(0)
    return file


def check(result):
    if result < 0:
        raise OSError(-result, f"libseccomp: {os.strerror(-result)}")
