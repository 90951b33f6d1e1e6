// A measurement for people: tables by kind and placement, and what to know before believing them.
#pragma once

#include <string>

#include "report/measure.hpp"
#include "report/page.hpp"

namespace kipc {

/// The tables, the conditions, and what could not be measured.
std::string measure_text(const MeasureReport& report, const Page& page);
/// "one core (cpu 1)", "two cores (cpus 0 and 1)", "unpinned".
std::string placement_text(const MeasureReport& report, std::string_view placement);
/// The sentences on conditions alone, each a line.
std::string conditions_text(const MeasureReport& report, const Page& page);

}  // namespace kipc
