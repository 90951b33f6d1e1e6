// One variant: a sandbox, a conductor in it as its first process, and the history it brings back.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "base/file.hpp"
#include "base/stack_switch.hpp"
#include "engine/actor_main.hpp"
#include "engine/audit.hpp"
#include "engine/conductor.hpp"
#include "engine/groups.hpp"
#include "engine/in_place.hpp"
#include "engine/run.hpp"
#include "engine/sandbox.hpp"
#include "engine/space.hpp"
#include "engine/timing.hpp"
#include "platform/capabilities.hpp"
#include "platform/clone_memory.hpp"
#include "platform/rlimits.hpp"
#include "platform/sysctls.hpp"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace kipc {
namespace {

constexpr std::size_t kStackBytes = std::size_t{8} << 20;

/// In an actor's process, before its first step: user, limits, capabilities.
bool become(const ActorProperties& properties, bool execs, std::string& why) {
  for (const auto& [name, value] : properties.rlimits) {
    const int number = rlimit_number(name);
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = static_cast<rlim_t>(value);
    if (number < 0 || ::setrlimit(static_cast<__rlimit_resource_t>(number), &limit) != 0) {
      why = fmt::format("{} = {}: {}", name, value, number < 0 ? "no such limit" : Errno::last("setrlimit").text());
      return false;
    }
  }
  if (properties.gid >= 0) {
    const auto gid = static_cast<gid_t>(properties.gid);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(gid, gid, gid) != 0) {
      why = Errno::last("setresgid").text();
      return false;
    }
  }
  CapabilityMask keep = 0;
  for (const std::string& name : properties.capabilities) {
    const int number = capability_number(name);
    if (number < 0) {
      why = "no capability called " + name;
      return false;
    }
    keep |= capability_bit(number);
  }
  if (properties.uid >= 0) {
    if (keep != 0) ::prctl(PR_SET_KEEPCAPS, 1);
    const auto uid = static_cast<uid_t>(properties.uid);
    if (::setresuid(uid, uid, uid) != 0) {
      why = Errno::last("setresuid").text();
      return false;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of uid takes it away
  }
  // An ordinary user's view, whoever runs kipc: what a capability would allow is not what the standard promises. Only
  // an image that is exec'd could get them back through the bounding set.
  if (auto done = execs ? keep_capabilities(keep) : reduce_capabilities(keep); !done) {
    why = "capabilities: " + done.error().text();
    return false;
  }
  return true;
}

void close_everything() {
  if (::syscall(SYS_close_range, 3U, ~0U, 0U) != 0) {
    const long most = ::sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < most && fd < 65536; ++fd) ::close(fd);
  }
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3 && null >= 0; ++fd) ::dup2(null, fd);
  if (null > 2) ::close(null);
}

bool signals_are_standard = false;  // what a worker has done its conductors need not do again

}  // namespace

void standard_signals() {
  signals_are_standard = true;
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

namespace {

/// The board as a file where an exec'd image can find it, else anonymous memory.
ErrnoOr<Mapping> make_board(const Program& program, const Sandbox& sandbox, std::string& path) {
  const std::size_t bytes = Board::bytes_for(program);
  if (!program.uses_exec) return Mapping::shared(bytes);
  path = sandbox.board_path();
  const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) return fail_errno("open");
  ::fchmod(file.get(), 0666);
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) return fail_errno("ftruncate");
  return Mapping::shared(bytes, file.get());
}

void read_facts(const Program& program, const Board& board, History& history) {
  for (std::size_t i = 0; i < program.scope.sysctls.size(); ++i) {
    const auto text = read_sysctl(program.scope.sysctls[i]);
    if (!text) continue;
    const int cell = program.scope.sysctl_cells[i];
    const std::int64_t value = std::strtoll(text->c_str(), nullptr, 10);
    board.cell(CellScope::global, 0, cell) = Cell{value, 1, 0};
    history.facts.push_back(Fact{cell, value});
  }
}

struct Order {
  const Program& program;
  const Case& source;
  const Variant& variant;
  const RunOptions& options;
  const SandboxPlan& plan;
  std::string part;
  const ActorGroups& groups;
};

