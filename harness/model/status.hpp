// The statuses a variant can get, what each means, and the exit code of a run. One table feeds the code, the docs and
// the report's schema.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace kipc {

/// From worst to mildest: a group's status is its first.
enum class Status { fail, error, miss, xpass, pass, xfail, done, skip };

struct StatusRow {
  Status status;
  std::string_view name;
  std::string_view meaning;
  int exit_code;  // what a run exits with when this is the worst
  bool needs_reason;
};

constexpr std::array<StatusRow, 8> kStatuses = {{
    {Status::fail, "FAIL", "the platform broke a promise", 1, true},
    {Status::error, "ERROR", "kipc or the case broke", 3, true},
    {Status::miss, "MISS", "it could not be run here: the sandbox or the machine did not allow it", 3, true},
    {Status::xpass, "XPASS", "a known deviation is gone", 1, true},
    {Status::pass, "PASS", "every assertion held", 0, false},
    {Status::xfail, "XFAIL", "a known deviation, with its reason and link", 0, true},
    {Status::done, "DONE", "measured or recorded; there is nothing to judge", 0, true},
    {Status::skip, "SKIP", "not applicable here, with what would enable it", 0, true},
}};

constexpr const StatusRow& row_of(Status status) { return kStatuses[static_cast<std::size_t>(status)]; }
constexpr std::string_view name_of(Status status) { return row_of(status).name; }
constexpr std::optional<Status> status_of(std::string_view name) {
  for (const StatusRow& row : kStatuses)
    if (row.name == name) return row.status;
  return std::nullopt;
}
/// The worse of two.
constexpr Status worse(Status a, Status b) { return a < b ? a : b; }

/// Exit code for a run whose statuses were counted: FAIL and XPASS win over ERROR and MISS.
/// 0 nothing unexpected; 1 at least one FAIL or XPASS; 2 bad usage or a bad case file; 3 ERROR or MISS.
constexpr int exit_code(const std::array<int, kStatuses.size()>& counts) {
  int code = 0;
  for (const StatusRow& row : kStatuses) {
    if (counts[static_cast<std::size_t>(row.status)] == 0 || row.exit_code == 0) continue;
    if (row.exit_code == 1) return 1;
    code = row.exit_code;
  }
  return code;
}
constexpr int kExitUsage = 2;

}  // namespace kipc
