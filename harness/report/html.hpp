// Reports as one HTML page that opens from disk: the matrix of guarantees and platforms, a page for each case with the
// picture of what happened, how much of the catalogue was covered. The viewer (reports/viewer/) does the drawing; here
// its files and the data of the reports become one file, which loads nothing.
#pragma once

#include <string>
#include <vector>

#include "language/case.hpp"
#include "model/catalogue.hpp"
#include "report/report.hpp"

namespace kipc {

/// What is known beside the reports: guarantees that no case tests show as gaps, and cases as the trace they expect.
struct HtmlSources {
  const Catalogue& catalogue;
  const std::vector<Case>& cases;  // by id
};

/// What `kipc measure --json` wrote, and what came of the claims about it.
struct HtmlMeasurement {
  struct Claim {
    std::string says;
    std::string verdict;  // "holds", "does not hold", "not measurable here"
    std::string claimed;
    std::vector<std::string> evidence;
    std::string note;
  };
  std::string json;
  std::vector<Claim> claims;
};

/// The page. Reports stand side by side in the order given; measurements have a part of their own. Throws CaseError
/// when a measurement is not JSON. Pure: equal reports and sources give equal bytes.
std::string report_to_html(const std::vector<Report>& reports, const HtmlSources& sources,
                           const std::vector<HtmlMeasurement>& measurements = {});

}  // namespace kipc
