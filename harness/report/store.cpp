#include "report/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#ifdef KIPC_NO_DLOPEN
// SQLite can load extensions from shared objects. A static program has none, and glibc's dlopen() in one would want, at
// run time, the very glibc it was linked with: the linker (--wrap) takes this one instead, which refuses.
extern "C" void* __wrap_dlopen(const char* /*file*/, int /*mode*/) {  // NOLINT(bugprone-reserved-identifier)
  return nullptr;
}
#endif

namespace kipc {
namespace {

constexpr const char* kSchema = R"(
  PRAGMA application_id = 0x6b697063;
  PRAGMA user_version = 2;
  CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, started TEXT NOT NULL, kernel_release TEXT NOT NULL,
    path TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS result (
    variant INTEGER NOT NULL, platform INTEGER NOT NULL, report INTEGER NOT NULL, status INTEGER NOT NULL,
    answer INTEGER NOT NULL, hash INTEGER NOT NULL, PRIMARY KEY (variant, platform, report)) WITHOUT ROWID;
)";  // variant, platform, answer and hash are names: the same few, in every report
constexpr std::int64_t kSchemaVersion = 2;
constexpr int kReportsAtATime = 500;

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

/// Texts that are kept once.
class Names {
 public:
  Names(sqlite3* database, std::unordered_map<std::string, std::int64_t>& known)
      : database_(database),
        known_(known),
        insert_(database, "INSERT OR IGNORE INTO name (text) VALUES (?1)"),
        find_(database, "SELECT id FROM name WHERE text = ?1") {}

  std::int64_t id_of(const std::string& text) {
    const auto [at, fresh] = known_.try_emplace(text, 0);
    if (fresh) at->second = look_up(text);
    return at->second;
  }
  [[nodiscard]] Result<void> done() const {
    if (auto done = insert_.done(); !done) return done;
    return find_.done();
  }

 private:
  std::int64_t look_up(const std::string& text) {
    if (!find_.bind(1, text).step()) {
      find_.reset();
      insert_.bind(1, text).step();
      insert_.reset();
      return sqlite3_last_insert_rowid(database_);
    }
    const std::int64_t id = find_.number(0);
    find_.reset();
    return id;
  }

