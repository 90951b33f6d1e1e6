#include "report/store.hpp"

#include <sqlite3.h>

#include <filesystem>

#include "base/catch.hpp"
#include "report/canonical.hpp"

namespace kipc {
namespace {

Report run(const std::string& started, const std::string& kernel, Status status, const std::string& hash = "h") {
  Report report = canonical_report();
  report.started = started;
  report.platform.kernel_release = kernel;
  VariantReport one = canonical_variant("pipe.a.b", "[size=1]", status, status == Status::pass ? "" : "why");
  one.case_hash = hash;
  if (status == Status::fail) one.verdict.got = "3";
  report.variants = {one, canonical_variant("pipe.always", "", Status::pass, "")};
  return report;
}

Store store_of(const std::vector<Report>& reports) {
  auto store = Store::open(":memory:");
  REQUIRE(store.has_value());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto added = store->add(reports[i], std::to_string(i) + ".json");
    REQUIRE(added.has_value());
    CHECK(*added);
  }
  return std::move(*store);
}

std::vector<Track> tracks(const Store& store, const std::string& variants, const std::string& platforms = "*") {
  auto found = store.choose(variants, platforms, true);
  REQUIRE(found.has_value());
  CHECK(found->fitting == found->tracks.size());
  return found->tracks;
}

/// The same reports in memory and in a database.
struct Both {
  explicit Both(const std::vector<Report>& reports) : store(store_of(reports)) {
    for (std::size_t i = 0; i < reports.size(); ++i) CHECK(memory.add(reports[i], std::to_string(i) + ".json"));
  }
  Tracks memory;
  Store store;
};

/// Of both, and they have to agree.
std::vector<Track> tracks(const Both& both, const std::string& variants, const std::string& platforms = "*") {
  std::vector<Track> stored = tracks(both.store, variants, platforms);
  const std::vector<Track> kept = both.memory.choose(variants, platforms, true).tracks;
  REQUIRE(kept.size() == stored.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CHECK(kept[i].variant == stored[i].variant);
    CHECK(kept[i].platform == stored[i].platform);
    REQUIRE(kept[i].points.size() == stored[i].points.size());
    for (std::size_t k = 0; k < kept[i].points.size(); ++k) {
      CHECK(kept[i].points[k].path == stored[i].points[k].path);
      CHECK(kept[i].points[k].status == stored[i].points[k].status);
      CHECK(kept[i].points[k].answer == stored[i].points[k].answer);
    }
  }
  return stored;
}

TEST_CASE("store: first bad and last good, whatever the order of the import") {
  const Both store({run("2026-01-04", "6.4", Status::fail), run("2026-01-01", "6.1", Status::pass),
                    run("2026-01-03", "6.3", Status::skip), run("2026-01-02", "6.2", Status::pass),
                    run("2026-01-05", "6.5", Status::fail)});
  const auto found = tracks(store, "pipe.a.b[size=1]");
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].points.size() == 5);
  CHECK(found[0].platform == "Linux x86_64, glibc, KVM, docker, not root");
  CHECK(has_changed(found[0]));
  const Turn turn = turn_of(found[0]);
  REQUIRE(turn.first_bad != nullptr);
  CHECK(turn.last_good->kernel_release == "6.2");
  CHECK(turn.last_good->path == "3.json");
  CHECK(turn.first_bad->kernel_release == "6.4");
  CHECK(turn.first_bad->answer == "3");
  CHECK_FALSE(has_changed(tracks(store, "pipe.always")[0]));
}

TEST_CASE("store: only what changed, and how many there are in all") {
  const Both store({run("1", "6.1", Status::pass), run("2", "6.2", Status::fail), run("3", "6.3", Status::pass)});
  const auto stored = store.store.choose("*", "*", false);
  REQUIRE(stored.has_value());
  const ChosenTracks kept = store.memory.choose("*", "*", false);
  for (const ChosenTracks* chosen : {&*stored, &kept}) {
    CHECK(chosen->fitting == 2);
    REQUIRE(chosen->tracks.size() == 1);
    CHECK(chosen->tracks[0].variant == "pipe.a.b[size=1]");
    CHECK(chosen->tracks[0].points.size() == 3);
  }
}

TEST_CASE("store: a database of another version is refused") {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-store-version-test.db").string();
  std::filesystem::remove(path);
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, "CREATE TABLE report (id INTEGER)", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const auto refused = Store::open(path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("not a database of this version of kipc") != std::string::npos);
  std::filesystem::remove(path);
}

TEST_CASE("store: what is good again has no first bad") {
  const Store store =
      store_of({run("1", "6.1", Status::pass), run("2", "6.2", Status::fail), run("3", "6.3", Status::pass)});
  const Track track = tracks(store, "pipe.a.b*")[0];
  CHECK(has_changed(track));
  CHECK(turn_of(track).first_bad == nullptr);
  const Both never({run("1", "6.1", Status::fail), run("2", "6.2", Status::fail)});
  CHECK(turn_of(tracks(never, "pipe.a.b*")[0]).first_bad == nullptr);
}

TEST_CASE("store: another end of another case is no change of the platform") {
  const Both store({run("1", "6.1", Status::pass, "a"), run("2", "6.2", Status::fail, "b")});
  CHECK_FALSE(has_changed(tracks(store, "pipe.a.b*")[0]));
}

TEST_CASE("store: platforms are apart, and patterns choose") {
  Report other = run("2", "6.1", Status::fail);
  other.platform.machine = "aarch64";
  const Both store({run("1", "6.1", Status::pass), other});
  CHECK(tracks(store, "*").size() == 4);
  CHECK(tracks(store, "*", "*aarch64*").size() == 2);
  CHECK(tracks(store, "pipe.a.b[size=?]").size() == 2);
  CHECK(tracks(store, "pipe.c*").empty());
}

TEST_CASE("store: a report is imported once, and a repetition that failed counts") {
  Report report = run("1", "6.1", Status::pass);
  VariantReport again = report.variants[0];
  again.repetition = 1;
  again.verdict.status = Status::fail;
  report.variants.push_back(again);
  Both store({report});
  CHECK(*store.store.add(report, "copy.json") == false);
  CHECK_FALSE(store.memory.add(report, "copy.json"));
  CHECK(*store.store.report_count() == 1);
  CHECK(store.memory.report_count() == 1);
  CHECK(tracks(store, "pipe.a.b*")[0].points[0].status == Status::fail);
}

TEST_CASE("store: a file keeps what was imported, and what is no database is refused") {
  const std::string path = (std::filesystem::temp_directory_path() / "kipc-store-test.db").string();
  std::filesystem::remove(path);
  {
    auto store = Store::open(path);
    REQUIRE(store.has_value());
    REQUIRE(store->add(run("1", "6.1", Status::pass), "r.json").has_value());
    CHECK(*Store::open(path)->report_count() == 0);
    REQUIRE(store->finish().has_value());
    REQUIRE(store->finish().has_value());
    CHECK(*Store::open(path)->report_count() == 1);
    REQUIRE(store->add(run("2", "6.1", Status::pass), "s.json").has_value());  // not finished: it is not kept
  }
  CHECK(*Store::open(path)->report_count() == 1);
  std::filesystem::remove(path);
  const auto refused = Store::open(KIPC_SOURCE_DIR "/README.md");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("README.md: ") != std::string::npos);
}

}  // namespace
}  // namespace kipc
