"""Runs a command with its output going to files, stops it when it hangs, and says how it ended."""
import dataclasses
import os
import selectors
import subprocess
import time

from . import session


@dataclasses.dataclass
class Limits:
    """In seconds."""

    progress: float = 300  # between two pieces of output
    deadline: float = 7200  # for all of it


@dataclasses.dataclass
class Ended:
    status: int = 0  # as of wait(): the exit code, or minus the signal
    stopped: str = ""  # why it was stopped from outside
    wall_seconds: float = 0.0


LEFT_BEHIND = 5  # seconds to read on when the command has ended and somebody else still holds its output


def run(words, out, err, limits, echo=None, pass_fds=()):
    """Standard output and error go to open files, and also to echo(file, bytes) if given."""
    started = time.monotonic()
    ended = Ended()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with session.started(words, **pipes, pass_fds=pass_fds, cwd="/") as process, process.stdout, process.stderr:
        ended.stopped = watch(process, {process.stdout: out, process.stderr: err}, limits, echo)
    ended.status = process.returncode
    ended.wall_seconds = round(time.monotonic() - started, 2)
    return ended


def watch(process, streams, limits, echo):
    """Copies the streams to their files until they end; returns why the command must be stopped before, or ""."""
    started = progress = time.monotonic()
    gone = None
    with selectors.DefaultSelector() as selector:
        for stream, file in streams.items():
            selector.register(stream, selectors.EVENT_READ, file)
        while selector.get_map():
            for key, _ in selector.select(timeout=1):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                key.data.write(data)
                key.data.flush()
                if echo:
                    echo(key.data, data)
                progress = time.monotonic()
            now = time.monotonic()
            if gone is None and process.poll() is not None:
                gone = now
                session.kill(process)  # what it left behind in its session
            if gone is not None and now - gone > LEFT_BEHIND:
                return ""
            if gone is None and now - progress > limits.progress:
                return f"no output for {limits.progress:.0f} s"
            if gone is None and now - started > limits.deadline:
                return f"not done after {limits.deadline:.0f} s"
    return ""
