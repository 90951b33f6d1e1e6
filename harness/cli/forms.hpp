// --ktap FILE, --junit FILE, ...: the options that write a report in other forms, for `kipc run` and `kipc report`.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "report/report.hpp"

namespace kipc::cli {

/// The name of a form (report/forms.hpp) and the file it goes to; "-" is the standard output.
using FormFiles = std::map<std::string, std::string>;

/// Adds an option for each form.
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
};

}  // namespace kipc::cli
