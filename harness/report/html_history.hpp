// A history as the picture of it needs it: who took part, and what happened in one list, in order.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

#include "report/report.hpp"

namespace kipc {

/// {"actors": [NAME...], "flows"?: [[from, to]...],
///  "events": [{"k": KIND, "t": TEXT, "a"?: actor, "b"?: begin, "e"?: end, "l"?: line of the case}, ...]}.
/// KIND is one of armed, blocked, call, death, fault, look, mismatch, note, resumed, signal and together. Times are ns
/// after the begin of the history. What ran in `concurrently` has "n": how much it did in each of equal parts of the
/// time from "from" to "to", which are the same for all that ran together. `flows`: events whose data another received.
nlohmann::ordered_json picture_of(const ToldHistory& told, const std::vector<std::pair<int, int>>& flows = {});

}  // namespace kipc
