// Actors as processes: making them, telling them what to do, seeing them settle, sleep and die.
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/pidfd.hpp"
#include "engine/conductor.hpp"
#include "engine/groups.hpp"
#include "engine/pace.hpp"
#include "platform/system_call_names.hpp"

namespace kipc {

bool Conductor::freezes(int actor) const {
  return std::any_of(program_.steps.begin(), program_.steps.end(), [&](const Step* step) {
    return step->fault && step->fault->kind == Fault::Kind::freeze && step->fault->actor.base <= actor &&
           actor < step->fault->actor.base + std::max(step->fault->actor.count, 1);
  });
}

void Conductor::make_roots() {
  for (const ActorProperties& root : program_.roots)
    for (int i = 0; i < root.count; ++i) {
      const int actor = root.base + i;
      ActorSlot& slot = board_.slot(actor);
      slot.process = actor;
      slot.parent = -1;
      const pid_t pid = ::fork();
      if (pid < 0) broken(nullptr, actor, fmt::format("no process for the actor: {}", Errno::last("fork").text()));
      if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::string why;
        if (freezes(actor))
          if (auto made = open_userfaultfd()) slot.userfaultfd = made->release();
        if (auto joined = stage_.groups->join(actor); !joined) why = joined.error().text;
        if (!why.empty() || !prepare_(root, why)) {
          CallResult result;
          result.error = why;
          board_.put_result(actor, write_result(result));
          slot.alive.store(3);
          board_.ring();
          ::_exit(1);
        }
        be_actor(stage_, actor);
      }
      slot.pid = pid;
    }
  for (const ActorProperties& root : program_.roots)
    for (int i = 0; i < root.count; ++i) {
      const int actor = root.base + i;
      Pace pace(board_, deadline_ns_, injector_);
      while (board_.slot(actor).alive.load() == 0)
        if (!pace.wait()) throw OutOfTime{};
      if (board_.slot(actor).alive.load() == 3) {
        board_.slot(actor).alive.store(0);
        broken(nullptr, actor, result_of(actor).error);
      }
      meet(actor);
    }
}

void Conductor::meet(int actor) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  ActorSlot& slot = board_.slot(actor);
  Pace pace(board_, deadline_ns_, injector_);
  while (slot.alive.load() == 0)
    if (!pace.wait()) throw OutOfTime{};
  player.life = Life::idle;
  player.viewed = false;
  player.handled = slot.handled.load();
  if (slot.userfaultfd != 0) injector_.adopt_userfaultfd(actor);
  // The conductor's own children need none: nobody else can reap them.
  if (slot.process == actor && slot.parent >= 0)
    if (auto pidfd = open_pidfd(slot.pid)) player.death = std::move(*pidfd);
}

void Conductor::dispatch(int actor, Command command, const Step& step) {
  ActorSlot& slot = board_.slot(actor);
  slot.command = command;
  slot.step = step.id;
  players_[static_cast<std::size_t>(actor)].life = Life::busy;
  slot.seq.fetch_add(1);
  if (slot.sleeping.load() != 0) futex_wake(slot.seq);
}

bool Conductor::returned(int actor) const {
  const ActorSlot& slot = board_.slot(actor);
  return slot.done.load(std::memory_order_acquire) == slot.seq.load();
}

CallResult Conductor::result_of(int actor) const { return read_result(board_.result(actor)); }

const TaskView& Conductor::view_of(int actor) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  if (!player.viewed) {
    player.view = TaskView(board_.slot(actor).pid, board_.slot(actor).tid);
    player.viewed = true;
  }
  return player.view;
}

bool Conductor::asleep(int actor, bool first_look) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  const ActorSlot& slot = board_.slot(actor);
  if (slot.entered.load(std::memory_order_acquire) != slot.seq.load() || returned(actor)) return false;
  if (injector_.holds(actor)) return true;
  const int in_step = player.step >= 0 && player.life == Life::blocked ? player.step : slot.step;
  const Row& row = *program_.steps[static_cast<std::size_t>(in_step)]->row;
  if (row.sleeps.empty()) return false;
  const std::string before = view_of(actor).run_statistics();
  std::uint64_t argument = 0;
  const long number = view_of(actor).system_call(argument);
  if (!sleeps_in_own_call(in_step, number)) return false;
  if (number == SYS_futex && argument == slot.futex_address) return false;
  if (view_of(actor).state() != 'S') return false;
  if (view_of(actor).run_statistics() != before) return false;
  if (first_look) player.run_statistics = before;
  // What put it to sleep may be a fault that nobody has looked at since: a frozen copy, a call that awaits its answer.
  if (injector_.active()) injector_.serve();
  return !returned(actor) && !injector_.pending(actor);
}

