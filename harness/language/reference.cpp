#include "language/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.hpp"
#include "calls/row.hpp"
#include "platform/system_call_names.hpp"

namespace kipc {
namespace {

/// Text within a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string returned(const Row& row) {
  if (row.never_returns) return "It does not come back when it succeeds.";
  if (!row.returns_for.empty()) {
    std::vector<std::string> values;
    for (const std::string_view value : row.returns_for) values.push_back(code(value));
    return fmt::format("Returns a file descriptor with {} (`into` names it), else a number, or -1 and `errno`.",
                       join(values, ", "));
  }
  switch (row.returns) {
    case Returns::zero: return "Returns 0, or -1 and `errno`.";
    case Returns::integer: return "Returns a number, or -1 and `errno`.";
    case Returns::bytes: return "Returns a number of bytes, or -1 and `errno`.";
    case Returns::fd: return "Returns a file descriptor (`into` names it), or -1 and `errno`.";
    case Returns::mqd: return "Returns a message queue descriptor (`into` names it), or -1 and `errno`.";
    case Returns::address:
      return "Returns an address (`into` names it, `layout` says what lies there), or fails with `errno`.";
    case Returns::semaphore: return "Returns a `sem_t*` (`into` names it), or fails with `errno`.";
    case Returns::value: return "Returns a value (`into` names it), or -1 and `errno`.";
    case Returns::error: return "Returns 0, or the error number itself.";
    case Returns::nothing: return "Returns nothing that could fail.";
  }
  return "";
}

const char* direction_text(const Param& param) {
  switch (param.direction) {
    case Direction::in: return "in";
    case Direction::out: return "out";
    case Direction::inout: return "in, out";
    case Direction::binds: return "names what it makes";
  }
  return "";
}

std::string need_text(const Param& param) {
  if (!param.fallback.empty()) return fmt::format("{} unless given", code(param.fallback));
  if (param.direction == Direction::out) return "may be expected";
  return param.required ? "required" : "may be left out";
}

/// `mq_send(mqdes, data[, msg_len][, msg_prio])`
std::string signature(const Row& row) {
  std::string text(row.name);
  text += '(';
  bool first = true;
  std::vector<std::string_view> shown;
  for (const Param& param : row.params) {
    if (std::find(shown.begin(), shown.end(), param.name) != shown.end()) continue;
    shown.push_back(param.name);
    const bool may_lack = !param.required || !param.fallback.empty() || !param.only_for.empty();
    const std::string name = first ? std::string(param.name) : fmt::format(", {}", param.name);
    text += may_lack ? "[" + name + "]" : name;
    first = false;
  }
  return text + ")";
}

void add_arguments(std::string& page, const Row& row) {
  std::vector<std::array<std::string, 4>> lines;
  for (const Param& param : row.params) {
    std::string need = need_text(param);
    if (param.selects) need += "; selects the arguments";
    if (!param.only_for.empty()) {
      std::vector<std::string> values;
      for (const std::string_view value : param.only_for) values.push_back(code(value));
      need += " (only with " + join(values, ", ") + ")";
    }
    lines.push_back({code(param.name), param.type->name(), direction_text(param), std::move(need)});
  }
  if (row.makes == Makes::child || row.makes == Makes::thread) {
    lines.push_back({row.makes == Makes::child ? "`child`" : "`thread`", "name", "names what it makes", "required"});
    lines.push_back({"`count`", "integer", "in", "`1` unless given; how many actors are made"});
  }
  if (lines.empty()) return;
  page += "| argument | type | | |\n|---|---|---|---|\n";
  for (const auto& line : lines)
    page += fmt::format("| {} | {} | {} | {} |\n", cell(line[0]), cell(line[1]), line[2], cell(line[3]));
  page += "\n";
}

/// The names of an enumeration or of flags, or the fields of a structure, as the schema of the type lists them.
std::vector<std::string> choices(const nlohmann::ordered_json& schema) {
  std::vector<std::string> names;
  if (schema.contains("enum"))
    for (const auto& name : schema.at("enum"))
      if (name.is_string() && name != "null" && name != "unmapped") names.push_back(code(name.get<std::string>()));
  if (schema.contains("properties"))
    for (const auto& [name, value] : schema.at("properties").items())
      if (name != "from" && name != "hex") names.push_back(code(name));
  for (const char* key : {"anyOf", "items"}) {
    if (!names.empty() || !schema.contains(key)) continue;
    const auto& inner = schema.at(key);
    if (inner.is_object())
      names = choices(inner);
    else
      for (const auto& choice : inner)
        if (names.empty()) names = choices(choice);
  }
  return names;
}

void add_choices(std::string& page, const Row& row) {
  std::vector<const Type*> shown;
  std::string lines;
  for (const Param& param : row.params) {
    if (std::find(shown.begin(), shown.end(), param.type) != shown.end()) continue;
    shown.push_back(param.type);
    std::vector<std::string> names = choices(nlohmann::ordered_json::parse(param.type->schema()));
    if (names.empty()) names = choices(nlohmann::ordered_json::parse(param.type->expected_schema()));
    if (!names.empty()) lines += fmt::format("- {}: {}\n", param.type->name(), join(names, ", "));
  }
  if (!lines.empty()) page += lines + "\n";
}

std::string expected_back(const Row& row) {
  std::vector<std::string> keys = {"`return`", "`error`"};
  if (row.accesses_memory) keys.insert(keys.end(), {"`signal`", "`si_code`", "`si_addr`"});
  for (const Param& param : row.params) {
    const std::string name = code(param.name);
    const bool back = param.direction == Direction::out || param.direction == Direction::inout;
    if (back && std::find(keys.begin(), keys.end(), name) == keys.end()) keys.push_back(name);
  }
  std::string text = "Can be expected: " + join(keys, ", ") + ".";
  if (row.sleeps.empty()) return text;
  std::vector<std::string> calls;
  for (const long number : row.sleeps) calls.push_back(code(system_call_name(number)));
  return text + " May block, in " + join(calls, " or ") + ".";
}

std::string notes(const Row& row) {
  std::string text;
  if (row.makes == Makes::image) text += " The actor goes on in a new image of kipc.";
  if (row.makes == Makes::notified) text += " It can make an actor appear (`starts`).";
  if (row.releases_sections) text += " While it sleeps, the actor is not in the sections it entered.";
  if (!row.weight.empty()) text += fmt::format(" For `priority-order` a message weighs its {}.", code(row.weight));
  return text;
}

/// Which calls may stand in what is timed.
std::string timed_calls() {
  std::vector<std::string> names;
  for (const Row& row : call_table())
    if (row.timed != nullptr) names.push_back(code(row.name));
  return "In a block that is [timed](language.md#time) stand calls that report nothing but what they return, and\n" +
         join(names, ", ") + ".";
}

void add_contents(std::string& page) {
  std::map<std::string_view, std::vector<std::string>> by_area;
  for (const Row& row : call_table())
    for (const std::string_view area : row.areas) by_area[area].push_back(fmt::format("[{0}](#{0})", row.name));
  std::vector<std::string> rest;
  for (const Row& row : call_table())
    if (row.areas.empty()) rest.push_back(fmt::format("[{0}](#{0})", row.name));
  for (const auto& [area, links] : by_area) page += fmt::format("- **{}**: {}\n", area, join(links, ", "));
  if (!rest.empty()) page += fmt::format("- **set-up only**: {}\n", join(rest, ", "));
}

}  // namespace

