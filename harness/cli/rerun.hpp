// Variants of a report, run again on this machine as they were run there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/library.hpp"
#include "report/report.hpp"

namespace kipc::cli {

/// Why this machine is not the platform of the report, in one line; "" when it is.
std::string why_elsewhere(const Report& report);

/// Each variant `times` over, under the report's isolation, deadlines and saboteur. Variants whose case is not here, or
/// is not the same, are left out.
Result<std::vector<VariantReport>> rerun(const Library& library, const Report& like,
                                         const std::set<std::string>& variants, int times);

}  // namespace kipc::cli
