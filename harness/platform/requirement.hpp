// What a case needs from its platform, and whether it is here. An unmet requirement makes a SKIP that says what is
// missing and what would enable it; it never names a version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "platform/sandbox_probe.hpp"

namespace kipc {

/// {"limit": "RLIMIT_NOFILE", "at_least": 700} or, for a kind without a name, {"users": 3}: at_least is then the value.
struct Requirement {
  std::string kind;
  std::string name;
  std::int64_t at_least = 0;
  std::vector<std::string> only_for;  // the assertions that need it; empty: the whole case
};

struct Unmet {
  std::string what;    // "RLIMIT_NOFILE: the hard limit is 256, 700 are needed"
  std::string enable;  // one sentence: what would make it met
};

/// A kind as the schema and the reference page need it.
struct RequirementKind {
  std::string_view kind;
  std::string_view doc;  // one line
  bool takes_name = false;
  bool takes_at_least = false;
  /// The names it knows, for completion; null where any name may be right (a file, a sysctl, a kernel option).
  const std::vector<std::string_view>& (*names)() = nullptr;
};

/// All kinds, in alphabetical order.
const std::vector<RequirementKind>& requirement_kinds();

/// Fails when a requirement can be met nowhere because it is written wrongly: an unknown kind or name (with a "did you
/// mean"), a name or number too much or too few. Looks at nothing of the platform.
Result<void> check_requirement(const Requirement& requirement);

/// What is missing of a requirement here, or nothing. `sandbox` is how actors are isolated, which decides what they
/// may: in a user namespace of their own some capabilities count and others do not. A requirement that
/// check_requirement() refuses is unmet for that reason. May fork (for "syscall"); up to a few milliseconds the first
/// time.
std::optional<Unmet> unmet(const Requirement& requirement, const SandboxAbility& sandbox);

}  // namespace kipc
