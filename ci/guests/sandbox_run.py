"""One sandbox of ci/sandboxes: it is made, kipc runs in it, and what comes out is kept."""
import contextlib
import json
import os
import pathlib
import shutil
import sys
import tempfile

from . import confined, outcome, programs, results, sandboxes
from .run import print_line

OUTPUTS = ("report.json", "report.jsonl", "sandbox.json", "stderr", "stdout")


class SandboxRun:
    """sandbox is a sandboxes.Sandbox, options those of ci/sandboxes."""

    def __init__(self, name, sandbox, options, alone):
        self.name = name
        self.sandbox = sandbox
        self.options = options
        self.echo = alone and not options.quiet
        self.folder = options.report_dir / name
        self.reports = options.command[:1] in ([], ["run"])

    def words(self):
        """What kipc is told: "run" writes its results to standard output as they come."""
        words = self.options.command or ["run"]
        if self.reports:
            words = ["run", "--jsonl", "-", *words[1:]]
        if words[0] in ("run", "explore") and self.sandbox.slow > 1 and "--slow" not in words:
            words = [*words, "--slow", str(self.sandbox.slow)]
        return words

    def run(self):
        """Returns the exit code."""
        if self.sandbox.root and os.geteuid() != 0:
            raise programs.ProgramError("making this sandbox needs root")
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in OUTPUTS:
            (self.folder / name).unlink(missing_ok=True)
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
        return sandboxes.Place(folder, own, self.words())

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
        (self.folder / "sandbox.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        why = f": {reason}" if reason else ""
        line = " ".join(f"{count} {status}" for status, count in (counts or {}).items())
        made = f" {place.made_with}," if place.made_with else ""
        print_line(f"{self.name}: {name}{why}, exit {facts['exit_code']};{made} {ended.wall_seconds:.1f} s"
                   f"{'; ' + line if line else ''}")  # fmt: skip
        if name != "ok":
            for text in said.decode(errors="replace").splitlines()[-30:]:
                print_line(f"    | {text}")
        return facts["exit_code"]
