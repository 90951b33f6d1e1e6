#include "cli/run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/coverage.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "language/case.hpp"
#include "language/script.hpp"
#include "report/canonical.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

using What = AssertionOutcome::What;

std::string temporary(const char* name) { return (std::filesystem::temp_directory_path() / name).string(); }

std::vector<std::size_t> variants_of(const std::vector<Job>& jobs) {
  std::vector<std::size_t> out;
  for (const Job& job : jobs) out.push_back(job.variant);
  return out;
}

TEST_CASE("run: repetitions come round by round") {
  const std::vector<Job> jobs = arrange({Job{nullptr, 0, 0}, Job{nullptr, 1, 0}}, 2, std::nullopt);
  CHECK(variants_of(jobs) == std::vector<std::size_t>{0, 1, 0, 1});
  CHECK(jobs[1].repetition == 0);
  CHECK(jobs[2].repetition == 1);
}

TEST_CASE("run: a seed gives the same order everywhere") {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < 8; ++i) jobs.push_back(Job{nullptr, i, 0});
  const auto order = variants_of(arrange(jobs, 1, 42));
  CHECK(order == variants_of(arrange(jobs, 1, 42)));
  CHECK(order != variants_of(arrange(jobs, 1, 43)));
  CHECK(order == std::vector<std::size_t>{7, 0, 5, 1, 2, 4, 3, 6});
  CHECK(std::is_permutation(order.begin(), order.end(), variants_of(jobs).begin()));
}

std::unique_ptr<Program> program_of(const std::string& script) {
  static std::vector<std::unique_ptr<Case>> kept;
  const std::string text = R"({"id": "self.test.case", "title": "t", "asserts": ["x"], "script": [)" + script + "]}";
  kept.push_back(std::make_unique<Case>(load_case(text, "self.json")));
  return compile(*kept.back(), kept.back()->variants.at(0));
}

TEST_CASE("work: what rests on the sight of other processes, and of their ends") {
  const std::string alone = R"({"as": "a", "call": "getpid"})";
  const std::string fork = R"({"as": "a", "call": "fork", "child": "b"})";
  const std::string death = R"(, {"fault": "kill", "actor": "b"})";
  CHECK_FALSE(rests_on_processes(*program_of(alone)));
  CHECK_FALSE(rests_on_deaths(*program_of(alone)));
  CHECK(rests_on_processes(*program_of(fork)));
  CHECK_FALSE(rests_on_deaths(*program_of(fork)));
  CHECK(rests_on_deaths(*program_of(fork + death)));
}

TEST_CASE("work: a need of the whole case skips it") {
  VariantReport report;
  const std::vector<UnmetNeed> needs = {{{"RLIMIT_NOFILE: 256", "Raise it."}, {}}};
  REQUIRE(skip_for(needs, {"a.b", "a.c"}, report));
  CHECK(report.verdict.status == Status::skip);
  CHECK(report.verdict.reason == "RLIMIT_NOFILE: 256");
  CHECK(report.enable == "Raise it.");
  REQUIRE(report.verdict.assertions.size() == 2);
  CHECK(report.verdict.assertions[1].what == What::not_reached);
}

TEST_CASE("work: where blocking cannot be seen, what rests on it is a MISS and the rest still runs") {
  const Library library = load_library();
  WorkSettings settings;
  settings.catalogue = &library.catalogue;
  settings.blind = Missing{"syscall", "/proc/PID/syscall: open: ENOENT", "Use another kernel."};
  const VariantReport sleeps = run_one(Job{library.find("pipe.eof.last-writer-closes"), 0, 0}, settings);
  CHECK(sleeps.verdict.status == Status::miss);
  CHECK(sleeps.verdict.reason == "it cannot be seen here that a call blocks: /proc/PID/syscall: open: ENOENT");
  CHECK(sleeps.enable == "Use another kernel.");
  REQUIRE_FALSE(sleeps.verdict.assertions.empty());
  CHECK(sleeps.verdict.assertions[0].what == What::not_reached);
  CHECK(run_one(Job{library.find("pipe.descriptor.errors"), 0, 0}, settings).verdict.status == Status::pass);
}

