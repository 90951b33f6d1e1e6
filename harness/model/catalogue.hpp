// The catalogue of assertions: what platforms promise about IPC, one sentence each, with its clause.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

struct Assertion {
  std::string id;
  std::string area;
  std::string interface;
  std::string klass;  // posix-shall, posix-error, posix-option, linux-extension, implementation-defined, limit, cost
  std::string statement;
  std::string ref;
  bool multi_process = false;
  bool priority = false;
  bool checked = false;  // its clause was looked up
};

class Catalogue {
 public:
  /// Reads one file of the catalogue. Throws CaseError (see model/node.hpp).
  void add(std::string_view text, const std::string& file);
  [[nodiscard]] const Assertion* find(std::string_view id) const;
  [[nodiscard]] const std::vector<Assertion>& all() const { return assertions_; }
  /// Ids, for suggestions.
  [[nodiscard]] std::vector<std::string_view> ids() const;

 private:
  std::vector<Assertion> assertions_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
};

/// The catalogue embedded in this binary.
const Catalogue& embedded_catalogue();

}  // namespace kipc
