#include "report/forms.hpp"

#include "report/json.hpp"

namespace kipc {

const std::array<Form, 6>& forms() {
  static constexpr std::array<Form, 6> kForms = {{
      {"csv", "One line for each run, for spreadsheets", to_csv},
      {"json", "The report itself, from which all else is made", report_to_json},
      {"junit", "JUnit XML, for CI systems", to_junit},
      {"kcidb", "A submission for KCIDB", [](const Report& report) { return to_kcidb(report); }},
      {"ktap", "KTAP, for serial consoles and kernel CI", to_ktap},
      {"markdown", "A page for a CI job or a merge request", [](const Report& report) { return to_markdown(report); }},
  }};
  return kForms;
}

}  // namespace kipc
