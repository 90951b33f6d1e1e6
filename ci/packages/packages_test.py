"""Checks of the packages that ci/package has built:

  python3 -m unittest discover -s ci/packages -t ci -p packages_test.py

Those on a fresh Debian need root and mmdebstrap, others a tool each; what is missing is a skip that says so.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from guests import rootfs

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = TOP / "build" / "package"
SHARE = "usr/share"
INSTALLED = (
    "usr/bin/kipc",
    f"{SHARE}/bash-completion/completions/kipc",
    f"{SHARE}/doc/kipc/README.md",
    f"{SHARE}/doc/kipc/docs/language.md",
    f"{SHARE}/fish/vendor_completions.d/kipc.fish",
    f"{SHARE}/kipc/cases/case.schema.json",
    f"{SHARE}/kipc/cases/assertions/pipe.json",
    f"{SHARE}/kipc/report.schema.json",
    f"{SHARE}/man/man1/kipc.1.gz",
    f"{SHARE}/zsh/site-functions/_kipc",
)
LICENCES = ("libc6", "libseccomp", "libstdc", "libfmt", "zlib1g", "nlohmann-json3", "libcli11", "libexpected")


def run(*command, **options):
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def only(pattern):
    (path,) = (BUILD / "packages").glob(pattern)
    return path


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def needs(tool):
    return unittest.skipUnless(shutil.which(tool), f"{tool} is not installed")


fresh_debian = unittest.skipIf(rootfs.needed(), rootfs.needed())


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.top = pathlib.Path(cls.work.name)
        environment = {**os.environ, "DESTDIR": cls.work.name}
        run("cmake", "--install", BUILD, "--prefix", "/usr", env=environment)

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def test_files_are_where_they_belong(self):
        there = files_below(self.top)
        for name in INSTALLED:
            self.assertIn(name, there)
        self.assertEqual({name.split("/")[0] for name in there}, {"usr"})
        cases = files_below(TOP / "cases")
        self.assertEqual({f"{SHARE}/kipc/cases/{name}" for name in cases}, {n for n in there if "/kipc/cases/" in n})

    def test_licences_of_what_is_inside(self):
        found = sorted(path.name for path in (self.top / SHARE / "doc/kipc/licences").iterdir())
        for name in LICENCES:
            self.assertTrue([f for f in found if f.startswith(name)], f"{name} among {found}")

    def test_installed_cases_are_those_inside(self):
        kipc = self.top / "usr/bin/kipc"
        inside = run(kipc, "list")
        self.assertEqual(run(kipc, "list", "--cases", self.top / SHARE / "kipc/cases"), inside)
        self.assertGreater(inside.count("\n"), 400)

    @needs("man")
    def test_manual_page(self):
        page = self.top / SHARE / "man/man1/kipc.1.gz"
        done = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, check=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
        self.assertEqual(done.stderr, "")
        text = gzip.decompress(page.read_bytes()).decode()
        listed = run(self.top / "usr/bin/kipc", "--help").split("\nVerbs:")[1].split("\nOptions:")[0]
        verbs = re.findall(r"^  (\w+) +\S", listed, re.M)
        self.assertGreater(len(verbs), 15)
        for verb in verbs:
            self.assertIn(f'.SS "kipc {verb} ', text)

    def test_bash_completion(self):
        script = self.top / SHARE / "bash-completion/completions/kipc"
        asked = "COMP_WORDS=(kipc run --shuf); COMP_CWORD=2; _kipc; echo ${COMPREPLY[@]}"
        self.assertEqual(run("bash", "-c", f"source {script} && {asked}"), "--shuffle\n")

    @needs("zsh")
    def test_zsh_completion(self):
        run("zsh", "-n", self.top / SHARE / "zsh/site-functions/_kipc")

    @needs("fish")
    def test_fish_completion(self):
        script = self.top / SHARE / "fish/vendor_completions.d/kipc.fish"
        rows = {"kipc run --shuf": "--shuffle", "kipc run --isolation ": "namespaces", "kipc jud": "judge"}
        for typed, offered in rows.items():
            said = run("fish", "--no-config", "-c", f"source {script}; complete -C '{typed}'")
            self.assertIn(offered, said.split(), typed)
        self.assertNotIn("--shuffle", run("fish", "--no-config", "-c", f"source {script}; complete -C 'kipc calls --'"))


class CommitTest(unittest.TestCase):
    def made(self, source, given=""):
        with tempfile.TemporaryDirectory() as work:
            header = pathlib.Path(work) / "commit.hpp"
            words = [f"-DCOMMIT={given}", f"-DSOURCE={source}", f"-DOUTPUT={header}"]
            run("cmake", *words, "-P", TOP / "harness/commit.cmake")
            return re.search('"(.*)"', header.read_text(encoding="utf-8")).group(1)

    def test_of_a_checkout_an_archive_and_neither(self):
        head = run("git", "-C", TOP, "rev-parse", "--short=12", "HEAD").strip()
        self.assertIn(self.made(TOP), (head, f"{head}-dirty"))
        with tempfile.TemporaryDirectory() as work:
            archive = pathlib.Path(work) / "a.tar"
            run("git", "-C", TOP, "archive", "-o", archive, "HEAD", "harness/commit.txt")
            run("tar", "-xf", archive, "-C", work)
            self.assertEqual(self.made(work), head)
            shutil.copy(TOP / "harness/commit.txt", pathlib.Path(work) / "harness")
            self.assertEqual(self.made(work), "unknown")
            self.assertEqual(self.made(work, "given"), "given")

    def test_the_program_names_it(self):
        said = run(BUILD / "kipc", "--version")
        self.assertIn(f"commit {self.made(TOP)}, case set ", said)


class TarballTest(unittest.TestCase):
    def test_it_runs_where_it_is_unpacked(self):
        with tempfile.TemporaryDirectory() as work:
            run("tar", "-xzf", only("*.tar.gz"), "-C", work)
            (top,) = pathlib.Path(work).iterdir()
            run(top / "bin/kipc", "run", "--quiet", "eventfd")
            there = files_below(top)
            for name in INSTALLED:
                self.assertIn(name.removeprefix("usr/"), there)
            self.assertIn("share/doc/kipc/licences/kipc", there)


class DebTest(unittest.TestCase):
    def test_control(self):
        control = run("dpkg-deb", "-f", only("*.deb"))
        fields = dict(line.split(": ", 1) for line in control.splitlines() if re.match(r"\S", line))
        self.assertEqual((fields["Package"], fields["Section"]), ("kipc", "devel"))
        self.assertEqual(fields["Architecture"], run("dpkg", "--print-architecture").strip())
        self.assertNotIn("Depends", fields)
        self.assertTrue(fields["Version"].startswith(run(BUILD / "kipc", "--version").split()[1]))

    def test_contents(self):
        rows = [line.split(None, 5) for line in run("dpkg-deb", "-c", only("*.deb")).splitlines()]
        self.assertEqual({row[1] for row in rows}, {"root/root"})
        there = {row[5].removeprefix("./") for row in rows}
        debian = [f"{SHARE}/doc/kipc/{name}" for name in ("copyright", "changelog.Debian.gz")]
        for name in (*INSTALLED, *debian):
            self.assertIn(name, there)

    @needs("lintian")
    def test_lintian(self):
        # No bug asks for the package: it is not Debian's.
        ignored = ["--suppress-tags", "initial-upload-closes-no-bugs"]
        said = run("lintian", "--fail-on", "error,warning", *ignored, only("*.deb"))
        self.assertEqual(said, "")

    @fresh_debian
    def test_on_a_fresh_debian(self):
        script = (
            "dpkg -i /kipc.deb && kipc version && kipc run --quiet eventfd pipe sysv-sem &&"
            " kipc check /usr/share/kipc/cases/pipe/*.json >/dev/null && dpkg -P kipc && ! test -e /usr/share/kipc"
        )
        self.inside(script, "bookworm", [], [rootfs.Bind(only("*.deb"), "/kipc.deb")])

    @fresh_debian
    def test_autopkgtest(self):
        binds = [rootfs.Bind(only("*.deb"), "/kipc.deb"), rootfs.Bind(TOP / "ci/templates/autopkgtest", "/source")]
        said = self.inside("autopkgtest /kipc.deb /source -- null", "bookworm", ["autopkgtest", "dpkg-dev"], binds)
        results = re.findall(r"^(\S+) +(PASS|FAIL|SKIP|FLAKY)\b", said, re.M)
        self.assertEqual({result for _, result in results}, {"PASS"}, said)

    def inside(self, script, suite, wanted, binds):
        root = rootfs.Rootfs(suite, [suite], wanted)
        root.make()
        with tempfile.TemporaryFile() as out:
            code = root.run(["sh", "-ec", script], binds, 600, stdout=out, stderr=subprocess.STDOUT)
            out.seek(0)
            said = out.read().decode(errors="replace")
        self.assertEqual(code, 0, said)
        return said


if __name__ == "__main__":
    unittest.main()
