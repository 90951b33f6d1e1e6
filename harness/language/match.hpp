// Holds one call's result against an outcome or an expectation.
#pragma once

#include <string>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

/// True when the result is this outcome. `why` says what differs: "return 3, not 5".
bool matches(const Outcome& outcome, const Step& step, const CallResult& result, Env& env, std::string& why);
/// True when the result is allowed. `why` is in the one shape every failure has: "expected …, got …".
bool matches(const Expectation& expect, const Step& step, const CallResult& result, Env& env, std::string& why);
/// The same for a call that is seen to block.
bool allows_blocking(const Expectation& expect, Env& env);
/// The answer's index, or -1 when the platform gave one that is not listed. `result` nullptr: it blocks.
int answer_of(const Question& question, const Step& step, const CallResult* result, Env& env, std::string& why);

/// True when exactly the expected signals were handled, in their order (or any, when the step says so).
bool match_handled(const Step& step, const std::vector<SigInfo>& signals, Env& env, std::string* why = nullptr);

/// What came back, as a trace shows it: "5 \"hello\"", "-1 EAGAIN", "SIGBUS".
std::string result_text(const Row& row, const CallResult& result);
/// What was expected, in the same words: "return 5, \"hello\"", "EAGAIN", "success".
std::string expectation_text(const Expectation& expect, Env& env);

}  // namespace kipc
