"""One target of ci/distros, ci/kernels or ci/sandboxes, as far as they are alike: its folder, what kipc is told there,
what is said of it. And what these scripts have in common: their command line, and their exit code."""
import argparse
import fnmatch
import json
import os
import sys

from . import packages, programs, rootfs

TAIL = 30  # lines of a log that are shown when something broke


def print_line(text):
    print(text, flush=True)


def print_tail(text):
    for line in text.splitlines()[-TAIL:]:
        print_line(f"    | {line}")


class Target:
    """options has command, quiet and report_dir; alone: there is no other target."""

    OUTPUTS = ()  # the files that a run leaves in its folder
    FACTS = ""  # the one of them that says what ran and how it ended

    def __init__(self, name, options, alone):
        self.name = name
        self.options = options
        self.echo = alone and not options.quiet
        self.folder = options.report_dir / name.replace("/", "_").lstrip("._")

    def clear(self):
        """Makes the folder, without what an earlier run left there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.OUTPUTS:
            (self.folder / name).unlink(missing_ok=True)

    def words(self, results, slow=1):
        """What kipc is told: "run" writes its results to that file as they come; deadlines are multiplied by slow."""
        words = self.options.command or ["run"]
        if words[0] == "run":
            words = ["run", "--jsonl", results, *words[1:]]
        if slow > 1 and words[0] in ("run", "explore") and not any(word.split("=")[0] == "--slow" for word in words):
            words = [*words, "--slow", str(slow)]
        return words

    def keep(self, facts):
        (self.folder / self.FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def said_of(facts):
    """("outcome: reason, exit N", "; 3 PASS 1 SKIP"): beginning and end of the line that is printed of a target."""
    why = f": {facts['reason']}" if facts["reason"] else ""
    counts = " ".join(f"{count} {status}" for status, count in (facts["counts"] or {}).items() if count)
    return f"{facts['outcome']}{why}, exit {facts['exit_code']}", f"; {counts}" if counts else ""


class Script:
    """The command line of a script: options, names of targets, and behind "--" what kipc is told."""

    def __init__(self, name, description):
        self.name = name
        raw = argparse.RawDescriptionHelpFormatter
        self.parser = argparse.ArgumentParser(prog=name, description=description, formatter_class=raw)
        self.add = self.parser.add_argument
        self.add("--kipc", metavar="PATH", default=os.environ.get("KIPC"), help="the static kipc to run")

    def add_targets(self, metavar, what, deadline):
        """What is the same for every kind of target."""
        self.add("names", metavar=metavar, nargs="*", help="names or patterns of --list")
        self.add("--deadline", metavar="S", type=float, default=deadline, help=f"seconds for a {what}")
        self.add("--list", action="store_true", help=f"the {what}s")
        self.add("--quiet", action="store_true", help=f"one line for each {what}")

    def parse(self, words):
        given = words.index("--") if "--" in words else len(words)
        options = self.parser.parse_args(words[:given])
        options.command = words[given + 1 :]
        return options

    def usage(self, text):
        print(f"{self.name}: {text}", file=sys.stderr)
        raise SystemExit(2)

    def choose(self, words, known, otherwise=None):
        """The known names that the words mean, each once, in the order of the words. A word that means none is taken
        as it is if otherwise(word) is true."""
        chosen = {}
        for word in words:
            names = fnmatch.filter(known, word) or [word] * bool(otherwise and otherwise(word))
            no_file = ", and no file" if otherwise else ""
            chosen.update(dict.fromkeys(names or self.usage(f"{word} is none of --list{no_file}")))
        return list(chosen) or self.usage("nothing is chosen; --list shows what there is, --help more")


def attempt(run):
    """The exit code of run.run(); 3 when it could not be run."""
    try:
        return run.run()
    except (packages.PackageError, programs.ProgramError, rootfs.RootfsError, OSError) as error:
        print_line(f"{run.name}: not run: {error}")
        return 3


def worst(codes):
    """The exit code of many: the highest of 2, 1, 3, 0 in this order."""
    return next((code for code in (2, 1, 3) if code in codes), max(codes))
