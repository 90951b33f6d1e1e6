// Lines that say what happens by itself: calls that return, signals that are handled, actors that die or appear.
#include <sys/wait.h>

#include <algorithm>

#include "engine/conductor.hpp"
#include "engine/pace.hpp"
#include "language/match.hpp"

namespace kipc {

void Conductor::resume(const Step& step, int actor) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  const Step& call = *program_.steps[static_cast<std::size_t>(player.step)];
  last_ = result_of(actor);
  Event& event = note(Event::Kind::resumed, &step, actor);
  event.call = call.id;
  event.result = last_;
  player.life = Life::idle;
  player.step = -1;
  if (!last_.error.empty()) throw Diverged{};
  BoardEnv here = env(actor);
  std::string why;
  if (step.question) {
    const int answer = answer_of(*step.question, call, &last_, here, why);
    if (answer < 0) throw Diverged{};
    board_.cell(CellScope::global, 0, step.question->cell) = Cell{answer, 1, 0};
  } else if (!matches(step.expect, call, last_, here, why)) {
    throw Diverged{};
  }
}

void Conductor::do_resumes(const Step& step, std::optional<int> member) {
  const std::vector<int> who = members(step.as, member);
  for (const int actor : who) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    const bool in_call =
        player.life == Life::blocked && program_.steps[static_cast<std::size_t>(player.step)]->row == step.row;
    if (!in_call && step.as.kind != Actors::Kind::any)
      broken(&step, actor, "the actor does not sleep in " + std::string(step.row->name) + " on this line");
  }
  if (step.as.kind == Actors::Kind::any) {
    Pace pace(board_, deadline_ns_, injector_);
    for (;;) {
      for (const int actor : who)
        if (players_[static_cast<std::size_t>(actor)].life == Life::blocked && returned(actor)) {
          board_.cell(CellScope::global, 0, step.as.alias_cell) = Cell{actor, 1, 0};
          note(Event::Kind::chosen, &step, actor);
          settled_others(actor, Rest::asleep);
          resume(step, actor);
          return;
        }
      const bool at_once = synchronous(*step.row);
      if (pace.patient() && at_once && settled_others(-1) &&
          std::none_of(who.begin(), who.end(), [&](int actor) { return returned(actor); }))
        diverge(Event::Kind::not_resumed, &step, who.empty() ? -1 : who.front());
      if (!pace.wait()) throw OutOfTime{};
    }
  }
  for (const int actor : who) {
    Player& player = players_[static_cast<std::size_t>(actor)];
    const Step& call = *program_.steps[static_cast<std::size_t>(player.step)];
    Pace pace(board_, deadline_ns_, injector_);
    while (!returned(actor)) {
      if (pace.past_yields() && is_dead(actor)) {
        bury(actor);
        Event& event = note(Event::Kind::stray_death, &step, actor);
        event.status = status_of(actor);
        throw Diverged{};
      }
      if (pace.patient() && synchronous(*call.row) && !call.finite_time && asleep(actor, true) && settled_others(-1) &&
          !returned(actor))
        diverge(Event::Kind::not_resumed, &step, actor);
      if (!pace.wait()) throw OutOfTime{};
    }
    resume(step, actor);
  }
}

void Conductor::do_blocked(const Step& step, std::optional<int> member) {
  for (const int actor : members(step.as, member)) {
    Player& player = players_[static_cast<std::size_t>(actor)];
    if (player.life == Life::program) {
      look_at_program(step, actor);
      continue;
    }
    if (player.life != Life::blocked || program_.steps[static_cast<std::size_t>(player.step)]->row != step.row)
      broken(&step, actor, "the actor is not in " + std::string(step.row->name) + " on this line");
    Pace pace(board_, deadline_ns_, injector_);
    for (;;) {
      if (returned(actor)) {
        Event& event = note(Event::Kind::came_back, &step, actor);
        event.call = player.step;
        event.result = result_of(actor);
        throw Diverged{};
      }
      if (asleep(actor, true) && settled_others(actor) && !returned(actor)) break;
      if (pace.past_yields() && is_dead(actor)) diverge(Event::Kind::stray_death, &step, actor);
      if (!pace.wait()) throw OutOfTime{};
    }
    note(Event::Kind::still_blocked, &step, actor);
  }
}