std::string calls_reference() {
  std::string page =
      "<!-- Generated from the call table (harness/calls) by `kipc calls`; do not edit. -->\n\n"
      "# The calls\n\n"
      "What a step's `call` may be, with the arguments of each. Names are those of the POSIX prototype; the bytes "
      "that\n"
      "travel are always `data`, and lengths are derived from them unless given. Types are explained in\n"
      "[language.md](language.md#types). An `out` argument is not given but expected: it is a key of `expect`. It may "
      "be\n"
      "given all the same, to bind what comes back to a name (structures), or to pass `\"null\"` or `\"unmapped\"`.\n\n"
      "Within its areas a call is under test: when it goes wrong on a step without assertions of its own, that is a "
      "FAIL.\n"
      "In a case of another area it is set-up, and the same is an ERROR.\n\n";
  page += timed_calls() + "\n\n## By area\n\n";
  add_contents(page);
  for (const Row& row : call_table()) {
    page += fmt::format("\n## {}\n\n{}\n\n{} Source: {}.\n\n", row.name, code(signature(row)), row.doc, row.source);
    add_arguments(page, row);
    add_choices(page, row);
    page += fmt::format("{} {}{}\n", returned(row), expected_back(row), notes(row));
  }
  return page;
}

}  // namespace kipc
