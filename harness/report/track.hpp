// What became of each variant on each platform over time, from many reports.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "report/report.hpp"

namespace kipc {

/// One variant in one report.
struct TrackPoint {
  std::string started;  // of the run, ISO 8601: texts sort as times
  std::string kernel_release;
  std::string path;  // of the report, as it was imported
  Status status = Status::skip;
  std::string answer;  // what was got, when it was wrong
  std::string hash;    // of the case
};

/// One variant on one platform, from the oldest run to the newest.
struct Track {
  std::string variant;
  std::string platform;  // without versions: "Linux x86_64, glibc, KVM, root"
  std::vector<TrackPoint> points;
};

/// Runs from `begin` to before `end` that came to the same end, one after the other.
struct TrackSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool case_changed = false;  // between the run before and the first of these
};
std::vector<TrackSpan> spans_of(const Track& track);

/// Where a track went from good to bad for the last time, and stayed bad.
struct Turn {
  const TrackPoint* last_good = nullptr;
  const TrackPoint* first_bad = nullptr;
};
/// Nothing in it when the newest run that told something was good, or when it was never good.
Turn turn_of(const Track& track);
/// True when two runs of the track that told something, of the same case, came to different ends.
bool has_changed(const Track& track);

/// Platforms are told apart by what does not change with an update.
std::string platform_name(const Fingerprint& platform);
/// Tells two readings of one report from two reports.
std::string digest_of(const Report& report);
/// The worst of each variant's repetitions, as a point of its track.
std::map<std::string, TrackPoint> points_of(const Report& report, const std::string& path);

/// Tracks that were asked for.
struct ChosenTracks {
  std::vector<Track> tracks;  // by variant, then platform
  std::size_t fitting = 0;    // how many fit the patterns, changed or not
};

/// The tracks of the reports that were added, in memory.
class Tracks {
 public:
  /// False when that report was added already.
  bool add(const Report& report, const std::string& path);
  /// `variants` and `platforms` are patterns with * and ?. Without `unchanged`, only those for which has_changed().
  [[nodiscard]] ChosenTracks choose(const std::string& variants, const std::string& platforms, bool unchanged) const;
  [[nodiscard]] std::size_t report_count() const { return digests_.size(); }

 private:
  std::set<std::string> digests_;
  std::map<std::pair<std::string, std::string>, std::vector<TrackPoint>> points_;  // by variant and platform
};

}  // namespace kipc
