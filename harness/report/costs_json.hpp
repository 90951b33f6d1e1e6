// What was counted, as JSON and back.
#pragma once

#include <nlohmann/json.hpp>

#include "language/history.hpp"
#include "report/fields.hpp"

namespace kipc {

/// {"figures": {"syscalls": 400}, "calls": [{"call": "read", "count": 200}]}; what is 0 is left out.
nlohmann::ordered_json costs_to_json(const Costs& costs);
Costs costs_from(Fields& fields);

/// The same with "what" and "per".
nlohmann::ordered_json measured_to_json(const MeasuredCost& measured);
MeasuredCost measured_from(Fields& fields);

/// The same with "step" and "actor".
nlohmann::ordered_json record_to_json(const CostRecord& record);
CostRecord record_from(Fields& fields);

/// {"syscalls": {"how": "tracepoint"}, "copies": {"missing": …, "enable": …}}; nothing when nothing was to be counted.
nlohmann::ordered_json probes_to_json(const Provenances& probes);
Provenances probes_from(const Node& item, const std::string& file);

}  // namespace kipc
