"""Boots guests that end in every way there is: KERNEL=TARGET python3 -m unittest guests.boots_test, in ci/

Needs QEMU, a C compiler, and the target (6.1-cloud unless given) in the cache or a mirror. About 5 s for each guest.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from guests import programs

CI = pathlib.Path(__file__).resolve().parent.parent
KERNEL = os.environ.get("KERNEL", "6.1-cloud")


class BootsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kipc-boots-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        source = CI / "guests" / "trouble.c"
        subprocess.run(["cc", *programs.FLAGS, "-o", str(cls.folder / "trouble"), str(source)], check=True)

    def boot(self, *words, options=()):
        """The exit code, guest.json, and what came on standard output."""
        command = [str(CI / "kernels"), KERNEL, "--accel", "tcg", "--quiet", "--report-dir", str(self.folder / "out")]
        command += [*options, "--program", str(self.folder / "trouble"), "--", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        out = self.folder / "out" / KERNEL
        return done.returncode, json.loads((out / "guest.json").read_text()), (out / "stdout").read_text()

    def expect(self, words, outcome, code, options=()):
        returned, facts, said = self.boot(*words, options=options)
        self.assertEqual((facts["outcome"], returned), (outcome, code), facts["reason"])
        self.assertEqual(said.splitlines()[:1], ["before"])
        return facts

    def test_ok_with_the_exit_code_of_the_program(self):
        self.expect(["exit", "7"], "ok", 7)

    def test_ok_killed_by_a_signal(self):
        self.expect(["signal"], "ok", 139)

    def test_panic_keeps_the_console_and_what_came_before(self):
        facts = self.expect(["panic"], "panic", 1)
        self.assertIn("sysrq triggered crash", facts["reason"])
        self.assertIn("Kernel panic", (self.folder / "out" / KERNEL / "console").read_text())

    def test_lost(self):
        self.expect(["reboot"], "lost", 3)

    def test_hang(self):
        facts = self.expect(["sleep"], "hang", 3, ["--deadline", "20"])
        self.assertIn("not done after 20 s", facts["reason"])

    def test_infra_is_tried_again_and_counted(self):
        returned, facts, _ = self.boot("exit", "0", options=["--append", "rdinit=/no/such/file"])
        self.assertEqual((facts["outcome"], returned, len(facts["boots"])), ("infra", 3, 3), facts["reason"])


if __name__ == "__main__":
    unittest.main()
