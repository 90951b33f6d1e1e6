// Strict reading of an object of a stored report: a member that is missing, of the wrong kind or unknown is an error
// with file, line and JSON pointer.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/node.hpp"

namespace kipc {

/// Reads the members of one object; call finish() when all known ones were taken. Everything throws CaseError.
class Fields {
 public:
  Fields(const Node& object, std::string file);

  /// The member, or nullptr; it counts as known either way.
  const Node* find(std::string_view key);
  const Node& need(std::string_view key, Node::Kind kind, std::string_view what);

  std::string text(std::string_view key);
  /// "" when it is not there.
  std::string optional_text(std::string_view key);
  std::int64_t integer(std::string_view key);
  std::int64_t integer_or(std::string_view key, std::int64_t fallback);
  bool flag(std::string_view key);
  /// Empty when it is not there.
  std::vector<std::string> texts(std::string_view key);
  std::map<std::string, std::string> text_map(std::string_view key);
  /// The elements of a list of objects; empty when it is not there.
  const std::vector<Node>& objects(std::string_view key);

  /// Has `read(Fields&)` take the members of each element of a list of objects; nothing to do when it is not there.
  template <typename Read>
  void each(std::string_view key, Read read) {
    for (const Node& item : objects(key)) {
      Fields one(item, file_);
      read(one);
      one.finish();
    }
  }
  /// What `read(Fields&)` makes of each element of a list of objects, in order; empty when it is not there.
  template <typename Read>
  auto list(std::string_view key, Read read) {
    std::vector<std::invoke_result_t<Read, Fields&>> made;
    each(key, [&](Fields& one) { made.push_back(read(one)); });
    return made;
  }

  /// Complains about members that nobody asked for.
  void finish() const;
  [[noreturn]] void wrong(const Node& at, std::string expected) const;
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  const Node& object_;
  std::string file_;
  std::set<std::string, std::less<>> known_;
};

/// What `read(Fields&)` makes of an object; a member that it did not ask for is an error.
template <typename Read>
auto read_object(const Node& node, const std::string& file, Read read) {
  Fields fields(node, file);
  auto made = read(fields);
  fields.finish();
  return made;
}

}  // namespace kipc
