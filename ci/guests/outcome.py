"""What became of a guest or a sandbox, from what it said and how it ended. Pure functions; the words are those of the
reports.

  ok         the command ran and ended, and the kernel is well
  oops       the command ran, or was running, and the kernel reported a fault of its own
  panic      the kernel gave up after the first process had begun
  infra      the kernel gave up or vanished before the first process began: the emulator's fault or ours, tried again
  hang       no sign of life, no progress, or not done within the time allowed
  lost       the guest ended without saying how
"""
import re
import signal

PANIC = re.compile(r"Kernel panic - not syncing")
OOPS = re.compile(
    r"Oops(?::| -)|BUG: |kernel BUG at|general protection fault|Unable to handle kernel|Internal error:"
    r"|unable to handle (?:kernel|page)|KASAN:|rcu:? .*stall|soft lockup|Kernel stack overflow"
)
TAINT_DIED = 1 << 7
TAINT_WARN = 1 << 9
NAMES = ("ok", "oops", "panic", "infra", "hang", "lost")


def parse_end(text):
    """The exit code of the command (128 + n for signal n) and the kernel's taint flags, from an X frame."""
    words = text.split()
    code = int(words[1]) + (128 if words[0] == "signal" else 0)
    taint = int(words[3]) if len(words) > 3 and words[3].isdigit() else 0
    return code, taint


def judge(console, begun, end, stopped):
    """(name, reason). end is the X frame's text or None; stopped says why the guest was stopped from outside, or ""."""
    panic = PANIC.search(console)
    oops = OOPS.search(console)
    if not begun:
        if panic:
            return "infra", f"panic before the first process: {line_at(console, panic)}"
        return "infra", stopped or "the guest ended before its first process began"
    if panic and end is None:
        return "panic", line_at(console, panic)
    if oops or (end is not None and parse_end(end)[1] & TAINT_DIED):
        return "oops", line_at(console, oops) if oops else "the kernel is tainted: it has died once"
    if end is not None:
        return "ok", ""
    if stopped:
        return "hang", stopped
    return "lost", "the guest ended without saying how"


def judge_sandbox(begun, complete, status, stopped):
    """(name, reason) of a sandbox: whether kipc spoke and came to its end, the status of wait(), why it was stopped."""
    how = f"ended with {status}" if status >= 0 else f"was killed by {signal.Signals(-status).name}"
    if stopped:
        return "hang", stopped
    if not begun:
        return "infra", f"the sandbox {how} before kipc began"
    if not complete or status < 0:
        return "lost", f"the sandbox {how} before kipc was done"
    return "ok", ""


def line_at(text, match):
    start = text.rfind("\n", 0, match.start()) + 1
    return text[start:].split("\n", 1)[0].strip()


def exit_code(name, end):
    """That of the command where all is well; 1 where the kernel broke; 3 where it could not be run to its end."""
    if name == "ok":
        return parse_end(end)[0]
    return 1 if name in ("oops", "panic") else 3
