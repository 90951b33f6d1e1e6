// Known deviations of platforms: promises that a platform is known to break, each with its reason and clause. A failure
// that is known is an XFAIL; a known deviation that is gone is an XPASS. Never hides another failure than the one
// meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kipc {

struct Deviation {
  std::string id;
  // The platform it is known of; "" where it does not matter. Versions bound what is known, they decide nothing else.
  std::string kernel_at_least;  // "6.17"
  std::string kernel_below;
  std::string libc;        // "glibc"
  std::string variants;    // glob over variant ids
  std::string reason_has;  // what the failure's reason must contain
  std::string why;
  std::string clause;
  std::string link;
};

/// What selects deviations of a platform.
struct PlatformFacts {
  std::string kernel_release;
  std::string libc;
};

/// Reads {"deviations": [...]}. Throws CaseError.
std::vector<Deviation> read_deviations(std::string_view text, const std::string& file);
/// The embedded ones that are known of this platform.
std::vector<Deviation> deviations_of(const PlatformFacts& platform);
/// "6.18.44-fc" against "6.17": numbers compared as numbers. Negative, 0 or positive.
int compare_releases(std::string_view a, std::string_view b);

}  // namespace kipc
