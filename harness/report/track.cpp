#include "report/track.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kipc {
namespace {

bool good(Status status) { return status == Status::pass || status == Status::done || status == Status::xpass; }
bool bad(Status status) { return status == Status::fail || status == Status::xfail; }

}  // namespace

std::string digest_of(const Report& report) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  };
  add(report.started + report.case_set + platform_line(report) + report.platform.config_digest);
  for (const VariantReport& variant : report.variants)
    add(fmt::format("{} {} {}\n", variant.variant_id, name_of(variant.verdict.status), variant.duration_ns));
  return fmt::format("{:016x}", hash);
}

std::map<std::string, TrackPoint> points_of(const Report& report, const std::string& path) {
  std::map<std::string, TrackPoint> points;
  for (const VariantReport& variant : report.variants) {
    const Verdict& verdict = variant.verdict;
    const auto [at, fresh] = points.try_emplace(variant.variant_id);
    if (!fresh && verdict.status >= at->second.status) continue;
    const std::string& answer = verdict.got.empty() && bad(verdict.status) ? verdict.reason : verdict.got;
    at->second =
        TrackPoint{report.started, report.platform.kernel_release, path, verdict.status, answer, variant.case_hash};
  }
  return points;
}

bool Tracks::add(const Report& report, const std::string& path) {
  if (!digests_.insert(digest_of(report)).second) return false;
  const std::string platform = platform_name(report.platform);
  for (auto& [variant, point] : points_of(report, path)) {
    std::vector<TrackPoint>& track = points_[{variant, platform}];
    const auto later = [](const TrackPoint& a, const TrackPoint& b) { return a.started < b.started; };
    track.insert(std::upper_bound(track.begin(), track.end(), point, later), std::move(point));
  }
  return true;
}

ChosenTracks Tracks::choose(const std::string& variants, const std::string& platforms, bool unchanged) const {
  ChosenTracks chosen;
  for (const auto& [name, points] : points_) {
    if (!glob_match(variants, name.first) || !glob_match(platforms, name.second)) continue;
    ++chosen.fitting;
    Track track{name.first, name.second, points};
    if (unchanged || has_changed(track)) chosen.tracks.push_back(std::move(track));
  }
  return chosen;
}

std::string platform_name(const Fingerprint& p) {
  std::string name = fmt::format("{} {}, {}", p.kernel, p.machine, p.libc);
  if (!p.virtualisation.empty() && p.virtualisation != "none") name += ", " + p.virtualisation;
  if (!p.container.empty()) name += ", " + p.container.substr(0, p.container.find(' '));
  return name + (p.euid == 0 ? ", root" : ", not root");
}

std::vector<TrackSpan> spans_of(const Track& track) {
  std::vector<TrackSpan> spans;
  for (std::size_t i = 0; i < track.points.size();) {
    const TrackPoint& first = track.points[i];
    std::size_t end = i + 1;
    while (end < track.points.size() && track.points[end].status == first.status &&
           track.points[end].answer == first.answer)
      ++end;
    spans.push_back({i, end, i > 0 && first.hash != track.points[i - 1].hash});
    i = end;
  }
  return spans;
}

Turn turn_of(const Track& track) {
  Turn turn;
  for (const TrackPoint& point : track.points) {
    if (good(point.status)) turn = {&point, nullptr};
    if (bad(point.status) && turn.last_good != nullptr && turn.first_bad == nullptr) turn.first_bad = &point;
  }
  return turn.first_bad == nullptr ? Turn{} : turn;
}

bool has_changed(const Track& track) {
  const TrackPoint* last = nullptr;
  for (const TrackPoint& point : track.points) {
    if (!good(point.status) && !bad(point.status)) continue;
    if (last != nullptr && last->hash == point.hash && good(last->status) != good(point.status)) return true;
    last = &point;
  }
  return false;
}

}  // namespace kipc
