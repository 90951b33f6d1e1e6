// What `kipc measure` found out: for every mechanism, size of message and placement the time of an exchange, how sure
// it is, and what it cost. Plain data; terminal and JSON are pure functions of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/median.hpp"
#include "base/result.hpp"
#include "language/history.hpp"
#include "platform/fingerprint.hpp"

namespace kipc {

/// Where the actors ran, in the words of reports and options.
inline constexpr std::string_view kPlacements[] = {"one-core", "two-cores", "unpinned"};
inline constexpr std::string_view kRoundTrip = "round trip";
inline constexpr std::string_view kOneWay = "one way";

/// What one exchange costs the kernel. Only what something counted is there.
struct ExchangeCosts {
  std::optional<double> system_calls;
  std::optional<double> copies;  // between an actor and the kernel
  std::optional<double> bytes_copied;
  std::string source;     // what counted them; "" when nothing did
  bool inferred = false;  // copies and bytes_copied were not counted, but follow from what the calls returned
};

/// Of the measurements that this kipc writes. In version 1 the actors were started once, and no pass says in which
/// start.
inline constexpr int kMeasureFormatVersion = 2;

/// One measured thing, or why it could not be measured.
struct Measured {
  std::string case_id;
  std::string mechanism;  // the second part of the case's id
  std::string kind;       // kRoundTrip or kOneWay
  std::int64_t size = 0;  // bytes of a message; 0: it carries none
  std::string placement;
  std::string not_measured;  // "" when it was
  Measurement numbers;
  ExchangeCosts costs;

  [[nodiscard]] bool there() const { return not_measured.empty(); }
  /// Adds what was timed after everybody was started once more. Samples are of as many round trips as before.
  void add_start(const Measurement& more);
  /// How many times the actors were started anew for it.
  [[nodiscard]] std::size_t starts() const;
  /// Nanoseconds of an exchange in each start: the median of its passes, which are medians of round trips (one way:
  /// means). Starts do not depend on each other; passes of one start do, for where its memory lies and what the
  /// kernel made of it stays. With a single start it is the passes that are given.
  [[nodiscard]] std::vector<double> samples_ns() const;
  /// How far the middle half of the samples lies apart, as a share of the median: what differs without anything having
  /// changed.
  [[nodiscard]] double noise() const;
  /// Nanoseconds of an exchange: the median of the samples and its 95 % interval. The one figure for "how long does it
  /// take", and how sure that is.
  [[nodiscard]] MedianInterval typical_ns() const;
  /// Nanoseconds at a share of all round trips, 0 to 1; nothing one way, where single messages have no time of their
  /// own.
  [[nodiscard]] std::optional<double> quantile_ns(double q) const;
  [[nodiscard]] double messages_per_second() const;
  /// 0 when it carries no bytes. A round trip carries a message each way.
  [[nodiscard]] double bytes_per_second() const;
  /// Per exchange, over all passes and actors.
  [[nodiscard]] double cpu_ns() const;
  [[nodiscard]] double switches() const;
  [[nodiscard]] double preemptions() const;
  /// The share of round trips that took more than three times the median; 0 one way.
  [[nodiscard]] double outliers() const;
  [[nodiscard]] std::int64_t exchanges() const;
};

/// What may be wrong with the numbers of a whole measurement.
struct Conditions {
  std::int64_t clock_ps = 0;          // what reading the clock costs, once for every sample
  std::int64_t steal_permille = -1;   // of the processors' time, taken by the hypervisor meanwhile; -1 unknown
  std::int64_t others_permille = -1;  // likewise, by other programs; -1 unknown, as in version 1
  std::int64_t load_percent = -1;     // the load average of the last minute before it began, 100: one process runs
  std::int64_t pipe_capacity = -1;    // bytes that fit into a new pipe; -1 unknown
  std::string not_counted;            // why copies, or system calls, are not there; "" when they are
  std::vector<std::string> caveats;   // sentences: frequency, virtualisation, what the processors share
};

struct MeasureReport {
  int format_version = kMeasureFormatVersion;
  std::string kipc_version;
  std::string started;  // UTC, ISO 8601
  std::int64_t duration_ns = 0;
  bool complete = false;
  Fingerprint platform;
  Conditions conditions;
  std::vector<Measured> results;

  /// The result for a mechanism at the size nearest to the one asked for (by ratio), or nullptr; unmeasured ones count
  /// only when there is no other.
  [[nodiscard]] const Measured* find(std::string_view mechanism, std::string_view kind, std::string_view placement,
                                     std::int64_t size) const;
};

/// "1.23 µs": three digits that matter.
std::string time_text(double ns);
/// "64 KiB", "1 B".
std::string size_text(std::int64_t bytes);
/// "2.91 GB/s".
std::string rate_text(double bytes_per_second);

}  // namespace kipc
