// The lines of a generated case: those of the script up to a place, with what this variant decides settled.
#pragma once

#include <string>
#include <vector>

#include "language/script.hpp"
#include "language/snapshot.hpp"

namespace kipc {

using Lines = std::vector<std::string>;

class ScriptLines {
 public:
  ScriptLines(const Program& program, const Variant& variant) : program_(program), variant_(variant) {}

  /// Every line before the snapshot; of a block in which it was taken, its rounds and steps up to there.
  [[nodiscard]] Lines before(const Snapshot& snapshot) const;
  /// The call that comes next, when it is that actor's alone and happens in any case; its node names its actor.
  /// Nothing else counts.
  struct Next {
    const Step* step = nullptr;
    Node node;
  };
  [[nodiscard]] Next next_call(const Snapshot& snapshot, int actor) const;
  /// The places within blocks of the script that are worth a look: before each step of the first, the middle and the
  /// last round. `history`: of a run of it.
  [[nodiscard]] std::vector<Moment> moments(const struct History& history) const;
  /// The parameters of the variant as JSON, "" for none.
  [[nodiscard]] std::string parameters() const;
  /// The step without what this variant decides: conditions on parameters, and what explains them.
  [[nodiscard]] Node settled(const Node& node) const;

 private:
  [[nodiscard]] bool holds(const Node& item) const;
  [[nodiscard]] const Node* parameter(const std::string& name) const;
  void begin_block(const Step& block, const Moment& moment, Lines& lines) const;

  const Program& program_;
  const Variant& variant_;
};

/// The call of that node with another expectation, and nothing bound or recorded.
std::string call_with(const Node& line, const std::string& expect);

}  // namespace kipc
