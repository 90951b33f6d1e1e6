#include "engine/conductor.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/text.hpp"
#include "language/match.hpp"

namespace kipc {
namespace {

bool is_reaction(const Step& step) {
  switch (step.kind) {
    case Step::Kind::resumes:
    case Step::Kind::blocked:
    case Step::Kind::handled:
    case Step::Kind::dies:
    case Step::Kind::starts: return true;
    default: return false;
  }
}

}  // namespace

std::string status_text(int status) {
  if (status == -1) return "gone, its status taken by another";
  if (WIFEXITED(status)) return fmt::format("exited with {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return "killed by " + signal_name(WTERMSIG(status));
  return fmt::format("wait status {:#x}", status);
}

Conductor::Conductor(const Stage& stage, History& history, std::int64_t deadline_ns,
                     std::function<bool(const ActorProperties&, std::string&)> prepare)
    : stage_(stage),
      program_(*stage.program),
      board_(stage.board),
      history_(history),
      deadline_ns_(deadline_ns),
      prepare_(std::move(prepare)),
      players_(static_cast<std::size_t>(std::max(stage.program->scope.actor_count, 1))),
      injector_(board_, history_, stage.striker,
                [this](Event::Kind kind, const Step* step, int actor) -> Event& { return note(kind, step, actor); }) {}

void Conductor::run() {
  history_.events.reserve(64);
  history_.actors.resize(static_cast<std::size_t>(program_.scope.actor_count));
  try {
    make_roots();
    walk(program_.script, std::nullopt);
    final_look();
    if (stage_.snapshots) take_snapshot(static_cast<int>(program_.script.size()), Moment{});
    injector_.finish(true);
    history_.end = History::End::completed;
  } catch (const Diverged&) {
    history_.end = History::End::diverged;
  } catch (const OutOfTime&) {
    history_.end = History::End::deadline;
    stand();
  } catch (const EvalError& error) {
    history_.end = History::End::broken;
    history_.end_text = error.text;
  }
  if (history_.end != History::End::completed) injector_.finish(false);
  for (std::size_t i = 0; i < history_.actors.size(); ++i) {
    const ActorSlot& slot = board_.slot(static_cast<int>(i));
    ActorRecord& record = history_.actors[i];
    record.pid = slot.pid;
    record.tid = slot.tid;
    record.uid = slot.uid;
    record.gid = slot.gid;
    record.process = slot.process;
    record.parent = slot.parent;
    record.lived = slot.alive.load() != 0;
  }
}

Event& Conductor::note(Event::Kind kind, const Step* step, int actor) {
  Event event;
  event.kind = kind;
  event.step = step == nullptr ? -1 : step->id;
  event.actor = actor;
  event.round = round_;
  history_.events.push_back(std::move(event));
  return history_.events.back();
}

void Conductor::diverge(Event::Kind kind, const Step* step, int actor) {
  note(kind, step, actor);
  throw Diverged{};
}

void Conductor::broken(const Step* step, int actor, std::string text) {
  note(Event::Kind::error, step, actor).text = std::move(text);
  throw Diverged{};
}

bool Conductor::applies(const Step& step, int actor) {
  if (!step.when.constant) return false;
  for (const auto& [cell, answer] : step.when.answers) {
    const Cell& given = board_.cell(CellScope::global, 0, cell);
    if (given.bound == 0 || given.value != answer) return false;
  }
  if (!step.when.expression) return true;
  BoardEnv here = env(std::max(actor, 0));
  return step.when.expression->eval(here) != 0;
}

std::vector<int> Conductor::members(const Actors& actors, std::optional<int> member) {
  if (member) return {*member};
  std::vector<int> found;
  if (actors.one) {
    BoardEnv here = env(0);
    return {actors.one->eval(here)};
  }
  const Cell* left_out =
      actors.kind == Actors::Kind::except ? &board_.cell(CellScope::global, 0, actors.alias_cell) : nullptr;
  for (int i = 0; i < actors.count; ++i)
    if (left_out == nullptr || left_out->bound == 0 || left_out->value != actors.base + i)
      found.push_back(actors.base + i);
  return found;
}

void Conductor::walk(const std::vector<Step>& steps, std::optional<int> member) {
  for (std::size_t i = 0; i < steps.size();) {
    if (is_reaction(steps[i])) {
      i = react(steps, i, member);
      continue;
    }
    const Step& step = steps[i++];
    const int who = member.value_or(step.as.base);
    if (!applies(step, who)) continue;
    if (&steps == &program_.script) top_line_ = static_cast<int>(i) - 1;
    if (step.kind == Step::Kind::block && !step.measure && !step.steps.empty() && is_reaction(step.steps.front())) {
      do_step(step, member);  // begins with what happens by itself: nothing is unclaimed before it
      continue;
    }
    check_unclaimed(&step);
    if (stage_.snapshots) look_before(step, &steps == &program_.script, member);
    do_step(step, member);
  }
}

std::size_t Conductor::react(const std::vector<Step>& steps, std::size_t from, std::optional<int> member) {
  std::size_t i = from;
  for (; i < steps.size() && is_reaction(steps[i]); ++i) {
    const Step& step = steps[i];
    const std::optional<int> who = step.inherits ? member : std::nullopt;
    if (!applies(step, who.value_or(step.as.base))) continue;
    switch (step.kind) {
      case Step::Kind::resumes: do_resumes(step, who); break;
      case Step::Kind::blocked: do_blocked(step, who); break;
      case Step::Kind::handled: do_handled(step, who); break;
      case Step::Kind::dies: do_dies(step, who); break;
      default: do_starts(step); break;
    }
  }
  return i;
}

void Conductor::do_step(const Step& step, std::optional<int> member) {
  const std::optional<int> who = step.inherits ? member : std::nullopt;
  switch (step.kind) {
    case Step::Kind::call:
      for (const int actor : members(step.as, who)) do_call(step, actor);
      break;
    case Step::Kind::block: measured(step, [&] { do_block(step, who); }); break;
    case Step::Kind::concurrently:
      if (stage_.timing != nullptr && step.timed != Step::Timed::no)
        do_timed(step);
      else
        measured(step, [&] { do_concurrently(step); });
      break;
    case Step::Kind::fault: do_fault(step); break;
    default: break;
  }
}

void Conductor::do_call(const Step& step, int actor) {
  Player& player = players_[static_cast<std::size_t>(actor)];
  if (player.life == Life::idle && is_dead(actor)) diverge(Event::Kind::stray_death, &step, actor);
  if (player.life == Life::dead) broken(&step, actor, "the actor is dead on this line");
  if (player.life == Life::absent) broken(&step, actor, "the actor does not live on this line");
  if (player.life == Life::program) broken(&step, actor, "the actor runs a program of its own on this line");
  if (player.life == Life::blocked)
    broken(
        &step, actor,
        fmt::format("the actor still sleeps in {}", program_.steps[static_cast<std::size_t>(player.step)]->row->name));
  const int made = std::max(step.made_count, 1);
  for (int i = 0; i < made; ++i) {
    board_.slot(actor).child = step.made_base < 0 ? -1 : step.made_base + i;
    if (step.starts_program) watch_image(step, actor);
    dispatch(actor, Command::perform, step);
    const Settled settled = settle(actor, step);
    // Who ends by itself in this call has been a program: kipc's image does not.
    const bool killed = history_.actors[static_cast<std::size_t>(actor)].killed;
    const bool program = settled == Settled::replaced || (settled == Settled::died && step.starts_program && !killed);
    if (program) become_program(actor);
    if (settled == Settled::died && !program) {
      if (step.row->never_returns) {
        Event& event = note(Event::Kind::died, &step, actor);
        event.status = status_of(actor);
        bury(actor);
        return;
      }
      bury(actor);
      Event& event = note(Event::Kind::stray_death, &step, actor);
      event.status = status_of(actor);
      for (const auto* outcomes : {&step.expect.outcomes, &step.expect.otherwise})
        for (const Outcome& outcome : *outcomes)
          if (outcome.dies != 0 && WIFSIGNALED(event.status) && WTERMSIG(event.status) == outcome.dies) {
            event.kind = Event::Kind::died;
            return;
          }
      throw Diverged{};
    }
    BoardEnv here = env(actor);
    if (settled == Settled::slept) {
      player.life = Life::blocked;
      player.step = step.id;
      note(Event::Kind::slept, &step, actor);
      std::string why;
      const bool allowed = step.question ? true : allows_blocking(step.expect, here);
      if (!allowed) throw Diverged{};
      if (step.question) {
        const int answer = answer_of(*step.question, step, nullptr, here, why);
        if (answer < 0) throw Diverged{};
        board_.cell(CellScope::global, 0, step.question->cell) = Cell{answer, 1, 0};
      }
      return;
    }
    if (board_.slot(actor).alive.load() == 2) {  // pthread_exit: the thread goes, its process lives
      await_thread_end(actor);
      note(Event::Kind::died, &step, actor).status = 0;
      player.life = Life::dead;
      return;
    }
    last_ = program ? CallResult{} : result_of(actor);
    Event& event = note(Event::Kind::returned, &step, actor);
    event.result = last_;
    if (!last_.error.empty()) throw Diverged{};
    if (step.made_base >= 0 && last_.err == 0) meet(step.made_base + i);
    std::string why;
    last_until_ =
        until_block_ != nullptr && until_block_->until && matches(*until_block_->until, step, last_, here, why);
    if (last_until_) continue;
    if (step.question) {
      const int answer = answer_of(*step.question, step, &last_, here, why);
      if (answer < 0) throw Diverged{};
      board_.cell(CellScope::global, 0, step.question->cell) = Cell{answer, 1, 0};
    } else if (!matches(step.expect, step, last_, here, why)) {
      throw Diverged{};
    }
  }
}

void Conductor::do_block(const Step& step, std::optional<int> member) {
  if (step.in_turn) {
    do_in_turn(step);
    return;
  }
  const bool acted = !step.as.text.empty() || member;
  if (!acted) {
    do_rounds(step, std::nullopt);
    return;
  }
  for (const int actor : members(step.as, member)) do_rounds(step, actor);
}

/// At the deadline in a loop. Who asks for the same again and again and is refused very often gets nowhere, on however
/// slow a machine. A loop whose calls succeed moves on, and where it ends nobody knows who does not say "at_most".
void Conductor::late(const Step& block, int actor, std::int64_t rounds) {
  constexpr std::int64_t kVeryMany = 10'000;
  if (rounds >= kVeryMany && last_.err != 0) note(Event::Kind::never, &block, actor).value = rounds;
  history_.end_text = fmt::format("a loop had not come to its end after {} rounds", rounds);
}

void Conductor::do_rounds(const Step& block, std::optional<int> member) {
  const int who = member.value_or(std::max(block.as.base, 0));
  const std::int64_t outer = round_;
  std::int64_t rounds = 0;
  {
    BoardEnv here = env(who);
    rounds = block.loop == Step::Loop::repeat ? block.repeat.eval(here) : -1;
  }
  for (std::int64_t round = 0;; ++round) {
    if (block.counter)
      for (int actor = 0; actor < program_.scope.actor_count; ++actor)
        board_.cell(CellScope::actor, actor, block.counter->cell) = Cell{round, 1, 0};
    if (block.counter) note(Event::Kind::counted, &block, -1).value = round;
    if (block.loop == Step::Loop::repeat && round >= rounds) break;
    if (block.loop == Step::Loop::condition) {
      dispatch(who, Command::evaluate, block);
      if (settle(who, block) != Settled::returned) broken(&block, who, "the condition could not be evaluated");
      const CallResult result = result_of(who);
      if (!result.error.empty()) broken(&block, who, result.error);
      if (result.ret == 0) break;
    }
    if (block.loop != Step::Loop::once) round_ = round;
    if (block.until && !block.at_most.empty()) {
      BoardEnv here = env(who);
      if (round >= block.at_most.eval(here)) {
        note(Event::Kind::never, &block, who).value = round;
        throw Diverged{};
      }
    }
    if (monotonic_ns() > deadline_ns_) {
      if (block.until && round > 0) late(block, who, round);
      throw OutOfTime{};
    }
    const Step* outer_until = until_block_;
    last_until_ = false;
    if (block.until) {
      // Only the block's last step may end it.
      for (std::size_t i = 0; i < block.steps.size(); ++i) {
        const Step& step = block.steps[i];
        until_block_ = i + 1 == block.steps.size() ? &block : nullptr;
        if (!applies(step, who)) continue;
        check_unclaimed(&step);
        if (stage_.snapshots) look_before(step, false, member);
        do_step(step, member);
      }
    } else {
      until_block_ = nullptr;
      walk(block.steps, member);
    }
    until_block_ = outer_until;
    if (block.loop == Step::Loop::once || (block.until && last_until_)) break;
  }
  round_ = outer;
}

void Conductor::final_look() {
  check_unclaimed(nullptr);
  // Everything that was set going has come to rest: handlers have run, threads have started, the dying are dead.
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    const ActorSlot& slot = board_.slot(actor);
    if (player.life != Life::idle && player.life != Life::blocked) continue;
    if (slot.handled.load() != player.handled) {
      Event& event = note(Event::Kind::stray_signal, nullptr, actor);
      for (std::uint32_t i = player.handled; i < slot.handled.load(); ++i)
        event.signals.push_back(board_.handled(actor, i));
      throw Diverged{};
    }
    if (is_dead(actor)) {
      Event& event = note(Event::Kind::stray_death, nullptr, actor);
      event.status = status_of(actor);
      throw Diverged{};
    }
  }
  if (board_.header().stray_starts.load() != 0) {
    note(Event::Kind::stray_start, nullptr, -1).value = board_.header().stray_value;
    throw Diverged{};
  }
  for (int actor = 0; actor < program_.scope.actor_count; ++actor)
    if (board_.slot(actor).started.load() != 0 && !players_[static_cast<std::size_t>(actor)].claimed_start) {
      note(Event::Kind::stray_start, nullptr, actor).value = board_.slot(actor).started_value;
      throw Diverged{};
    }
}

void Conductor::check_unclaimed(const Step* before) {
  settled_others(-1, Rest::asleep);
  check_programs(before);
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    Player& player = players_[static_cast<std::size_t>(actor)];
    if (player.life != Life::blocked || !returned(actor)) continue;
    const Step& call = *program_.steps[static_cast<std::size_t>(player.step)];
    Event& event = note(Event::Kind::came_back, before, actor);
    event.call = call.id;
    event.result = result_of(actor);
    throw Diverged{};
  }
}

}  // namespace kipc
