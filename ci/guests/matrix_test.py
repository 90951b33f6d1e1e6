"""Tests of the planning, the budget, the resuming and the summary of ci/matrix, with runners that run nothing."""
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest

from guests import matrix, summary

A = matrix.Platform("sandbox", "a", 100)
B = matrix.Platform("kernel", "b", 200)
C = matrix.Platform("distro", "c", 900)


class ListTest(unittest.TestCase):
    def test_the_list_of_the_tree(self):
        text = (matrix.TOP / "ci" / "matrix.json").read_text(encoding="utf-8")
        self.assertGreater(len(matrix.read_list(text)), 3)

    def test_memory_is_that_of_the_kind_unless_given(self):
        rows = [{"kind": "kernel", "name": "x"}, {"kind": "sandbox", "name": "x", "memory": 7}]
        found = matrix.read_list(json.dumps({"platforms": rows}))
        self.assertEqual([one.memory for one in found], [matrix.KINDS["kernel"][2], 7])

    def test_mistakes(self):
        good = {"kind": "kernel", "name": "x"}
        for rows in ([{"kind": "kernle", "name": "x"}], [{"kind": "kernel"}], [good, good], [{**good, "memroy": 1}]):
            with self.assertRaises(matrix.ListError):
                matrix.read_list(json.dumps({"platforms": rows}))

    def test_shards_share_everything_out_once(self):
        platforms = [matrix.Platform("kernel", str(n), 1) for n in range(7)]
        parts = [matrix.shard(platforms, f"{n}/3") for n in (1, 2, 3)]
        self.assertEqual(sorted((one.name for part in parts for one in part)), [str(n) for n in range(7)])
        self.assertEqual([len(part) for part in parts], [3, 2, 2])
        for bad in ("0/3", "4/3", "1", "a/b", "-1/3"):
            with self.assertRaises(matrix.ListError):
                matrix.shard(platforms, bad)

    def test_commands(self):
        words = matrix.command(B, pathlib.Path("/r"), ["run", "mq"], "/k")
        self.assertEqual(words[1:], ["b", "--report-dir", "/r/kernels", "--kipc", "/k", "--", "run", "mq"])
        words = matrix.command(C, pathlib.Path("/r"), [], "/k", True)
        self.assertEqual(words[1:], ["c", "--report-dir", "/r/distros", "--expired", "--kipc", "/k"])


class BudgetTest(unittest.TestCase):
    def test_never_more_than_the_memory(self):
        platforms = [matrix.Platform("kernel", str(n), 40) for n in range(12)]
        lock, used, most = threading.Lock(), 0, 0

        def run(platform):
            nonlocal used, most
            with lock:
                used += platform.memory
                most = max(most, used)
            with lock:
                used -= platform.memory
            return int(platform.name) % 4

        results = matrix.run_all(platforms, 8, 100, run, lambda text: None)
        self.assertLessEqual(most, 100)
        self.assertEqual([result.exit_code for result in results], [n % 4 for n in range(12)])

    def test_two_that_fit_run_side_by_side(self):
        both = threading.Barrier(2, timeout=60)
        matrix.run_all([A, B], 2, 300, lambda platform: both.wait() and 0, lambda text: None)
        self.assertFalse(both.broken)

    def test_who_is_larger_than_the_budget_runs_alone(self):
        running = []

        def run(platform):
            running.append(platform)
            alone = running == [platform]
            running.remove(platform)
            return 0 if alone or platform != C else 1

        results = matrix.run_all([A, C, B], 3, 300, run, lambda text: None)
        self.assertEqual([result.exit_code for result in results], [0, 0, 0])

    def test_progress_line_by_line(self):
        said = []
        matrix.run_all([A, B], 1, 300, lambda platform: 0, said.append)
        self.assertEqual(said[0], "sandbox a: started")
        self.assertTrue(said[-1].startswith("[2/2] kernel b: exit 0"))


class ResumeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = matrix.Store(pathlib.Path(folder.name))

    def leave(self, complete, key):
        folder = A.folder(self.store.top)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps({"complete": complete, "variants": []}), encoding="utf-8")
        self.store.keep(matrix.Result(A, 1, 2.5), key)

    def test_nothing_is_known(self):
        self.assertIsNone(self.store.earlier(A, "k"))

    def test_a_complete_report_of_the_same_program_and_arguments(self):
        self.leave(True, "k")
        earlier = self.store.earlier(A, "k")
        self.assertEqual((earlier.exit_code, earlier.seconds, earlier.kept), (1, 2.5, True))
        self.assertIsNone(self.store.earlier(A, "other"))

    def test_a_report_that_was_cut_short_does_not_count(self):
        self.leave(False, "k")
        self.assertIsNone(self.store.earlier(A, "k"))

    def test_a_run_that_is_interrupted_leaves_nothing_of_the_one_before(self):
        self.leave(True, "k")
        self.store.forget(A)
        self.assertIsNone(self.store.earlier(A, "k"))
        self.assertIsNone(self.store.report(A))

    def test_keys(self):
        key = matrix.key(A, b"program", ["run"])
        self.assertEqual(key, matrix.key(A, b"program", ["run"]))
        others = [matrix.key(B, b"program", ["run"]), matrix.key(A, b"p", ["run"]), matrix.key(A, b"program", [])]
        self.assertEqual(len({key, *others}), 4)


class ScriptTest(unittest.TestCase):
    def test_what_cannot_be_run_is_said_and_its_last_report_is_gone(self):
        with tempfile.TemporaryDirectory() as name:
            top = pathlib.Path(name)
            platforms = {"platforms": [{"kind": "kernel", "name": "no-such"}]}
            (top / "list.json").write_text(json.dumps(platforms), encoding="utf-8")
            stale = top / "out" / "kernels" / "no-such" / "report.json"
            stale.parent.mkdir(parents=True)
            stale.write_text(json.dumps({"complete": True, "variants": []}), encoding="utf-8")
            words = [matrix.TOP / "ci" / "matrix", "--list", top / "list.json", "--report-dir", top / "out"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 3, done.stderr)
            why = "kernel no-such: not run: no kernel is called no-such; ci/kernels --list"
            self.assertIn(why, done.stdout)
            self.assertFalse(stale.exists())
            self.assertIn(why.split(": ", 1)[1], (top / "out" / "matrix.md").read_text(encoding="utf-8"))


class SummaryTest(unittest.TestCase):
    def rows(self):
        wrong = {"variant": "x.y[a=1|2]", "status": "FAIL", "reason": "expected 1, got 2"}
        miss = {"variant": "z", "status": "MISS", "reason": "no /proc"}
        fine = {"variant": "p", "status": "PASS"}
        whole = {"complete": True, "platform": {"kernel_release": "6.1"}, "variants": [wrong, fine]}
        short = {"complete": False, "platform": {}, "variants": [wrong, miss]}
        return [(matrix.Result(A), whole, ""), (matrix.Result(B), short, "b: lost"), (matrix.Result(C), None, "")]

    def test_tables(self):
        text = summary.markdown(self.rows())
        self.assertIn("| sandbox a | 6.1 | complete | 1 |", text)
        self.assertIn("| FAIL | `x.y[a=1\\|2]` | sandbox a, kernel b | expected 1, got 2 |", text)
        self.assertIn("- kernel b did not come to its end: b: lost", text)
        self.assertIn("- distro c did not come to its end: nothing was said", text)
        self.assertIn("| no /proc | 1 on kernel b |", text)

    def test_all_is_well(self):
        report = {"complete": True, "variants": [{"variant": "p", "status": "PASS"}]}
        self.assertIn("Nothing failed.", summary.markdown([(matrix.Result(A), report, "")]))


if __name__ == "__main__":
    unittest.main()
