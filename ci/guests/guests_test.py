"""Tests of what needs no guest: python3 -m unittest discover -s ci/guests -t ci -p '*_test.py'"""
import argparse
import base64
import binascii
import contextlib
import io
import json
import os
import pathlib
import select
import subprocess
import tempfile
import unittest

from guests import distro, frames, initramfs, machine, outcome, packages, results, rootfs, session, store, target


def line(kind, number, payload, damage=False):
    text = base64.b64encode(payload).decode()
    crc = binascii.crc32(payload) ^ damage
    return f"\n@@{kind} {number} {crc:08x} {text}\n".encode()


class FramesTest(unittest.TestCase):
    def test_frames_cut_anywhere(self):
        data = line("B", 0, b"6.1 x86_64 1.0") + line("O", 1, bytes(range(256))) + line("X", 2, b"exit 0 taint 0")
        for size in (1, 7, 1000):
            reader = frames.Frames()
            found = [frame for at in range(0, len(data), size) for frame in reader.feed(data[at : at + size])]
            self.assertEqual([kind for kind, _ in found], ["B", "O", "X"])
            self.assertEqual(found[1][1], bytes(range(256)))
            self.assertEqual((reader.lost, bytes(reader.other)), (0, b""))

    def test_kernel_text_between_frames_is_kept(self):
        reader = frames.Frames()
        found = reader.feed(b"Booting\r\n" + line("O", 0, b"x").replace(b"\n", b"\r\n") + b"WARNING: here\n")
        self.assertEqual(found, [("O", b"x")])
        self.assertEqual(bytes(reader.other), b"Booting\nWARNING: here\n")

    def test_damage_is_counted_and_never_taken(self):
        reader = frames.Frames()
        found = reader.feed(line("O", 0, b"a") + line("O", 1, b"b", damage=True) + line("O", 2, b"c"))
        self.assertEqual([payload for _, payload in found], [b"a", b"c"])
        self.assertEqual(reader.lost, 1)


class OutcomeTest(unittest.TestCase):
    END = "exit 1 taint 0"

    def test_each_outcome(self):
        panic = "x\n[    3.1] Kernel panic - not syncing: Attempted to kill init!\n"
        oops = "[    3.1] Oops: 0002 [#1] PREEMPT SMP\n"
        rows = [
            (("", True, self.END, ""), "ok"),
            ((panic, False, None, ""), "infra"),
            (("", False, None, "nothing from its first process for 60 s"), "infra"),
            ((panic, True, None, ""), "panic"),
            ((oops, True, None, ""), "oops"),
            ((oops, True, self.END, ""), "oops"),
            (("", True, "exit 0 taint 128", ""), "oops"),
            (("", True, None, "no sign of life for 60 s"), "hang"),
            (("", True, None, ""), "lost"),
        ]
        for arguments, name in rows:
            self.assertEqual(outcome.judge(*arguments)[0], name, arguments)

    def test_exit_codes(self):
        self.assertEqual(outcome.exit_code("ok", "exit 1 taint 0"), 1)
        self.assertEqual(outcome.exit_code("ok", "signal 11 taint 0"), 139)
        self.assertEqual([outcome.exit_code(name, None) for name in outcome.NAMES[1:]], [1, 1, 3, 3, 3])


