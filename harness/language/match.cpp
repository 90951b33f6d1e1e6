#include "language/match.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "values/scope.hpp"

namespace kipc {
namespace {

std::string error_text(int number) {
  const std::string_view name = errno_name(number);
  return name.empty() ? fmt::format("errno {}", number) : std::string(name);
}

std::string errors_text(const std::vector<int>& errors) {
  std::vector<std::string> names;
  for (const int error : errors)
    if (std::find(names.begin(), names.end(), error_text(error)) == names.end()) names.push_back(error_text(error));
  return join(names, " or ");
}

/// True when a result is a failure by the row's own convention.
bool failed(const CallResult& result) { return result.err != 0 || result.signal != 0; }

const std::vector<Outcome>& chosen(const Expectation& expect, Env& env, bool& anything) {
  if (expect.condition && expect.condition->eval(env) == 0) {
    anything = expect.otherwise_anything;
    return expect.otherwise;
  }
  anything = expect.anything;
  return expect.outcomes;
}

std::string outcome_words(const Outcome& outcome, Env& env) {
  if (outcome.blocks) return "to block";
  std::vector<std::string> parts;
  if (outcome.ret) parts.push_back("return " + matcher_text(*outcome.ret, env));
  if (!outcome.errors.empty()) parts.push_back(errors_text(outcome.errors));
  if (outcome.signal != 0) parts.push_back(signal_name(outcome.signal));
  if (outcome.dies != 0) parts.push_back("death by " + signal_name(outcome.dies));
  if (!outcome.text.empty()) parts.push_back(outcome.text);
  return parts.empty() ? "success" : join(parts, ", ");
}

}  // namespace

bool matches(const Outcome& outcome, const Step& step, const CallResult& result, Env& env, std::string& why) {
  const auto differs = [&](std::string text) {
    why = std::move(text);
    return false;
  };
  if (outcome.blocks) return differs("it returned");
  if (outcome.signal != 0) {
    if (result.signal != outcome.signal) return differs("no " + signal_name(outcome.signal));
    if (outcome.si_code && *outcome.si_code != result.si_code)
      return differs(fmt::format("si_code {}, not {}", result.si_code, *outcome.si_code));
    if (outcome.access_address) {
      const auto wanted = static_cast<std::uint64_t>(outcome.access_address->address.eval(env));
      if (wanted != result.fault_address)
        return differs(fmt::format("si_addr {:#x}, not {:#x}", result.fault_address, wanted));
    }
    return true;
  }
  if (result.signal != 0) return differs(signal_name(result.signal));
  if (outcome.dies != 0) return differs("it came back");
  if (!outcome.errors.empty()) {
    if (std::find(outcome.errors.begin(), outcome.errors.end(), result.err) == outcome.errors.end())
      return differs(fmt::format("{}, not {}",
                                 result.err == 0 ? fmt::format("return {}", result.ret) : error_text(result.err),
                                 errors_text(outcome.errors)));
  } else if (result.err != 0) {
    return differs(error_text(result.err));
  }
  if (outcome.ret && !match_integer(*outcome.ret, result.ret, env))
    return differs(fmt::format("return {}, not {}", result.ret, matcher_text(*outcome.ret, env)));
  for (const auto& [param, expected] : outcome.outs) {
    const Param& described = step.row->params[static_cast<std::size_t>(param)];
    const Out* out = result.out(param);
    if (out == nullptr) return differs(fmt::format("no {} came back", described.name));
    std::string reason;
    if (!described.type->matches(expected, out->bytes, env, reason))
      return differs(fmt::format("{}: {}", described.name, reason));
  }
  if (outcome.rest_untouched && !result.rest_untouched) return differs("the rest of the buffer was written");
  if (outcome.not_before && result.has_deadline && result.after_ns < result.deadline_ns)
    return differs(fmt::format("{} ns before its deadline", result.deadline_ns - result.after_ns));
  if (outcome.not_before && !result.has_deadline) return differs("no deadline was given");
  if (outcome.lasts_ns > 0 && result.end_ns - result.begin_ns < outcome.lasts_ns)
    return differs(fmt::format("after {} ns, not at least {} ns", result.end_ns - result.begin_ns, outcome.lasts_ns));
  return true;
}

bool matches(const Expectation& expect, const Step& step, const CallResult& result, Env& env, std::string& why) {
  if (result.overrun) {
    why = "expected nothing behind the buffer, got bytes written there";
    return false;
  }
  bool anything = false;
  const std::vector<Outcome>& outcomes = chosen(expect, env, anything);
  if (anything) return true;
  if (outcomes.empty()) {
    if (!failed(result)) return true;
    why = fmt::format("expected success, got {}", result_text(*step.row, result));
    return false;
  }
  std::vector<std::string> reasons;
  for (const Outcome& outcome : outcomes) {
    std::string reason;
    if (matches(outcome, step, result, env, reason)) return true;
    reasons.push_back(std::move(reason));
  }
  why = fmt::format("expected {}, got {}", expectation_text(expect, env), result_text(*step.row, result));
  if (outcomes.size() == 1 && !outcomes[0].blocks) why += fmt::format(" ({})", reasons[0]);
  return false;
}

bool allows_blocking(const Expectation& expect, Env& env) {
  bool anything = false;
  const std::vector<Outcome>& outcomes = chosen(expect, env, anything);
  return anything || std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return o.blocks; });
}

