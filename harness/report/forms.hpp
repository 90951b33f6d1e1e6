// The forms that other programs read. Each is a pure function of the report, and all agree on the verdict of each run:
// what kipc's own exit code counts as unexpected, every form shows as a failure or error, and nothing else.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "report/report.hpp"

namespace kipc {

/// KTAP 1, one subtest for each area. FAIL and XPASS, ERROR and MISS are "not ok". A serial console may cut into lines
/// and put its own between them: what is not a plain PASS is told again at the end with a check sum, beside the totals.
std::string to_ktap(const Report& report);
/// The check sum of a line "# kipc: ..." of to_ktap(): 8 hexadecimal digits.
std::string ktap_sum(std::string_view text);

/// The form of JUnit XML that Jenkins, GitLab and others read: <failure> for FAIL and XPASS, <error> for ERROR and
/// MISS, <skipped> for SKIP and XFAIL. The property kipc.status has the status itself.
std::string to_junit(const Report& report);

/// For the page of a CI job, at most `limit` bytes: what went wrong first, then a table of the areas; details folded.
std::string to_markdown(const Report& report, std::size_t limit = 60'000);

/// RFC 4180: a header, then one line for each run.
std::string to_csv(const Report& report);

/// A submission for KCIDB (schema 5.3): the kernel as a build, each run as a test, each known deviation as an issue
/// with its incidents. XFAIL and XPASS, which KCIDB does not have, are FAIL there; "misc" has kipc's own status.
/// The origin is the name of the CI system that submits: is_kcidb_origin().
std::string to_kcidb(const Report& report, const std::string& origin);
constexpr std::string_view kKcidbOrigin = "kipc";  // of who has none
/// Lower-case letters, digits and '_', at least one: what KCIDB's schema asks of an origin.
bool is_kcidb_origin(std::string_view text);

struct Form {
  std::string_view name;  // of the option: --ktap
  std::string_view doc;
  std::string (*write)(const Report& report, const std::string& origin);  // only KCIDB knows an origin
};
/// All, alphabetical, the report itself (--json) among them.
const std::array<Form, 6>& forms();

}  // namespace kipc