TEST_CASE("work: a need of some assertions leaves the others, unless there are none") {
  VariantReport report;
  const std::vector<UnmetNeed> needs = {{{"one", "1"}, {"a.b"}}, {{"two", "2"}, {"a.c"}}};
  CHECK_FALSE(skip_for({}, {"a.b"}, report));
  CHECK_FALSE(skip_for({needs[0]}, {"a.b", "a.c"}, report));
  REQUIRE(skip_for(needs, {"a.b", "a.c"}, report));
  CHECK(report.verdict.assertions[0].note == "one");
  CHECK(report.verdict.assertions[1].note == "two");
}

TEST_CASE("work: what the platform never had is no failure of it") {
  const std::vector<UnmetNeed> needs = {{{"one", "1"}, {"pipe-read.eof"}}};
  VariantReport report = canonical_failure("", "3");
  excuse(needs, report);
  CHECK(report.verdict.status == Status::skip);
  CHECK(report.verdict.reason == "one");
  CHECK(report.verdict.trace.empty());
  CHECK(report.verdict.assertions[0].what == What::not_reached);
  CHECK(report.verdict.assertions[1].what == What::verified);

  report = canonical_failure("", "3");
  report.verdict.assertions[1].what = What::failed;  // another one, that needs nothing
  excuse(needs, report);
  CHECK(report.verdict.status == Status::fail);
}

TEST_CASE("work: the report says what did a fault that waited, and how often") {
  const Case source = load_case(R"({"id": "self.test.case", "title": "A test of kipc itself",
    "asserts": ["pipe-read.eof-when-no-writer"], "script": [
      {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
      {"fault": "errno", "actor": "a", "call": "write", "error": "EIO"},
      {"as": "a", "call": "write", "fd": "w", "data": "1", "expect": {"error": "EIO"}},
      {"as": "a", "call": "write", "fd": "w", "data": "2", "expect": {"error": "EIO"}}]})",
                                "self.json");
  WorkSettings settings;
  settings.catalogue = &embedded_catalogue();
  settings.sandbox = ability_for(Isolation::automatic, sandbox_ability());
  const VariantReport report = run_one(Job{&source, 0, 0}, settings);
  if (report.verdict.status == Status::skip) return;
  INFO(report.verdict.reason);
  CHECK(report.verdict.status == Status::pass);
  REQUIRE(report.faults.size() == 1);
  CHECK(report.faults[0].pointer == "/script/1");
  CHECK(report.faults[0].fault == "-- EIO for a at the entry of write, always --");
  CHECK(report.faults[0].actor == "a");
  CHECK(!report.faults[0].engine.empty());
  CHECK(report.faults[0].struck == 2);
}

TEST_CASE("work: without isolation nothing of it can be had") {
  SandboxAbility machine;
  machine.ipc = machine.pid = machine.mount = machine.tmpfs_mount = true;
  const SandboxAbility none = ability_for(Isolation::none, machine);
  CHECK_FALSE(none.ipc);
  REQUIRE(none.why_not("ipc namespace") != nullptr);
  CHECK(none.why_not("ipc namespace")->enable == "Run without --isolation none.");
  CHECK(ability_for(Isolation::user, machine).with_user);
  machine.missing.push_back(Missing{"tmpfs mount", "mount: EPERM", "Run kipc as root."});
  machine.tmpfs_mount = false;
  const SandboxAbility less = ability_for(Isolation::automatic, machine);
  CHECK_FALSE(less.mount);  // the sandbox makes no namespaces when it cannot have all that they need
  CHECK(less.why_not("tmpfs mount")->reason == "mount: EPERM");
  CHECK(less.why_not("mount namespace")->reason.find("without tmpfs mount") != std::string::npos);
  machine.tmpfs_mount = true;
  CHECK(ability_for(Isolation::automatic, machine).ipc);
  machine.mount = false;  // then actors get none at all
  REQUIRE(ability_for(Isolation::automatic, machine).why_not("ipc namespace") != nullptr);
  CHECK(ability_for(Isolation::automatic, machine).why_not("ipc namespace")->reason ==
        "actors get none without mount namespace");
}

