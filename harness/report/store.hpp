// Many reports in one SQLite database, in which tens of thousands stay usable. Only where SQLite was there when kipc
// was built: the library is a fifth of a static binary.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "report/track.hpp"

struct sqlite3;

namespace kipc {

class Store {
 public:
  /// A file, which is made when it is not there, or ":memory:".
  static Result<Store> open(const std::string& path);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// False when that report is there already: the same start, platform, settings and results. Reports are written some
  /// hundreds at a time, for each touches a page of every variant; call finish() after the last one.
  Result<bool> add(const Report& report, const std::string& path);
  Result<void> finish();
  /// As Tracks::choose().
  Result<ChosenTracks> choose(const std::string& variants, const std::string& platforms, bool unchanged) const;
  Result<std::int64_t> report_count() const;

 private:
  explicit Store(sqlite3* database);
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, std::int64_t> names_;  // those that were used, and their ids
  int pending_ = 0;                                      // reports that were added since the last commit
};

}  // namespace kipc