/// Waits until everybody but `except` has settled. Programs do not settle for good at anybody's wish: false when they
/// are not at rest in that way.
bool Conductor::settled_others(int except, Rest rest) {
  Pace pace(board_, deadline_ns_, injector_);
  for (;;) {
    for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
      Player& player = players_[static_cast<std::size_t>(actor)];
      if (actor == except || player.stopped) continue;
      while (player.life == Life::blocked && !returned(actor) && !asleep(actor, false)) {
        if (pace.past_yields() && is_dead(actor)) break;
        if (!pace.wait()) throw OutOfTime{};
      }
    }
    if (programs_rest(except, rest)) return true;
    if (rest == Rest::for_good) return false;
    if (!pace.wait()) throw OutOfTime{};
  }
}

Conductor::Settled Conductor::settle(int actor, const Step& step) {
  Pace pace(board_, deadline_ns_, injector_);
  const bool may_sleep = step.kind == Step::Kind::call && (!step.row->sleeps.empty() || step.may_be_held);
  BoardEnv here = env(actor);
  bool expected = false;
  if (may_sleep) {
    expected = static_cast<bool>(step.question) || step.expect.may_block();
    const bool until_blocks = until_block_ != nullptr && until_block_->until && until_block_->until->blocks;
    expected = expected || until_blocks;
  }
  for (;;) {
    if (returned(actor)) {
      players_[static_cast<std::size_t>(actor)].life = Life::idle;
      return Settled::returned;
    }
    if (pace.past_yields() && is_dead(actor) && !returned(actor)) return Settled::died;
    if (step.starts_program && replaced(actor)) return Settled::replaced;
    // A call that ought to return is called asleep only after many looks; one with a time-out of its own never is.
    const bool look = may_sleep && pace.past_yields() && (!step.finite_time || injector_.holds(actor)) &&
                      (expected || (pace.patient() && synchronous(*step.row)));
    if (look && asleep(actor, true) && settled_others(actor) && asleep(actor, true)) return Settled::slept;
    if (!pace.wait()) throw OutOfTime{};
  }
}

