// Where the kernel's functions are, as /proc/kallsyms tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kipc {

/// Addresses of those of `wanted` that exist; 0 where the kernel hides addresses (kptr_restrict). The path is for
/// tests.
std::unordered_map<std::string, std::uint64_t> kernel_symbols(const std::vector<std::string_view>& wanted,
                                                              const char* path = "/proc/kallsyms");

/// The routine through which every copy between user and kernel runs here, and where it has its length.
struct CopyRoutine {
  std::string symbol;
  std::uint64_t address = 0;
  bool length_in_cx = false;  // else in dx
  std::string missing;        // why there is none that a breakpoint could count
};
/// By the processor's flags ("erms fsrm rep_good …" as in /proc/cpuinfo) and the symbols above. x86-64.
CopyRoutine copy_routine(const std::unordered_map<std::string, std::uint64_t>& symbols, std::string_view cpu_flags);
const std::vector<std::string_view>& copy_routine_symbols();

}  // namespace kipc
