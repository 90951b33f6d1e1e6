#include "platform/cpus.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "platform/proc_text.hpp"

namespace kipc {

namespace {

int usable_now() {
  cpu_set_t* set = CPU_ALLOC(8192);
  if (set == nullptr) return cpus_online();
  const std::size_t size = CPU_ALLOC_SIZE(8192);
  CPU_ZERO_S(size, set);
  const int count = ::sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : cpus_online();
  CPU_FREE(set);
  return std::max(count, 1);
}

// Before main(), hence before anything is pinned; forked workers inherit it.
const int kUsableAtStart = usable_now();

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

int cpus_usable() { return kUsableAtStart; }

}  // namespace kipc
