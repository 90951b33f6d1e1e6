// Blocks whose costs are counted: every actor gets a slot, marks itself with it around its calls, and what the slots
// hold at the end goes into the history.
#include <algorithm>
#include <functional>

#include "engine/conductor.hpp"
#include "platform/system_call_names.hpp"
#include "probe/probe.hpp"

namespace kipc {
namespace {

void calls_in(const std::vector<Step>& steps, std::vector<std::string>& names) {
  for (const Step& step : steps) {
    if (step.row != nullptr)
      for (const long number : system_calls_of(*step.row)) names.push_back(system_call_name(number));
    calls_in(step.steps, names);
  }
}

/// Where the vDSO has no clock, as under emulation, an actor that looks at one makes a system call of kipc's own.
void drop_clocks(Costs& costs, const std::vector<std::string>& own) {
  constexpr std::string_view kClock = "clock_gettime";
  if (std::find(own.begin(), own.end(), kClock) != own.end()) return;
  const auto clock =
      std::find_if(costs.calls.begin(), costs.calls.end(), [](const CallCost& call) { return call.call == kClock; });
  if (clock == costs.calls.end()) return;
  costs.total[static_cast<std::size_t>(Figure::syscalls)] -= clock->count;
  costs.calls.erase(clock);
}

}  // namespace

void Conductor::measured(const Step& step, const std::function<void()>& body) {
  if (!step.measure || stage_.probe == nullptr) {
    body();
    return;
  }
  Probe& probe = *stage_.probe;
  if (board_.actors() > probe.slots()) broken(&step, -1, "more actors than probes have slots for");
  const int first = probe.reserve(board_.actors());
  for (int actor = 0; actor < board_.actors(); ++actor) {
    probe.clear(first + actor);
    board_.slot(actor).probe_slot = first + actor + 1;
  }
  std::vector<std::string> own;
  calls_in(step.steps, own);
  const auto collect = [&] {
    for (int actor = 0; actor < board_.actors(); ++actor) {
      board_.slot(actor).probe_slot = 0;
      CostRecord record{step.id, actor, probe.read(first + actor)};
      drop_clocks(record.costs, own);
      const auto& total = record.costs.total;
      if (std::any_of(total.begin(), total.end(), [](std::int64_t figure) { return figure != 0; }))
        history_.costs.push_back(std::move(record));
    }
    history_.measured.push_back(step.id);
  };
  try {
    body();
  } catch (...) {
    collect();
    throw;
  }
  collect();
}

}  // namespace kipc
