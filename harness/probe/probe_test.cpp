#include "probe/probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "base/catch.hpp"
#include "base/fd.hpp"
#include "platform/proc_text.hpp"
#include "platform/system_call_names.hpp"
#include "probe/kernel_symbols.hpp"
#include "probe/marks.hpp"
#include "probe/server.hpp"

using namespace kipc;

namespace {

/// Null where nothing can be counted; the reason is then checked, and shown by -s.
std::unique_ptr<Probe> started(int slots) {
  Provenances figures;
  auto probe = Probe::start(slots, figures);
  for (const FigureRow& row : kipc::figures()) {
    const Provenance& one = figures[static_cast<std::size_t>(row.figure)];
    INFO(row.name);
    CHECK(one.how.empty() != one.missing.empty());  // each is had, or has its reason
  }
  const Provenance& calls = figures[static_cast<std::size_t>(Figure::syscalls)];
  if (probe != nullptr && calls.how.empty()) probe.reset();
  if (probe == nullptr) WARN("not counted here: " << calls.missing);
  return probe;
}

/// True when it sleeps in a read().
bool sleeps(pid_t pid) {
  const std::string now = read_start(fmt::format("/proc/{}/syscall", pid).c_str(), 64);
  return now.rfind(fmt::format("{} ", SYS_read), 0) == 0;
}

const CallCost* call_of(const Costs& costs, std::string_view name) {
  for (const CallCost& call : costs.calls)
    if (call.call == name) return &call;
  return nullptr;
}

}  // namespace

TEST_CASE("what a marked task calls is counted, by name, with errors and bytes") {
  const auto probe = started(4);
  if (probe == nullptr) return;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  std::array<char, 100> data{};
  bool went_well = true;  // no checks in between: reporting them takes system calls, too
  const auto exchange = [&] {
    for (int i = 0; i < 3; ++i) {
      went_well = went_well && ::write(writer.get(), data.data(), 100) == 100;
      went_well = went_well && ::read(reader.get(), data.data(), 100) == 100;
    }
    went_well = went_well && ::close(-1) == -1;
  };
  REQUIRE(probe->attach(FigureSet().set()));
  exchange();  // nobody is marked
  mark_task(2);
  exchange();
  unmark_task();
  exchange();
  REQUIRE(probe->detach());
  mark_task(3);  // and nobody counts
  exchange();
  unmark_task();

  CHECK(went_well);
  const Costs costs = probe->read(2);
  CHECK(costs.of(Figure::syscalls) == 7);
  REQUIRE(costs.calls.size() == 3);
  REQUIRE(call_of(costs, "read") != nullptr);
  CHECK(call_of(costs, "read")->count == 3);
  CHECK(call_of(costs, "read")->bytes == 300);
  CHECK(call_of(costs, "read")->errors == 0);
  CHECK(call_of(costs, "read")->ns == 0);
  REQUIRE(call_of(costs, "write") != nullptr);
  CHECK(call_of(costs, "write")->count == 3);
  REQUIRE(call_of(costs, "close") != nullptr);
  CHECK(call_of(costs, "close")->count == 1);
  CHECK(call_of(costs, "close")->errors == 1);
  if (!probe->figures()[static_cast<std::size_t>(Figure::copies)].how.empty()) {
    CHECK(costs.of(Figure::copies) == 6);
    CHECK(costs.of(Figure::bytes_copied) == 600);
  }
  for (const int slot : {0, 1, 3}) CHECK(probe->read(slot).calls.empty());
  probe->clear(2);
  CHECK(probe->read(2).calls.empty());
  CHECK(probe->misses().has_value());
}

TEST_CASE("what is counted is what a tracer sees of the same run, call by call") {
  const auto probe = started(1);
  if (probe == nullptr) return;
  REQUIRE(probe->attach({}));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || ::raise(SIGSTOP) != 0) ::_exit(1);
    mark_task(0);
    std::array<int, 2> ends{};
    char byte = 0;
    bool well = ::pipe2(ends.data(), 0) == 0;
    for (int i = 0; i < 5; ++i) well = well && ::write(ends[1], "x", 1) == 1 && ::read(ends[0], &byte, 1) == 1;
    well = well && ::dup(ends[0]) >= 0 && ::lseek(ends[0], 0, SEEK_SET) < 0 && ::getppid() > 0;
    well = well && ::close(ends[0]) == 0 && ::close(ends[0]) < 0;
    unmark_task();
    ::_exit(well ? 0 : 1);
  }
  int status = 0;
  const auto next_stop = [&] { return ::waitpid(child, &status, 0) == child && WIFSTOPPED(status); };
  const bool stopped = next_stop();
  const bool traced =
      stopped && ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0;
  if (!traced) {
    WARN("no ptrace here");
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return;
  }
  std::map<std::string, std::int64_t> seen;
  bool between = false;  // the two marks
  while (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0 && next_stop()) {
    __ptrace_syscall_info call{};
    if (::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof call, &call) <= 0) continue;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    if (call.entry.nr == SYS_prctl && call.entry.args[0] == KIPC_MARK)
      between = call.entry.args[1] != 0;
    else if (between)
      ++seen[system_call_name(static_cast<long>(call.entry.nr))];
  }
  REQUIRE(probe->detach());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  std::map<std::string, std::int64_t> counted;
  for (const CallCost& call : probe->read(0).calls) counted[call.call] = call.count;
  CHECK(counted == seen);
  CHECK(seen["write"] == 5);
}

