#include "fault/saboteur.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "calls/row.hpp"

namespace kipc {
namespace {

using Json = nlohmann::ordered_json;

std::string folder(const char* name) { return std::string(KIPC_SOURCE_DIR "/cases/") + name; }

Json parse(const std::filesystem::path& path) { return Json::parse(read_file(path.string()).value()); }

/// The ids of all assertions.
const std::set<std::string>& assertions() {
  static const std::set<std::string> ids = [] {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder("assertions"))) {
      const Json area = parse(entry.path());
      for (const Json& assertion : area.at("assertions")) all.insert(assertion.at("id"));
    }
    return all;
  }();
  return ids;
}

/// What a file says, by the name of the saboteur.
std::set<std::string> names_in_folder() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder("saboteurs")))
    names.insert(entry.path().stem().string());
  return names;
}

TEST_CASE("saboteurs are sorted, and no two have one name") {
  const auto& all = saboteurs();
  REQUIRE(all.size() >= 25);
  for (std::size_t i = 1; i < all.size(); ++i) {
    INFO(all[i].name);
    CHECK(all[i - 1].name < all[i].name);
  }
}

TEST_CASE("a saboteur says in one sentence what it breaks, and takes part in a call that exists") {
  for (const Saboteur& saboteur : saboteurs()) {
    INFO(saboteur.name);
    CHECK(saboteur.perform != nullptr);
    CHECK(saboteur.breaks.ends_with('.'));
    CHECK(std::all_of(saboteur.name.begin(), saboteur.name.end(),
                      [](char c) { return c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }));
    CHECK((saboteur.call.empty() || find_row(saboteur.call) != nullptr));
  }
}

TEST_CASE("find_saboteur knows every saboteur and nothing else") {
  for (const Saboteur& saboteur : saboteurs()) CHECK(find_saboteur(saboteur.name) == &saboteur);
  CHECK(find_saboteur("") == nullptr);
  CHECK(find_saboteur("split-small-write") == nullptr);
}

TEST_CASE("every saboteur has a file in cases/saboteurs, and every file a saboteur") {
  std::set<std::string> table;
  for (const Saboteur& saboteur : saboteurs()) table.emplace(saboteur.name);
  CHECK(table == names_in_folder());
}

TEST_CASE("the files of saboteurs are complete") {
  for (const auto& entry : std::filesystem::directory_iterator(folder("saboteurs"))) {
    INFO(entry.path().filename().string());
    const Json file = parse(entry.path());
    std::vector<std::string> keys;
    for (const auto& [key, value] : file.items()) keys.push_back(key);
    // "missing" says which case would catch it, as long as there is none.
    const bool missing = file.contains("missing");
    CHECK(keys ==
          std::vector<std::string>{"name", "breaks", "assertions", missing ? "missing" : "must_fail", "control"});
    CHECK(file.at("name") == entry.path().stem().string());
    const Saboteur* saboteur = find_saboteur(file.at("name").get<std::string>());
    if (saboteur != nullptr) CHECK(file.at("breaks") == std::string(saboteur->breaks));
    CHECK_FALSE(file.at("assertions").empty());
    for (const std::string id : file.at("assertions")) {
      INFO(id);
      CHECK(assertions().count(id) == 1);
    }
    const Json& must_fail = missing ? Json::array() : file.at("must_fail");
    CHECK(must_fail.empty() == missing);
    for (const Json& caught : must_fail) {
      CHECK(caught.size() == 2);
      CHECK_FALSE(caught.at("case").get<std::string>().empty());
      CHECK_FALSE(caught.at("reason").get<std::string>().empty());
    }
    CHECK_FALSE(file.at("control").empty());
  }
}

}  // namespace
}  // namespace kipc
