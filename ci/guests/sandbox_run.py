"""One sandbox of ci/sandboxes: it is made, kipc runs in it, and what comes out is kept."""
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

from . import confined, outcome, programs, results, sandboxes
from .target import Target, print_line, print_tail, said_of


class SandboxRun(Target):
    """sandbox is a sandboxes.Sandbox, options those of ci/sandboxes."""

    OUTPUTS = ("report.json", "report.jsonl", "sandbox.json", "stderr", "stdout")
    FACTS = "sandbox.json"

    def __init__(self, name, sandbox, options, alone):
        super().__init__(name, options, alone)
        self.sandbox = sandbox
        self.reports = options.command[:1] in ([], ["run"])

    def run(self):
        """Returns the exit code."""
        if self.sandbox.root and os.geteuid() != 0:
            raise programs.ProgramError("making this sandbox needs root")
        self.clear()
        program = sandboxes.program(self.sandbox, self.options.kipc)
        with contextlib.ExitStack() as stack:
            place = self.place(program, stack)
            command = self.sandbox.command(place)
            for file in place.files:
                stack.enter_context(file)
            ended = self.confine(command, [file.fileno() for file in place.files])
        return self.finish(ended, place)

    def place(self, program, stack):
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kipc-sandbox-")))
        folder.chmod(0o755)
        own = folder / "kipc"
        shutil.copy(program, own)
        own.chmod(0o755)
        return sandboxes.Place(folder, own, self.words("-", self.sandbox.slow))

    def confine(self, command, pass_fds):
        limits = confined.Limits(deadline=self.options.deadline)
        with open(self.folder / ("report.jsonl" if self.reports else "stdout"), "wb") as out, \
                open(self.folder / "stderr", "wb") as err:

            def echo(file, data):
                if file is err or not self.reports:
                    stream = sys.stderr if file is err else sys.stdout
                    stream.buffer.write(data)
                    stream.flush()

            return confined.run(command, out, err, limits, echo if self.echo else None, pass_fds)

    def finish(self, ended, place):
        said = (self.folder / "stderr").read_bytes()
        counts, complete = None, ended.status in range(4)
        begun = said.startswith(b"kipc") or b"\nkipc" in said
        if self.reports:
            counts = results.write_report(self.folder)
            begun = begun or counts is not None
            complete = complete and (counts is None or results.ended(self.folder))
        else:
            begun = begun or (self.folder / "stdout").stat().st_size > 0
        name, reason = outcome.judge_sandbox(begun, complete, ended.status, ended.stopped)
        facts = {
            "sandbox": self.name,
            "title": self.sandbox.title,
            "arch": self.sandbox.arch,
            "made_with": place.made_with,
            "outcome": name,
            "reason": reason,
            "exit_code": ended.status if name == "ok" else 3,
            "wall_seconds": ended.wall_seconds,
            "counts": counts,
        }
        self.keep(facts)
        how, counted = said_of(facts)
        made = f" {place.made_with}," if place.made_with else ""
        print_line(f"{self.name}: {how};{made} {ended.wall_seconds:.1f} s{counted}")
        if name != "ok":
            print_tail(said.decode(errors="replace"))
        return facts["exit_code"]
