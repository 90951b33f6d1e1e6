// Reports that are named one by one or by their folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "report/json.hpp"

namespace kipc::cli {

/// Reads every report of these paths and hands it over with its path, or what is wrong with it. A folder stands for all
/// *.json and *.jsonl below it, in the order of their paths; what is no report there, such as a measurement, is passed
/// over, and one sentence says how many. Ends early when `take` returns false.
void each_report(const std::vector<std::string>& paths, ReportPart part,
                 const std::function<bool(Result<Report> report, const std::string& path)>& take);

}  // namespace kipc::cli
