// For tests: holds a JSON value against a schema.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "base/catch.hpp"

namespace kipc {

/// A JSON Schema, as much of it as the schemas of this project use; a keyword it does not know is a failure, so nothing
/// goes unchecked. Reports the first things that are wrong.
class JsonSchema {
 public:
  explicit JsonSchema(nlohmann::json schema) : root_(std::move(schema)) {}

  std::vector<std::string> validate(const nlohmann::json& value) const {
    std::vector<std::string> wrong;
    check(root_, value, "", wrong);
    return wrong;
  }
  bool valid(const nlohmann::json& schema, const nlohmann::json& value) const {
    std::vector<std::string> wrong;
    check(schema, value, "", wrong);
    return wrong.empty();
  }

 private:
  using Json = nlohmann::json;
  using Wrong = std::vector<std::string>;

  void check(const Json& schema, const Json& value, const std::string& at, Wrong& wrong) const {
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) wrong.push_back(at + ": not allowed");
      return;
    }
    for (const auto& [keyword, rule] : schema.items()) check_keyword(keyword, rule, schema, value, at, wrong);
  }

  void check_keyword(const std::string& keyword, const Json& rule, const Json& schema, const Json& value,
                     const std::string& at, Wrong& wrong) const {
    const auto need = [&](bool fine) {
      if (!fine) wrong.push_back(at + ": " + keyword + " " + rule.dump().substr(0, 200));
    };
    const auto fits = [&](const Json& choice) { return valid(choice, value); };
    static const std::vector<std::string> kIgnored = {"$comment", "$defs",  "$schema", "description", "else",
                                                      "examples", "format", "then",    "title"};
    if (std::find(kIgnored.begin(), kIgnored.end(), keyword) != kIgnored.end()) return;
    if (keyword == "$ref") {
      check(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, at, wrong);
    } else if (keyword == "type") {
      need(rule.is_array() ? std::any_of(rule.begin(), rule.end(), [&](const Json& t) { return is(t, value); })
                           : is(rule, value));
    } else if (keyword == "const") {
      need(value == rule);
    } else if (keyword == "enum") {
      need(std::find(rule.begin(), rule.end(), value) != rule.end());
    } else if (keyword == "pattern") {
      if (value.is_string()) need(std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())));
    } else if (keyword == "anyOf") {
      need(std::any_of(rule.begin(), rule.end(), fits));
    } else if (keyword == "oneOf") {
      need(std::count_if(rule.begin(), rule.end(), fits) == 1);
    } else if (keyword == "allOf") {
      for (const Json& part : rule) check(part, value, at, wrong);
    } else if (keyword == "not") {
      need(!fits(rule));
    } else if (keyword == "if") {
      const char* branch = fits(rule) ? "then" : "else";
      if (schema.contains(branch)) check(schema.at(branch), value, at, wrong);
    } else if (keyword == "items") {
      if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i) check(rule, value[i], at + "/" + std::to_string(i), wrong);
    } else if (keyword == "minimum") {
      need(!value.is_number() || value >= rule);
    } else if (keyword == "maximum") {
      need(!value.is_number() || value <= rule);
    } else if (keyword == "maxLength") {
      need(!value.is_string() || value.get<std::string>().size() <= rule.get<std::size_t>());
    } else if (keyword == "minItems") {
      need(!value.is_array() || value.size() >= rule.get<std::size_t>());
    } else if (keyword == "uniqueItems") {
      for (const Json& item : value) need(std::count(value.begin(), value.end(), item) == 1);
    } else {
      check_object(keyword, rule, schema, value, at, wrong);
    }
  }

  void check_object(const std::string& keyword, const Json& rule, const Json& schema, const Json& value,
                    const std::string& at, Wrong& wrong) const {
    static const std::vector<std::string> kKnown = {"additionalProperties", "dependentRequired", "dependentSchemas",
                                                    "maxProperties",        "minProperties",     "properties",
                                                    "propertyNames",        "required"};
    REQUIRE(std::find(kKnown.begin(), kKnown.end(), keyword) != kKnown.end());
    if (!value.is_object()) return;
    const auto needs = [&](const Json& keys) {
      for (const Json& key : keys)
        if (!value.contains(key.get<std::string>())) wrong.push_back(at + ": lacks " + key.dump());
    };
    if (keyword == "required") needs(rule);
    if (keyword == "minProperties" && value.size() < rule) wrong.push_back(at + ": too few members");
    if (keyword == "maxProperties" && value.size() > rule) wrong.push_back(at + ": too many members");
    for (const auto& [key, member] : value.items()) {
      const std::string inside = at + "/" + key;
      if (keyword == "properties" && rule.contains(key)) check(rule.at(key), member, inside, wrong);
      if (keyword == "propertyNames") check(rule, key, inside, wrong);
      if (keyword == "dependentRequired" && rule.contains(key)) needs(rule.at(key));
      if (keyword == "dependentSchemas" && rule.contains(key)) check(rule.at(key), value, at, wrong);
      const bool named = schema.contains("properties") && schema.at("properties").contains(key);
      if (keyword == "additionalProperties" && !named) check(rule, member, inside, wrong);
    }
  }

  static bool is(const Json& type, const Json& value) {
    const std::string name = type.get<std::string>();
    return name == "object"    ? value.is_object()
           : name == "array"   ? value.is_array()
           : name == "string"  ? value.is_string()
           : name == "integer" ? value.is_number_integer()
           : name == "number"  ? value.is_number()
           : name == "boolean" ? value.is_boolean()
                               : false;
  }

  Json root_;
};

}  // namespace kipc
