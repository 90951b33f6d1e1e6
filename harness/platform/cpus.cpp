#include "platform/cpus.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "platform/proc_text.hpp"

namespace kipc {

namespace {

std::vector<int> usable_now() {
  std::vector<int> cpus;
  constexpr int kMost = 8192;
  cpu_set_t* set = CPU_ALLOC(kMost);
  const std::size_t size = CPU_ALLOC_SIZE(kMost);
  if (set != nullptr) CPU_ZERO_S(size, set);
  if (set != nullptr && ::sched_getaffinity(0, size, set) == 0)
    for (int cpu = 0; cpu < kMost; ++cpu)
      if (CPU_ISSET_S(cpu, size, set)) cpus.push_back(cpu);
  CPU_FREE(set);
  if (cpus.empty())
    for (int cpu = 0; cpu < cpus_online(); ++cpu) cpus.push_back(cpu);
  return cpus;
}

// Before main(), hence before anything is pinned; forked workers inherit it.
const std::vector<int> kUsableAtStart = usable_now();

}  // namespace

std::string cpu_model() {
  // x86, then POWER, then others; arm64 has only numbers.
  const std::string text = read_start("/proc/cpuinfo", 4096);
  for (const std::string_view key :
       {"model name", "cpu", "uarch", "cpu model", "Processor", "Hardware", "vendor_id", "isa"}) {
    if (std::string value = field(text, key); !value.empty()) return value;
  }
  const std::string implementer = field(text, "CPU implementer");
  return implementer.empty() ? "" : "implementer " + implementer + " part " + field(text, "CPU part");
}

int cpus_online() { return static_cast<int>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L)); }

int cpus_usable() { return static_cast<int>(kUsableAtStart.size()); }

const std::vector<int>& usable_cpus() { return kUsableAtStart; }

}  // namespace kipc
