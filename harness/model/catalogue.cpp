#include "model/catalogue.hpp"

#include <fmt/format.h>

#include "model/embedded.hpp"
#include "model/node.hpp"

namespace kipc {

void Catalogue::add(std::string_view text, const std::string& file) {
  const Node root = parse_node(text, file);
  const auto wrong = [&](const Node& at, const char* expected) {
    throw CaseError{Problem{file, at.line, at.pointer, expected, describe(at), ""}};
  };
  const Node* area = root.find("area");
  const Node* list = root.find("assertions");
  if (area == nullptr || !area->is_string() || list == nullptr || !list->is_array())
    wrong(root, "\"area\" and a list of \"assertions\"");
  for (const Node& entry : list->items) {
    const auto text_of = [&](const char* key) {
      const Node* value = entry.find(key);
      if (value == nullptr || !value->is_string()) wrong(entry, "id, interface, class, statement and ref as texts");
      return value->text;
    };
    const auto flag = [&](const char* key) {
      const Node* value = entry.find(key);
      if (value != nullptr && !value->is(Node::Kind::boolean)) wrong(*value, "true or false");
      return value != nullptr && value->flag;
    };
    Assertion made{text_of("id"),         area->text,           text_of("interface"),
                   text_of("class"),      text_of("statement"), text_of("ref"),
                   flag("multi_process"), flag("priority"),     flag("checked")};
    if (!by_id_.emplace(made.id, assertions_.size()).second) wrong(*entry.find("id"), "each assertion once");
    assertions_.push_back(std::move(made));
  }
}

const Assertion* Catalogue::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &assertions_[found->second];
}

std::vector<std::string_view> Catalogue::ids() const {
  std::vector<std::string_view> ids;
  for (const Assertion& assertion : assertions_) ids.push_back(assertion.id);
  return ids;
}

const Catalogue& embedded_catalogue() {
  static const Catalogue catalogue = [] {
    Catalogue made;
    for (const EmbeddedFile& file : embedded_files())
      if (file.path.rfind("assertions/", 0) == 0) made.add(file.content, "cases/" + std::string(file.path));
    return made;
  }();
  return catalogue;
}

}  // namespace kipc
