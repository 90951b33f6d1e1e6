#include "report/fields.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kipc {

Fields::Fields(const Node& object, std::string file) : object_(object), file_(std::move(file)) {
  if (!object.is_object()) wrong(object, "an object");
}

void Fields::wrong(const Node& at, std::string expected) const {
  throw CaseError{Problem{file_, at.line, at.pointer, std::move(expected), describe(at), ""}};
}

const Node* Fields::find(std::string_view key) {
  known_.emplace(key);
  return object_.find(key);
}

const Node& Fields::need(std::string_view key, Node::Kind kind, std::string_view what) {
  const Node* node = find(key);
  if (node == nullptr) wrong(object_, fmt::format("\"{}\": {}", key, what));
  if (node->kind != kind) wrong(*node, std::string(what));
  return *node;
}

std::string Fields::text(std::string_view key) { return need(key, Node::Kind::string, "a text").text; }

std::string Fields::optional_text(std::string_view key) { return find(key) == nullptr ? std::string() : text(key); }

std::int64_t Fields::integer(std::string_view key) { return need(key, Node::Kind::integer, "an integer").number; }

std::int64_t Fields::integer_or(std::string_view key, std::int64_t fallback) {
  return find(key) == nullptr ? fallback : integer(key);
}

bool Fields::flag(std::string_view key) { return need(key, Node::Kind::boolean, "true or false").flag; }

std::vector<std::string> Fields::texts(std::string_view key) {
  std::vector<std::string> out;
  if (find(key) == nullptr) return out;
  for (const Node& item : need(key, Node::Kind::array, "a list of texts").items) {
    if (!item.is_string()) wrong(item, "a text");
    out.push_back(item.text);
  }
  return out;
}

std::map<std::string, std::string> Fields::text_map(std::string_view key) {
  std::map<std::string, std::string> out;
  if (find(key) == nullptr) return out;
  for (const Member& member : need(key, Node::Kind::object, "an object of texts").members) {
    if (!member.value.is_string()) wrong(member.value, "a text");
    out[member.key] = member.value.text;
  }
  return out;
}

const std::vector<Node>& Fields::objects(std::string_view key) {
  static const std::vector<Node> kNone;
  if (find(key) == nullptr) return kNone;
  const std::vector<Node>& items = need(key, Node::Kind::array, "a list of objects").items;
  for (const Node& item : items)
    if (!item.is_object()) wrong(item, "an object");
  return items;
}

void Fields::finish() const {
  for (const Member& member : object_.members) {
    if (known_.count(member.key) > 0) continue;
    const std::vector<std::string_view> names(known_.begin(), known_.end());
    throw CaseError{Problem{file_, member.line, member.value.pointer, "a member that this version of kipc knows",
                            fmt::format("\"{}\"", member.key), did_you_mean(member.key, names)}};
  }
}

}  // namespace kipc
