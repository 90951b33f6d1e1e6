// Reads `timed` on `concurrently`: blocks that `kipc measure` repeats as often as it likes and takes the time of, so of
// calls that cost nothing but themselves. `kipc run` does them once, as any others.
#include <fmt/format.h>

#include "language/compile.hpp"

namespace kipc {

void Compiler::read_timed(Step& step, const Node& node) {
  const Node* timed = node.find("timed");
  if (timed == nullptr) return;
  if (timed->text == "round trip")
    step.timed = Step::Timed::round_trip;
  else if (timed->text == "one way")
    step.timed = Step::Timed::one_way;
  else
    case_error_at(scope_, *timed, "\"round trip\" or \"one way\"");
  for (const Step& block : step.steps) check_timed(block, true);
  if (step.measure || step.steps.empty()) return;
  // Whatever counts costs can count those of an exchange, of which nothing is expected.
  Measure measure;
  measure.name = timed->text;
  measure.per = step.steps.front().repeat;
  step.measure = std::move(measure);
}

void Compiler::check_timed(const Step& step, bool top) {
  const auto wrong = [&](const char* expected) {
    case_error(scope_, step.node, fmt::format("{} in what is timed", expected),
               step.row != nullptr ? std::string(step.row->name) : describe(step.node));
  };
  if (step.kind == Step::Kind::fault) wrong("no fault");
  if (step.kind == Step::Kind::block) {
    if (top && step.loop != Step::Loop::repeat) wrong("blocks with \"repeat\": kipc measure repeats them more often");
    if (step.counter) wrong("no \"counter\"");
    for (const Step& inner : step.steps) check_timed(inner, false);
    return;
  }
  if (step.when.expression || !step.when.answers.empty()) wrong("no \"when\" that is decided later");
  if (step.puts >= 0 || step.takes >= 0 || step.enters >= 0 || step.leaves >= 0) wrong("no tags");
  if (step.into) wrong("no \"into\"");
  if (step.row->timed_form() == nullptr) wrong("calls that can be timed (docs/calls.md)");
}

}  // namespace kipc
