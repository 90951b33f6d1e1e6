// Blocks whose costs are counted: every actor gets a slot, marks itself with it around its calls, and what the slots
// hold at the end goes into the history.
#include <algorithm>
#include <array>
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

/// What an actor does for kipc: buffers between guard pages, made when they are first needed, and a look at the clock
/// where the vDSO has none, as under emulation. Counted only where a line of the block makes such calls itself.
void drop_own_calls(Costs& costs, const std::vector<std::string>& of_lines) {
  const auto own = [&](const CallCost& call) {
    constexpr std::array<std::string_view, 5> kOwn = {"brk", "clock_gettime", "mmap", "mprotect", "munmap"};
    return std::find(kOwn.begin(), kOwn.end(), call.call) != kOwn.end() &&
           std::find(of_lines.begin(), of_lines.end(), call.call) == of_lines.end();
  };
  for (const CallCost& call : costs.calls)
    if (own(call)) costs.total[static_cast<std::size_t>(Figure::syscalls)] -= call.count;
  costs.calls.erase(std::remove_if(costs.calls.begin(), costs.calls.end(), own), costs.calls.end());
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
  std::vector<std::string> of_lines;
  calls_in(step.steps, of_lines);
  const auto collect = [&] {
    for (int actor = 0; actor < board_.actors(); ++actor) {
      board_.slot(actor).probe_slot = 0;
      CostRecord record{step.id, actor, probe.read(first + actor)};
      drop_own_calls(record.costs, of_lines);
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
