// The HTML page: that it is whole and loads nothing, and that its data says what the report says. What the scripts make
// of it is tested in a browser (reports/viewer/test/).
#include "report/html.hpp"

#include <zlib.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "model/embedded.hpp"
#include "report/canonical.hpp"
#include "report/html_data.hpp"
#include "report/html_history.hpp"
#include "report/measure_for_tests.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// A catalogue of three promises, one of which no case tests.
Catalogue small_catalogue() {
  Catalogue catalogue;
  catalogue.add(R"json({"area": "pipe", "assertions": [
    {"id": "pipe-read.eof", "interface": "read", "class": "posix-shall", "statement": "It returns 0.", "ref": "read()",
     "checked": true
},
    {"id": "write.pipe-buf-atomic", "interface": "write", "class": "posix-shall", "statement": "It is atomic.",
     "ref": "write()"},
    {"id": "write.never-tested", "interface": "write", "class": "limit", "statement": "Nobody asks.", "ref": "-"}]
})json",
                "pipe.json");
  return catalogue;
}

std::vector<Case> small_cases() {
  return {load_case(R"({"id": "pipe.atomic.many-writers", "title": "Writes never interleave",
                        "asserts": ["write.pipe-buf-atomic"], "parameters": {"size": [1, "PIPE_BUF"], "writers": [2, 8]},
                        "script": [{"as": "a", "call": "pipe", "read_end": "r", "write_end": "w"},
                                   {"as": "a", "call": "fork", "child": "writer", "count": "writers"},
                                   {"as": "a", "call": "read", "fd": "r", "count": "size", "expect": "blocks"}]})",
                    "cases/pipe/file.json")};
}

std::string page_of(const std::vector<Report>& reports) {
  const Catalogue catalogue = small_catalogue();
  const std::vector<Case> cases = small_cases();
  return report_to_html(reports, {catalogue, cases});
}

std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6U | static_cast<unsigned>(digit);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(have) & 255U);
  }
  return out;
}

/// What a data element of a page holds.
ordered_json data_of(const std::string& page, const std::string& id) {
  const std::string head = "id=\"" + id + "\">";
  const std::size_t begin = page.find(head);
  REQUIRE(begin != std::string::npos);
  const std::string packed = from_base64(std::string_view(page).substr(begin + head.size()));
  std::string json(1 << 20U, '\0');
  uLongf size = json.size();
  REQUIRE(::uncompress(reinterpret_cast<Bytef*>(json.data()), &size, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()) == Z_OK);
  json.resize(size);
  return ordered_json::parse(json);
}

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(KIPC_SOURCE_DIR "/harness/report/golden/") + name;
  if (std::getenv("KIPC_UPDATE_GOLDEN") != nullptr) REQUIRE(replace_file(path, text).has_value());
  const auto approved = read_file(path);
  INFO(path);
  REQUIRE(approved.has_value());
  CHECK(text == *approved);
}

TEST_CASE("html: the data of the canonical report") {
  const Catalogue catalogue = small_catalogue();
  const std::vector<Case> cases = small_cases();
  const HtmlData data = html_data({canonical_report()}, {catalogue, cases});
  ordered_json all = ordered_json::object();
  all["overview"] = ordered_json::parse(data.overview);
  all["traces"] = ordered_json::parse(data.traces);
  REQUIRE(data.details.size() == 1);
  all["details"] = ordered_json::parse(data.details[0]);
  check_golden("html-data.json", all.dump(1) + "\n");
}

TEST_CASE("html: the page is one file that loads nothing") {
  const std::string page = page_of({canonical_report()});
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(has(page, "default-src 'none'"));
  CHECK_FALSE(has(page, "<script src="));
  CHECK_FALSE(has(page, "rel=\"stylesheet\""));
  CHECK_FALSE(has(page, "<!-- data -->"));
  for (const char* address : {"http://", "https://"}) CHECK_FALSE(has(page, std::string("\"") + address));
  // A script that says "</script" would end itself.
  CHECK(count(page, "<script") == count(page, "</script>"));
  CHECK(count(page, "<style") == count(page, "</style>"));
}

TEST_CASE("html: every file of the viewer is in the page") {
  const std::string page = page_of({canonical_report()});
  std::set<std::string_view> kinds;
  for (const EmbeddedFile& file : viewer_files()) {
    INFO(file.path);
    kinds.insert(file.path.substr(file.path.rfind('.')));
    if (file.path != "index.html") CHECK(has(page, file.content));
  }
  CHECK(kinds == std::set<std::string_view>{".css", ".html", ".js"});
}

