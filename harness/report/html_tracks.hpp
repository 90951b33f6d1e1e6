// What became of variants over time, as the page needs it: runs that came to the same end, one after the other, as one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/track.hpp"

namespace kipc {

struct TrackTotals {
  std::size_t reports = 0;
  std::size_t variants = 0;  // on their platforms
};

/// {"reports": n, "variants": n, "kernels": [...], "paths": [...], "platforms": [...], "statuses": [...],
///  "tracks": [{"v": VARIANT, "p": platform, "s": [SPAN...], "turn"?: [span of the last good run, span of the first
///  bad]}...]}.
/// SPAN is {"s": status, "n": runs, "a"?: answer, "c"?: 1 where the case has changed, "f": RUN, "t"?: RUN}: its first
/// and, when there are more, its last run; RUN is [started, kernel, path].
std::string html_tracks(const std::vector<Track>& tracks, const TrackTotals& of);

}  // namespace kipc
