// What something cost the kernel, as probes counted it. Plain data.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// What can be counted.
enum class Figure : std::uint8_t {
  bytes_copied,      // by the passes
  context_switches,  // voluntary: it went to sleep
  copies,            // passes: one for each buffer that crosses between an actor and the kernel
  page_faults,       // in user mode
  preemptions,       // involuntary context switches
  raw_bytes,         // by the raw copies
  raw_copies,        // runs of the kernel's copy routine
  signals,           // delivered
  socket_bytes,      // by the copies out of socket buffers
  socket_copies,     // copies from a socket's buffer to who received it
  syscalls,          // system calls that returned
  wakeups,           // tasks made runnable
};
constexpr std::size_t kFigures = 12;
using FigureSet = std::bitset<kFigures>;

struct FigureRow {
  Figure figure;
  std::string_view name;  // in cases and reports
  std::string_view doc;
};
/// In the order of Figure, which is alphabetical.
const std::array<FigureRow, kFigures>& figures();
std::optional<Figure> figure_named(std::string_view name);

/// By what means a figure was had, or why it was not.
struct Provenance {
  std::string how;      // "tracepoint", "fexit", "kprobe", "breakpoint"; "" when it was not counted
  std::string missing;  // why not
  std::string enable;   // what would make it countable, in one sentence
};
using Provenances = std::array<Provenance, kFigures>;

struct CallCost {
  std::string call;
  std::int64_t count = 0;
  std::int64_t errors = 0;
  std::int64_t bytes = 0;  // results above 0 added up; for mq_timedsend and msgsnd the length asked for
  std::int64_t ns = 0;     // from entry to exit; 0 when times were not asked for
};

/// What must have been copied, as far as the results of system calls tell.
struct InferredCopies {
  std::int64_t copies = 0;  // calls that moved data
  std::int64_t bytes = 0;
};

/// What one actor did.
struct Costs {
  std::vector<CallCost> calls;                 // alphabetical
  std::array<std::int64_t, kFigures> total{};  // by figure; 0 for what was not counted

  [[nodiscard]] std::int64_t of(Figure figure) const { return total[static_cast<std::size_t>(figure)]; }
  void add(const Costs& other);
};

/// What a measured block has cost, all its actors together.
struct MeasuredCost {
  std::string what;      // "round trip"
  std::int64_t per = 1;  // so many of them
  Costs costs;
};
/// "4 syscalls (read 2, write 2), 4 copies" per one of them, of the figures in `which`.
std::string cost_text(const MeasuredCost& measured, FigureSet which);
/// A total divided by a number of things: "4", "4.25".
std::string share_text(std::int64_t total, std::int64_t per);

/// One copy for each call that sends or receives data and succeeded, of as many bytes as it returned: right for one
/// buffer a call. What is mapped, spliced or passed by reference is not seen, nor is it counted.
InferredCopies infer_copies(const Costs& costs);

/// Of one actor in one measured block.
struct CostRecord {
  int step = -1;
  int actor = -1;
  Costs costs;
};

}  // namespace kipc
