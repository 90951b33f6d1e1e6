#include "report/forms.hpp"

#include "report/json.hpp"

namespace kipc {

const std::array<Form, 6>& forms() {
  using Origin = const std::string&;
  static constexpr std::array<Form, 6> kForms = {{
      {"csv", "One line for each run, for spreadsheets", [](const Report& report, Origin) { return to_csv(report); }},
      {"json", "The report itself, from which all else is made",
       [](const Report& report, Origin) { return report_to_json(report); }},
      {"junit", "JUnit XML, for CI systems", [](const Report& report, Origin) { return to_junit(report); }},
      {"kcidb", "A submission for KCIDB", to_kcidb},
      {"ktap", "KTAP, for serial consoles and kernel CI", [](const Report& report, Origin) { return to_ktap(report); }},
      {"markdown", "A page for a CI job or a merge request",
       [](const Report& report, Origin) { return to_markdown(report); }},
  }};
  return kForms;
}

}  // namespace kipc
