#include "report/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

namespace kipc {
namespace {

constexpr const char* kSchema = R"(
  PRAGMA application_id = 0x6b697063;
  CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, started TEXT NOT NULL, platform TEXT NOT NULL,
    kernel_release TEXT NOT NULL, path TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS variant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS result (
    variant INTEGER NOT NULL, report INTEGER NOT NULL, status INTEGER NOT NULL, answer TEXT, hash TEXT NOT NULL,
    PRIMARY KEY (variant, report)) WITHOUT ROWID;
)";

Error error_of(sqlite3* database) { return Error{fmt::format("sqlite: {}", sqlite3_errmsg(database))}; }

/// One prepared statement; what fails is kept until it is asked for.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    broken_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& bind(int at, const std::string& text) {
    broken_ = broken_ || sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()),
                                           SQLITE_TRANSIENT) != SQLITE_OK;
    return *this;
  }
  Statement& bind(int at, std::int64_t number) {
    broken_ = broken_ || sqlite3_bind_int64(statement_, at, number) != SQLITE_OK;
    return *this;
  }
  /// True while there is a row.
  bool step() {
    if (broken_) return false;
    const int code = sqlite3_step(statement_);
    broken_ = code != SQLITE_ROW && code != SQLITE_DONE;
    return code == SQLITE_ROW;
  }
  /// For the next round of the same statement.
  void reset() { sqlite3_reset(statement_); }
  [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes));
  }
  [[nodiscard]] Result<void> done() const {
    if (broken_) return tl::make_unexpected(error_of(database_));
    return {};
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  bool broken_ = false;
};

Result<void> run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return tl::make_unexpected(error_of(database));
  return {};
}

Result<void> add_results(sqlite3* database, const Report& report, std::int64_t report_id) {
  Statement name(database, "INSERT OR IGNORE INTO variant (name) VALUES (?1)");
  Statement result(database,
                   "INSERT INTO result (variant, report, status, answer, hash) "
                   "VALUES ((SELECT id FROM variant WHERE name = ?1), ?2, ?3, ?4, ?5)");
  for (const auto& [id, point] : points_of(report, "")) {
    name.bind(1, id).step();
    name.reset();
    result.bind(1, id).bind(2, report_id).bind(3, static_cast<std::int64_t>(point.status));
    result.bind(4, point.answer).bind(5, point.hash).step();
    result.reset();
    if (auto done = name.done(); !done) return done;
    if (auto done = result.done(); !done) return done;
  }
  return {};
}

}  // namespace

Store::Store(sqlite3* database) : database_(database) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;
void Store::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Result<Store> Store::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Store store(database);
  if (code != SQLITE_OK) return fail(fmt::format("{}: {}", path, sqlite3_errstr(code)));
  // A commit for each report, without waiting for the disk each time: after a loss of power the last ones are missing,
  // and are imported again.
  if (auto set = run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"); !set)
    return fail(fmt::format("{}: {}", path, set.error().text));
  if (auto made = run(database, kSchema); !made) return fail(fmt::format("{}: {}", path, made.error().text));
  return store;
}

Result<bool> Store::add(const Report& report, const std::string& path) {
  sqlite3* database = database_.get();
  if (auto begun = run(database, "BEGIN IMMEDIATE"); !begun) return tl::make_unexpected(begun.error());
  const auto give_up = [&](Error error) -> Result<bool> {
    (void)run(database, "ROLLBACK");
    return tl::make_unexpected(std::move(error));
  };
  Statement insert(database,
                   "INSERT OR IGNORE INTO report (digest, started, platform, kernel_release, path) "
                   "VALUES (?1, ?2, ?3, ?4, ?5)");
  insert.bind(1, digest_of(report)).bind(2, report.started).bind(3, platform_name(report.platform));
  insert.bind(4, report.platform.kernel_release).bind(5, path).step();
  if (auto done = insert.done(); !done) return give_up(done.error());
  const bool fresh = sqlite3_changes(database) > 0;
  if (fresh)
    if (auto done = add_results(database, report, sqlite3_last_insert_rowid(database)); !done)
      return give_up(done.error());
  if (auto done = run(database, "COMMIT"); !done) return give_up(done.error());
  return fresh;
}

Result<std::vector<Track>> Store::tracks(const std::string& variants, const std::string& platforms) const {
  // GLOB has brackets, and variants do: [ stands for itself as [[].
  const auto glob = [](const std::string& pattern) {
    std::string out;
    for (const char c : pattern) out += c == '[' ? std::string("[[]") : std::string(1, c);
    return out;
  };
  Statement query(database_.get(),
                  "SELECT variant.name, report.platform, report.started, report.kernel_release, report.path, "
                  "result.status, result.answer, result.hash "
                  "FROM variant JOIN result ON result.variant = variant.id JOIN report ON report.id = result.report "
                  "WHERE variant.name GLOB ?1 AND report.platform GLOB ?2 "
                  "ORDER BY variant.name, report.platform, report.started, report.id");
  query.bind(1, glob(variants)).bind(2, glob(platforms));
  std::vector<Track> tracks;
  while (query.step()) {
    const std::string variant = query.text(0);
    const std::string platform = query.text(1);
    if (tracks.empty() || tracks.back().variant != variant || tracks.back().platform != platform)
      tracks.push_back(Track{variant, platform, {}});
    const std::int64_t status = query.number(5);
    if (status < 0 || status >= static_cast<std::int64_t>(kStatuses.size())) return fail("a status that is none");
    tracks.back().points.push_back(TrackPoint{query.text(2), query.text(3), query.text(4), static_cast<Status>(status),
                                              query.text(6), query.text(7)});
  }
  if (auto done = query.done(); !done) return tl::make_unexpected(done.error());
  return tracks;
}

Result<std::int64_t> Store::report_count() const {
  Statement query(database_.get(), "SELECT count(*) FROM report");
  const std::int64_t count = query.step() ? query.number(0) : 0;
  if (auto done = query.done(); !done) return tl::make_unexpected(done.error());
  return count;
}

}  // namespace kipc
