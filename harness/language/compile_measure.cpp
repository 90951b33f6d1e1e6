// What a block shall cost: "measure" NAME, "per" HOW MANY, "expect" {FIGURE: MATCHER}.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "language/compile.hpp"
#include "platform/system_call_names.hpp"
#include "values/type.hpp"

namespace kipc {

void Compiler::read_measure(Step& step, const Node& node, const Place& place) {
  const Node* name = node.find("measure");
  if (name == nullptr) {
    for (const char* key : {"per", "expect"})
      if (const Node* found = node.find(key))
        case_error_at(scope_, *found, fmt::format("\"{}\" with a \"measure\" only", key));
    return;
  }
  if (place.concurrent) case_error_at(scope_, *name, "\"measure\" on the \"concurrently\" around it");
  if (place.measured) case_error_at(scope_, *name, "no \"measure\" inside what is measured");
  if (!name->is_string() || name->text.empty())
    case_error_at(scope_, *name, "what is measured, such as \"round trip\"");
  Measure measure;
  measure.per = Expr(1);
  measure.name = name->text;
  if (const Node* per = node.find("per")) {
    measure.per = scope_.expression(*per);
    if (measure.per.constant().value_or(1) < 1)
      case_error(scope_, *per, "a number of them that is at least 1", std::to_string(*measure.per.constant()));
  }
  const Node* expect = node.find("expect");
  if (expect == nullptr || !expect->is_object() || expect->members.empty())
    case_error(scope_, expect == nullptr ? node : *expect, "\"expect\": what it costs, such as {\"syscalls\": 4}",
               expect == nullptr ? "none" : describe(*expect));
  for (const Member& member : expect->members) read_figure(measure, member);
  for (const Measure::Expected& one : measure.expected) {
    program_->measures.set(static_cast<std::size_t>(one.figure));
    // Where it cannot be counted, the promises of these lines are not reached.
    Requirement need{"probe", std::string(figures()[static_cast<std::size_t>(one.figure)].name), 0, step.asserts};
    const auto same = [&](const Requirement& other) {
      return other.kind == need.kind && other.name == need.name && other.only_for == need.only_for;
    };
    if (std::none_of(program_->needs.begin(), program_->needs.end(), same)) program_->needs.push_back(std::move(need));
  }
  step.measure = std::move(measure);
}

void Compiler::read_figure(Measure& measure, const Member& member) {
  const auto figure = figure_named(member.key);
  if (!figure) {
    std::vector<std::string_view> names;
    std::vector<std::string> list;
    for (const FigureRow& row : figures()) {
      names.push_back(row.name);
      list.emplace_back(row.name);
    }
    case_error(scope_, member.value, "what can be counted: " + join(list, ", "), "\"" + member.key + "\"",
               did_you_mean(member.key, names));
  }
  const auto add = [&](std::string call, const Node& value) {
    measure.expected.push_back({*figure, std::move(call), integer_type().compile_expected(value, scope_)});
  };
  if (*figure != Figure::syscalls || !member.value.is_object()) {
    add("", member.value);
    return;
  }
  if (member.value.members.empty()) case_error_at(scope_, member.value, "system calls by name, or 0");
  measure.all_calls_named = true;
  for (const Member& call : member.value.members) {
    if (!is_system_call(call.key))
      case_error_at(scope_, call.value, fmt::format("a system call's name as key, not \"{}\"", call.key));
    add(call.key, call.value);
  }
}

}  // namespace kipc
