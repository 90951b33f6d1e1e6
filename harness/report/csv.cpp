#include <fmt/format.h>

#include "base/text.hpp"
#include "report/forms.hpp"

namespace kipc {
namespace {

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + csv_field(cells[i]);
  return out + "\r\n";
}

std::string assertions_of(const VariantReport& variant, AssertionOutcome::What what) {
  std::vector<std::string> ids;
  for (const AssertionOutcome& outcome : variant.verdict.assertions)
    if (outcome.what == what) ids.push_back(outcome.id);
  return join(ids, " ");
}

}  // namespace

std::string to_csv(const Report& report) {
  using What = AssertionOutcome::What;
  std::string out = line_of({"status", "area", "case", "variant", "repetition", "reason", "file", "line", "expected",
                             "got", "verified", "failed", "recorded", "not_reached", "answers", "duration_us",
                             "isolation", "kernel", "machine"});
  for (const VariantReport& variant : report.variants) {
    const Verdict& verdict = variant.verdict;
    std::vector<std::string> answers;
    for (const Answer& answer : verdict.answers) answers.push_back(answer.question + ": " + answer.answer);
    out += line_of({std::string(name_of(verdict.status)), std::string(area_of(variant)), variant.case_id,
                    variant.variant_id, std::to_string(variant.repetition + 1), verdict.reason, variant.file,
                    verdict.line > 0 ? std::to_string(verdict.line) : "", verdict.expected, verdict.got,
                    assertions_of(variant, What::verified), assertions_of(variant, What::failed),
                    assertions_of(variant, What::recorded), assertions_of(variant, What::not_reached),
                    join(answers, "; "), std::to_string(variant.duration_ns / 1000), variant.isolation,
                    report.platform.kernel_release, report.platform.machine});
  }
  return out;
}

}  // namespace kipc
