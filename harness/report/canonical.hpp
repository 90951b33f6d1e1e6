// The one report that every form of output is tested with: it holds every status and everything a report can say.
#pragma once

#include "report/report.hpp"

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
  made.history = {"   +10.0 µs  writer  close(w) = 0", "   +12.5 µs  reader  <... read resumed> = 3 \"abc\""};
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

  report.variants.push_back(canonical_variant("mq.send.priority", "", Status::xpass,
                                              "the deviation mq-priority-32 is gone (https://example.org/bug/7)"));

  VariantReport pass = canonical_variant("pipe.atomic.many-writers", "[size=PIPE_BUF,writers=2]", Status::pass, "");
  pass.verdict.assertions = {{"write.pipe-buf-atomic", What::verified, ""}};
  pass.faults = {
      {"/script/2", "-- EINTR for writer at the entry of write number 2.. --", "writer[1]", "seccomp-notify", 7}};
  report.variants.push_back(pass);
  pass.repetition = 1;
  pass.duration_ns = 75'000'000'000;
  report.variants.push_back(pass);

  report.variants.push_back(canonical_variant("futex.wait.spurious", "", Status::xfail,
                                              "gVisor wakes one waiter too many (https://example.org/bug/8)"));

  VariantReport recorded = canonical_variant("pipe.vector.none", "", Status::done, "1 answer recorded");
  recorded.verdict.assertions = {{"writev.iovcnt-zero", What::recorded, ""}};
  recorded.verdict.answers = {{"iovcnt 0", "EINVAL"}};
  report.variants.push_back(recorded);

  for (const char* parameters : {"[uids=2]", "[uids=3]"}) {
    VariantReport skip =
        canonical_variant("shm.open.other-user", parameters, Status::skip, "many uids: newuidmap is not installed");
    skip.enable = "Run kipc as root, or map more ids (/etc/subuid, /etc/subgid).";
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
