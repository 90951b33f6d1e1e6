// A case as it is read from its file, and its variants: the case with its parameters filled in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/node.hpp"

namespace kipc {

/// One filling-in of the parameters. `id` is made of their texts as written:
/// "pipe.atomic.many-writers[size=PIPE_BUF,writers=2]".
struct Variant {
  std::string id;
  std::vector<std::pair<std::string, Node>> parameters;
};

struct Case {
  std::string file;
  std::string id;
  std::string title;
  std::string why;
  std::vector<std::string> asserts;
  std::string text;  // as it is in the file
  std::vector<Variant> variants;
  /// Stable over formatting, title and why: 16 hexadecimal digits.
  std::string hash;

  /// The text as a tree. Made anew each time: the trees of all cases would be a burden to every process that is forked.
  [[nodiscard]] Node root() const { return parse_node(text, file); }
  /// The folder of the case: the first part of its id.
  [[nodiscard]] std::string folder() const { return id.substr(0, id.find('.')); }
};

/// Reads a case and expands its parameters; the script is checked when a variant is compiled. Throws CaseError.
Case load_case(std::string_view text, const std::string& file);

/// `node` with every "$name" (a whole string) replaced by that parameter's value. Throws CaseError for an unknown one.
/// Parameters that lead to each other in a circle are refused.
Node substitute(const Node& node, const Variant& variant, const std::string& file, int depth = 0);

}  // namespace kipc
