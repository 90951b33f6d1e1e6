#include "cli/report_files.hpp"

#include <filesystem>
#include <fstream>

#include "base/catch.hpp"
#include "report/canonical.hpp"

namespace kipc::cli {
namespace {

namespace fs = std::filesystem;

/// A folder with those files, gone at the end.
class Folder {
 public:
  Folder() { fs::create_directories(path_ / "below"); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  void add(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_ = fs::temp_directory_path() / "kipc-report-files-test";
};

/// What was handed over: the file's name, and "+" for a report.
std::vector<std::string> handed_over(const std::vector<std::string>& paths, std::size_t most = 100) {
  std::vector<std::string> names;
  each_report(paths, ReportPart::all, [&](const Result<Report>& report, const std::string& path) {
    names.push_back(fs::path(path).filename().string() + (report ? "+" : ""));
    return names.size() < most;
  });
  return names;
}

TEST_CASE("report files: a folder stands for the reports in it, and what is broken is handed over as that") {
  const Folder folder;
  const std::string report = report_to_json(canonical_report());
  folder.add("below/a.json", report);
  folder.add("c.jsonl", start_to_json_line(canonical_report()));
  folder.add("d.guest.json", R"({"boot_seconds": 2.3})");
  folder.add("e.json", report.substr(0, report.size() / 2));
  folder.add("f.txt", report);
  using Names = std::vector<std::string>;
  CHECK(handed_over({folder.path()}) == Names{"a.json+", "c.jsonl+", "e.json"});
  CHECK(handed_over({folder.path()}, 1) == Names{"a.json+"});
  CHECK(handed_over({folder.path() + "/f.txt"}) == Names{"f.txt+"});
  CHECK(handed_over({folder.path() + "/d.guest.json", folder.path() + "/none"}) == Names{"d.guest.json", "none"});
}

}  // namespace
}  // namespace kipc::cli
