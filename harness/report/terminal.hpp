// A report as a person wants to read it: what was checked, then all that needs attention, then one line that sums up.
#pragma once

#include <string>

#include "report/page.hpp"
#include "report/report.hpp"

namespace kipc {

struct TerminalOptions {
  Page page;
  bool quiet = false;    // only what went wrong, and the totals
  bool verbose = false;  // every variant of a group by name; no "and N more"
};

/// 1) a line on the platform, 2) a line per folder of cases, 3) each failure with its trace and clause, 4) ERROR, MISS,
/// XFAIL and SKIP by reason, 5) the answers recorded, 6) with verbose the objects left behind, 7) the totals.
std::string terminal_summary(const Report& report, const TerminalOptions& options);

/// One run as a line of a list: "PASS     812 us  pipe.eof.last-writer-closes".
std::string variant_line(const VariantReport& variant, const Page& page);

/// What a run is doing now, for a line that is written over and over: "[ 120/412] 1 FAIL  pipe.atomic.many-writers".
std::string progress_line(int done, int selected, const Counts& counts, const std::string& latest, const Page& page);

}  // namespace kipc
