"""A command in a session of its own: it ends when we do, and whatever it started in there ends with it."""
import contextlib
import os
import signal
import subprocess

# Should we be killed, the command is, too.
MORTAL = ("setpriv", "--pdeathsig", "KILL")


@contextlib.contextmanager
def started(words, **options):
    """The running command; options are those of Popen. When the block is left it is killed, unless it has ended, and
    its status stands in returncode."""
    options.setdefault("stdin", subprocess.DEVNULL)
    process = subprocess.Popen([*MORTAL, *words], start_new_session=True, **options)
    try:
        yield process
    finally:
        kill(process)
        process.wait()


def kill(process):
    """All that is left in the session's process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