TEST_CASE("html: the page has the status of every run") {
  const Report report = canonical_report();
  const ordered_json overview = data_of(page_of({report}), "data-overview");
  std::set<Status> seen;
  const ordered_json& runs = overview["reports"][0]["runs"];
  REQUIRE(runs.size() == report.variants.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const VariantReport& variant = report.variants[i];
    const ordered_json& row = overview["variants"][runs[i]["v"].get<std::size_t>()];
    const auto owner = row[0].get<std::size_t>();
    CHECK(overview["cases"][owner]["id"].get<std::string>() + row[1].get<std::string>() == variant.variant_id);
    CHECK(overview["statuses"][runs[i]["s"].get<std::size_t>()][0] == name_of(variant.verdict.status));
    CHECK(runs[i].value("r", "") == variant.verdict.reason);
    seen.insert(variant.verdict.status);
  }
  CHECK(seen.size() == kStatuses.size());
}

TEST_CASE("html: several reports share rows and have details of their own") {
  Report other = canonical_report();
  other.variants.resize(1);
  other.variants[0].verdict.status = Status::pass;
  const std::string page = page_of({canonical_report(), other});
  const ordered_json overview = data_of(page, "data-overview");
  REQUIRE(overview["reports"].size() == 2);
  CHECK(overview["reports"][1]["runs"][0]["v"] == overview["reports"][0]["runs"][0]["v"]);
  CHECK(data_of(page, "data-detail-0").size() == canonical_report().variants.size());
  CHECK(data_of(page, "data-detail-1").size() == 1);
}

TEST_CASE("html: a case that has changed since is told, and not shown as what was run") {
  const ordered_json overview = data_of(page_of({canonical_report()}), "data-overview");
  int changed = 0;
  for (const ordered_json& run : overview["reports"][0]["runs"])
    if (run.contains("h")) ++changed;
  CHECK(changed == 2);  // the two runs of the one case that is known
  CHECK(data_of(page_of({canonical_report()}), "data-traces").empty());
  Report same = canonical_report();
  for (VariantReport& variant : same.variants) variant.case_hash = small_cases()[0].hash;
  const ordered_json traces = data_of(page_of({same}), "data-traces");
  REQUIRE(traces.size() == 1);
  CHECK(has(traces.begin().value()["trace"][0].get<std::string>(), "pipe([r, w]) = 0"));
}

TEST_CASE("html: measurements and claims are there when they are given") {
  const Catalogue catalogue = small_catalogue();
  const std::vector<Case> cases = small_cases();
  CHECK_FALSE(has(page_of({canonical_report()}), "id=\"data-costs\""));
  const std::vector<Claim> claims = read_claims(R"({"claims": [
    {"id": "a", "says": "A pipe takes 2 µs.", "time": {"mechanism": "pipe", "size": 1}, "placements": ["one-core"],
     "about": 2000},
    {"id": "b", "says": "A queue is no slower.", "note": "It is.", "placements": ["one-core"], "at_most": 100,
     "ratio": {"of": {"mechanism": "mq", "size": 1}, "to": {"mechanism": "pipe", "size": 1}}},
    {"id": "c", "says": "So is TCP.", "time": {"mechanism": "tcp"}, "placements": ["one-core"], "about": 1}]})",
                                                "claims.json");
  const MeasureReport measured = measurement_for_tests();
  const ordered_json costs =
      data_of(report_to_html({canonical_report()}, {catalogue, cases}, {measured, measured}, claims), "data-costs");
  REQUIRE(costs.size() == 2);
  CHECK(costs[0]["measured"]["results"].size() == measured.results.size());
  CHECK(costs[0]["measured"]["results"][0]["summary"]["typical_ps"] == 2'000'000);
  CHECK_FALSE(costs[0]["measured"]["results"][0].contains("passes"));
  // What stands there is what hold() says of each claim.
  REQUIRE(costs[1]["claims"].size() == claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const ClaimResult held = hold(claims[i], measured);
    const ordered_json& told = costs[1]["claims"][i];
    CHECK(told["says"] == claims[i].says);
    CHECK(told["verdict"] == verdict_text(held.verdict));
    CHECK(told["claimed"] == held.claimed);
    CHECK(told["evidence"] == held.evidence);
    CHECK(told["note"] == claims[i].note);
  }
  CHECK(costs[0]["claims"][0]["verdict"] == "holds");
  CHECK(costs[0]["claims"][1]["verdict"] == "does not hold");
  CHECK(costs[0]["claims"][2]["verdict"] == "not measurable here");
}