TEST_CASE("output: a report file is there whole or not at all") {
  const std::string path = temporary("kipc-output-test.json");
  REQUIRE(replace_file(path, "old").has_value());
  {
    auto file = ReportFile::open(path);
    REQUIRE(file.has_value());
    CHECK(*read_file(path) == "old");
  }
  CHECK(*read_file(path) == "old");
  {
    auto file = ReportFile::open(path);
    REQUIRE(file.has_value());
    REQUIRE(file->write("new").has_value());
  }
  CHECK(*read_file(path) == "new");
  std::remove(path.c_str());
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
    CHECK_FALSE(entry.path().filename().string().starts_with("kipc-output-test"));
}

TEST_CASE("output: a path that cannot be written is told at once, a full disk at the end") {
  const auto missing = ReportFile::open("/nonexistent/r.json");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().text == "/nonexistent/r.json: cannot be written: open: ENOENT (No such file or directory)");
  CHECK_FALSE(LineFile::open("/nonexistent/r.jsonl").has_value());
  auto full = ReportFile::open("/dev/full");
  REQUIRE(full.has_value());
  const auto written = full->write("text");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().text == "/dev/full: cannot be written: write: ENOSPC (No space left on device)");
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("output: after a line that could not be written no other is tried") {
  auto lines = LineFile::open("/dev/full");
  REQUIRE(lines.has_value());
  CHECK_FALSE(lines->add("one").has_value());
  CHECK(lines->add("two").has_value());
}

/// The exit code of `kipc WORDS`, its output thrown away. In a child: what it prints stays out of the test's own.
int exit_of(std::vector<std::string> words) {
  words.insert(words.begin(), "kipc");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr)
      ::_exit(99);
    ::_exit(cli::main(static_cast<int>(words.size()), argv.data(), "unknown"));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

TEST_CASE("main: exit codes of the command line") {
  CHECK(exit_of({}) == 2);
  CHECK(exit_of({"--help"}) == 0);
  CHECK(exit_of({"run", "--help"}) == 0);
  CHECK(exit_of({"version"}) == 0);
  CHECK(exit_of({"--version"}) == 0);
  CHECK(exit_of({"-h"}) == 0);
  CHECK(exit_of({"no-such-verb"}) == 2);
  CHECK(exit_of({"no-such-verb", "--help"}) == 2);
  CHECK(exit_of({"--help", "no-such-verb"}) == 0);
  CHECK(exit_of({"run", "--no-such-option"}) == 2);
  CHECK(exit_of({"run", "no-such-case"}) == 2);
  CHECK(exit_of({"run", "--jobs", "0"}) == 2);
  CHECK(exit_of({"run", "--shuffle=x"}) == 2);
  CHECK(exit_of({"run", "--json", "-", "--jsonl", "-"}) == 2);
  CHECK(exit_of({"run", "--status", "FAIL"}) == 2);
  CHECK(exit_of({"run", "--failed-in", "/nonexistent"}) == 2);
  CHECK(exit_of({"run", "--saboteur", "no-such-saboteur"}) == 2);
  CHECK(exit_of({"run", "--cases", "/nonexistent"}) == 2);
  CHECK(exit_of({"check", "/nonexistent"}) == 2);
  CHECK(exit_of({"show", "no-such-case"}) == 2);
  CHECK(exit_of({"completion", "tcsh"}) == 2);
  for (const char* shell : {"bash", "fish", "zsh"}) CHECK(exit_of({"completion", shell}) == 0);
  CHECK(exit_of({"man"}) == 0);
  CHECK(exit_of({"coverage", "--area", "no-such-area"}) == 2);
}

TEST_CASE("main: the shipped cases are right") { CHECK(exit_of({"check", KIPC_SOURCE_DIR "/cases"}) == 0); }

TEST_CASE("main: every shipped deviation is of a variant and an assertion that there are") {
  const Library library = load_library();
  for (const Deviation& deviation : library.deviations) {
    INFO(deviation.id);
    bool found = false;
    for (const Case& source : library.cases)
      for (const Variant& variant : source.variants)
        found = found || deviation.variants.empty() || glob_match(deviation.variants, variant.id);
    CHECK(found);
    CHECK((deviation.assertion.empty() || library.catalogue.find(deviation.assertion) != nullptr));
  }
}

