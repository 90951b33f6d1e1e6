// What textbooks and articles say about IPC, beside what a measurement shows. Claims are data (cases/claims/*.json, or
// a file of one's own); each names one quantity and what it is said to be.
//
//   {"claims": [{
//     "id": "pipe-microsecond",
//     "says": "A message through a pipe takes about 1 µs.",
//     "time": {"mechanism": "pipe", "size": 1}, "half": true,         a round trip; half of it
//     "placements": ["one-core", "two-cores"],                        it has to hold in each
//     "about": 1000, "within_percent": 200                            500 to 2000 ns
//   }]}
//
// Instead of "time" (nanoseconds): "rate" (messages of `size` one way, MB/s); "ratio": {"of": …, "to": …} of two times
// or, with "kind": "one way", rates, in percent; "cost": {…, "what": "system calls" | "copies"} an exchange;
// "constant": "PIPE_BUF" | "pipe capacity". Instead of "about": "equals", "at_least", "at_most".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/measure.hpp"

namespace kipc {

/// Which result of a measurement is meant.
struct Quantity {
  std::string mechanism;
  std::string kind;  // kRoundTrip or kOneWay
  std::int64_t size = 0;
};

struct Claim {
  enum class About { time, rate, ratio, cost, constant };
  std::string id;
  std::string says;
  std::string note;  // what to know about it; "" for nothing
  About about = About::time;
  Quantity quantity;
  Quantity to;       // ratio: what it is divided by
  std::string what;  // cost, constant
  bool half = false;
  std::vector<std::string> placements;  // empty for constants
  std::optional<std::int64_t> near_value;
  std::int64_t within_percent = 150;
  std::optional<std::int64_t> equals;
  std::optional<std::int64_t> at_least;
  std::optional<std::int64_t> at_most;
};

struct ClaimResult {
  enum class Verdict { holds, fails, not_measurable };
  Verdict verdict = Verdict::not_measurable;
  std::string claimed;                // "500 ns to 2.00 µs"
  std::vector<std::string> evidence;  // a line for each placement
};

/// Throws CaseError.
std::vector<Claim> read_claims(std::string_view text, const std::string& file);
/// Those in this binary.
const std::vector<Claim>& embedded_claims();
/// Holds when it holds in each of its placements.
ClaimResult hold(const Claim& claim, const MeasureReport& report);
/// "holds", "does not hold", "not measurable here".
std::string_view verdict_text(ClaimResult::Verdict verdict);

}  // namespace kipc