TEST_CASE("whoever is killed leaves no program behind") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const pid_t user = ::fork();
  if (user == 0) {
    Provenances figures;
    const auto probe = Probe::start(1, figures);
    const bool attached = probe != nullptr && probe->attach({}).has_value();
    if (::write(writer.get(), attached ? "y" : "n", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char attached = 0;
  REQUIRE(::read(reader.get(), &attached, 1) == 1);
  // The process that holds the programs is the user's only child.
  const std::string children = read_start(fmt::format("/proc/{0}/task/{0}/children", user).c_str(), 64);
  std::vector<std::uint32_t> programs;
  if (attached == 'y' && !children.empty())
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fdinfo", std::stol(children)))) {
      const std::string id = field(read_start(entry.path().c_str(), 4096), "prog_id");
      if (!id.empty()) programs.push_back(static_cast<std::uint32_t>(std::stoul(id)));
    }
  ::kill(user, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(user, &status, 0) == user);
  if (attached != 'y' || children.empty()) {
    WARN("nothing is loaded here, or CONFIG_PROC_CHILDREN is missing");
    return;
  }
  CHECK_FALSE(programs.empty());
  const auto there = [](std::uint32_t id) {
    bpf_attr attributes{};
    attributes.prog_id = id;
    const Fd fd(static_cast<int>(::syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof attributes)));
    return static_cast<bool>(fd);
  };
  // The kernel takes them away in its own time; if it never did, this would not end.
  while (std::any_of(programs.begin(), programs.end(), there)) ::sched_yield();
}

TEST_CASE("children are counted when their parent asked for it, and only then") {
  const auto probe = started(2);
  if (probe == nullptr) return;
  REQUIRE(probe->attach(FigureSet().set()));
  const auto with_child = [](int slot, bool follow) {
    mark_task(slot, follow);
    const pid_t child = ::fork();
    if (child == 0) {
      (void)::getppid();
      (void)::getppid();
      ::_exit(0);
    }
    unmark_task();
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  };
  with_child(0, true);
  with_child(1, false);
  REQUIRE(probe->detach());
  REQUIRE(call_of(probe->read(0), "getppid") != nullptr);
  CHECK(call_of(probe->read(0), "getppid")->count == 2);
  CHECK(call_of(probe->read(1), "getppid") == nullptr);
}

TEST_CASE("a call that sleeps is a context switch, and with times it has some") {
  const auto probe = started(1);
  if (probe == nullptr) return;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  REQUIRE(probe->attach(FigureSet().set(), true));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[1]);
    char byte = 0;
    mark_task(0);
    const ssize_t got = ::read(ends[0], &byte, 1);  // until the parent's close
    unmark_task();
    ::_exit(got == 0 ? 0 : 1);
  }
  ::close(ends[0]);
  Fd writer(ends[1]);
  while (!sleeps(child)) ::sched_yield();
  writer.reset();
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  REQUIRE(probe->detach());
  const Costs costs = probe->read(0);
  REQUIRE(call_of(costs, "read") != nullptr);
  CHECK(call_of(costs, "read")->count == 1);
  CHECK(call_of(costs, "read")->ns > 0);
  CHECK(costs.of(Figure::context_switches) == 1);
}

TEST_CASE("slots are handed out in runs that do not overlap, and come round") {
  const auto probe = started(8);
  if (probe == nullptr) return;
  CHECK(probe->reserve(3) == 0);
  CHECK(probe->reserve(3) == 3);
  CHECK(probe->reserve(3) == 0);  // 6 to 8 would not do
  CHECK(probe->reserve(5) == 3);
}

TEST_CASE("symbols: the wanted ones, with their addresses") {
  const std::string path = fmt::format("/tmp/kipc-kallsyms-{}", ::getpid());
  const Fd file(::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
  REQUIRE(file);
  const std::string_view text =
      "ffffffff81000010 T load_msg\n0000000000000000 t rep_movs_alternative\nffffffff81000020 t load_msg_x [m]\n";
  REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  const auto symbols = kernel_symbols({"load_msg", "load_msg_x", "rep_movs_alternative", "none"}, path.c_str());
  ::unlink(path.c_str());
  CHECK(symbols.size() == 3);
  CHECK(symbols.at("load_msg") == 0xffffffff81000010U);
  CHECK(symbols.at("load_msg_x") == 0xffffffff81000020U);
  CHECK_FALSE(copy_routine(symbols, "erms").missing.empty());  // its address is hidden
  CHECK_FALSE(copy_routine(symbols, "erms fsrm").missing.empty());
  CHECK(copy_routine({{"rep_movs_alternative", 16}}, "erms rep_good").length_in_cx);
  CHECK(copy_routine({{"copy_user_enhanced_fast_string", 16}, {"copy_user_generic_string", 32}}, "rep_good").symbol ==
        "copy_user_generic_string");
  CHECK_FALSE(copy_routine({}, "erms").missing.empty());
}

TEST_CASE("a greeting survives its way") {
  ProbeGreeting greeting;
  greeting.text = "no";
  greeting.enable = "yes";
  greeting.means = {{}, {"how", "why", "what"}};
  const ProbeGreeting read = read_greeting(write_greeting(greeting));
  CHECK(read.text == "no");
  CHECK(read.enable == "yes");
  REQUIRE(read.means.size() == 2);
  CHECK(read.means[1].how == "how");
  CHECK(read.means[1].missing == "why");
  CHECK(read.means[1].enable == "what");
}