/// The canonical report in a file that lasts as long as this.
struct StoredReport {
  explicit StoredReport(const char* name, const Report& report = canonical_report()) : path(temporary(name)) {
    REQUIRE(replace_file(path, report_to_json(report)).has_value());
  }
  StoredReport(const StoredReport&) = delete;
  StoredReport& operator=(const StoredReport&) = delete;
  ~StoredReport() { std::filesystem::remove(path); }
  std::string path;
};

TEST_CASE("main: exit codes of the verbs that read reports") {
  const StoredReport same("kipc-main-old.json");
  Report changed = canonical_report();
  for (VariantReport& variant : changed.variants) variant.verdict.status = Status::fail;
  const StoredReport worse("kipc-main-new.json", changed);
  changed.platform.machine = "aarch64";
  const StoredReport unlike("kipc-main-unlike.json", changed);
  CHECK(exit_of({"report", same.path}) == 0);
  CHECK(exit_of({"report", same.path, "--ktap", "-"}) == 0);
  CHECK(exit_of({"report", same.path, "--ktap", "-", "--csv", "-"}) == 2);
  CHECK(exit_of({"report", same.path, "--kcidb", "-", "--origin", "our_ci"}) == 0);
  CHECK(exit_of({"report", same.path, "--kcidb", "-", "--origin", "our-ci"}) == 2);
  CHECK(exit_of({"report", same.path, "--ktap", "-", "--origin", "our_ci"}) == 2);  // it is for --kcidb
  CHECK(exit_of({"report", same.path, "--junit", "/nonexistent/r.xml"}) == 3);
  CHECK(exit_of({"report", "/nonexistent"}) == 2);
  CHECK(exit_of({"report", same.path, "--from-stream"}) == 2);  // these are no lines
  CHECK(exit_of({"diff", same.path, same.path}) == 0);
  CHECK(exit_of({"diff", same.path, worse.path}) == 1);
  CHECK(exit_of({"diff", worse.path, same.path}) == 0);
  CHECK(exit_of({"diff", same.path, unlike.path}) == 2);
  CHECK(exit_of({"diff", same.path, unlike.path, "--across"}) == 1);
  CHECK(exit_of({"diff", same.path, worse.path, "--confirm"}) == 3);  // it is of another machine
  CHECK(exit_of({"diff", same.path}) == 2);
  CHECK(exit_of({"diff", same.path, "/nonexistent"}) == 2);
  CHECK(exit_of({"judge", "/nonexistent"}) == 2);
  CHECK(exit_of({"judge", same.path}) == 3);  // of none of its cases is there a history
  CHECK(exit_of({"history", "/nonexistent"}) == 2);
  const std::string folder = temporary("kipc-main-reports");
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(same.path, folder + "/r.json", std::filesystem::copy_options::overwrite_existing);
  CHECK(exit_of({"history", folder}) == 0);
  CHECK(exit_of({"history", folder, "pipe", "--all"}) == 0);
  CHECK(exit_of({"history", folder, "no-such-case"}) == 2);
  const std::string other = folder + "/r.guest.json";
  REQUIRE(replace_file(other, "{\n\"outcome\": \"ok\", \"wall_seconds\": 1.5}\n").has_value());
  CHECK(exit_of({"history", folder}) == 0);                     // passed over
  CHECK(exit_of({"history", folder, "--import", other}) == 3);  // named, it should have been a report
  REQUIRE(replace_file(folder + "/broken.json", "{\"format\": \"kipc-report\", \"format_version\": 2}").has_value());
  CHECK(exit_of({"history", folder}) == 3);
  std::filesystem::remove_all(folder);
}

TEST_CASE("main: the help tells every status and its exit code") {
  const std::string help = exit_code_help();
  for (const StatusRow& row : kStatuses) {
    INFO(row.name);
    CHECK(help.find(std::string(row.name)) != std::string::npos);
    CHECK(help.find(std::string(row.meaning)) != std::string::npos);
  }
}