  sqlite3* database_;
  std::unordered_map<std::string, std::int64_t>& known_;
  Statement insert_;
  Statement find_;
};

Result<void> add_results(sqlite3* database, Names& names, const Report& report, std::int64_t report_id) {
  const std::int64_t platform = names.id_of(platform_name(report.platform));
  Statement result(database,
                   "INSERT INTO result (variant, platform, report, status, answer, hash) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  for (const auto& [id, point] : points_of(report, "")) {
    result.bind(1, names.id_of(id)).bind(2, platform).bind(3, report_id);
    result.bind(4, static_cast<std::int64_t>(point.status));
    result.bind(5, names.id_of(point.answer)).bind(6, names.id_of(point.hash)).step();
    result.reset();
    if (auto done = names.done(); !done) return done;
    if (auto done = result.done(); !done) return done;
  }
  return {};
}

/// Whether it is a new file. Fails when it is not a database of this kipc: an older one has other tables.
Result<bool> is_new(sqlite3* database) {
  Statement version(database, "PRAGMA user_version");
  const std::int64_t found = version.step() ? version.number(0) : 0;
  Statement tables(database, "SELECT count(*) FROM sqlite_schema");
  const bool empty = tables.step() && tables.number(0) == 0;
  if (auto done = version.done(); !done) return tl::make_unexpected(done.error());
  if (auto done = tables.done(); !done) return tl::make_unexpected(done.error());
  if (empty || found == kSchemaVersion) return empty;
  return fail("not a database of this version of kipc: import the reports into a new one");
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
  const auto fresh = is_new(database);
  if (!fresh) return fail(fmt::format("{}: {}", path, fresh.error().text));
  // Commits do not wait for the disk: after a loss of power the last ones are missing, and are imported again.
  if (auto set = run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
      !set)
    return fail(fmt::format("{}: {}", path, set.error().text));
  if (!*fresh) return store;
  if (auto made = run(database, kSchema); !made) return fail(fmt::format("{}: {}", path, made.error().text));
  return store;
}

Result<bool> Store::add(const Report& report, const std::string& path) {
  sqlite3* database = database_.get();
  if (pending_ == 0)
    if (auto begun = run(database, "BEGIN IMMEDIATE"); !begun) return tl::make_unexpected(begun.error());
  ++pending_;
  if (auto begun = run(database, "SAVEPOINT report"); !begun) return tl::make_unexpected(begun.error());
  const auto give_up = [&](Error error) -> Result<bool> {
    (void)run(database, "ROLLBACK TO report");
    names_.clear();  // some of them may not be there any more
    return tl::make_unexpected(std::move(error));
  };
  Statement insert(database,
                   "INSERT OR IGNORE INTO report (digest, started, kernel_release, path) VALUES (?1, ?2, ?3, ?4)");
  insert.bind(1, digest_of(report)).bind(2, report.started).bind(3, report.platform.kernel_release);
  insert.bind(4, path).step();
  if (auto done = insert.done(); !done) return give_up(done.error());
  const bool fresh = sqlite3_changes(database) > 0;
  Names names(database, names_);
  if (fresh)
    if (auto done = add_results(database, names, report, sqlite3_last_insert_rowid(database)); !done)
      return give_up(done.error());
  if (auto done = run(database, "RELEASE report"); !done) return give_up(done.error());
  if (pending_ >= kReportsAtATime)
    if (auto done = finish(); !done) return tl::make_unexpected(done.error());
  return fresh;
}

Result<void> Store::finish() {
  if (std::exchange(pending_, 0) == 0) return {};
  return run(database_.get(), "COMMIT");
}

Result<ChosenTracks> Store::choose(const std::string& variants, const std::string& platforms, bool unchanged) const {
  // GLOB has brackets, and variants do: [ stands for itself as [[].
  const auto glob = [](const std::string& pattern) {
    std::string out;
    for (const char c : pattern) out += c == '[' ? std::string("[[]") : std::string(1, c);
    return out;
  };
  // What never came to another end is counted here, without reading its points.
  Statement tracks(database_.get(),
                   "SELECT variant.text, platform.text, variant.id, platform.id, min(status) != max(status) "
                   "FROM result JOIN name AS variant ON variant.id = result.variant "
                   "JOIN name AS platform ON platform.id = result.platform "
                   "WHERE variant.text GLOB ?1 AND platform.text GLOB ?2 "
                   "GROUP BY result.variant, result.platform ORDER BY variant.text, platform.text");
  tracks.bind(1, glob(variants)).bind(2, glob(platforms));
  Statement points(database_.get(),
                   "SELECT report.started, report.kernel_release, report.path, result.status, answer.text, hash.text "
                   "FROM result JOIN report ON report.id = result.report "
                   "JOIN name AS answer ON answer.id = result.answer JOIN name AS hash ON hash.id = result.hash "
                   "WHERE result.variant = ?1 AND result.platform = ?2 ORDER BY report.started, report.id");
  ChosenTracks chosen;
  while (tracks.step()) {
    ++chosen.fitting;
    if (!unchanged && tracks.number(4) == 0) continue;
    Track track{tracks.text(0), tracks.text(1), {}};
    points.bind(1, tracks.number(2)).bind(2, tracks.number(3));
    while (points.step()) {
      const std::int64_t status = points.number(3);
      if (status < 0 || status >= static_cast<std::int64_t>(kStatuses.size())) return fail("a status that is none");
      track.points.push_back(TrackPoint{points.text(0), points.text(1), points.text(2), static_cast<Status>(status),
                                        points.text(4), points.text(5)});
    }
    points.reset();
    if (unchanged || has_changed(track)) chosen.tracks.push_back(std::move(track));
  }
  if (auto done = tracks.done(); !done) return tl::make_unexpected(done.error());
  if (auto done = points.done(); !done) return tl::make_unexpected(done.error());
  return chosen;
}

Result<std::int64_t> Store::report_count() const {
  Statement query(database_.get(), "SELECT count(*) FROM report");
  const std::int64_t count = query.step() ? query.number(0) : 0;
  if (auto done = query.done(); !done) return tl::make_unexpected(done.error());
  return count;
}

}  // namespace kipc
