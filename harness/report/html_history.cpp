#include "report/html_history.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace kipc {
namespace {

using nlohmann::ordered_json;
using Kind = Event::Kind;

constexpr std::size_t kParts = 48;  // of the time of a `concurrently`

std::string_view kind_of(const Event& event, std::string_view text) {
  switch (event.kind) {
    case Kind::returned: return text.starts_with("<...") ? "resumed" : "call";
    case Kind::slept: return "blocked";
    case Kind::resumed:
    case Kind::came_back: return "resumed";
    case Kind::not_resumed:
    case Kind::still_blocked: return "look";
    case Kind::handled:
    case Kind::stray_signal:
    case Kind::started:
    case Kind::stray_start: return "signal";
    case Kind::died:
    case Kind::stray_death: return "death";
    case Kind::armed:
    case Kind::fault_not_fired: return "armed";
    case Kind::fault: return "fault";
    case Kind::alive:
    case Kind::not_started:
    case Kind::chosen:
    case Kind::elsewhere:
    case Kind::standstill:
    case Kind::counted:
    case Kind::never:
    case Kind::error: break;
  }
  return "note";
}

/// The time that all logs of one block span.
struct Span {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

Span span_of(const std::vector<BlockLog>& logs, int block) {
  Span span;
  for (const BlockLog& log : logs) {
    if (log.block != block) continue;
    for (const Item& item : log.items) {
      if (item.begin > 0 && (span.from == 0 || item.begin < span.from)) span.from = item.begin;
      span.to = std::max({span.to, item.begin, item.end});
    }
  }
  return span;
}

class Painter {
 public:
  explicit Painter(const ToldHistory& told) : history_(told.history), told_(told.told) {}

  ordered_json run(const std::vector<std::pair<int, int>>& flows) {
    places_.assign(history_.events.size(), 0);
    for (std::size_t i = 0; i < history_.events.size() && i < told_.events.size(); ++i) {
      const Event& event = history_.events[i];
      if (event.kind == Event::Kind::counted) continue;
      add_logs(event.step);
      places_[i] = events_.size();
      add(kind_of(event, told_.events[i].text), told_.events[i], event.actor, event.result.begin_ns,
          event.result.end_ns);
    }
    add_logs(-1);
    if (history_.end != History::End::completed && !history_.end_text.empty())
      add("note", Told::Piece{0, "", history_.end_text}, -1, 0, 0);
    for (std::size_t i = 0; i < history_.standing.size() && i < told_.standing.size(); ++i)
      add("note", told_.standing[i], history_.standing[i].actor, 0, 0);
    ordered_json out = ordered_json::object();
    out["actors"] = told_.actors;
    out["events"] = std::move(events_);
    for (const auto& [from, to] : flows)
      out["flows"].push_back({places_.at(static_cast<std::size_t>(from)), places_.at(static_cast<std::size_t>(to))});
    return out;
  }

 private:
  ordered_json& add(std::string_view kind, const Told::Piece& piece, int actor, std::int64_t begin, std::int64_t end) {
    ordered_json one = ordered_json::object();
    one["k"] = kind;
    one["t"] = piece.text;
    if (actor >= 0) one["a"] = actor;
    if (begin > 0) one["b"] = begin - history_.begin_ns;
    if (end > 0) one["e"] = end - history_.begin_ns;
    if (piece.line > 0) one["l"] = piece.line;
    events_.push_back(std::move(one));
    return events_.back();
  }

  /// Logs stand before the events of the steps behind their block; all of them for -1.
  void add_logs(int before) {
    while (next_ < history_.logs.size() && next_ < told_.logs.size() &&
           (before < 0 || history_.logs[next_].block < before)) {
      add_log(history_.logs[next_], told_.logs[next_]);
      ++next_;
    }
  }

  void add_log(const BlockLog& log, const Told::Log& words) {
    const Span span = span_of(history_.logs, log.block);
    ordered_json& one = add("together", words.head, log.actor, log.items.empty() ? 0 : log.items.front().begin, 0);
    if (span.to > span.from) {
      std::vector<int> parts(kParts, 0);
      for (const Item& item : log.items) {
        if (item.begin <= 0) continue;
        const auto part = static_cast<std::size_t>((item.begin - span.from) * static_cast<std::int64_t>(kParts) /
                                                   (span.to - span.from + 1));
        ++parts[std::min(part, kParts - 1)];
      }
      one["n"] = parts;
      one["from"] = span.from - history_.begin_ns;
      one["to"] = span.to - history_.begin_ns;
    }
    for (std::size_t i = 0; i < words.mismatches.size() && i < log.mismatches.size(); ++i)
      add("mismatch", words.mismatches[i], log.actor, log.mismatches[i].result.begin_ns, 0);
  }

  const History& history_;
  const Told& told_;
  ordered_json events_ = ordered_json::array();
  std::vector<std::size_t> places_;  // of the events of the history among those of the picture
  std::size_t next_ = 0;
};

}  // namespace

ordered_json picture_of(const ToldHistory& told, const std::vector<std::pair<int, int>>& flows) {
  return Painter(told).run(flows);
}

}  // namespace kipc
