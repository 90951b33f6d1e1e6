// A JSON value that remembers where it stands: every error about a case can name file, line and JSON pointer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kipc {

struct Member;

/// One JSON value. Numbers are integers: the case language has no floating point.
struct Node {
  enum class Kind { null, boolean, integer, string, array, object };
  Kind kind = Kind::null;
  bool flag = false;
  std::int64_t number = 0;
  std::string text;
  std::vector<Node> items;
  std::vector<Member> members;
  int line = 0;
  std::string pointer;

  /// The member of that name, or nullptr; of anything but an object: nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_string() const { return kind == Kind::string; }
  [[nodiscard]] bool is_object() const { return kind == Kind::object; }
  [[nodiscard]] bool is_array() const { return kind == Kind::array; }
  [[nodiscard]] bool is_integer() const { return kind == Kind::integer; }

  static Node string(std::string value);
  static Node integer(std::int64_t value);
};

struct Member {
  std::string key;
  int line = 0;
  Node value;
};

/// What is wrong in a file, in the one shape every such error has.
struct Problem {
  std::string file;
  int line = 0;
  std::string pointer;
  std::string expected;
  std::string got;
  std::string hint;  // "did you mean …", or ""
  /// "FILE:LINE: POINTER: expected …, got …, did you mean '…'?"
  [[nodiscard]] std::string text() const;
};

/// Thrown while a case is read; caught where a file is loaded and never beyond.
struct CaseError {
  Problem problem;
};

/// Strict JSON: no comments, no duplicate keys, no floating point, no trailing text. Throws CaseError. Members named
/// `left_out` (unless that is "") are read over, wherever they stand: the Node is without them, and the sooner there.
Node parse_node(std::string_view text, const std::string& file, std::string_view left_out = {});
/// The value as compact JSON, members in their order.
std::string to_json(const Node& node);
/// What a value is, for "got …": `the string "abc"`, `an array of 3`.
std::string describe(const Node& node);
bool operator==(const Node& a, const Node& b);

}  // namespace kipc
