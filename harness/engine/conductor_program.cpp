// Actors that have become programs of their own by execve(): kipc has no part in them any more, and sees from outside
// when they have begun, sleep and end.
#include <fmt/format.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "engine/conductor.hpp"
#include "engine/pace.hpp"
#include "platform/system_call_names.hpp"

namespace kipc {
namespace {

/// The actor's slot as its own process has it mapped. Errors: those of process_vm_readv(2).
ErrnoOr<std::array<char, sizeof(ActorSlot)>> slot_in_process(const ActorSlot& slot) {
  std::array<char, sizeof(ActorSlot)> seen{};
  iovec local{seen.data(), seen.size()};
  iovec remote{reinterpret_cast<void*>(slot.futex_address - offsetof(ActorSlot, seq)), seen.size()};
  const ssize_t n = ::process_vm_readv(slot.pid, &local, 1, &remote, 1, 0);
  if (n < 0) return fail_errno("process_vm_readv");
  if (static_cast<std::size_t>(n) != seen.size()) return tl::make_unexpected(Errno{EFAULT, "process_vm_readv"});
  return seen;
}

}  // namespace

/// Before the call: whether its effect can be seen at all.
void Conductor::watch_image(const Step& step, int actor) {
  if (auto seen = slot_in_process(board_.slot(actor)); !seen)
    broken(&step, actor, "whether a program has begun cannot be seen: " + seen.error().text());
}

/// True when the process no longer has the memory in which it was an actor: execve() has taken it away. What a file or
/// link in /proc says of the image would be the same when kipc itself is the program.
bool Conductor::replaced(int actor) {
  const ActorSlot& slot = board_.slot(actor);
  if (slot.entered.load() != slot.seq.load()) return false;
  const auto seen = slot_in_process(slot);
  // EPERM: the new image must not be looked into; the old one could.
  if (!seen) return seen.error().number == EFAULT || seen.error().number == EPERM;
  const auto same = [&](std::size_t offset, const auto& field) {
    return std::memcmp(seen->data() + offset, &field, sizeof field) == 0;
  };
  return !(same(offsetof(ActorSlot, pid), slot.pid) && same(offsetof(ActorSlot, tid), slot.tid) &&
           same(offsetof(ActorSlot, futex_address), slot.futex_address));
}

/// The call has succeeded: what follows is the program's own.
void Conductor::become_program(int actor) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  player.life = Life::program;
  player.viewed = false;
  programs_ran_ = true;
}

/// True when every program and all that it has made sleeps, and has not run since everybody else who is in a call was
/// seen asleep. One look; callers look again.
bool Conductor::programs_rest(int except, Rest rest) {
  if (!programs_ran_) return true;
  std::vector<int> pids;
  std::vector<int> actors;
  std::vector<int> known;
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    known.push_back(board_.slot(actor).pid);
    if (player.life == Life::program && !is_dead(actor)) {
      if (injector_.pending(actor)) return false;
      if (!injector_.holds(actor)) pids.push_back(board_.slot(actor).pid);
    }
    if ((player.life == Life::blocked || actor == except) && !player.stopped && !is_dead(actor))
      actors.push_back(actor);
  }
  // What a program made and left behind has come to us.
  for (const int child : own_children())
    if (std::find(known.begin(), known.end(), child) == known.end()) pids.push_back(child);
  const auto statistics = [&] {
    std::string text;
    for (const int actor : actors) text += view_of(actor).run_statistics() + ";";
    return text;
  };
  const std::string before = statistics();
  const ProcessLook first = look_at_processes(pids);
  const auto rests = [rest](const ProcessLook& look) {
    return !look.traced && (rest == Rest::for_good ? look.for_good : look.asleep);
  };
  if (!rests(first)) return false;
  for (const int actor : actors)
    if (!returned(actor) && !asleep(actor, false)) return false;
  // What they were seen asleep in may be a call that awaits an answer, and nobody had looked at it yet.
  if (injector_.active()) injector_.serve();
  for (int actor = 0; actor < program_.scope.actor_count; ++actor)
    if (players_[static_cast<std::size_t>(actor)].life == Life::program && injector_.pending(actor)) return false;
  const ProcessLook second = look_at_processes(pids);
  return rests(second) && second.runs == first.runs && statistics() == before;
}

void Conductor::look_at_program(const Step& step, int actor) {
  Pace pace(board_, deadline_ns_, injector_);
  for (;;) {
    check_programs(&step);
    if (programs_rest(-1, Rest::asleep)) {
      std::uint64_t argument = 0;
      const long number = view_of(actor).system_call(argument);
      const auto& calls = step.row->sleeps;
      if (std::find(calls.begin(), calls.end(), number) != calls.end()) {
        note(Event::Kind::still_blocked, &step, actor);
        return;
      }
      if (pace.patient() && programs_rest(-1, Rest::for_good)) {
        note(Event::Kind::elsewhere, &step, actor).text = number < 0 ? "no system call" : system_call_name(number);
        throw Diverged{};
      }
    }
    if (!pace.wait()) throw OutOfTime{};
  }
}

/// A program that has ended where no line says so.
void Conductor::check_programs(const Step* before) {
  if (!programs_ran_) return;
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    if (players_[static_cast<std::size_t>(actor)].life != Life::program || !is_dead(actor)) continue;
    bury(actor);
    note(Event::Kind::stray_death, before, actor).status = status_of(actor);
    throw Diverged{};
  }
}

}  // namespace kipc
