// reports/report.schema.json, held against what kipc writes.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "language/json_schema_for_tests.hpp"
#include "report/canonical.hpp"
#include "report/json.hpp"

namespace kipc {
namespace {

using Json = nlohmann::json;

const Json& schema_text() {
  static const Json made = [] {
    const auto text = read_file(KIPC_SOURCE_DIR "/reports/report.schema.json");
    REQUIRE(text.has_value());
    return Json::parse(*text);
  }();
  return made;
}

/// The schema of one kind of report or line: errors of "anyOf" do not say where they are.
std::vector<std::string> problems(const char* kind, const Json& value) {
  static const Json whole = schema_text();
  Json one = {{"$ref", std::string("#/$defs/") + kind}, {"$defs", whole.at("$defs")}};
  return JsonSchema(one).validate(value);
}

TEST_CASE("report schema: the canonical report and each of its lines are valid") {
  const Report report = canonical_report();
  for (const std::string& wrong : problems("report", Json::parse(report_to_json(report)))) FAIL_CHECK(wrong);
  for (const std::string& wrong : problems("start", Json::parse(start_to_json_line(report)))) FAIL_CHECK(wrong);
  for (const std::string& wrong : problems("end", Json::parse(end_to_json_line(report)))) FAIL_CHECK(wrong);
  const JsonSchema schema(schema_text());
  CHECK(schema.validate(Json::parse(report_to_json(report))).empty());
  for (const VariantReport& variant : report.variants) {
    const Json line = Json::parse(variant_to_json_line(variant));
    for (const std::string& wrong : problems("variant", line)) FAIL_CHECK(wrong);
    CHECK(schema.validate(line).empty());
  }
}

TEST_CASE("report schema: it names every status, and demands a reason where one is due") {
  std::vector<std::string> names;
  for (const StatusRow& row : kStatuses) names.emplace_back(row.name);
  CHECK(schema_text().at("$defs").at("status").at("enum") == Json(names));
  for (const StatusRow& row : kStatuses) {
    Json line = Json::parse(variant_to_json_line(canonical_variant("a.b", "", row.status, "why")));
    line.erase("reason");
    INFO(row.name);
    CHECK(problems("variant", line).empty() == !row.needs_reason);
  }
}

/// Every place of a value, as JSON pointers.
void places(const Json& value, const std::string& at, std::vector<std::string>& out) {
  if (!at.empty()) out.push_back(at);
  if (value.is_object())
    for (const auto& [key, member] : value.items()) {
      std::string escaped;
      for (const char c : key) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      places(member, at + "/" + escaped, out);
    }
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) places(value[i], at + "/" + std::to_string(i), out);
}

TEST_CASE("report schema: a value of the wrong kind is refused wherever it stands, and so is a member too many") {
  Report report = canonical_report();
  report.variants.resize(1);  // it has a history of everything
  report.selected = 1;
  const Json whole = Json::parse(report_to_json(report));
  std::vector<std::string> all;
  places(whole, "", all);
  CHECK(all.size() > 150);
  for (const std::string& place : all) {
    Json broken = whole;
    broken[Json::json_pointer(place)] = nullptr;
    INFO(place);
    CHECK_FALSE(problems("report", broken).empty());
    if (!whole.at(Json::json_pointer(place)).is_object()) continue;
    const bool names = place.find("/config_options") != std::string::npos ||
                       place.find("/sysctls") != std::string::npos || place.find("/mitigations") != std::string::npos;
    broken = whole;
    broken[Json::json_pointer(place)]["nothing of ours"] = names ? Json(1) : Json("x");
    CHECK_FALSE(problems("report", broken).empty());
  }
}

// For ci/test, which has a report of all cases with their histories.
TEST_CASE("report schema: the report that KIPC_REPORT names is valid", "[.][real-report]") {
  const char* path = std::getenv("KIPC_REPORT");
  REQUIRE(path != nullptr);
  const auto text = read_file(path);
  REQUIRE(text.has_value());
  for (const std::string& wrong : problems("report", Json::parse(*text))) FAIL_CHECK(wrong);
}

}  // namespace
}  // namespace kipc