TEST_CASE("main: the example of programs holds here, and is skipped without its program") {
  const std::string cases = KIPC_SOURCE_DIR "/docs/example";
  CHECK(exit_of({"check", cases}) == 0);
  CHECK(exit_of({"run", "--cases", cases, "cat"}) == 0);  // SKIP
  if (::access("/bin/cat", X_OK) != 0 || ::access("/bin/true", X_OK) != 0) return;
  CHECK(exit_of({"run", "--cases", cases, "cat", "--program", "cat=/bin/cat"}) == 0);
  CHECK(exit_of({"run", "--cases", cases, "cat", "--program", "cat=/bin/true"}) != 0);
  CHECK(exit_of({"run", "--cases", cases, "cat", "--program", "dog=/bin/cat"}) == 2);
}

TEST_CASE("run: programs are given by name and must be executable files") {
  const auto problem = [](const std::vector<std::string>& given) {
    const auto programs = programs_of(given);
    return programs ? std::string("none") : programs.error().text;
  };
  CHECK(programs_of({}).value().empty());
  CHECK(programs_of({"sh=/bin/sh"}).value().at("sh") == "/bin/sh");
  CHECK(problem({"sh"}) == "--program sh: expected NAME=PATH, with a name of letters, digits, '.', '_' and '-'");
  CHECK(problem({"=/bin/sh"}).find("expected NAME=PATH") != std::string::npos);
  CHECK(problem({"sh="}).find("expected NAME=PATH") != std::string::npos);
  CHECK(problem({"a b=/bin/sh"}).find("expected NAME=PATH") != std::string::npos);
  CHECK(problem({"x=/nonexistent"}) == "--program x=/nonexistent: it is no file that can be executed");
  CHECK(problem({"x=/bin"}) == "--program x=/bin: it is no file that can be executed");
  CHECK(problem({"sh=/bin/sh", "sh=/bin/cat"}) == "--program sh: given twice");
}

TEST_CASE("work: a program that was not given makes a SKIP that says how to give it") {
  const Case source = load_case(R"({"id": "self.test.case", "title": "A test of kipc itself",
    "asserts": ["pipe-read.eof-when-no-writer"], "script": [
      {"as": "a", "call": "execve", "pathname": {"program": "peer"}}, {"as": "a", "dies": {"exit": 0}}]})",
                                "self.json");
  WorkSettings settings;
  settings.catalogue = &embedded_catalogue();
  settings.sandbox = ability_for(Isolation::automatic, sandbox_ability());
  const VariantReport report = run_one(Job{&source, 0, 0}, settings);
  CHECK(report.verdict.status == Status::skip);
  CHECK(report.verdict.reason == "program peer: none was given");
  CHECK(report.enable == "Say which file it is: kipc run --program peer=PATH.");
}

TEST_CASE("coverage: verified, recorded, not yet") {
  Library library;
  library.catalogue.add(R"({"area": "pipe", "assertions": [
    {"id": "p.open", "interface": "write", "class": "implementation-defined", "statement": "S", "ref": "R"},
    {"id": "p.shall", "interface": "read", "class": "posix-shall", "statement": "S", "ref": "R"},
    {"id": "p.never", "interface": "read", "class": "posix-shall", "statement": "S", "ref": "R"}]})",
                        "assertions/pipe.json");
  add_cases(library, {{"a.json", R"({"id": "pipe.a.open", "title": "T", "asserts": ["p.open"], "script": [
      {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
      {"as": "a", "call": "write", "fd": "r", "data": "x", "record": {"q": {"no": {"error": "EBADF"}, "yes": {"return": 1}}}}]})"},
                      {"b.json", R"({"id": "pipe.b.shall", "title": "T", "asserts": ["p.shall"], "script": [
      {"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
      {"as": "a", "call": "write", "fd": "w", "data": "x", "expect": {"return": 1}}]})"}});
  REQUIRE(library.problems.empty());
  const auto covered = cover(library);
  CHECK(covered.at("p.open") == Covered::recorded);
  CHECK(covered.at("p.shall") == Covered::verified);
  CHECK(covered.at("p.never") == Covered::not_yet);
  const auto rows = coverage_rows(library.catalogue, covered);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].area == "all");
  CHECK(rows[0].verified == 1);
  CHECK(rows[0].recorded == 1);
  CHECK(rows[0].all == 3);
  CHECK(coverage_table(rows, true).find("| pipe | 1/2 |  |  |  | 1/1 |  |  | 1 | 1 | 1 | 3 |\n") != std::string::npos);
}

}  // namespace
}  // namespace kipc::cli
