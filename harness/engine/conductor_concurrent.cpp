// `concurrently`: blocks that run freely together at full speed, and faults that strike among them.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "engine/conductor.hpp"
#include "engine/pace.hpp"

namespace kipc {
namespace {

bool has_finite_time(const Step& block) {
  return std::any_of(block.steps.begin(), block.steps.end(),
                     [](const Step& step) { return step.finite_time || has_finite_time(step); });
}

}  // namespace

void Conductor::collect_log(const Step& block, int actor, bool finished) {
  const ActorSlot& slot = board_.slot(actor);
  BlockLog log;
  log.block = block.id;
  log.actor = actor;
  log.finished = finished;
  log.overflow = slot.log_overflow.load() != 0;
  log.calls = slot.calls.load();
  const Item* items = board_.log(actor);
  log.items.assign(items, items + slot.log_size.load(std::memory_order_acquire));
  if (finished) {
    ByteReader from(board_.result(actor));
    from.get<bool>();
    const std::string broken_text = from.get_text();
    const auto count = from.get<std::uint32_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
      Mismatch mismatch;
      mismatch.step = from.get<int>();
      mismatch.round = from.get<std::int64_t>();
      mismatch.result = read_result(from.get_text());
      mismatch.why = from.get_text();
      log.mismatches.push_back(std::move(mismatch));
    }
    if (!broken_text.empty()) note(Event::Kind::error, &block, actor).text = broken_text;
  }
  history_.logs.push_back(std::move(log));
}

void Conductor::do_concurrently(const Step& step) {
  struct Part {
    const Step* block;
    int actor;
    bool over = false;
    bool finished = false;
    std::string seen = {};  // its calls and run statistics at the last look
    int still = 0;          // looks since they changed
  };
  struct Strike {
    const Step* step;
    int actor;
    bool done = false;
  };
  std::vector<Part> parts;
  std::vector<Strike> strikes;
  bool patient_only = false;
  for (const Step& inner : step.steps) {
    if (!applies(inner, std::max(inner.as.base, 0))) continue;
    if (inner.fault) {
      const Row* counted = find_row(inner.fault->after_call);
      board_.header().counted_step_row = static_cast<std::int32_t>(counted - call_table().data());
      for (const int actor : members(inner.fault->actor, std::nullopt)) strikes.push_back(Strike{&inner, actor});
      continue;
    }
    patient_only = patient_only || has_finite_time(inner);
    for (const int actor : members(inner.as, std::nullopt)) parts.push_back(Part{&inner, actor});
  }
  for (const Part& part : parts) {
    Player& player = players_[static_cast<std::size_t>(part.actor)];
    if (player.life != Life::idle) broken(part.block, part.actor, "the actor is not free on this line");
    ActorSlot& slot = board_.slot(part.actor);
    slot.log_size.store(0);
    slot.calls.store(0);
    slot.counted_calls.store(0);
    slot.round.store(-1);
    pin(part.actor, true);
  }
  for (const Part& part : parts) dispatch(part.actor, Command::block, *part.block);

  Pace pace(board_, deadline_ns_, injector_);
  constexpr int kStill = 50;
  int still = 0;
  bool standstill = false;
  bool went_wrong = false;
  for (;;) {
    bool all_over = true;
    for (Part& part : parts) {
      if (part.over) continue;
      if (returned(part.actor)) {
        part.over = part.finished = true;
        ByteReader from(board_.result(part.actor));
        went_wrong = went_wrong || !from.get<bool>();
        players_[static_cast<std::size_t>(part.actor)].life = Life::idle;
      } else if (pace.past_yields() && is_dead(part.actor)) {
        part.over = true;
        bury(part.actor);
      }
      all_over = all_over && part.over;
    }
    for (Strike& strike : strikes) {
      const ActorSlot& slot = board_.slot(strike.actor);
      if (strike.done || slot.counted_calls.load() < strike.step->fault->after_times) continue;
      if (is_dead(strike.actor)) continue;
      strike.done = true;
      note(Event::Kind::fault, strike.step, strike.actor);
      const Fault& fault = *strike.step->fault;
      const int signal = fault.kind == Fault::Kind::kill     ? SIGKILL
                         : fault.kind == Fault::Kind::stop   ? SIGSTOP
                         : fault.kind == Fault::Kind::resume ? SIGCONT
                                                             : fault.signal;
      if (signal == SIGKILL) history_.actors[static_cast<std::size_t>(strike.actor)].killed = true;
      kill_process(strike.actor, signal);
    }
    if (all_over || went_wrong) break;  // the others may wait for ever for whoever stopped at a wrong result
    if (pace.patient()) {
      bool asleep_all = true;
      bool same = true;
      for (Part& part : parts) {
        if (part.over) continue;
        const TaskView& view = view_of(part.actor);
        const std::string statistics = view.run_statistics();
        // Without run statistics nobody knows whether a sleeper has run meanwhile.
        asleep_all = asleep_all && view.state() == 'S' && !statistics.empty() && !returned(part.actor);
        std::string now = fmt::format("{}:{}", statistics, board_.slot(part.actor).calls.load());
        part.still = now == part.seen ? part.still + 1 : 0;
        same = same && part.still > 0;
        part.seen = std::move(now);
      }
      // Nothing moves: everyone who is left sleeps and has not run between many looks.
      still = !patient_only && asleep_all && same && programs_rest(-1, Rest::for_good) ? still + 1 : 0;
      if (still > kStill) {
        standstill = true;
        break;
      }
    }
    if (!pace.wait()) {
      for (const Part& part : parts) {
        collect_log(*part.block, part.actor, part.finished);
        if (!part.over && part.still <= kStill) moving_.insert(part.actor);
      }
      throw OutOfTime{};
    }
  }
  for (const Strike& strike : strikes) {
    if (!strike.done || strike.step->fault->kind != Fault::Kind::kill) continue;
    Pace death(board_, deadline_ns_, injector_);  // a kill is done when the death is observed
    while (!is_dead(strike.actor))
      if (!death.wait()) throw OutOfTime{};
    bury(strike.actor);
  }
  if (standstill) {
    stand();
    note(Event::Kind::standstill, &step, -1);
    if (stage_.snapshots) {  // who sleeps where
      for (const Part& part : parts) {
        if (part.over) continue;
        Player& player = players_[static_cast<std::size_t>(part.actor)];
        player.life = Life::blocked;
        player.step = board_.slot(part.actor).inner_step;
      }
      take_snapshot(top_line_ + 1, Moment{});
    }
  }
  bool fine = !standstill && !went_wrong;
  for (const Part& part : parts) {
    if (part.finished) pin(part.actor, false);
    collect_log(*part.block, part.actor, part.finished);
    const BlockLog& log = history_.logs.back();
    if (!log.mismatches.empty() || log.overflow) fine = false;
    const ActorRecord& record = history_.actors[static_cast<std::size_t>(part.actor)];
    if (!part.finished && !standstill && !went_wrong && !record.killed) {
      Event& event = note(Event::Kind::stray_death, part.block, part.actor);
      event.status = status_of(part.actor);
      fine = false;
    }
  }
  for (const Strike& strike : strikes)
    if (!strike.done) {
      note(Event::Kind::fault_not_fired, strike.step, strike.actor);
      fine = false;
    }
  for (const Event& event : history_.events)
    if (event.kind == Event::Kind::error) fine = false;
  if (!fine) throw Diverged{};
}

}  // namespace kipc
