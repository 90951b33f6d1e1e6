#include "platform/machine_load.hpp"

#include <fmt/format.h>
#include <sys/times.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "platform/proc_text.hpp"

namespace kipc {

ProcessorTime read_processor_time(std::string_view text) {
  ProcessorTime time;
  constexpr std::string_view kAll = "cpu ";
  if (!text.starts_with(kAll)) return time;
  text.remove_prefix(kAll.size());
  // user nice system idle iowait irq softirq steal; guest times are part of user and nice: proc(5).
  for (int column = 0; column < 8; ++column) {
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    time.total += value;
    if (column == 3 || column == 4) time.idle += value;
    if (column == 7) time.steal = value;
  }
  return time;
}

ProcessorTime processor_time() {
  ProcessorTime time = read_processor_time(read_start("/proc/stat", 512));
  tms own{};
  ::times(&own);  // in the same ticks
  time.own = own.tms_utime + own.tms_stime + own.tms_cutime + own.tms_cstime;
  return time;
}

ProcessorShares shares_between(const ProcessorTime& before, const ProcessorTime& after) {
  const std::int64_t total = after.total - before.total;
  if (total <= 0) return {};
  const std::int64_t steal = after.steal - before.steal;
  const std::int64_t others = total - (after.idle - before.idle) - steal - (after.own - before.own);
  return {steal * 1000 / total, std::max<std::int64_t>(0, others) * 1000 / total};
}

std::int64_t read_load_percent(std::string_view text) {
  char* end = nullptr;
  const std::string copy(text);
  const double load = std::strtod(copy.c_str(), &end);
  return end == copy.c_str() ? -1 : std::llround(load * 100);
}

std::int64_t load_percent() { return read_load_percent(read_line("/proc/loadavg")); }

std::vector<std::string> processor_caveats(const std::vector<int>& cpus) {
  std::vector<std::string> caveats;
  if (cpus.empty()) return caveats;
  const auto file = [](int cpu, const char* what) {
    return read_line(fmt::format("/sys/devices/system/cpu/cpu{}/{}", cpu, what));
  };
  const std::string governor = file(cpus[0], "cpufreq/scaling_governor");
  if (governor.empty())
    caveats.emplace_back("The processor's frequency cannot be seen here: it may change while it is measured.");
  else if (governor != "performance")
    caveats.push_back(
        fmt::format("The frequency governor is {}: short measurements may run at a lower frequency than "
                    "long ones (performance would hold it).",
                    governor));
  if (cpus.size() < 2) return caveats;
  const int a = cpus[0];
  const int b = cpus[1];
  const std::string siblings = file(a, "topology/thread_siblings_list");
  if (siblings.empty()) return caveats;
  if (siblings == file(b, "topology/thread_siblings_list"))
    caveats.push_back(
        fmt::format("Processors {} and {} are threads of one core: two cores would be further apart.", a, b));
  else if (file(a, "topology/physical_package_id") != file(b, "topology/physical_package_id"))
    caveats.push_back(fmt::format("Processors {} and {} are in different packages.", a, b));
  return caveats;
}

}  // namespace kipc