void Conductor::do_handled(const Step& step, std::optional<int> member) {
  for (const int actor : members(step.as, member)) {
    Player& player = players_[static_cast<std::size_t>(actor)];
    ActorSlot& slot = board_.slot(actor);
    const auto wanted = static_cast<std::uint32_t>(step.handled.size());
    Pace pace(board_, deadline_ns_, injector_);
    for (;;) {
      const std::uint32_t have = slot.handled.load() - player.handled;
      // A handler that was set going has run when its process sleeps again.
      const bool quiet = view_of(actor).state() == 'S';
      if (have >= wanted && quiet && slot.handled.load() - player.handled == have) break;
      if (is_dead(actor)) {
        Event& event = note(Event::Kind::stray_death, &step, actor);
        event.status = status_of(actor);
        throw Diverged{};
      }
      if (have < wanted && pace.patient() && quiet && settled_others(-1)) break;
      if (!pace.wait()) throw OutOfTime{};
    }
    Event& event = note(Event::Kind::handled, &step, actor);
    for (std::uint32_t i = player.handled; i < slot.handled.load(); ++i)
      event.signals.push_back(board_.handled(actor, i));
    player.handled = slot.handled.load();
    if (event.signals.size() != step.handled.size()) throw Diverged{};
    BoardEnv here = env(actor);
    if (!match_handled(step, event.signals, here)) throw Diverged{};
  }
}

void Conductor::do_dies(const Step& step, std::optional<int> member) {
  for (const int actor : members(step.as, member)) {
    Pace pace(board_, deadline_ns_, injector_);
    while (!is_dead(actor)) {
      if (pace.patient() && settled_others(-1) && view_of(actor).state() == 'S')
        diverge(Event::Kind::alive, &step, actor);
      if (!pace.wait()) throw OutOfTime{};
    }
    bury(actor);
    Event& event = note(Event::Kind::died, &step, actor);
    event.status = status_of(actor);
    const bool right = step.dies_signal != 0 ? WIFSIGNALED(event.status) && WTERMSIG(event.status) == step.dies_signal
                                             : WIFEXITED(event.status) && WEXITSTATUS(event.status) == step.dies_status;
    if (!right) throw Diverged{};
  }
}

void Conductor::do_starts(const Step& step) {
  const int actor = step.as.base;
  ActorSlot& slot = board_.slot(actor);
  Pace pace(board_, deadline_ns_, injector_);
  while (slot.alive.load() == 0) {
    if (board_.header().stray_starts.load() != 0) break;
    if (!pace.wait()) {
      // No rule says by when a thread must have started; the variant's deadline is the only bound.
      stand();
      diverge(Event::Kind::not_started, &step, actor);
    }
  }
  if (slot.alive.load() == 0) {
    note(Event::Kind::stray_start, &step, actor).value = board_.header().stray_value;
    throw Diverged{};
  }
  meet(actor);
  players_[static_cast<std::size_t>(actor)].claimed_start = true;
  Event& event = note(Event::Kind::started, &step, actor);
  event.value = slot.started_value;
  BoardEnv here = env(actor);
  if (step.starts_value && !match_integer(*step.starts_value, slot.started_value, here)) throw Diverged{};
}

void Conductor::do_in_turn(const Step& block) {
  std::vector<int> left = members(block.as, std::nullopt);
  while (!left.empty()) {
    Pace pace(board_, deadline_ns_, injector_);
    auto next = left.end();
    for (;;) {
      next = std::find_if(left.begin(), left.end(), [&](int actor) { return returned(actor); });
      if (next != left.end()) break;
      if (pace.patient() && settled_others(-1) &&
          std::none_of(left.begin(), left.end(), [&](int actor) { return returned(actor); }))
        diverge(Event::Kind::not_resumed, &block.steps.front(), left.front());
      if (!pace.wait()) throw OutOfTime{};
    }
    const int actor = *next;
    left.erase(next);
    walk(block.steps, actor);
  }
}

}  // namespace kipc
