// Faults: what happens at once, and what waits for a call.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/file.hpp"
#include "engine/conductor.hpp"
#include "engine/groups.hpp"
#include "engine/pace.hpp"
#include "platform/rlimits.hpp"
#include "platform/sysctls.hpp"

namespace kipc {
namespace {

bool is_stopped(char state) { return state == 'T' || state == 't'; }

}  // namespace

void Conductor::do_fault(const Step& step) {
  if (step.fault->kind == Fault::Kind::limit) {
    set_limit(step);
    return;
  }
  for (const int actor : members(step.fault->actor, std::nullopt)) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    if (player.life == Life::absent || player.life == Life::dead || is_dead(actor))
      broken(&step, actor, "the actor does not live on this line");
    if (step.fault->armed())
      arm(step, actor);
    else
      strike_now(step, actor);
  }
}

void Conductor::strike_now(const Step& step, int actor) {
  const Fault& fault = *step.fault;
  if ((fault.kind == Fault::Kind::signal && fault.signal != SIGKILL) || fault.kind == Fault::Kind::stop)
    if (injector_.frozen(actor))
      broken(&step, actor, "the actor is frozen: no signal but SIGKILL reaches it, thaw it before");
  note(Event::Kind::fault, &step, actor);
  Pace pace(board_, deadline_ns_, injector_);
  switch (fault.kind) {
    case Fault::Kind::kill:
      history_.actors[static_cast<std::size_t>(actor)].killed = true;
      kill_process(actor, SIGKILL);
      while (!is_dead(actor))
        if (!pace.wait()) throw OutOfTime{};
      bury(actor);
      break;
    case Fault::Kind::stop:
      kill_process(actor, SIGSTOP);
      while (!is_stopped(view_of(actor).state()))
        if (!pace.wait()) throw OutOfTime{};
      mark_stopped(actor, true);
      break;
    case Fault::Kind::resume:
      if (injector_.holds(actor)) {
        injector_.release(actor);
        break;
      }
      kill_process(actor, SIGCONT);
      while (is_stopped(view_of(actor).state()))
        if (!pace.wait()) throw OutOfTime{};
      mark_stopped(actor, false);
      break;
    case Fault::Kind::signal: kill_process(actor, fault.signal); break;
    case Fault::Kind::thaw:
      if (auto done = injector_.thaw(actor); !done) broken(&step, actor, done.error().text);
      break;
    default: break;
  }
}

/// All threads of a process stop together.
void Conductor::mark_stopped(int actor, bool stopped) {
  for (int other = 0; other < program_.scope.actor_count; ++other)
    if (board_.slot(other).process == board_.slot(actor).process)
      players_[static_cast<std::size_t>(other)].stopped = stopped;
}

void Conductor::arm(const Step& step, int actor) {
  const Player& player = players_[static_cast<std::size_t>(actor)];
  const Fault& fault = *step.fault;
  const auto engine = injector_.choose(fault, actor);
  if (!engine) broken(&step, actor, engine.error().text);
  // A call that is under way would be interrupted by ptrace, and counted when it is taken up again.
  if (player.life != Life::idle) broken(&step, actor, "the actor is not free on this line");
  CallResult prepared;
  if (row_of(*engine).part == ArmPart::mark) board_.slot(actor).strike_slot = injector_.reserve_strike();
  if (Injector::needs_actor(fault, *engine)) {
    board_.slot(actor).arm_part = row_of(*engine).part;
    dispatch(actor, Command::arm, step);
    if (settle(actor, step) != Settled::returned) broken(&step, actor, "the actor died while the fault was armed");
    prepared = result_of(actor);
    if (!prepared.error.empty()) broken(&step, actor, prepared.error);
  }
  if (auto armed = injector_.arm(step, actor, *engine, prepared); !armed) broken(&step, actor, armed.error().text);
  if (*engine ==
      Engine::seccomp_notify) {  // the actor's own descriptor goes; that it is free again is the actor's part
    board_.slot(actor).arm_part = ArmPart::argument;
    board_.slot(actor).listener = static_cast<std::int32_t>(prepared.ret);
    dispatch(actor, Command::arm, step);
    if (settle(actor, step) != Settled::returned) broken(&step, actor, "the actor died while the fault was armed");
    board_.slot(actor).listener = 0;
  }
  injector_.go_live();
  note(Event::Kind::armed, &step, actor).text = row_of(*engine).name;
}

void Conductor::set_limit(const Step& step) {
  const Fault& fault = *step.fault;
  BoardEnv here = env(0);
  const std::int64_t value = fault.value->eval(here);
  if (!fault.sysctl.empty()) {
    note(Event::Kind::fault, &step, -1);
    if (auto done = write_existing(sysctl_path(fault.sysctl), std::to_string(value)); !done)
      broken(&step, -1, fmt::format("{} = {}: {}", fault.sysctl, value, done.error().text()));
    return;
  }
  for (const int actor : members(fault.actor, std::nullopt)) {
    note(Event::Kind::fault, &step, actor);
    if (!fault.cgroup.empty()) {
      if (auto done = stage_.groups->limit(actor, fault.cgroup, value); !done) broken(&step, actor, done.error().text);
      continue;
    }
    const auto which = static_cast<__rlimit_resource>(rlimit_number(fault.rlimit));
    const pid_t pid = board_.slot(board_.slot(actor).process).pid;
    rlimit limit{};
    if (::prlimit(pid, which, nullptr, &limit) == 0) {
      limit.rlim_cur = static_cast<rlim_t>(value);
      if (limit.rlim_cur <= limit.rlim_max && ::prlimit(pid, which, &limit, nullptr) == 0) continue;
      if (limit.rlim_cur > limit.rlim_max) errno = EPERM;
    }
    broken(&step, actor, fmt::format("{} = {}: {}", fault.rlimit, value, Errno::last("prlimit").text()));
  }
}

}  // namespace kipc
