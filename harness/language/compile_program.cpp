// Actors that become programs of their own: what may be said of them from then on.
#include <fmt/format.h>

#include <algorithm>

#include "language/compile.hpp"
#include "values/program_types.hpp"

namespace kipc {
namespace {

bool fails(const Outcome& outcome) { return !outcome.errors.empty() || outcome.dies != 0; }

bool all_fail(const std::vector<Outcome>& outcomes) {
  return !outcomes.empty() && std::all_of(outcomes.begin(), outcomes.end(), fails);
}

/// False when every outcome that is written down is a failure.
bool may_succeed(const Step& step) {
  if (step.question)
    return std::any_of(step.question->answers.begin(), step.question->answers.end(),
                       [](const auto& answer) { return !fails(answer.second); });
  const Expectation& expect = step.expect;
  if (expect.anything || !all_fail(expect.outcomes)) return true;
  return expect.condition && (expect.otherwise_anything || !all_fail(expect.otherwise));
}

/// What happens to a process from outside, whatever runs in it.
bool happens_at_once(const Fault& fault) {
  return !fault.armed() && fault.after_call.empty() && fault.kind != Fault::Kind::thaw;
}

}  // namespace

void Compiler::read_image(Step& step, const Node& node) {
  const auto given = [&](const char* name) {
    return step.args[static_cast<std::size_t>(step.row->param(name))].has_value();
  };
  if (!given("pathname")) {
    for (const char* name : {"argv", "envp"})
      if (given(name)) case_error_at(scope_, *node.find(name), fmt::format("\"{}\" with a \"pathname\" only", name));
    program_->uses_exec = true;
    return;
  }
  step.starts_program = true;
  const Arg& path = *step.args[static_cast<std::size_t>(step.row->param("pathname"))];
  const std::string name(program_named(path));
  const auto same = [&](const Requirement& need) { return need.kind == "program" && need.name == name; };
  if (!name.empty() && std::none_of(program_->needs.begin(), program_->needs.end(), same))
    program_->needs.push_back(Requirement{"program", name, 0, {}});
}

/// The actors that may be meant: the first, and how many.
std::pair<int, int> Compiler::range_of(const Actors& actors) const {
  if (actors.one)
    for (const ActorGroup& group : scope_.groups)
      if (group.base <= actors.base && actors.base < group.base + group.count) return {group.base, group.count};
  return {actors.base, std::max(actors.count, 1)};
}

void Compiler::check_programs(std::vector<Step>& steps, Programs& running) {
  for (Step& step : steps) {
    if (!step.when.constant) continue;
    check_line(step, running);
    if (step.fault && step.fault->armed()) running.armed.push_back(&step);
    if (step.starts_program) start_programs(step, running);
    check_programs(step.steps, running);
  }
}

void Compiler::start_programs(Step& step, Programs& running) {
  step.starts_program = may_succeed(step);
  if (!step.starts_program) return;
  program_->runs_programs = true;
  const auto [base, count] = range_of(step.as);
  for (int actor = base; actor < base + count; ++actor) running.since.emplace(actor, step.line);
  for (Step* armed : running.armed) {
    Fault& fault = *armed->fault;
    const auto [first, many] = range_of(fault.actor);
    if (first + many <= base || base + count <= first) continue;
    fault.outside = true;
    if (fault.engine == "seccomp-errno" || fault.kind == Fault::Kind::freeze)
      case_error(scope_, armed->node,
                 fmt::format("another fault or engine for '{}', which runs a program since line {}: what strikes a "
                             "program is counted from outside",
                             fault.actor.text, step.line),
                 fault.kind == Fault::Kind::freeze ? "freeze" : fault.engine);
  }
}

/// What has to be done or said by the actor itself cannot be said of a program.
void Compiler::check_line(const Step& step, const Programs& running) {
  if (step.kind == Step::Kind::concurrently || (step.kind == Step::Kind::block && step.loop != Step::Loop::condition))
    return;  // their steps are looked at one by one
  if (step.kind == Step::Kind::dies || step.kind == Step::Kind::blocked) return;
  if (step.fault && (happens_at_once(*step.fault) || !step.fault->sysctl.empty())) return;
  const auto [base, count] = range_of(step.fault ? step.fault->actor : step.as);
  for (const auto& [actor, line] : running.since)
    if (actor >= base && actor < base + count)
      case_error(scope_, step.node,
                 fmt::format("dies, blocked or a fault that happens at once: '{}' runs a program since line {}",
                             program_->actor_name(actor), line),
                 describe(step.node));
}

}  // namespace kipc
