// A history as JSON and back: all that judge() looks at, and beside it the words and times that a picture of it needs.
//
//   {"end": "diverged", "begin_ns": 81234567890, "duration_ns": 1502341,
//    "actors": [{"name": "parent", "pid": 2, "tid": 2, "uid": 0, "gid": 0, "process": 0}, ...],
//    "events": [{"kind": "returned", "actor": 0, "step": 1, "line": 9, "call": "write", "text": "write(w, \"x\") = 1",
//                "begin_ns": 1200, "end_ns": 2100, "result": {"ret": 1, "subject": 4}}, ...],
//    "logs": [...], "standing": [...], "flows": [[1, 4]], ...}
//
// `flows`: what event 4 received, event 1 had sent (see flows.hpp).
// Times are nanoseconds after `begin_ns`, which is CLOCK_MONOTONIC. What is empty, 0 or as usual is left out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/node.hpp"
#include "report/report.hpp"

namespace kipc {

/// Without what stands in the variant: its isolation, and what was left behind.
nlohmann::ordered_json history_to_json(const ToldHistory& told);
/// Throws CaseError. Every actor that is named is one of the list; steps are not looked up.
ToldHistory history_from_json(const Node& node, const std::string& file);

/// Bytes as {"text": "..."} when they are printable UTF-8, as {"fill": "61", "length": 4096} when all are the same, as
/// {"pattern": 1, "offset": 0, "length": 4096} when a pattern of the case language made them, else as {"hex": "00ff"}.
nlohmann::ordered_json bytes_to_json(std::string_view bytes);

/// The items of a log in one text: "WHAT CHANNEL SENDER NUMBER BEGIN TOOK [WEIGHT]" each, parted by ";". WHAT is p(ut),
/// t(ake), e(nter), l(eave), x (torn) or u(nfinished). BEGIN is in ns after the begin of the item before (the first:
/// after `begin_ns`), TOOK in ns; "-" where a time is not known. WEIGHT is left out when it is 0.
std::string items_to_text(const std::vector<Item>& items, std::int64_t begin_ns);
/// Nothing for what is no such text.
std::optional<std::vector<Item>> items_from_text(std::string_view text, std::int64_t begin_ns);

}  // namespace kipc