bool Conductor::is_dead(int actor) {
  const Player& player = players_[static_cast<std::size_t>(actor)];
  const ActorSlot& slot = board_.slot(actor);
  if (player.life == Life::dead) return true;
  if (slot.alive.load() == 2) return true;
  const int process = slot.process;
  if (process < 0) return false;
  const Player& owner = players_[static_cast<std::size_t>(process)];
  if (owner.life == Life::dead) return true;
  if (owner.death) {
    pollfd waiting{owner.death.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
  }
  siginfo_t info{};
  const auto pid = static_cast<id_t>(board_.slot(process).pid);
  if (board_.slot(process).parent < 0 && ::waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    return info.si_pid != 0 && is_end(info);
  // Without pidfds: a zombie, or nothing at all.
  const char state = view_of(process).state();
  return state == 'Z' || state == 'X' || (state == '\0' && ::kill(board_.slot(process).pid, 0) != 0);
}

void Conductor::bury(int actor) {
  injector_.serve();  // a fault may be what killed it
  const int process = board_.slot(actor).process;
  for (int other = 0; other < program_.scope.actor_count; ++other)
    if (other == actor || (board_.slot(actor).alive.load() != 2 && board_.slot(other).process == process &&
                           players_[static_cast<std::size_t>(other)].life != Life::absent))
      players_[static_cast<std::size_t>(other)].life = Life::dead;
}

int Conductor::status_of(int actor) {
  if (board_.slot(actor).alive.load() == 2) return 0;
  const int pid = board_.slot(board_.slot(actor).process).pid;
  const int status = exit_status_of(pid);
  if (status != -1) return status;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid &&
      is_end(info))
    return info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
  return -1;
}

void Conductor::kill_process(int actor, int signal) { ::kill(board_.slot(board_.slot(actor).process).pid, signal); }

/// Whether a wake-up is complete in the waker's own call. Over the network soft interrupts take part.
bool Conductor::synchronous(const Row& row) const {
  const bool network =
      program_.sandbox.network && std::find(row.areas.begin(), row.areas.end(), "loopback") != row.areas.end();
  return row.synchronous && !network;
}

/// A thread has ended when its number is free: the kernel has then been through its robust list.
void Conductor::await_thread_end(int actor) {
  const ActorSlot& slot = board_.slot(actor);
  Pace pace(board_, deadline_ns_, injector_);
  while (::syscall(SYS_tgkill, board_.slot(slot.process).pid, slot.tid, 0) == 0)
    if (!pace.wait()) throw OutOfTime{};
}

void Conductor::pin(int actor, bool wide) {
  static const cpu_set_t one = [] {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  ::sched_setaffinity(board_.slot(actor).tid, sizeof(cpu_set_t), wide ? &all : &one);
}

/// Those in a call that ran between a number of looks. One look tells nothing of two that wake each other: whoever was
/// asleep then may have been woken by whoever is asleep now.
std::set<int> Conductor::seen_to_run() {
  constexpr int kLooks = 50;
  std::map<int, std::string> first;
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Life life = players_[static_cast<std::size_t>(actor)].life;
    if (life == Life::busy || life == Life::blocked) first[actor] = view_of(actor).run_statistics();
  }
  std::set<int> ran;
  for (int look = 0; look < kLooks && ran.size() < first.size(); ++look) {
    ::sched_yield();
    for (const auto& [actor, statistics] : first)
      if (view_of(actor).run_statistics() != statistics) ran.insert(actor);
  }
  return ran;
}

/// False when the line's call has system calls to sleep in, and this is none of them. After a stop the kernel takes up
/// calls with a time-out as restart_syscall().
bool Conductor::sleeps_in_own_call(int step, long number) const {
  const Row* row = program_.steps[static_cast<std::size_t>(step)]->row;
  return row == nullptr || row->sleeps.empty() || number == SYS_restart_syscall ||
         std::find(row->sleeps.begin(), row->sleeps.end(), number) != row->sleeps.end();
}

void Conductor::stand() {
  const std::set<int> ran = seen_to_run();
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    const ActorSlot& slot = board_.slot(actor);
    if (player.life == Life::absent) continue;
    Standing standing;
    standing.actor = actor;
    std::uint64_t argument = 0;
    const char state = view_of(actor).state();
    const long number = view_of(actor).system_call(argument);
    const bool in_step = player.life == Life::busy || player.life == Life::blocked;
    standing.step = in_step ? (slot.command == Command::block ? slot.inner_step : slot.step) : -1;
    const std::string channel = wait_channel_of(slot.pid, slot.tid);
    const std::string where = channel.empty() ? "" : fmt::format(", {}", channel);
    if (player.life == Life::dead)
      standing.state = "dead";
    else if (player.life == Life::program)
      standing.state = fmt::format(
          "{} {}{}", programs_rest(-1, Rest::for_good) ? "its program is at rest in" : "running its program:",
          number < 0 ? "no system call" : system_call_name(number), where);
    else if (!in_step)
      standing.state = "idle: its last step is done";
    else if (moving_.count(actor) != 0)
      standing.state = fmt::format("running: {} calls of its block are done", slot.calls.load());
    else if (state == 'S' && (number < 0 || view_of(actor).run_statistics().empty()))
      standing.state = "in a call, and whether it sleeps there cannot be seen";
    else if (state == 'S' && standing.step >= 0 && !sleeps_in_own_call(standing.step, number))
      // An emulator's processes sleep in the system calls of its own making; more is not seen of them.
      standing.state = fmt::format("in a call, in system call {}, which is none that its line sleeps in", number);
    else if (state == 'S' && ran.count(actor) != 0)
      standing.state = fmt::format("running: it slept in system call {}{} only for a while", number, where);
    else if (state == 'S')
      standing.state = fmt::format("asleep in system call {}{}", number, where);
    else if (state == 'D')
      standing.state = fmt::format("in uninterruptible sleep, system call {}{}", number, where);
    else if (state == 'T')
      standing.state = "stopped";
    else if (state == 'R')
      standing.state = "running";
    else
      standing.state = "not visible in /proc";
    if (slot.command == Command::block && in_step) standing.state += fmt::format(", round {}", slot.round.load());
    history_.standing.push_back(std::move(standing));
  }
}

}  // namespace kipc
