// Known deviations of platforms: promises that a platform is known to break, each with its reason and clause. A failure
// that is known is an XFAIL; a known deviation that is gone is an XPASS. Never hides another failure than the one
// meant.
//
//   {"deviations": [{
//     "id": "linux.unix-oob-siocinq-stays",
//     "platform": {"kernel": "Linux", "kernel_since": "6.17", "config.UNIX": "y"},
//     "variants": "unix-socket.oob.siocinq-after-drop*",
//     "expect": {"status": "FAIL", "got": "0 value: 1, not 0"},
//     "why": "...", "clause": "...", "link": "..."
//   }]}
//
// `platform` names facts of the fingerprint, each with a pattern (* and ?) that it has to match: kernel, machine,
// distribution, libc, virtualisation, container, cpu_model, seccomp, user (root or other), config.NAME, sysctl.NAME. A
// fact that is not known matches nothing. kernel_since, kernel_until, libc_since and libc_until bound versions; `until`
// is the first without it. `variants` is a pattern, or `assertion` an assertion's id, or both. `got` is what the
// platform gave, as the report has it, or a pattern.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

struct Deviation {
  std::string id;
  std::map<std::string, std::string> platform;  // fact -> pattern
  std::string kernel_since;
  std::string kernel_until;
  std::string libc_since;
  std::string libc_until;
  std::string variants;   // pattern over variant ids; "" for all
  std::string assertion;  // "" for any
  std::string got;        // pattern
  std::string why;
  std::string clause;
  std::string link;
};

/// What selects deviations of a platform: "kernel" -> "Linux", "kernel_release", "libc_version", "config.SYSVIPC", ...
using PlatformFacts = std::map<std::string, std::string, std::less<>>;

/// Reads {"deviations": [...]}. Throws CaseError.
std::vector<Deviation> read_deviations(std::string_view text, const std::string& file);
/// Whether it is known of that platform.
bool known_of(const Deviation& deviation, const PlatformFacts& platform);
/// The embedded ones, all.
std::vector<Deviation> embedded_deviations();
/// "6.18.44-fc" against "6.17": numbers compared as numbers. Negative, 0 or positive.
int compare_releases(std::string_view a, std::string_view b);

}  // namespace kipc
