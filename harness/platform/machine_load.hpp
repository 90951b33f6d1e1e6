// What else goes on in the machine, and what its processors are like, as far as it bears on measured times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// The processors' time since the machine was started, in ticks, as /proc/stat has it. All 0 when it cannot be read.
struct ProcessorTime {
  std::int64_t total = 0;
  std::int64_t idle = 0;  // also what waits for a disk
  std::int64_t steal = 0;
  std::int64_t own = 0;  // of this process and of its descendants that were waited for
};
ProcessorTime processor_time();
/// Who had the processors between two looks, in thousandths of their time; -1 when it cannot be known.
struct ProcessorShares {
  std::int64_t steal_permille = -1;   // the hypervisor, for others
  std::int64_t others_permille = -1;  // other programs here, and interrupts
};
ProcessorShares shares_between(const ProcessorTime& before, const ProcessorTime& after);
/// Of the text of /proc/stat.
ProcessorTime read_processor_time(std::string_view text);

/// The load average of the last minute times 100; -1 when it cannot be read.
std::int64_t load_percent();
/// Of the text of /proc/loadavg.
std::int64_t read_load_percent(std::string_view text);

/// Sentences on what makes times here differ from times elsewhere: frequency scaling, what two processors share.
std::vector<std::string> processor_caveats(const std::vector<int>& cpus);

}  // namespace kipc
