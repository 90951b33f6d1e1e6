// Which mechanism for a size and a pattern: measured results ranked, with what each mechanism guarantees beside them.
// What is guaranteed is data (cases/guarantees/*.json) and names the assertions that put it to the test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/measure.hpp"
#include "report/page.hpp"

namespace kipc {

struct Guarantee {
  std::string says;
  std::vector<std::string> assertions;  // that verify it; empty: nothing does
};

struct Guarantees {
  std::string mechanism;
  std::string name;                   // "POSIX message queue"
  std::vector<std::string> patterns;  // of kPatterns, that it fits
  Guarantee boundaries;
  Guarantee priorities;
  Guarantee persistence;
  Guarantee access;
  Guarantee crash;
  Guarantee receivers;
};

inline constexpr std::string_view kPatterns[] = {"broadcast", "notification", "one-way", "request-response"};
inline constexpr std::string_view kRankings[] = {"cpu", "latency", "throughput"};

/// Throws CaseError.
std::vector<Guarantees> read_guarantees(std::string_view text, const std::string& file);
/// Those in this binary, by mechanism.
const std::vector<Guarantees>& embedded_guarantees();
/// The parts with their names, in the order in which they are shown.
std::vector<std::pair<std::string_view, const Guarantee*>> parts_of(const Guarantees& guarantees);

struct AdviceQuestion {
  std::int64_t size = 0;
  std::string pattern;
  std::string placement;
  std::string ranking;         // "": latency, but throughput for one-way and broadcast
  std::int64_t receivers = 4;  // broadcast
};

/// One mechanism's place. Whatever was not measured is nullptr.
struct Ranked {
  const Guarantees* guarantees = nullptr;
  const Measured* trip = nullptr;
  const Measured* one_way = nullptr;
  /// Of one message (a broadcast: to all receivers), nanoseconds.
  double latency_ns = 0;
  double throughput = 0;  // bytes a second, 0: unknown
  double cpu_ns = 0;
};

/// Best first. Mechanisms that fit the pattern but were not measured come last, with neither result.
std::vector<Ranked> rank(const AdviceQuestion& question, const MeasureReport& report,
                         const std::vector<Guarantees>& guarantees);
std::string advice_text(const AdviceQuestion& question, const MeasureReport& report,
                        const std::vector<Guarantees>& guarantees, const Page& page);

}  // namespace kipc