int answer_of(const Question& question, const Step& step, const CallResult* result, Env& env, std::string& why) {
  std::vector<std::string> answers;
  for (std::size_t i = 0; i < question.answers.size(); ++i) {
    const Outcome& outcome = question.answers[i].second;
    std::string reason;
    if (result == nullptr ? outcome.blocks : matches(outcome, step, *result, env, reason)) return static_cast<int>(i);
    answers.push_back("'" + question.answers[i].first + "'");
  }
  why = fmt::format("expected one of the answers {}, got {}", join(answers, ", "),
                    result == nullptr ? "a call that blocks" : result_text(*step.row, *result));
  return -1;
}

bool match_handled(const Step& step, const std::vector<SigInfo>& signals, Env& env, std::string* why) {
  const auto text = [&] {
    std::vector<std::string> parts;
    for (const SigInfo& info : signals)
      parts.push_back(siginfo_type().print(std::string_view(reinterpret_cast<const char*>(&info), sizeof info)));
    return parts.empty() ? std::string("none") : join(parts, ", ");
  };
  if (signals.size() != step.handled.size()) {
    if (why != nullptr)
      *why =
          fmt::format("expected {} signal(s) to be handled, got {}: {}", step.handled.size(), signals.size(), text());
    return false;
  }
  const auto fits = [&](const Arg& expected, const SigInfo& info, std::string& reason) {
    return siginfo_type().matches(expected, std::string_view(reinterpret_cast<const char*>(&info), sizeof info), env,
                                  reason);
  };
  std::vector<bool> used(signals.size(), false);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    std::string reason;
    bool found = false;
    for (std::size_t j = step.any_order ? 0 : i; j < (step.any_order ? signals.size() : i + 1); ++j)
      if (!used[j] && fits(step.handled[i], signals[j], reason)) {
        used[j] = true;
        found = true;
        break;
      }
    if (!found) {
      if (why != nullptr) *why = fmt::format("expected the signals as listed, got {} ({})", text(), reason);
      return false;
    }
  }
  return true;
}

std::string result_text(const Row& row, const CallResult& result) {
  if (!result.error.empty()) return "not made: " + result.error;
  if (result.signal != 0) return signal_name(result.signal);
  if (result.err != 0) {
    if (row.returns == Returns::error) return error_text(result.err);
    return "-1 " + error_text(result.err);
  }
  std::string text = row.returns == Returns::address || row.returns == Returns::semaphore
                         ? fmt::format("{:#x}", static_cast<std::uint64_t>(result.ret))
                         : std::to_string(result.ret);
  for (const Out& out : result.outs) {
    const Param& param = row.params[static_cast<std::size_t>(out.param)];
    const std::string shown = param.type->print(out.bytes);
    text += param.name == "data" ? " " + shown : fmt::format(" {}={}", param.name, shown);
  }
  return text;
}

std::string expectation_text(const Expectation& expect, Env& env) {
  bool anything = false;
  const std::vector<Outcome>& outcomes = chosen(expect, env, anything);
  if (anything) return "anything";
  if (outcomes.empty()) return "success";
  std::vector<std::string> words;
  for (const Outcome& outcome : outcomes) words.push_back(outcome_words(outcome, env));
  return join(words, " or ");
}

}  // namespace kipc
