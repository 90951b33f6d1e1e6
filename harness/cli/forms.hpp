// --ktap FILE, --junit FILE, ...: the options that write a report in other forms, for `kipc run` and `kipc report`.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "report/forms.hpp"
#include "report/report.hpp"

namespace kipc::cli {

/// The forms that are wanted.
struct FormFiles {
  std::map<std::string, std::string> paths;  // by the name of the form (report/forms.hpp); "-" is the standard output
  std::string origin{kKcidbOrigin};

  [[nodiscard]] bool empty() const { return paths.empty(); }
};

/// Adds an option for each form, and --origin.
void add_forms(CLI::App& verb, FormFiles& files);
/// How many of them want the standard output.
std::size_t to_stdout(const FormFiles& files);

/// The files, opened before the report is there, so that a wrong path is said at once.
class OpenForms {
 public:
  static Result<OpenForms> open(const FormFiles& files);
  /// What could not be written, one text each.
  std::vector<std::string> write(const Report& report);

 private:
  std::vector<std::pair<std::string, ReportFile>> files_;
  std::string origin_;
};

}  // namespace kipc::cli
