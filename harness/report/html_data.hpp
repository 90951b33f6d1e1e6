// The data of an HTML page, as JSON for the scripts of reports/viewer/ (data.js reads it). In parts, as the page needs
// them: what the matrix shows at once, the rest when a case is opened.
#pragma once

#include <string>
#include <vector>

#include "report/html.hpp"

namespace kipc {

struct HtmlData {
  /// {"catalogue": [ASSERTION...], "cases": [CASE...], "reports": [REPORT...], "statuses": [...], "variants": [...]}.
  /// Assertions, cases and variants are named by their place in these lists; what is as expected is left out.
  std::string overview;
  /// {"VARIANT": {"trace": [LINE...], "checks": [...]}}: the cases as they go when the platform keeps its promises.
  std::string traces;
  /// One for each report, with an element for each of its runs: where it went wrong, and its history.
  std::vector<std::string> details;
};

/// [{"measured": MEASUREMENT, "claims": [{"says", "verdict", "claimed", "evidence", "note"}...]}...]; without the
/// passes, which no picture shows.
std::string html_costs(const std::vector<MeasureReport>& measurements, const std::vector<Claim>& claims);

HtmlData html_data(const std::vector<Report>& reports, const HtmlSources& sources);

}  // namespace kipc
