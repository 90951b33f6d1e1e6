#include "judge/costs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "values/type.hpp"

namespace kipc {
namespace {

const CallCost* call_of(const Costs& costs, std::string_view name) {
  const auto found =
      std::find_if(costs.calls.begin(), costs.calls.end(), [&](const CallCost& call) { return call.call == name; });
  return found == costs.calls.end() ? nullptr : &*found;
}

bool share_matches(const Arg& expected, std::int64_t total, std::int64_t per, Env& env) {
  const std::int64_t below = total / per;
  return match_integer(expected, below, env) && (total % per == 0 || match_integer(expected, below + 1, env));
}

FigureSet only(Figure figure) { return FigureSet().set(static_cast<std::size_t>(figure)); }

}  // namespace

MeasuredCost measured_cost(const Step& block, const History& history, Env& env) {
  MeasuredCost measured;
  measured.what = block.measure->name;
  measured.per = std::max<std::int64_t>(block.measure->per.eval(env), 1);
  for (const CostRecord& record : history.costs)
    if (record.step == block.id) measured.costs.add(record.costs);
  return measured;
}

std::string wrong_cost(const Step& block, const MeasuredCost& measured, Env& env) {
  const Measure& measure = *block.measure;
  for (const Measure::Expected& one : measure.expected) {
    const auto name = figures()[static_cast<std::size_t>(one.figure)].name;
    std::int64_t total = measured.costs.of(one.figure);
    if (!one.call.empty()) {
      const CallCost* call = call_of(measured.costs, one.call);
      total = call == nullptr ? 0 : call->count;
    }
    if (share_matches(one.value, total, measured.per, env)) continue;
    return fmt::format("expected {} {} per {}, got {}", matcher_text(one.value, env),
                       one.call.empty() ? name : one.call, measure.name, cost_text(measured, only(one.figure)));
  }
  if (!measure.all_calls_named) return "";
  for (const CallCost& call : measured.costs.calls) {
    const bool named = std::any_of(measure.expected.begin(), measure.expected.end(),
                                   [&](const Measure::Expected& one) { return one.call == call.call; });
    if (!named)
      return fmt::format("expected no {} per {}, got {}", call.call, measure.name,
                         cost_text(measured, only(Figure::syscalls)));
  }
  return "";
}

}  // namespace kipc
