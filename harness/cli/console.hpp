// What the terminal can show, and a line on it that tells how far a run has come.
#pragma once

#include <cstdint>
#include <string>

#include "report/page.hpp"

namespace kipc::cli {

/// Colours on a terminal that knows them, unless NO_COLOR is set; its width; neither for files and pipes.
Page page_of(int fd);

/// A line on standard error, written over and over, when that is a terminal; otherwise nothing.
class Progress {
 public:
  explicit Progress(bool wanted);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  [[nodiscard]] const Page& page() const { return page_; }
  /// True when it is time for a new line: not more often than eyes follow.
  [[nodiscard]] bool due() const;
  void show(const std::string& line);
  /// Takes the line away, before something else is printed.
  void clear();

 private:
  Page page_;
  bool wanted_ = false;
  bool shown_ = false;
  std::int64_t last_ns_ = 0;
};

/// CLOCK_MONOTONIC, nanoseconds.
std::int64_t now_ns();
/// The time of day as UTC, ISO 8601, whole seconds.
std::string utc_now();

}  // namespace kipc::cli
