#include <fmt/format.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "language/compile.hpp"
#include "language/print.hpp"

namespace kipc {
namespace {

constexpr std::array kAccessCodes = {KIPC_CONSTANT(BUS_ADRALN), KIPC_CONSTANT(BUS_ADRERR), KIPC_CONSTANT(SEGV_ACCERR),
                                     KIPC_CONSTANT(SEGV_MAPERR)};

}  // namespace

int error_of(Scope& scope, const Node& node) {
  const int number = node.is_string() ? errno_number(node.text) : -1;
  if (number < 0) {
    static const std::vector<std::string_view> common = {
        "E2BIG",    "EACCES",     "EAGAIN",       "EBADF",      "EBUSY",     "EDEADLK",         "EEXIST",
        "EFAULT",   "EFBIG",      "EIDRM",        "EINTR",      "EINVAL",    "EISCONN",         "EMFILE",
        "ENOENT",   "ENOMSG",     "ENOSPC",       "EOWNERDEAD", "EPERM",     "EPIPE",           "ENXIO",
        "ENOTCONN", "ECONNRESET", "ECONNREFUSED", "EMSGSIZE",   "ETIMEDOUT", "ENOTRECOVERABLE", "ENAMETOOLONG"};
    case_error(scope, node, "an error name such as EAGAIN", describe(node), did_you_mean(node.text, common));
  }
  return number;
}

namespace {

/// The arguments of the call that can be its deadline.
std::vector<std::string_view> deadlines(const Step& step, std::string_view selected) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; step.row != nullptr && i < step.row->params.size(); ++i) {
    const Param& param = step.row->params[i];
    const bool absolute =
        param.type == &absolute_time_type(CLOCK_REALTIME) || param.type == &absolute_time_type(CLOCK_MONOTONIC);
    const bool exists = selected.empty() || step.row->param(param.name, selected) == static_cast<int>(i);
    const bool again = std::find(names.begin(), names.end(), param.name) != names.end();
    if (absolute && exists && !again) names.push_back(param.name);
  }
  return names;
}

}  // namespace

Expectation Compiler::read_expect(const Node& node, const Step& step) {
  Expectation expect;
  if (node.is_object() && node.find("if") != nullptr) {
    only_keys(scope_, node, {"if", "then", "else"});
    expect.condition = scope_.expression(*node.find("if"));
    const Node* yes = node.find("then");
    const Node* no = node.find("else");
    if (yes == nullptr || no == nullptr) case_error_at(scope_, node, "\"if\", \"then\" and \"else\"");
    expect.outcomes = read_outcomes(*yes, step, expect.anything);
    expect.otherwise = read_outcomes(*no, step, expect.otherwise_anything);
  } else {
    expect.outcomes = read_outcomes(node, step, expect.anything);
  }
  const bool may_be_watched = step.kind == Step::Kind::call;
  const auto blocks = [](const Outcome& outcome) { return outcome.blocks; };
  const bool explicitly = std::any_of(expect.outcomes.begin(), expect.outcomes.end(), blocks) ||
                          std::any_of(expect.otherwise.begin(), expect.otherwise.end(), blocks);
  if (explicitly && !may_be_watched) case_error_at(scope_, node, "what the call returns: it is awake on this line");
  if (explicitly && step.may_be_held) return expect;
  if (explicitly && step.row != nullptr && step.row->sleeps.empty())
    case_error(scope_, node, fmt::format("what {} returns", step.row->name),
               "\"blocks\": it has no system call in which that could be observed");
  if (explicitly && step.finite_time)
    case_error(scope_, node, "a time-out of \"far\" or \"forever\" for a call that shall block",
               "a short one: on a slow machine it would be over before anyone looks");
  return expect;
}

std::vector<Outcome> Compiler::read_outcomes(const Node& node, const Step& step, bool& anything) {
  std::vector<Outcome> outcomes;
  if (node.is_string() && node.text == "any") {
    anything = true;
    return outcomes;
  }
  if (node.is_array()) {
    if (node.items.empty()) case_error_at(scope_, node, "at least one outcome");
    for (const Node& item : node.items) outcomes.push_back(read_outcome(item, step));
    return outcomes;
  }
  outcomes.push_back(read_outcome(node, step));
  return outcomes;
}

std::vector<int> Compiler::read_errors(const Node& node) {
  if (!node.is_array()) return {error_of(scope_, node)};
  if (node.items.empty()) case_error_at(scope_, node, "at least one error name");
  std::vector<int> errors;
  for (const Node& item : node.items) errors.push_back(error_of(scope_, item));
  return errors;
}

/// `not_before` names an argument that is a deadline, or the time_point that was given for it.
void Compiler::check_deadline(const Node& node, const Step& step) {
  std::vector<std::string_view> known = deadlines(step, selected(step));
  if (known.empty())
    case_error(scope_, node, "\"not_before\" of a call that takes a deadline",
               step.row != nullptr ? std::string(step.row->name) : describe(node));
  for (const Name& name : scope_.names)
    if (name.kind == NameKind::integer) known.push_back(name.text);
  if (!node.is_string() || std::find(known.begin(), known.end(), node.text) == known.end())
    case_error(scope_, node, "the name of the deadline argument or time point", describe(node),
               did_you_mean(node.text, known));
}

