// The one report that every form of output is tested with: it holds every status and everything a report can say.
#pragma once

#include "report/report.hpp"
#include "values/record.hpp"

namespace kipc {

inline VariantReport canonical_variant(std::string case_id, std::string parameters, Status status, std::string reason) {
  VariantReport made;
  made.variant_id = case_id + parameters;
  made.title = "The title of " + case_id;
  made.file = "cases/" + case_id.substr(0, case_id.find('.')) + "/file.json";
  made.case_id = std::move(case_id);
  made.case_hash = "0123456789abcdef";
  made.verdict.status = status;
  made.verdict.reason = std::move(reason);
  made.duration_ns = 812'345;
  made.isolation = "user";
  return made;
}

/// A history with something of everything that one can hold.
inline ToldHistory canonical_history() {
  using Kind = Event::Kind;
  constexpr std::int64_t kBegin = 5'000'000;
  ToldHistory made;
  History& history = made.history;
  history.end = History::End::diverged;
  history.isolation = "user";
  history.begin_ns = kBegin;
  history.end_ns = kBegin + 30'000;
  history.actors = {ActorRecord{2, 2, 0, 0, 0, -1, true, false}, ActorRecord{3, 3, 0, 0, 1, 0, true, true}};
  made.told.actors = {"writer", "reader"};
  made.told.channels = {"items"};
  made.told.sections = {"lock"};
  history.facts = {Fact{0, 8192}};
  const auto event = [&](Kind kind, int step, int actor, int line, const char* call, const char* text) -> Event& {
    Event one;
    one.kind = kind;
    one.step = step;
    one.actor = actor;
    history.events.push_back(one);
    made.told.events.push_back(Told::Piece{line, call, text});
    return history.events.back();
  };
  const auto at = [](Event& one, std::int64_t begin, std::int64_t end) {
    one.result.begin_ns = kBegin + begin;
    one.result.end_ns = end == 0 ? 0 : kBegin + end;
  };
  Event& piped = event(Kind::returned, 0, 0, 6, "pipe", "pipe([r, w]) = 0");
  at(piped, 1'000, 2'000);
  piped.result.bindings = {Binding{CellScope::process, 0, 3}, Binding{CellScope::process, 1, 4}};
  at(event(Kind::slept, 3, 1, 10, "read", "read(r, 16) <unfinished ... blocked>"), 4'000, 0);
  Event& handled = event(Kind::handled, 4, 0, 11, "", "--- SIGUSR1 handled ---");
  handled.signals = {SigInfo{10, 0, 0, 3, 0, 0, 0, 0, 0}};
  at(event(Kind::returned, 5, 0, 12, "close", "close(w) = 0"), 10'000, 11'000);
  event(Kind::fault, 6, 0, 13, "", "-- kill writer (SIGKILL) --");
  Event& died = event(Kind::died, 6, 0, 13, "", "+++ killed by SIGKILL +++");
  died.status = 9;
  Event& woke = event(Kind::resumed, 7, 1, 14, "read", "<... read resumed> = 3 \"abc\"");
  woke.call = 3;
  at(woke, 4'000, 12'500);
  woke.result.ret = 3;
  woke.result.subject = 3;
  std::string data = std::string("abc") + std::string("\0\1", 2) + std::string(16, 'x') + std::string(40, ' ');
  fill_pattern(reinterpret_cast<unsigned char*>(data.data()) + 21, 40, 1, 100);
  woke.result.storage = std::make_shared<std::string>(std::move(data));
  const std::string_view bytes = *woke.result.storage;
  woke.result.outs = {Out{2, bytes.substr(0, 3)}, Out{3, bytes.substr(3, 2)}, Out{4, bytes.substr(5, 16)},
                      Out{5, bytes.substr(21)}};

  BlockLog log;
  log.block = 1;
  log.actor = 0;
  log.finished = true;
  log.calls = 3;
  log.items = {Item{Item::What::put, 0, 0, 1, kBegin + 5'000, kBegin + 5'400, 0},
               Item{Item::What::put, 0, 0, 2, kBegin + 6'000, kBegin + 6'300, 7},
               Item{Item::What::enter, 0, 0, 0, kBegin + 7'000, 0, 0}};
  Mismatch mismatch;
  mismatch.step = 2;
  mismatch.round = 1;
  mismatch.result.ret = -1;
  mismatch.result.err = EAGAIN;
  mismatch.result.begin_ns = kBegin + 8'000;
  mismatch.result.end_ns = kBegin + 8'100;
  mismatch.why = "expected return 1, got -1 EAGAIN";
  log.mismatches = {mismatch};
  history.logs = {log};
  made.told.logs = {{{8, "", "concurrently: 3 calls, 2 items put, 1 times in a section, 1 unexpected results"},
                     {{9, "write", "  round 1: write(w, \"x\") = -1 EAGAIN  expected return 1, got -1 EAGAIN"}}}};
  history.injections = {Injection{6, 0, "signals", 1}};
  history.measured = {1};
  CostRecord cost;
  cost.step = 1;
  cost.actor = 0;
  cost.costs.calls = {CallCost{"write", 4, 1, 300, 9'000}};
  cost.costs.total[static_cast<std::size_t>(Figure::syscalls)] = 4;
  history.costs = {cost};
  history.standing = {Standing{1, 7, "running"}};
  made.told.standing = {Told::Piece{14, "read", "running, line 14"}};
  return made;
}

inline VariantReport canonical_failure(std::string parameters, std::string got) {
  VariantReport made = canonical_variant("pipe.eof.last-writer", std::move(parameters), Status::fail,
                                         "reader: read: expected return 0, got " + got);
  made.title = "A reader sees end-of-file when the last write end is closed";
  made.verdict.line = 14;
  made.verdict.pointer = "/script/7";
  made.verdict.step = "reader  <... read resumed> = 0";
  made.verdict.expected = "return 0";
  made.verdict.got = std::move(got);
  made.verdict.trace = {"  writer  close(w) = 0", "> reader  <... read resumed> = 3 \"abc\"",
                        "  reader  read(r, 16) = 0"};
  made.verdict.clauses = {
      "pipe-read.eof: A read from an empty pipe that no process has open for writing returns 0. (POSIX.1-2024 read() "
      "DESCRIPTION)"};
  made.verdict.assertions = {{"pipe-read.eof", AssertionOutcome::What::failed, ""},
                             {"pipe-read.blocks-when-empty", AssertionOutcome::What::verified, ""}};
  made.history = canonical_history();
  return made;
}

inline Fingerprint canonical_platform() {
  Fingerprint p;
  p.kipc_version = "1.2.3";
  p.kernel = "Linux";
  p.kernel_release = "6.1.0-50-amd64";
  p.kernel_version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.170-1";
  p.machine = "x86_64";
  p.distribution = "Debian GNU/Linux 12 (bookworm)";
  p.libc = "glibc";
  p.libc_version = "2.36";
  p.libc_static = true;
  p.config_source = "/boot/config-6.1.0-50-amd64";
  p.config_digest = "fedcba9876543210";
  p.config_options = {{"POSIX_MQUEUE", "y"}, {"SYSVIPC", "y"}};
  p.limits = {{"RLIMIT_MSGQUEUE", {819200, 819200}}, {"RLIMIT_NOFILE", {1024, kUnlimited}}};
  p.sysctls = {{"fs.pipe-max-size", "1048576"}, {"kernel.sem", "32000 1024000000 500 32000"}};
  p.lsms = {"capability", "yama"};
  p.virtualisation = "KVM";
  p.container = "docker (/.dockerenv)";
  p.cpu_model = "A processor";
  p.cpus_online = 4;
  p.cpus_usable = 2;
  p.mitigations = {{"spectre_v2", "Mitigation: Retpolines"}};
  p.page_size = 4096;
  p.pipe_buf = 4096;
  p.word_size = 64;
  p.uid = 1000;
  p.euid = 1000;
  p.capabilities = {"CAP_KILL"};
  p.seccomp = "filter";
  return p;
}

inline Report canonical_report() {
  using What = AssertionOutcome::What;
  Report report;
  report.kipc_version = "1.2.3";
  report.started = "2026-01-02T03:04:05Z";
  report.duration_ns = 1'240'000'000;
  report.platform = canonical_platform();
  report.settings.arguments = {"run", "--shuffle=42", "pipe", "mq"};
  report.settings.jobs = 2;
  report.settings.repeat = 2;
  report.settings.slow_percent = 150;
  report.settings.seed = 42;
  report.case_set = "00112233445566aa";
  report.selected = 12;
  report.complete = true;

  report.variants.push_back(canonical_failure("[size=1]", "3 \"abc\""));
  report.variants.push_back(canonical_failure("[size=2]", "3 \"abc\""));

  VariantReport error = canonical_variant("mq.notify.once", "", Status::error, "worker killed by SIGSEGV");
  error.isolation = "";
  report.variants.push_back(error);

  VariantReport late = canonical_variant("mq.receive.blocks", "", Status::miss, "the deadline of 2 s has passed");
  late.verdict.line = 9;
  late.verdict.pointer = "/script/4";
  late.verdict.step = "reader  mq_receive(q, 64) = ?  <blocks>";
  late.verdict.standing = {"reader: line 9, running", "writer: line 8, asleep in mq_timedsend (wq_sleep)"};
  late.remaining = {{"mq", "/q", 0}, {"msg", "", 32768}};
  report.variants.push_back(late);

  VariantReport gone = canonical_variant("mq.send.priority", "", Status::xpass,
                                         "the deviation mq-priority-32 is gone (https://example.org/bug/7)");
  gone.verdict.deviation = "mq-priority-32";
  report.variants.push_back(gone);

  VariantReport pass = canonical_variant("pipe.atomic.many-writers", "[size=PIPE_BUF,writers=2]", Status::pass, "");
  pass.verdict.assertions = {{"write.pipe-buf-atomic", What::verified, ""}};
  MeasuredCost cost{"round trip", 100, {}};
  cost.costs.calls = {{"read", 200, 1, 12800, 0}, {"write", 200, 0, 12800, 51200}};
  cost.costs.total[static_cast<std::size_t>(Figure::syscalls)] = 400;
  pass.verdict.costs = {cost};
  pass.faults = {
      {"/script/2", "-- EINTR for writer at the entry of write number 2.. --", "writer[1]", "seccomp-notify", 7}};
  report.variants.push_back(pass);
  pass.repetition = 1;
  pass.duration_ns = 75'000'000'000;
  report.variants.push_back(pass);

  VariantReport known = canonical_variant("futex.wait.spurious", "", Status::xfail,
                                          "gVisor wakes one waiter too many (https://example.org/bug/8)");
  known.verdict.got = "2";
  known.verdict.deviation = "gvisor.futex-wake-count";
  report.variants.push_back(known);

  VariantReport recorded = canonical_variant("pipe.vector.none", "", Status::done, "1 answer recorded");
  recorded.verdict.assertions = {{"writev.iovcnt-zero", What::recorded, ""}};
  recorded.verdict.answers = {{"iovcnt 0, \"none\"", "EINVAL"}};
  report.variants.push_back(recorded);

  report.probes[static_cast<std::size_t>(Figure::syscalls)] = Provenance{"tracepoint", "", ""};
  report.probes[static_cast<std::size_t>(Figure::copies)] =
      Provenance{"", "fexit: EPERM (Operation not permitted)", "Use a kernel with CONFIG_KPROBES."};

  for (const char* parameters : {"[uids=2]", "[uids=3]"}) {
    VariantReport skip =
        canonical_variant("shm.open.other-user", parameters, Status::skip, "many uids: newuidmap is not installed");
    skip.enable = "Run kipc as root, or map more ids (/etc/subuid, /etc/subgid).";
    skip.unmet = {{{skip.verdict.reason, skip.enable}, {"shm_open.eacces"}}};
    skip.verdict.assertions = {{"shm_open.eacces", What::not_reached, "many uids: newuidmap is not installed"}};
    report.variants.push_back(skip);
  }
  VariantReport other =
      canonical_variant("sem.undo.exit", "", Status::skip, "CONFIG_SYSVIPC is not set in /proc/config.gz");
  other.enable = "Use a kernel built with CONFIG_SYSVIPC.";
  report.variants.push_back(other);
  return report;
}

}  // namespace kipc
