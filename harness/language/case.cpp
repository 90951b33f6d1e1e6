#include "language/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "values/scope.hpp"

namespace kipc {
namespace {

using CaseRow = std::vector<std::pair<std::string, Node>>;

const Node& needed(const Scope& scope, const Node& root, std::string_view key, Node::Kind kind, std::string_view what) {
  const Node* found = root.find(key);
  if (found == nullptr) case_error(scope, root, fmt::format("\"{}\": {}", key, what), describe(root));
  if (found->kind != kind) case_error_at(scope, *found, std::string(what));
  return *found;
}

/// At least two parts, joined by dots, none of them empty.
bool is_case_id(std::string_view id) {
  const bool letters = std::all_of(id.begin(), id.end(), [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
           c == '.' || c == '-';
  });
  const bool empty_part =
      id.empty() || id.front() == '.' || id.back() == '.' || id.find("..") != std::string_view::npos;
  return letters && !empty_part && id.find('.') != std::string_view::npos;
}

/// A short text of a parameter's value for the variant's id.
std::string value_text(const Node& node, const std::string& name, std::size_t position) {
  if (node.is_string()) return node.text;
  if (node.is_integer()) return std::to_string(node.number);
  if (node.is(Node::Kind::boolean)) return node.flag ? "true" : "false";
  if (node.is_array() &&
      std::all_of(node.items.begin(), node.items.end(), [](const Node& n) { return n.is_string(); })) {
    std::vector<std::string> parts;
    for (const Node& item : node.items) parts.push_back(item.text);
    return parts.empty() ? "none" : join(parts, "|");
  }
  if (node.is_object()) {
    if (const Node* label = node.find("name"); label != nullptr && label->is_string()) return label->text;
    std::vector<std::string> parts;
    for (const Member& member : node.members)
      if (!member.value.is_object()) parts.push_back(value_text(member.value, name, position));
    std::string text = join(parts, "+");
    if (!text.empty() && text.size() <= 40) return text;
  }
  return fmt::format("#{}", position + 1);
}

bool varies(const CaseRow& first, const std::vector<CaseRow>& rows, const std::string& name) {
  const auto find = [&](const CaseRow& row) -> const Node* {
    for (const auto& [key, value] : row)
      if (key == name) return &value;
    return nullptr;
  };
  const Node* reference = find(first);
  return std::any_of(rows.begin(), rows.end(), [&](const CaseRow& row) {
    const Node* other = find(row);
    return (other == nullptr) != (reference == nullptr) || (other != nullptr && !(*other == *reference));
  });
}

/// One object of parameters: the cross product of those members that are arrays. In a list of rows, "name" and step
/// lists stay whole: a member is a choice only when it is an array whose element is not a step.
void cross(const Scope& scope, const Node& object, std::vector<CaseRow>& rows) {
  std::vector<CaseRow> made(1);
  for (const Member& member : object.members) {
    const Node& value = member.value;
    const bool steps = value.is_array() && !value.items.empty() && value.items[0].is_object() &&
                       (value.items[0].find("call") != nullptr || value.items[0].find("steps") != nullptr ||
                        value.items[0].find("fault") != nullptr);
    if (!value.is_array() || steps) {
      for (CaseRow& row : made) row.emplace_back(member.key, value);
      continue;
    }
    if (value.items.empty()) case_error_at(scope, value, "at least one value");
    std::vector<CaseRow> next;
    for (const CaseRow& row : made)
      for (const Node& item : value.items) {
        CaseRow longer = row;
        longer.emplace_back(member.key, item);
        next.push_back(std::move(longer));
      }
    made = std::move(next);
  }
  rows.insert(rows.end(), made.begin(), made.end());
}

std::vector<Variant> expand(const Scope& scope, const Case& made, const Node& root) {
  const Node* parameters = root.find("parameters");
  std::vector<CaseRow> rows;
  if (parameters == nullptr) return {Variant{made.id, {}}};
  if (parameters->is_object()) {
    cross(scope, *parameters, rows);
  } else if (parameters->is_array() && !parameters->items.empty()) {
    for (const Node& row : parameters->items) {
      if (!row.is_object()) case_error_at(scope, row, "an object of parameters");
      cross(scope, row, rows);
    }
  } else {
    case_error_at(scope, *parameters, "an object of parameters, or a list of such");
  }
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::string> texts;
    for (const auto& [name, value] : rows[i])
      if (rows.size() > 1 && varies(rows[0], rows, name) && !(value.is_object() && value.find("call") != nullptr) &&
          !(value.is_array() && !value.items.empty() && value.items[0].is_object()))
        texts.push_back(fmt::format("{}={}", name, value_text(value, name, i)));
    std::sort(texts.begin(), texts.end());
    std::string id = made.id;
    if (rows.size() > 1) id += "[" + join(texts, ",") + "]";
    for (const Variant& other : variants)
      if (other.id == id) {
        id = fmt::format("{}#{}", id, i + 1);
        break;
      }
    variants.push_back(Variant{std::move(id), rows[i]});
  }
  return variants;
}

std::uint64_t fnv(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// Without what only people read, and with members sorted: two spellings of the same case are the same case.
Node canonical(const Node& node) {
  Node out = node;
  out.members.clear();
  out.items.clear();
  for (const Node& item : node.items) out.items.push_back(canonical(item));
  for (const Member& member : node.members)
    if (member.key != "title" && member.key != "why" && member.key != "$schema")
      out.members.push_back(Member{member.key, 0, canonical(member.value)});
  std::sort(out.members.begin(), out.members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  return out;
}

}  // namespace

Case load_case(std::string_view text, const std::string& file) {
  Case made;
  made.file = file;
  made.text = text;
  const Node root = made.root();
  const Scope scope(file);
  if (!root.is_object()) case_error_at(scope, root, "a case: an object");
  if (const Node* owed = root.find("owed"))
    case_error_at(scope, *owed, "no \"owed\": it is not part of the language yet");
  only_keys(
      scope, root,
      {"$schema", "id", "title", "why", "asserts", "requires", "actors", "parameters", "sandbox", "script", "check"});
  const Node& id = needed(scope, root, "id", Node::Kind::string, "the case's id, folder.object.what");
  made.id = id.text;
  if (!is_case_id(made.id)) case_error_at(scope, id, "an id such as folder.object.what (a-z, 0-9, '-', '.')");
  made.title = needed(scope, root, "title", Node::Kind::string, "one sentence").text;
  const Node& asserts = needed(scope, root, "asserts", Node::Kind::array, "a list of assertion ids");
  for (const Node& assertion : asserts.items) {
    if (!assertion.is_string()) case_error_at(scope, assertion, "an assertion id");
    if (std::find(made.asserts.begin(), made.asserts.end(), assertion.text) != made.asserts.end())
      case_error(scope, assertion, "each assertion once", fmt::format("'{}' again", assertion.text));
    made.asserts.push_back(assertion.text);
  }
  if (made.asserts.empty()) case_error_at(scope, asserts, "at least one assertion id");
  needed(scope, root, "script", Node::Kind::array, "the expected trace: a list of steps");
  if (const Node* why = root.find("why")) {
    if (!why->is_string()) case_error_at(scope, *why, "a text");
    made.why = why->text;
  }
  made.variants = expand(scope, made, root);
  made.hash = fmt::format("{:016x}", fnv(to_json(canonical(root))));
  return made;
}

Node substitute(const Node& node, const Variant& variant, const std::string& file, int depth) {
  if (node.is_string() && node.text.size() > 1 && node.text[0] == '$') {
    Scope scope(file);
    scope.parameters = variant.parameters;
    const std::string_view name = std::string_view(node.text).substr(1);
    const Node* value = scope.parameter(name);
    if (value == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& [key, unused] : variant.parameters) names.push_back(key);
      case_error(scope, node, "a parameter of this case", fmt::format("'{}'", node.text), did_you_mean(name, names));
    }
    if (depth > 8) case_error(scope, node, "parameters that do not refer to each other in a circle", describe(node));
    return substitute(*value, variant, file, depth + 1);
  }
  Node out = node;
  out.items.clear();
  out.members.clear();
  for (const Node& item : node.items) out.items.push_back(substitute(item, variant, file, depth));
  for (const Member& member : node.members)
    out.members.push_back(Member{member.key, member.line, substitute(member.value, variant, file, depth)});
  return out;
}

}  // namespace kipc
