// Whether two reports are of platforms that can be compared, and what differs between them.
#pragma once

#include <string>
#include <vector>

#include "report/report.hpp"

namespace kipc {

struct PlatformDifference {
  /// A condition changes what may be asked at all: other privileges, limits, isolation, another architecture. Where one
  /// differs, a changed verdict accuses nobody. A subject is what one compares for: kernel, libc, kipc and its cases.
  enum class Role { condition, subject };
  Role role = Role::subject;
  std::string what;  // "kernel release", "sysctl kernel.sem"
  std::string before;
  std::string after;
};

/// All that differs, conditions first, then by name.
std::vector<PlatformDifference> platform_differences(const Report& before, const Report& after);
/// True when no condition is among them.
bool comparable(const std::vector<PlatformDifference>& differences);

}  // namespace kipc
