"""Tests of ci/sandboxes with a program that speaks like kipc: no privilege, no network, no download."""
import argparse
import contextlib
import json
import os
import pathlib
import select
import re
import subprocess
import tempfile
import unittest

from guests import confined, machine, outcome, sandbox_run, sandboxes, seccomp

START = '{"type":"start","format":"kipc-report","selected":2}'
ROW = '{"type":"variant","variant":"a","repetition":0,"status":"PASS"}'
END = '{"type":"end","complete":true,"duration_ns":5,"counts":{"PASS":1}}'


class RunTest(unittest.TestCase):
    """Sandboxes that end in every way there is."""

    def run_in(self, script, command=(), deadline=60, sandbox=None):
        """(exit code, sandbox.json, folder) of a shell script run as if it were kipc."""
        top = pathlib.Path(tempfile.mkdtemp(prefix="kipc-test-"))
        self.addCleanup(subprocess.run, ["rm", "-rf", str(top)], check=False)
        kipc = top / "kipc"
        kipc.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        options = argparse.Namespace(command=list(command), deadline=deadline, kipc=kipc, quiet=True, report_dir=top)
        chosen = sandbox or sandboxes.Sandbox("for a test", sandboxes.host, root=False)
        code = sandbox_run.SandboxRun("test", chosen, options, False).run()
        facts = json.loads((top / "test" / "sandbox.json").read_text(encoding="utf-8"))
        return code, facts, top / "test"

    def test_ok_with_the_exit_code_of_kipc(self):
        code, facts, folder = self.run_in(f"echo '{START}'; echo '{ROW}'; echo '{END}'; exit 1")
        self.assertEqual((code, facts["outcome"], facts["counts"]), (1, "ok", {"PASS": 1}))
        self.assertTrue(json.loads((folder / "report.json").read_text(encoding="utf-8"))["complete"])

    def test_a_sandbox_that_dies_keeps_what_was_finished(self):
        for how, said in (("kill -KILL $$", "was killed by SIGKILL"), ("exit 137", "ended with 137")):
            code, facts, folder = self.run_in(f"echo '{START}'; echo '{ROW}'; printf '{{\"type\":\"var'; {how}")
            self.assertEqual((code, facts["outcome"], facts["sandbox"]), (3, "lost", "test"), how)
            self.assertIn(said, facts["reason"])
            report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            self.assertEqual([row["variant"] for row in report["variants"]], ["a"])
            self.assertFalse(report["complete"])

    def test_an_end_that_came_too_early_is_no_end(self):
        code, facts, _ = self.run_in(f"echo '{START}'; echo '{ROW}'; exit 0")
        self.assertEqual((code, facts["outcome"]), (3, "lost"))

    def test_hang_is_stopped_with_all_it_started(self):
        code, facts, folder = self.run_in("sleep 600 & echo $! >&2; wait", deadline=0)
        self.assertEqual((code, facts["outcome"]), (3, "hang"))
        self.assertIn("not done after 0 s", facts["reason"])
        pid = int((folder / "stderr").read_text(encoding="utf-8"))
        with contextlib.suppress(ProcessLookupError):
            ended = os.pidfd_open(pid)
            select.select([ended], [], [])  # it was not stopped if this waits
            os.close(ended)

    def test_infra_when_kipc_never_began(self):
        code, facts, _ = self.run_in("echo bwrap: cannot >&2; exit 1")
        self.assertEqual((code, facts["outcome"]), (3, "infra"))

    def test_another_verb(self):
        code, facts, folder = self.run_in('echo "$@"; exit 0', command=["doctor", "--json"])
        self.assertEqual((code, facts["outcome"]), (0, "ok"))
        self.assertEqual((folder / "stdout").read_text(encoding="utf-8"), "doctor --json\n")

    def test_slow_sandboxes_get_time(self):
        slow = sandboxes.Sandbox("slow", sandboxes.host, slow=5, root=False)
        _, _, folder = self.run_in('echo kipc "$@" >&2', sandbox=slow)
        self.assertEqual((folder / "stderr").read_text(encoding="utf-8"), "kipc run --jsonl - --slow 5\n")


class OutcomeTest(unittest.TestCase):
    def test_each_outcome(self):
        rows = [
            ((True, True, 1, ""), "ok"),
            ((True, True, 0, "no output for 300 s"), "hang"),
            ((False, False, 1, ""), "infra"),
            ((True, False, 1, ""), "lost"),
            ((True, True, -9, ""), "lost"),
        ]
        for arguments, name in rows:
            self.assertEqual(outcome.judge_sandbox(*arguments)[0], name, arguments)


class ConfinedTest(unittest.TestCase):
    def test_silence_is_a_hang(self):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            ended = confined.run(["sleep", "600"], out, err, confined.Limits(progress=0))
        self.assertEqual(ended.stopped, "no output for 0 s")
        self.assertEqual(ended.status, -9)


class SandboxesTest(unittest.TestCase):
    def place(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        kipc = pathlib.Path(folder.name) / "kipc"
        kipc.write_bytes(b"KIPC")
        return sandboxes.Place(pathlib.Path(folder.name), kipc, ["run"])

    def test_names_are_whole(self):
        for name, sandbox in sandboxes.SANDBOXES.items():
            self.assertIn(sandbox.arch, machine.MACHINES, name)
            self.assertTrue(re.fullmatch(r"[a-z0-9_-]+", name))

    def test_the_chroot_has_neither_devices_nor_proc(self):
        place = self.place()
        command = sandboxes.chroot_bare(place)
        self.assertEqual(sorted(os.listdir(command[1])), ["kipc", "tmp"])
        self.assertEqual(command[2:], ["/kipc", "run"])

    def test_the_bundle_runs_the_program(self):
        bundle = sandboxes.bundle_of(["/kipc", "run"])
        self.assertEqual(bundle["process"]["args"], ["/kipc", "run"])
        self.assertIn("/dev/shm", [mount["destination"] for mount in bundle["mounts"]])


class SeccompTest(unittest.TestCase):
    def test_rules(self):
        self.assertEqual(seccomp.rules("clone3"), [])
        self.assertEqual(seccomp.rules("mount"), [(0x00050001, [])])
        self.assertEqual(seccomp.rules("read"), [(0x7FFF0000, [])])
        self.assertEqual([action for action, _ in seccomp.rules("clone")], [0x7FFF0000] + [0x00050001] * 7)

    def test_a_program_of_whole_instructions(self):
        try:
            seccomp.library()
        except OSError as error:
            self.skipTest(str(error))
        with seccomp.program() as file:
            program = file.read()
        self.assertGreater(len(program), 0)
        self.assertEqual(len(program) % 8, 0)


if __name__ == "__main__":
    unittest.main()
