#include "language/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "calls/row.hpp"
#include "language/schema_grammar.hpp"
#include "platform/capabilities.hpp"
#include "platform/requirement.hpp"
#include "platform/rlimits.hpp"
#include "values/signal_types.hpp"

namespace kipc {
namespace {

using Json = nlohmann::ordered_json;

struct Checker {
  const char* name;
  const char* doc;
};
constexpr Checker kCheckers[] = {
    {"at-most-once", "Nothing is taken that was not put, and nothing twice."},
    {"atomic-records", "Every record is taken whole: none is torn or mixed with another."},
    {"exactly-once", "Everything that was put is taken once."},
    {"fifo", "Taken in the order in which it was put."},
    {"fifo-per-sender", "What one sender put is taken in its order."},
    {"mutual-exclusion", "At most one actor at a time is in the section."},
    {"prefix", "What was taken is a beginning of what was put."},
    {"priority-order", "Of what waits, the highest priority is taken first."},
    {"whole-records", "Records are whole, but for one that a killed sender left unfinished."},
};

// --- Small pieces ---------------------------------------------------------------------------------------------------

Json refer(std::string_view definition) { return Json{{"$ref", fmt::format("#/$defs/{}", definition)}}; }

Json text_list(const std::vector<std::string_view>& texts) {
  Json list = Json::array();
  for (const std::string_view text : texts) list.push_back(std::string(text));
  return list;
}

/// True for a schema that "$name" satisfies already: the definitions of the grammar that types use, and any string.
bool takes_any_string(const Json& schema) {
  if (!schema.is_object() || schema.empty() || schema.contains("$ref")) return true;
  return schema.contains("type") && schema.at("type") == "string" && !schema.contains("pattern") &&
         !schema.contains("enum") && !schema.contains("const");
}

void open_inside(Json& schema);

/// Lets "$name" stand for the value that this schema describes, and for every value in it.
void open_to_parameters(Json& schema) {
  open_inside(schema);
  if (takes_any_string(schema)) return;
  if (schema.size() == 1 && schema.contains("anyOf")) {
    Json& choices = schema.at("anyOf");
    if (std::none_of(choices.begin(), choices.end(), takes_any_string)) choices.push_back(refer("parameter"));
    return;
  }
  schema = Json{{"anyOf", Json::array({schema, refer("parameter")})}};
}

void open_inside(Json& schema) {
  if (!schema.is_object()) return;
  for (const char* key : {"properties", "patternProperties"})
    if (schema.contains(key))
      for (auto& [name, value] : schema.at(key).items()) open_to_parameters(value);
  for (const char* key : {"additionalProperties", "items"})
    if (schema.contains(key) && schema.at(key).is_object()) open_to_parameters(schema.at(key));
  for (const char* key : {"allOf", "anyOf", "oneOf"})
    if (schema.contains(key))
      for (Json& choice : schema.at(key)) open_inside(choice);
}

/// What a definition may be called: letters, digits, '_' and '.' need no escape in a reference.
std::string definition_name(const char* kind, std::string_view type, int number) {
  std::string name = fmt::format("{}.{}", kind, type);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.') c = '_';
  return number == 0 ? name : fmt::format("{}.{}", name, number + 1);
}

/// The schemas of types, long ones as definitions that all arguments of the type share.
class TypeSchemas {
 public:
  /// The schema a type gives, which has to be JSON.
  Json of(const Row& row, const Param& param, bool expected) {
    // Names that are too long are written as {"fill", "length"}.
    if (param.type == &path_type() || param.type == &object_name_type()) return refer("text");
    const std::string text = expected ? param.type->expected_schema() : param.type->schema();
    Json schema = Json::parse(text, nullptr, false);
    if (schema.is_discarded())
      throw std::logic_error(fmt::format("{}: the schema of '{}' is not JSON: {}", row.name, param.name, text));
    open_to_parameters(schema);
    constexpr std::size_t kShort = 80;
    if (text.size() <= kShort) return schema;
    for (int number = 0;; ++number) {  // two types may have the same name
      const std::string name = definition_name(expected ? "expected" : "type", param.type->name(), number);
      if (!definitions.contains(name)) definitions[name] = schema;
      if (definitions[name] == schema) return refer(name);
    }
  }