def unpack(image):
    """{name: (mode, data)} of a cpio archive."""
    entries, at = {}, 0
    while True:
        fields = [int(image[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = image[at + 110 : at + 110 + name_size - 1].decode()
        at += (110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return entries
        entries[name] = (mode, image[at : at + size])
        at += (size + 3) & ~3


class InitramfsTest(unittest.TestCase):
    def test_read_back(self):
        files = {"a/b/kipc": (0o755, b"KIPC!")}
        entries = unpack(initramfs.guest(b"INIT", "/dev/ttyS1", ["/bin/kipc", "run", "a b"], files))
        self.assertEqual(entries["a/b/kipc"], (0o100755, b"KIPC!"))
        self.assertEqual(entries["init"], (0o100755, b"INIT"))
        self.assertEqual(entries["guest/command"][1], b"/bin/kipc\0run\0a b\0")
        names = list(entries)
        self.assertLess(names.index("a"), names.index("a/b"))  # a folder comes before what is in it
        self.assertLess(names.index("a/b"), names.index("a/b/kipc"))


class PackagesTest(unittest.TestCase):
    def test_sources_of_both_formats(self):
        text = "deb [arch=amd64] http://a.test/debian b main\n# deb http://no.test/debian b\nURIs: http://b.test/x\n"
        self.assertEqual(packages.uris(text), ["http://a.test/debian", "http://b.test/x"])

    def test_security_archive_beside_the_archive(self):
        alone = packages.archives(["http://a.test/debian/"])
        self.assertEqual(alone, ("http://a.test/debian", "http://a.test/debian-security"))
        both = ["http://a.test/debian", "http://s.test/debian-security"]
        self.assertEqual(packages.archives(both), tuple(both))
        with self.assertRaises(packages.PackageError):
            packages.archives(["http://a.test/ubuntu"])

    def test_versions_as_dpkg_sees_them(self):
        self.assertGreater(packages.compare("6.12.107-1", "6.12.94-1"), 0)
        self.assertLess(packages.compare("7.3~rc7-1", "7.3-1"), 0)


class TargetsTest(unittest.TestCase):
    def test_targets_are_whole(self):
        for name, target in store.targets().items():
            self.assertIn(machine.canonical(target["arch"]), machine.MACHINES, name)
            self.assertLessEqual({"arch", "package", "suite", "title"}, set(target), name)


class DistroTest(unittest.TestCase):
    def test_what_is_required_is_what_cmake_asks_for(self):
        asked = distro.required_in_cmake((distro.TOP / "CMakeLists.txt").read_text(encoding="utf-8"))
        self.assertEqual(asked, {name: distro.REQUIRED[name] for name in asked})
        self.assertEqual(len(asked), 5)

    def test_what_a_release_lacks(self):
        offered = {name: least or "1" for name, least in distro.REQUIRED.items()}
        self.assertEqual(distro.lacks(offered), [])
        said = distro.lacks({**offered, "cmake": "3.18.4-2", "libcli11-dev": None})
        self.assertEqual(said, ["cmake 3.18.4-2, not 3.25", "no libcli11-dev"])

    def test_errors_of_mmdebstrap(self):
        said = "I: running apt-get update...\nE: Release file for X is expired (invalid since 1d).\nE: failed to run\n"
        words = "Release file for X is expired (invalid since 1d).; failed to run; --expired takes such lists"
        self.assertEqual(rootfs.errors(said), words)
        self.assertEqual(rootfs.errors("killed\n"), "killed")

    def test_install_deps_installs_what_is_required(self):
        names = [distro.TOP / "ci" / "install-deps", "--names"]
        said = subprocess.run(names, capture_output=True, text=True, check=True).stdout
        self.assertLessEqual(set(distro.REQUIRED), set(said.split()))


class SessionTest(unittest.TestCase):
    def test_what_it_started_ends_with_the_block(self):
        with session.started(["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE) as process:
            child = os.pidfd_open(int(process.stdout.readline()))
            process.stdout.close()
        self.assertEqual(process.returncode, -9)
        select.select([child], [], [])  # it was not ended if this waits
        os.close(child)

    def test_the_status_of_what_ended_by_itself(self):
        with session.started(["sh", "-c", "exit 3"]) as process:
            process.wait()
        self.assertEqual(process.returncode, 3)


class TargetTest(unittest.TestCase):
    def words(self, command, slow=1):
        options = argparse.Namespace(command=command, quiet=True, report_dir=pathlib.Path("/r"))
        return target.Target("./x", options, True).words("/out", slow)

    def test_what_kipc_is_told(self):
        self.assertEqual(self.words([]), ["run", "--jsonl", "/out"])
        self.assertEqual(self.words(["run", "mq"], 5), ["run", "--jsonl", "/out", "mq", "--slow", "5"])
        self.assertEqual(self.words(["explore", "--slow=2"], 5), ["explore", "--slow=2"])
        given = ["explore"]
        self.assertEqual(self.words(given, 5), ["explore", "--slow", "5"])
        self.assertEqual(given, ["explore"])  # it is that of the next target, too
        self.assertEqual(self.words(["doctor"], 5), ["doctor"])

    def test_targets_are_chosen_once_each_or_not_at_all(self):
        line = target.Script("ci/x", "")
        self.assertEqual(line.choose(["b*", "b1", "a"], ["a", "b1", "b2"]), ["b1", "b2", "a"])
        self.assertEqual(line.choose(["./z"], ["a"], lambda word: word == "./z"), ["./z"])
        for words in ([], ["c"]):
            with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
                line.choose(words, ["a"])
            self.assertEqual(end.exception.code, 2)

    def test_the_exit_code_of_many(self):
        self.assertEqual([target.worst(codes) for codes in ([0, 0], [0, 3], [3, 1], [1, 2, 3])], [0, 3, 1, 2])


class ResultsTest(unittest.TestCase):
    START = {"type": "start", "format": "kipc-report", "selected": 2}
    ROW = {"type": "variant", "variant": "b", "repetition": 0, "status": "PASS"}

    def report(self, text):
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder)
            (top / "report.jsonl").write_text(text, encoding="utf-8")
            counts = results.write_report(top)
            path = top / "report.json"
            return counts, json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def test_a_whole_report(self):
        end = {"type": "end", "complete": True, "duration_ns": 5, "counts": {"PASS": 2}}
        rows = [self.START, self.ROW, {**self.ROW, "variant": "a"}, end]
        counts, report = self.report("".join(json.dumps(row) + "\n" for row in rows))
        self.assertEqual(counts, {"PASS": 2})
        self.assertEqual([row["variant"] for row in report["variants"]], ["a", "b"])
        self.assertTrue(report["complete"])
        self.assertEqual(next(iter(report)), "format")

    def test_what_was_finished_is_kept(self):
        counts, report = self.report(json.dumps(self.START) + "\n" + json.dumps(self.ROW) + '\n{"type": "vari')
        self.assertEqual(counts, {"PASS": 1})
        self.assertFalse(report["complete"])

    def test_lines_and_whole_of_kipc_agree(self):
        golden = pathlib.Path(__file__).resolve().parent.parent.parent / "harness" / "report" / "golden"
        _, report = self.report((golden / "report.jsonl").read_text(encoding="utf-8"))
        whole = json.loads((golden / "report.json").read_text(encoding="utf-8"))
        self.assertEqual({**report, "variants": None}, {**whole, "variants": None})
        in_order = sorted(whole["variants"], key=lambda row: (row["variant"], row["repetition"]))
        self.assertEqual(report["variants"], in_order)

    def test_nothing_came(self):
        self.assertEqual(self.report(""), (None, None))


if __name__ == "__main__":
    unittest.main()
