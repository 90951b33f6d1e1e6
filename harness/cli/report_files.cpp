#include "cli/report_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/output.hpp"
#include "report/page.hpp"

namespace kipc::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const std::string kind = at->path().extension();
    if (kind == ".json" || kind == ".jsonl") found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

void each_report(const std::vector<std::string>& paths, ReportPart part,
                 const std::function<bool(Result<Report> report, const std::string& path)>& take) {
  std::size_t others = 0;
  const auto read_all = [&] {
    for (const std::string& path : paths) {
      std::error_code error;
      const bool folder = fs::is_directory(path, error);
      for (const std::string& file : folder ? files_in(path) : std::vector<std::string>{path}) {
        auto report = read_report(file, part);
        if (!report && folder && is_other_json(file))
          ++others;
        else if (!take(std::move(report), file))
          return;
      }
    }
  };
  read_all();
  if (others > 0) complain(fmt::format("{} passed over: no report of kipc", count_of(others, "file")));
}

}  // namespace kipc::cli