  Json definitions = Json::object();
};

/// Several alternatives as one schema, each once.
Json any_of(const std::vector<Json>& schemas) {
  Json different = Json::array();
  for (const Json& schema : schemas)
    if (std::find(different.begin(), different.end(), schema) == different.end()) different.push_back(schema);
  return different.size() == 1 ? different[0] : Json{{"anyOf", std::move(different)}};
}

// --- Calls ----------------------------------------------------------------------------------------------------------

Json argument_schema(const Row& row, const Param& param, TypeSchemas& types) {
  Json schema;
  schema["description"] =
      param.type->name() + (param.fallback.empty() ? "" : fmt::format("; {} unless given", param.fallback));
  const Json type = types.of(row, param, false);
  for (const auto& [key, value] : type.items())
    if (key != "description") schema[key] = value;
  return schema;
}

bool needed(const Param& param) {
  return param.required && param.fallback.empty() && param.direction != Direction::out;
}

bool comes_back(const Param& param) { return param.direction == Direction::out || param.direction == Direction::inout; }

/// True when what an argument of this name may be depends on the selector.
bool is_selected(const Row& row, std::string_view name) {
  return std::any_of(row.params.begin(), row.params.end(),
                     [&](const Param& param) { return param.name == name && !param.only_for.empty(); });
}

/// The rules for one such argument: of the parameters of that name the first that fits the selector counts.
void add_rules(Json& rules, const Row& row, std::string_view name, TypeSchemas& types) {
  const std::string key(name);
  const std::string selector(row.params[static_cast<std::size_t>(row.selector())].name);
  std::vector<std::string_view> before;
  const auto add = [&](const Json& selected, Json then) {
    rules.push_back(Json{{"if", {{"properties", {{selector, selected}}}}}, {"then", std::move(then)}});
  };
  const auto elsewhere = [&] { return Json{{"pattern", "^[^$]"}, {"not", {{"enum", text_list(before)}}}}; };
  for (const Param& param : row.params) {
    if (param.name != name) continue;
    Json then{{"properties", {{key, argument_schema(row, param, types)}}}};
    if (needed(param)) then["required"] = Json::array({key});
    if (param.only_for.empty()) return add(elsewhere(), std::move(then));
    add(Json{{"enum", text_list(param.only_for)}}, std::move(then));
    before.insert(before.end(), param.only_for.begin(), param.only_for.end());
  }
  add(elsewhere(), Json{{"properties", {{key, false}}}});
}

/// Arguments that exist only for some values of the selector.
void add_selected(Json& call, const Row& row, TypeSchemas& types) {
  Json rules = Json::array();
  std::vector<std::string_view> done;
  for (const Param& param : row.params) {
    if (!is_selected(row, param.name) || std::find(done.begin(), done.end(), param.name) != done.end()) continue;
    done.push_back(param.name);
    add_rules(rules, row, param.name, types);
  }
  if (!rules.empty()) call["allOf"] = std::move(rules);
}

/// `outcomes` ends the names of the definitions of what the call may do: ".read".
Json call_schema(const Row& row, const std::string& outcomes, TypeSchemas& types) {
  const std::string name(row.name);
  Json properties;
  Json required = Json::array({"call"});
  properties["as"] = refer("as");
  properties["call"] = Json{{"const", name}};
  for (const Param& param : row.params) {
    const std::string key(param.name);
    const bool always = !is_selected(row, param.name);
    properties[key] = always ? argument_schema(row, param, types) : Json(true);
    if (always && needed(param)) required.push_back(key);
  }
  if (row.makes == Makes::child || row.makes == Makes::thread) {
    const char* key = row.makes == Makes::child ? "child" : "thread";
    properties[key] = Json{{"description", "A name for the actor it makes."}, {"type", "string"}};
    properties["count"] = Json{{"description", "How many."}, {"$ref", "#/$defs/integer"}};
    required.push_back(key);
  }
  properties["into"] = Json{{"description", "A name for what it returns."}, {"$ref", "#/$defs/newName"}};
  if (row.returns == Returns::address) properties["layout"] = refer("layout");
  properties["expect"] = refer("expect" + outcomes);
  properties["record"] = refer("record" + outcomes);
  for (const char* tag : {"puts", "takes"}) properties[tag] = Json{{"description", "A channel."}, {"type", "string"}};
  for (const char* tag : {"enters", "leaves"})
    properties[tag] = Json{{"description", "A section."}, {"type", "string"}};
  for (const char* key : {"asserts", "when", "why"}) properties[key] = refer(key);
  Json call{{"description", fmt::format("{} ({})", row.doc, row.source)},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  add_selected(call, row, types);
  return call;
}

// --- Outcomes -------------------------------------------------------------------------------------------------------

Json outcome_schema(const Row* row, TypeSchemas& types) {
  Json properties;
  properties["return"] = refer("matcher");
  properties["error"] =
      Json{{"anyOf", {refer("errno"), {{"type", "array"}, {"items", refer("errno")}, {"minItems", 1}}}}};
  for (const char* key : {"signal", "dies"}) properties[key] = refer("integer");
  if (row != nullptr && row->accesses_memory)
    properties["si_code"] =
        Json{{"anyOf", {{{"enum", {"BUS_ADRALN", "BUS_ADRERR", "SEGV_ACCERR", "SEGV_MAPERR"}}}, refer("parameter")}}};
  properties["si_addr"] = refer("place");
  if (row != nullptr)
    for (const Param& param : row->params) {
      if (!comes_back(param)) continue;
      const std::string key(param.name);
      std::vector<Json> forms;
      for (const Param& other : row->params)
        if (other.name == param.name && comes_back(other)) forms.push_back(types.of(*row, other, true));
      properties[key] = any_of(forms);
    }
  properties["rest"] = Json{{"description", "The buffer behind what came back."},
                            {"anyOf", {{{"const", "untouched"}}, refer("parameter")}}};
  properties["not_before"] =
      Json{{"description", "The argument or time_point that was the deadline."}, {"type", "string"}};
  properties["lasts"] = refer("duration");
  properties["taken"] = refer("integer");
  return Json{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

/// Defines outcome.NAME, outcomes.NAME, expect.NAME and record.NAME for a row (for none: of calls that give nothing
/// back but what they return), unless those of an earlier row are the same. Returns how the names end: ".NAME".
std::string add_outcomes(Json& definitions, const Row* row, TypeSchemas& types) {
  const Json outcome = outcome_schema(row, types);
  for (const auto& [name, known] : definitions.items())
    if (name.rfind("outcome", 0) == 0 && known == outcome) return name.substr(std::string_view("outcome").size());
  const std::string suffix = row == nullptr ? "" : fmt::format(".{}", row->name);
  const Json blocks{{"const", "blocks"}};
  const Json one{{"anyOf", {refer("outcome" + suffix), blocks, refer("parameter")}}};
  definitions["outcome" + suffix] = outcome;
  definitions["outcomes" + suffix] = Json{{"anyOf",
                                           {refer("outcome" + suffix),
                                            {{"enum", {"any", "blocks"}}},
                                            refer("parameter"),
                                            {{"type", "array"}, {"items", one}, {"minItems", 1}}}}};
  const Json branches{
      {"type", "object"},
      {"properties",
       {{"if", refer("integer")}, {"then", refer("outcomes" + suffix)}, {"else", refer("outcomes" + suffix)}}},
      {"required", {"if", "then", "else"}},
      {"additionalProperties", false}};
  definitions["expect" + suffix] = Json{
      {"if", {{"type", "object"}, {"required", {"if"}}}}, {"then", branches}, {"else", refer("outcomes" + suffix)}};
  const Json answers{{"type", "object"}, {"minProperties", 2}, {"additionalProperties", one}};
  definitions["record" + suffix] =
      Json{{"description", "A question that is left open: {QUESTION: {ANSWER: outcome, ...}}."},
           {"anyOf",
            {refer("parameter"),
             {{"type", "object"},
              {"minProperties", 1},
              {"maxProperties", 1},
              {"additionalProperties", {{"anyOf", {answers, refer("parameter")}}}}}}}};
  return suffix;
}

// --- The whole ------------------------------------------------------------------------------------------------------

Json requirement_schema() {
  Json kinds = Json::array();
  for (const RequirementKind& kind : requirement_kinds()) {
    const std::string name(kind.kind);
    Json value = kind.takes_name ? Json{{"type", "string"}} : refer("integer");
    if (kind.names != nullptr) value = Json{{"anyOf", {{{"enum", text_list(kind.names())}}, refer("parameter")}}};
    Json properties{{name, std::move(value)}};
    if (kind.takes_name && kind.takes_at_least) properties["at_least"] = refer("integer");
    properties["for"] = refer("asserts");
    kinds.push_back(Json{{"description", std::string(kind.doc)},
                         {"type", "object"},
                         {"properties", std::move(properties)},
                         {"required", Json::array({name})},
                         {"additionalProperties", false}});
  }
  kinds.push_back(refer("parameter"));
  return Json{{"anyOf", std::move(kinds)}};
}

Json costs_schema() {
  Json properties = Json::object();
  for (const FigureRow& row : figures()) {
    Json value = refer("matcher");
    if (row.figure == Figure::syscalls)
      value = Json{{"anyOf", {refer("matcher"), {{"type", "object"}, {"additionalProperties", refer("matcher")}}}}};
    value["description"] = std::string(row.doc);
    properties[std::string(row.name)] = std::move(value);
  }
  return Json{{"anyOf",
               {refer("parameter"),
                {{"type", "object"},
                 {"properties", std::move(properties)},
                 {"minProperties", 1},
                 {"additionalProperties", false}}}}};
}

Json check_schema() {
  Json checkers = Json::array();
  for (const Checker& checker : kCheckers) {
    Json properties{{checker.name, {{"description", "A channel, or section."}, {"type", "string"}}}};
    properties["per"] = Json{{"type", "string"}};
    for (const char* key : {"asserts", "why"}) properties[key] = refer(key);
    checkers.push_back(Json{{"description", checker.doc},
                            {"type", "object"},
                            {"properties", std::move(properties)},
                            {"required", Json::array({checker.name})},
                            {"additionalProperties", false}});
  }
  checkers.push_back(refer("parameter"));
  return Json{{"anyOf", std::move(checkers)}};
}

Json layout_schema() {
  std::string types;
  for (const std::string_view type : layout_types()) types += fmt::format("{}{}", types.empty() ? "" : "|", type);
  const Json declaration{{"type", "string"},
                         {"pattern", fmt::format("^(\\$.+|({}) [A-Za-z0-9_]+(\\[[0-9]+\\])?)$", types)}};
  return Json{{"description", "C declarations of what lies there: \"u64 slot[8]\"."},
              {"anyOf", {{{"type", "array"}, {"items", declaration}}, refer("parameter")}}};
}

/// `if` this key has that value, `then` the definition holds.
Json rule(const char* key, const std::string& value, Json then) {
  return Json{{"if", {{"properties", {{key, {{"const", value}}}}}}}, {"then", std::move(then)}};
}

void add_calls(Json& definitions) {
  Json names = Json::array();
  Json sleeping = Json::array();
  Json starting = Json::array();
  TypeSchemas types;
  add_outcomes(definitions, nullptr, types);
  for (const Row& row : call_table()) {
    const std::string name(row.name);
    names.push_back(name);
    definitions["step.call"]["allOf"].push_back(rule("call", name, refer("call." + name)));
    const std::string outcomes = add_outcomes(definitions, &row, types);
    if (!row.sleeps.empty()) {
      sleeping.push_back(name);
      const Json results{
          {"properties", {{"expect", refer("expect" + outcomes)}, {"record", refer("record" + outcomes)}}}};
      definitions["step.resumes"]["allOf"].push_back(rule("resumes", name, results));
    }
    if (row.makes == Makes::notified) starting.push_back(name);
    definitions["call." + name] = call_schema(row, outcomes, types);
  }
  const auto fill = [&](const char* kind, Json values) {
    definitions[fmt::format("step.{}", kind)]["properties"][kind]["anyOf"][0]["enum"] = std::move(values);
  };
  fill("blocked", sleeping);
  fill("call", std::move(names));
  fill("resumes", std::move(sleeping));
  fill("starts", std::move(starting));
  definitions.update(types.definitions);
}

std::string flat(const Json& json) {
  if (!json.is_structured()) return json.dump();
  std::string out;
  for (const auto& [key, value] : json.items())
    out += (out.empty() ? "" : ", ") + (json.is_object() ? Json(key).dump() + ": " : "") + flat(value);
  return json.is_object() ? "{" + out + "}" : "[" + out + "]";
}

/// On one line where that fits; else members one a line, and of an array of texts as many as fit.
std::string pretty(const Json& json, std::size_t indent) {
  constexpr std::size_t kWidth = 120;
  std::string line = flat(json);
  if (line.size() + indent <= kWidth || !json.is_structured()) return line;
  const std::string space = "\n" + std::string(indent + 2, ' ');
  const bool texts = json.is_array() && json.front().is_string();
  std::string out(1, json.is_object() ? '{' : '[');
  std::size_t column = kWidth;
  for (const auto& [key, value] : json.items()) {
    const std::string name = json.is_object() ? Json(key).dump() + ": " : "";
    const std::string text = name + pretty(value, indent + 2);
    const bool first = out.size() == 1;
    if (texts && column + 2 + text.size() < kWidth) {
      out += ", " + text;
      column += 2 + text.size();
    } else {
      out += (first ? "" : ",") + space + text;
      column = indent + 2 + text.size();
    }
  }
  return out + "\n" + std::string(indent, ' ') + (json.is_object() ? "}" : "]");
}

}  // namespace

std::string case_schema() {
  Json schema = Json::parse(kCaseGrammar);
  Json& definitions = schema["$defs"];
  Json& properties = definitions["actor"]["anyOf"][1]["properties"];
  properties["rlimit"]["anyOf"][1]["propertyNames"]["enum"] = text_list(rlimit_names());
  properties["capabilities"]["anyOf"][1]["items"]["anyOf"][0]["enum"] = text_list(capability_names());
  definitions["errno"] =
      Json{{"description", "An error name such as EAGAIN."}, {"type", "string"}, {"pattern", "^(\\$.+|E[A-Z0-9]+)$"}};
  definitions["layout"] = layout_schema();
  definitions["requirement"] = requirement_schema();
  definitions["check"] = check_schema();
  definitions["measureCosts"] = costs_schema();
  for (const char* kind :
       {"call", "resumes", "blocked", "handled", "dies", "starts", "fault", "steps", "concurrently"}) {
    const Json has_kind{{"required", Json::array({kind})}};
    definitions["step"]["then"]["anyOf"].push_back(has_kind);
    Json is_kind{{"type", "object"}, {"required", Json::array({kind})}};
    if (std::string_view(kind) == "call") is_kind["not"] = Json{{"required", Json::array({"fault"})}};
    definitions["step"]["allOf"].push_back(Json{{"if", is_kind}, {"then", refer(fmt::format("step.{}", kind))}});
  }
  Json signal = Json::parse(siginfo_type().expected_schema());
  open_to_parameters(signal);
  definitions["step.handled"]["properties"]["handled"] =
      Json{{"anyOf", {{{"type", "array"}, {"items", std::move(signal)}}, refer("parameter")}}};
  add_calls(definitions);
  return pretty(schema, 0) + "\n";
}

}  // namespace kipc