/// The first process of the sandbox.
void conduct(const Order& order, Sandbox& sandbox, History& history) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!order.plan.pid) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  close_everything();
  if (!signals_are_standard) {
    standard_signals();
    signals_are_standard = false;  // the flag lies in the memory of whoever asked for the run
  }
  ::umask(022);
  history.begin_ns = monotonic_ns();
  history.isolation = order.plan.text();
  if (auto entered = sandbox.enter(); !entered) {
    history.end = History::End::no_sandbox;
    history.end_text = entered.error().text;
    return;
  }
  Stage stage;
  stage.program = &order.program;
  stage.image = sandbox.image_path();
  stage.saboteur = find_saboteur(order.options.saboteur);
  stage.saboteur_name = order.options.saboteur;
  stage.groups = &order.groups;
  stage.programs = &order.options.programs;
  stage.snapshots = order.options.snapshots;
  stage.probe = order.options.probe;
  stage.striker = order.options.striker;
  stage.timing = order.options.timing;
  stage.moments = &order.options.moments;
  if (stage.snapshots) history.snapshots = std::make_shared<std::vector<Snapshot>>();
  auto memory = make_board(order.program, sandbox, stage.board_path);
  if (!memory) {
    history.end = History::End::no_sandbox;
    history.end_text = "board: " + memory.error().text();
    return;
  }
  stage.board = Board(memory->get(), order.program);
  BoardHeader& header = stage.board.header();
  header.counted_step_row = -1;
  header.name_tag = order.plan.ipc ? 0 : static_cast<std::int64_t>(::getpid());
  if (order.program.uses_exec) write_program_text(stage.board, order.source, order.variant, order.options.programs);
  read_facts(order.program, stage.board, history);

  auto deadline = static_cast<std::int64_t>(static_cast<double>(kVariantDeadline) * order.options.slow);
  if (order.options.timing != nullptr) deadline += 300'000'000;  // for its passes
  const bool execs = order.program.uses_exec || order.program.runs_programs;
  Conductor conductor(stage, history, history.begin_ns + deadline,
                      [execs](const ActorProperties& root, std::string& why) { return become(root, execs, why); });
  conductor.run();

  AuditScope scope;
  scope.private_pids = order.plan.pid;
  scope.private_ipc = order.plan.ipc;
  scope.private_shm = order.plan.mount && (uses_call(order.program, "shm_") || uses_call(order.program, "sem_"));
  scope.mqueue_directory = sandbox.mqueue_directory();
  history.remaining = zombies(stage.board, scope);
  for (Remaining& stray : end_processes(stage.board, scope)) history.remaining.push_back(std::move(stray));
  for (Remaining& object : remaining_objects(stage.board, scope)) history.remaining.push_back(std::move(object));
  if (!order.plan.ipc) sweep(stage.board);
  sandbox.leave();
  history.end_ns = monotonic_ns();
}

struct Assignment {
  const Order& order;
  Sandbox& sandbox;
  History& history;
  StackSwitch& stack;
  bool finished = false;
};

int take_charge(void* argument) {
  auto& [order, sandbox, history, stack, finished] = *static_cast<Assignment*>(argument);
  stack.arrive();
  try {
    conduct(order, sandbox, history);
  } catch (const std::exception& error) {
    history.end = History::End::broken;
    history.end_text = error.what();
  }
  finished = true;
  stack.leave();
  return 0;
}

/// The conductor is a process of its own that uses this one's memory while this one waits, as after vfork: its history
/// is here when it ends, and nothing is copied for it. Measured: a quarter of the cost of a variant. The actors' memory
/// is their own. This is the stack it runs on.
ErrnoOr<char*> conductor_stack() {
  static char* stack = nullptr;
  if (stack != nullptr) return stack;
  const auto guard = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory = ::mmap(nullptr, kStackBytes + guard, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("mmap");
  ::mprotect(memory, guard, PROT_NONE);
  stack = static_cast<char*>(memory) + guard;
  return stack;
}

}  // namespace

History run_variant(const Program& program, const Case& source, const Variant& variant, const RunOptions& options) {
  History history;
  auto space = run_space(options);
  if (!space) {
    history.end = History::End::no_sandbox;
    history.end_text = space.error().text;
    return history;
  }
  static int number = 0;
  const std::string part = fmt::format("{}-{}", ::getpid(), ++number);
  // Made and removed out here, where privileges are those of the machine; removed also when the conductor is lost.
  ActorGroups groups(fmt::format("{}-{}", group_prefix((*space)->run_directory), part));
  if (auto made = groups.make(program); !made) {
    history.end = History::End::no_sandbox;
    history.end_text = made.error().text;
    return history;
  }
  const Order order{program, source, variant, options, **space, fmt::format("{}:{},{}", part, ::geteuid(), ::getegid()),
                    groups};
  Sandbox sandbox(order.plan, program, order.part);
  if (!clone_shares_memory()) {
    if (!may_conduct_in_place()) {
      history.end = History::End::no_sandbox;
      history.end_text = "clone() shares no memory here (an emulator), so that a process can run one variant only";
      return history;
    }
    if (auto entered = enter_namespaces(sandbox.clone_flags() & ~static_cast<unsigned long>(SIGCHLD)); !entered) {
      history.end = History::End::no_sandbox;
      history.end_text = entered.error().text;
      return history;
    }
    conduct(order, sandbox, history);
    return history;
  }
  const auto stack = conductor_stack();
  if (!stack) {
    history.end_text = "stack: " + stack.error().text();
    return history;
  }
  StackSwitch there_and_back(*stack, kStackBytes);
  Assignment assignment{order, sandbox, history, there_and_back};
  const int flags = static_cast<int>(sandbox.clone_flags()) | CLONE_VM | CLONE_VFORK;
  const pid_t pid = ::clone(take_charge, *stack + kStackBytes, flags, &assignment);
  there_and_back.back();
  if (pid < 0) {
    history.end = History::End::no_sandbox;
    history.end_text = Errno::last("clone").text();
    return history;
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!assignment.finished) throw ConductorLost("the conductor " + status_text(status) + " without a history");
  return history;
}

}  // namespace kipc
