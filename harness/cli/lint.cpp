#include "cli/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "language/script.hpp"
#include "platform/requirement.hpp"

namespace kipc::cli {
namespace {

void add_once(std::vector<Problem>& problems, const Problem& problem) {
  const auto same = [&](const Problem& other) { return other.text() == problem.text(); };
  if (std::none_of(problems.begin(), problems.end(), same)) problems.push_back(problem);
}

Problem at(const Case& source, const Node& node, std::string expected, std::string got, std::string hint = "") {
  return Problem{source.file, node.line, node.pointer, std::move(expected), std::move(got), std::move(hint)};
}

/// The assertions that a step or check of the program carries.
void collect_carried(const Program& program, std::set<std::string>& carried) {
  for (const Step* step : program.steps) carried.insert(step->asserts.begin(), step->asserts.end());
  for (const Check& check : program.checks) carried.insert(check.asserts.begin(), check.asserts.end());
}

void check_requirements(const Case& source, const Program& program, std::vector<Problem>& problems) {
  const Node root = source.root();
  const Node* list = root.find("requires");
  for (std::size_t i = 0; i < program.needs.size(); ++i) {
    const auto checked = check_requirement(program.needs[i]);
    if (checked) continue;
    const Node& node = list != nullptr && i < list->items.size() ? list->items[i] : root;
    add_once(problems, at(source, node, "a requirement that can be met", checked.error().text));
  }
}

/// Compiles one variant; false when it does not compile.
bool compile_variant(const Case& source, const Variant& variant, std::set<std::string>& carried,
                     std::vector<Problem>& problems) {
  try {
    const auto program = compile(source, variant);
    collect_carried(*program, carried);
    check_requirements(source, *program, problems);
    return true;
  } catch (const CaseError& error) {
    add_once(problems, error.problem);
    return false;
  }
}

}  // namespace

std::vector<Problem> unknown_assertions(const Case& source, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  const Node root = source.root();
  const Node* list = root.find("asserts");
  for (std::size_t i = 0; i < source.asserts.size(); ++i) {
    const std::string& id = source.asserts[i];
    if (catalogue.find(id) != nullptr) continue;
    const Node& node = list != nullptr && i < list->items.size() ? list->items[i] : root;
    problems.push_back(at(source, node, "an assertion of the catalogue (cases/assertions/)", fmt::format("'{}'", id),
                          did_you_mean(id, catalogue.ids())));
  }
  return problems;
}

std::vector<Problem> variant_problems(const Case& source, const Variant& variant) {
  std::vector<Problem> problems;
  std::set<std::string> carried;
  compile_variant(source, variant, carried, problems);
  return problems;
}

std::vector<Problem> case_problems(const Case& source, const Catalogue& catalogue) {
  std::vector<Problem> problems = unknown_assertions(source, catalogue);
  std::set<std::string> carried;
  bool all_compile = true;
  for (const Variant& variant : source.variants)
    all_compile = compile_variant(source, variant, carried, problems) && all_compile;
  if (!all_compile || source.asserts.size() < 2) return problems;
  const Node root = source.root();
  const Node* list = root.find("asserts");
  for (std::size_t i = 0; i < source.asserts.size(); ++i)
    if (carried.count(source.asserts[i]) == 0)
      problems.push_back(at(source, list->items[i], "a step or check with this assertion in its \"asserts\"", "none"));
  return problems;
}

}  // namespace kipc::cli
