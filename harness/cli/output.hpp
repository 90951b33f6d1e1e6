// Where results go: files that are opened before anything runs, so that a wrong path costs no run, and written so that
// what was finished is never lost.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace kipc::cli {

/// A file that gets its whole content at the end, in one rename: readers see the old report or the new one. What is no
/// regular file ("-" for the standard output, a pipe, a device) is written as it is.
class ReportFile {
 public:
  ReportFile() = default;
  ReportFile(ReportFile&& other) noexcept;
  ReportFile& operator=(ReportFile&& other) noexcept;
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  /// Without write() no file is left.
  ~ReportFile();

  static Result<ReportFile> open(const std::string& path);
  Result<void> write(std::string_view content);

 private:
  void discard();
  std::string path_;
  std::string temporary_;  // "" when it is written in place
  Fd fd_;
};

/// A file that grows line by line, each line handed to the kernel as it comes.
class LineFile {
 public:
  static Result<LineFile> open(const std::string& path);
  /// Appends the line and its end. After a failure further lines are not tried: half a line would follow.
  Result<void> add(std::string_view line);

 private:
  std::string path_;
  Fd fd_;
  bool failed_ = false;
};

/// Writes to the standard output or standard error; what cannot be written there cannot be told either.
void print(std::string_view text);
void print_error(std::string_view text);
/// "kipc: TEXT" and a line end, on standard error.
void complain(std::string_view text);

}  // namespace kipc::cli