TEST_CASE("html: a page of many reports has each track as its spans, and where it turned") {
  const auto point = [](const char* day, Status status, const char* answer, const char* hash) {
    return TrackPoint{std::string("2026-01-0") + day + "T00:00:00Z", "6.1", "r.json", status, answer, hash};
  };
  const Track track{"pipe.eof",
                    "Linux x86_64",
                    {point("1", Status::pass, "", "a"), point("2", Status::pass, "", "a"),
                     point("3", Status::fail, "3", "a"), point("4", Status::fail, "4", "b")}};
  const std::string page = tracks_to_html({track, Track{"pipe.x", "Linux x86_64", {track.points[0]}}}, {9, 7});
  CHECK_FALSE(has(page, "id=\"data-overview\""));
  const ordered_json data = data_of(page, "data-tracks");
  CHECK(data["reports"] == 9);
  CHECK(data["variants"] == 7);
  CHECK(data["platforms"].size() == 1);
  CHECK(data["tracks"][0] == ordered_json::parse(R"({"v": "pipe.eof", "p": 0, "s": [
    {"s": 4, "n": 2, "f": ["2026-01-01T00:00:00Z", 0, 0], "t": ["2026-01-02T00:00:00Z", 0, 0]},
    {"s": 0, "n": 1, "a": "3", "f": ["2026-01-03T00:00:00Z", 0, 0]},
    {"s": 0, "n": 1, "a": "4", "c": 1, "f": ["2026-01-04T00:00:00Z", 0, 0]}], "turn": [0, 1]})"));
  CHECK_FALSE(data["tracks"][1].contains("turn"));
}

/// Two actors: one writes, both do something at once, the other reads.
ToldHistory small_history() {
  ToldHistory told;
  told.history.begin_ns = 1000;
  told.history.end = History::End::completed;
  told.told.actors = {"a", "b"};
  const auto add = [&](Event::Kind kind, int step, int actor, std::int64_t begin, const char* text) {
    Event event;
    event.kind = kind;
    event.step = step;
    event.actor = actor;
    event.result.begin_ns = begin;
    event.result.end_ns = begin == 0 ? 0 : begin + 10;
    told.history.events.push_back(event);
    told.told.events.push_back({7 + step, "", text});
  };
  add(Event::Kind::returned, 0, 0, 2000, "write(w, \"x\") = 1");
  add(Event::Kind::counted, 0, 0, 0, "");
  add(Event::Kind::fault, 3, 1, 0, "-- stop b --");
  add(Event::Kind::resumed, 4, 1, 3000, "<... read resumed> = 1 \"x\"");
  for (int actor = 0; actor < 2; ++actor) {
    BlockLog log;
    log.block = 1;
    log.actor = actor;
    log.items.push_back({Item::What::put, 0, 0, 0, 2100 + 200 * actor, 2110, 0});
    told.history.logs.push_back(log);
    told.told.logs.push_back({{8, "", "concurrently: 1 calls"}, {}});
  }
  return told;
}

TEST_CASE("html: a history as the picture needs it, in order, what ran together where it ran") {
  const ordered_json picture = picture_of(small_history(), {{0, 3}});
  std::vector<std::string> kinds;
  for (const ordered_json& event : picture["events"]) kinds.push_back(event["k"]);
  CHECK(kinds == std::vector<std::string>{"call", "together", "together", "fault", "resumed"});
  CHECK(picture["events"][0] ==
        ordered_json::parse(R"({"k": "call", "t": "write(w, \"x\") = 1", "a": 0, "b": 1000, "e": 1010, "l": 7})"));
  CHECK(picture["flows"] == ordered_json::parse("[[0, 4]]"));  // places in the picture, not in the history
  const ordered_json& first = picture["events"][1];
  const ordered_json& second = picture["events"][2];
  CHECK(first["from"] == second["from"]);
  CHECK(first["n"].front() == 1);
  CHECK(second["n"].back() == 1);
}

TEST_CASE("html: a history that did not come to its end says so") {
  ToldHistory told = small_history();
  told.history.end = History::End::deadline;
  told.history.end_text = "the deadline of 2 s has passed";
  const ordered_json events = picture_of(told)["events"];
  CHECK(events.back()["k"] == "note");
  CHECK(events.back()["t"] == "the deadline of 2 s has passed");
}

TEST_CASE("html: equal reports give equal pages") {
  CHECK(page_of({canonical_report()}) == page_of({canonical_report()}));
}

}  // namespace
}  // namespace kipc