std::string Compiler::selected(const Step& step) {
  const int selecting = step.row == nullptr ? -1 : step.row->selector();
  const auto index = static_cast<std::size_t>(selecting);
  return selecting >= 0 && index < step.args.size() && step.args[index] ? step.args[index]->text : "";
}

Outcome Compiler::read_outcome(const Node& node, const Step& step, bool ends_loop) {
  Outcome outcome;
  if (node.is_string()) {
    if (node.text != "blocks")
      case_error(scope_, node, "an outcome, \"blocks\" or \"any\"", describe(node),
                 did_you_mean(node.text, {"blocks", "any"}));
    outcome.blocks = true;
    return outcome;
  }
  if (!node.is_object()) case_error_at(scope_, node, "an outcome: an object such as {\"return\": 5}");
  outcome.text = facts_text(node);
  for (const Member& member : node.members) {
    const Node& value = member.value;
    if (member.key == "return") {
      outcome.ret = integer_type().compile_expected(value, scope_);
    } else if (member.key == "error") {
      outcome.errors = read_errors(value);
    } else if (member.key == "signal") {
      outcome.signal = read_signal(value);
    } else if (member.key == "si_code" && step.row != nullptr && step.row->accesses_memory) {
      const auto code = std::find_if(kAccessCodes.begin(), kAccessCodes.end(),
                                     [&](const Constant& constant) { return constant.name == value.text; });
      if (code == kAccessCodes.end())
        case_error_at(scope_, value, "SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR or BUS_ADRALN");
      outcome.si_code = static_cast<int>(code->value);
    } else if (member.key == "si_addr") {
      outcome.access_address = scope_.place(value);
    } else if (member.key == "dies") {
      outcome.dies = read_signal(value);
    } else if (member.key == "rest") {
      if (!value.is_string() || value.text != "untouched") case_error_at(scope_, value, "\"untouched\"");
      outcome.rest_untouched = true;
    } else if (member.key == "not_before") {
      check_deadline(value, step);
      outcome.not_before = true;
    } else if (member.key == "lasts") {
      outcome.lasts_ns = duration_ns(value, scope_);
      if (outcome.lasts_ns < 0) case_error_at(scope_, value, "a time that is not negative");
    } else if (member.key == "taken") {
      if (!ends_loop)
        case_error_at(scope_, value,
                      "\"taken\" only in \"until\", in \"concurrently\", of a block whose last call has \"takes\"");
      if (node.members.size() != 1) case_error(scope_, node, "\"taken\" by itself", describe(node));
      outcome.taken = scope_.expression(value);
    } else {
      int param = -1;
      std::vector<std::string_view> known = {"return", "error", "signal", "dies", "rest", "not_before", "lasts"};
      if (step.row != nullptr) {
        const std::string which = selected(step);
        param = step.row->param(member.key, which);
        for (std::size_t i = 0; i < step.row->params.size(); ++i) {
          const Param& candidate = step.row->params[i];
          if (candidate.direction != Direction::out && candidate.direction != Direction::inout) continue;
          known.push_back(candidate.name);
          // A resumed call's selector is not on its line: the first parameter of that name serves.
          if (param < 0 && which.empty() && candidate.name == member.key) param = static_cast<int>(i);
        }
        if (param >= 0) {
          const Direction direction = step.row->params[static_cast<std::size_t>(param)].direction;
          if (direction != Direction::out && direction != Direction::inout) param = -1;
        }
      }
      if (param < 0) {
        std::vector<std::string> names(known.begin(), known.end());
        case_error(scope_, value,
                   fmt::format("something that {} gives back: {}", step.row != nullptr ? step.row->name : "a step",
                               join(names, ", ")),
                   fmt::format("'{}'", member.key), did_you_mean(member.key, known));
      }
      if (value.is_string() && value.text == "untouched" && member.key == "data") {
        outcome.rest_untouched = true;
        continue;
      }
      const Type& type = *step.row->params[static_cast<std::size_t>(param)].type;
      outcome.outs.emplace_back(param, type.compile_expected(value, scope_));
    }
  }
  return outcome;
}

Question Compiler::read_record(const Node& node, const Step& step) {
  if (!node.is_object() || node.members.size() != 1 || !node.members[0].value.is_object() ||
      node.members[0].value.members.size() < 2)
    case_error_at(scope_, node, "{QUESTION: {ANSWER: outcome, ANSWER: outcome}}");
  Question question;
  question.text = node.members[0].key;
  question.cell = scope_.global_cells++;
  Asked asked{question.text, question.cell, {}};
  for (const Member& answer : node.members[0].value.members) {
    Outcome outcome = read_outcome(answer.value, step);
    if (outcome.blocks && !step.may_be_held && (step.row == nullptr || step.row->sleeps.empty() || step.finite_time))
      case_error_at(scope_, answer.value, "an answer other than \"blocks\" for this call");
    question.answers.emplace_back(answer.key, std::move(outcome));
    asked.answers.push_back(answer.key);
  }
  for (const Asked& before : asked_)
    if (before.text == asked.text) case_error(scope_, node, "a question once", fmt::format("'{}' again", asked.text));
  asked_.push_back(std::move(asked));
  return question;
}

}  // namespace kipc
