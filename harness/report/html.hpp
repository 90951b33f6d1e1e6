// Reports as one HTML page that opens from disk: the matrix of guarantees and platforms, a page for each case with the
// picture of what happened, how much of the catalogue was covered. The viewer (reports/viewer/) does the drawing; here
// its files and the data of the reports become one file, which loads nothing.
#pragma once

#include <string>
#include <vector>

#include "language/case.hpp"
#include "model/catalogue.hpp"
#include "report/claims.hpp"
#include "report/html_tracks.hpp"
#include "report/measure.hpp"
#include "report/report.hpp"
#include "report/track.hpp"

namespace kipc {

/// What is known beside the reports: guarantees that no case tests show as gaps, and cases as the trace they expect.
struct HtmlSources {
  const Catalogue& catalogue;
  const std::vector<Case>& cases;  // by id
};

/// The page. Reports stand side by side in the order given; measurements, with what holds of these claims, have a part
/// of their own. Pure: equal reports and sources give equal bytes.
std::string report_to_html(const std::vector<Report>& reports, const HtmlSources& sources,
                           const std::vector<MeasureReport>& measurements = {}, const std::vector<Claim>& claims = {});

/// A page of what became of variants over many reports, and of nothing else. `of`: how many reports, and how many
/// variants on their platforms they are chosen from.
std::string tracks_to_html(const std::vector<Track>& tracks, const TrackTotals& of);

}  // namespace kipc
