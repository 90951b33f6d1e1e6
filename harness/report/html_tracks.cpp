#include "report/html_tracks.hpp"

#include <map>

#include "report/json_line.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

/// Texts that come again and again, by their place in a list.
class Texts {
 public:
  std::size_t of(const std::string& text) {
    const auto [at, fresh] = places_.emplace(text, places_.size());
    if (fresh) list_.push_back(text);
    return at->second;
  }
  [[nodiscard]] const ordered_json& list() const { return list_; }

 private:
  std::map<std::string, std::size_t> places_;
  ordered_json list_ = ordered_json::array();
};

}  // namespace

std::string html_tracks(const std::vector<Track>& tracks, const TrackTotals& of) {
  Texts platforms;
  Texts kernels;
  Texts paths;
  const auto run_of = [&](const TrackPoint& point) -> ordered_json {
    return {point.started, kernels.of(point.kernel_release), paths.of(point.path)};
  };
  ordered_json list = ordered_json::array();
  for (const Track& track : tracks) {
    const Turn turn = turn_of(track);
    ordered_json turned;
    ordered_json spans = ordered_json::array();
    for (const TrackSpan& span : spans_of(track)) {
      const TrackPoint& first = track.points[span.begin];
      ordered_json one = {{"s", static_cast<int>(first.status)}, {"n", span.end - span.begin}};
      if (!first.answer.empty()) one["a"] = first.answer;
      if (span.case_changed) one["c"] = 1;
      one["f"] = run_of(first);
      if (span.end - span.begin > 1) one["t"] = run_of(track.points[span.end - 1]);
      for (const TrackPoint* end : {turn.last_good, turn.first_bad})
        if (end != nullptr && end >= &first && end < &first + (span.end - span.begin)) turned.push_back(spans.size());
      spans.push_back(std::move(one));
    }
    ordered_json row = {{"v", track.variant}, {"p", platforms.of(track.platform)}, {"s", std::move(spans)}};
    if (!turned.empty()) row["turn"] = std::move(turned);
    list.push_back(std::move(row));
  }
  ordered_json statuses = ordered_json::array();
  for (const StatusRow& row : kStatuses) statuses.push_back(row.name);
  const ordered_json out = {{"reports", of.reports},         {"variants", of.variants},
                            {"kernels", kernels.list()},     {"paths", paths.list()},
                            {"platforms", platforms.list()}, {"statuses", std::move(statuses)},
                            {"tracks", std::move(list)}};
  return json_line(out);
}

}  // namespace kipc
