#include <fmt/format.h>

#include <map>

#include "report/forms.hpp"

namespace kipc {
namespace {

/// For text and for attributes. XML 1.0 has no place at all for most control characters: they become '?'.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  return out;
}

std::string seconds(std::int64_t ns) { return fmt::format("{:.6f}", static_cast<double>(ns) / 1e9); }

/// What a person needs to see, as the text of <failure> or <error>.
std::string body(const VariantReport& variant) {
  const Verdict& verdict = variant.verdict;
  std::string out = failure_line(variant) + "\n" + variant.file;
  if (verdict.line > 0) out += fmt::format(":{}", verdict.line);
  out += "  " + variant.title + "\n";
  for (const std::string& line : verdict.trace) out += "  " + line + "\n";
  for (const std::string& line : verdict.standing) out += "  where it stands: " + line + "\n";
  for (const std::string& clause : verdict.clauses) out += "  clause: " + clause + "\n";
  return out;
}

std::string element_of(const VariantReport& variant) {
  const Verdict& verdict = variant.verdict;
  const std::string message = xml(verdict.reason);
  const auto failing = [&](const char* element) {
    return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element, name_of(verdict.status), message,
                       xml(body(variant)));
  };
  switch (verdict.status) {
    case Status::fail:
    case Status::xpass: return failing("failure");
    case Status::error:
    case Status::miss: return failing("error");
    case Status::xfail:
    case Status::skip: return fmt::format("      <skipped message=\"{}: {}\"/>\n", name_of(verdict.status), message);
    case Status::done: return fmt::format("      <system-out>{}</system-out>\n", message);
    case Status::pass: break;
  }
  return "";
}

struct Suite {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  std::int64_t duration_ns = 0;
  std::string cases;
};

void add(Suite& suite, const VariantReport& variant) {
  const Status status = variant.verdict.status;
  ++suite.tests;
  suite.failures += status == Status::fail || status == Status::xpass ? 1 : 0;
  suite.errors += status == Status::error || status == Status::miss ? 1 : 0;
  suite.skipped += status == Status::skip || status == Status::xfail ? 1 : 0;
  suite.duration_ns += variant.duration_ns;
  suite.cases +=
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{}\">\n", xml(variant.case_id),
                  xml(name_of(variant)), xml(variant.file), seconds(variant.duration_ns));
  suite.cases +=
      fmt::format("      <properties><property name=\"kipc.status\" value=\"{}\"/></properties>\n", name_of(status));
  suite.cases += element_of(variant) + "    </testcase>\n";
}

}  // namespace

std::string to_junit(const Report& report) {
  std::map<std::string_view, Suite> suites;
  Suite all;
  for (const VariantReport& variant : report.variants) {
    add(suites[area_of(variant)], variant);
    add(all, variant);
  }
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"kipc\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">\n",
      all.tests, all.failures, all.errors, all.skipped, seconds(report.duration_ns));
  const std::string timestamp = xml(report.started.substr(0, report.started.find('Z')));
  for (const auto& [name, suite] : suites) {
    out += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\" "
        "timestamp=\"{}\">\n"
        "    <properties><property name=\"platform\" value=\"{}\"/></properties>\n",
        xml(name), suite.tests, suite.failures, suite.errors, suite.skipped, seconds(suite.duration_ns), timestamp,
        xml(platform_line(report)));
    out += suite.cases + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace kipc
