#include "cli/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "language/script.hpp"
#include "report/page.hpp"

namespace kipc::cli {
namespace {

struct Class {
  std::string_view name;
  std::string_view heading;
};

constexpr std::array<Class, 7> kClasses = {{
    {"posix-shall", "shall"},
    {"posix-error", "error"},
    {"posix-option", "option"},
    {"linux-extension", "linux"},
    {"implementation-defined", "open"},
    {"limit", "limit"},
    {"cost", "cost"},
}};

bool has(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

/// Whether a variant verifies or only records an assertion, as the judge will see it when all goes right.
Covered covered_by(const Program& program, const std::string& id) {
  bool carried = false;
  bool judged = false;
  bool asks = false;
  for (const Step* step : program.steps) {
    if (!step->when.constant) continue;  // not in this variant
    asks = asks || step->question.has_value();
    if (!has(step->asserts, id)) continue;
    carried = true;
    judged = judged || !step->question;
  }
  for (const Check& check : program.checks)
    if (has(check.asserts, id)) carried = judged = true;
  if (carried) return judged ? Covered::verified : Covered::recorded;
  if (program.asserts.size() > 1) return Covered::not_yet;
  // The only assertion of its case needs no mention: every expectation is about it.
  const auto expects = [](const Step* step) {
    return step->when.constant && step->row != nullptr && !step->question && !step->expect.outcomes.empty();
  };
  const bool judges = std::any_of(program.steps.begin(), program.steps.end(), expects) || !program.checks.empty();
  return asks && !judges ? Covered::recorded : Covered::verified;
}

void add(CoverageRow& row, const Assertion& assertion, Covered covered) {
  CoverageRow::Cell& cell = row.by_class[assertion.klass];
  ++cell.all;
  ++row.all;
  if (covered == Covered::not_yet) return;
  ++cell.covered;
  ++(covered == Covered::verified ? row.verified : row.recorded);
}

}  // namespace

std::map<std::string, Covered> cover(const Library& library) {
  std::map<std::string, Covered> covered;
  for (const Assertion& assertion : library.catalogue.all()) covered.emplace(assertion.id, Covered::not_yet);
  for (const Case& source : library.cases)
    for (const Variant& variant : source.variants) {
      try {
        const auto program = compile(source, variant);
        for (const std::string& id : source.asserts)
          if (const auto at = covered.find(id); at != covered.end())
            at->second = std::max(at->second, covered_by(*program, id));
      } catch (const CaseError&) {
        continue;
      }
    }
  return covered;
}

std::vector<CoverageRow> coverage_rows(const Catalogue& catalogue, const std::map<std::string, Covered>& covered) {
  std::map<std::string, CoverageRow> areas;
  CoverageRow all;
  for (const Assertion& assertion : catalogue.all()) {
    const auto at = covered.find(assertion.id);
    const Covered what = at == covered.end() ? Covered::not_yet : at->second;
    add(areas[assertion.area], assertion, what);
    add(all, assertion, what);
  }
  std::vector<CoverageRow> rows;
  for (auto& [name, row] : areas) {
    row.area = name;
    rows.push_back(std::move(row));
  }
  all.area = "all";
  rows.push_back(std::move(all));
  return rows;
}

std::string coverage_table(const std::vector<CoverageRow>& rows, bool markdown) {
  std::size_t width = std::string_view("area").size();
  for (const CoverageRow& row : rows) width = std::max(width, row.area.size());
  std::string out;
  const auto add_line = [&](const std::string& first, const std::vector<std::string>& cells) {
    out += markdown ? "| " + first + " |" : padded(first, width);
    for (const std::string& cell : cells) out += markdown ? " " + cell + " |" : fmt::format("{:>10}", cell);
    out += "\n";
  };
  std::vector<std::string> cells;
  for (const Class& one : kClasses) cells.emplace_back(one.heading);
  cells.insert(cells.end(), {"verified", "recorded", "not yet", "in all"});
  add_line("area", cells);
  if (markdown) {
    out += "|---|";
    for (std::size_t i = 0; i < cells.size(); ++i) out += "---:|";
    out += "\n";
  }
  for (const CoverageRow& row : rows) {
    cells.clear();
    for (const Class& one : kClasses) {
      const auto at = row.by_class.find(std::string(one.name));
      cells.push_back(at == row.by_class.end() ? (markdown ? "" : "-")
                                               : fmt::format("{}/{}", at->second.covered, at->second.all));
    }
    for (const int n : {row.verified, row.recorded, row.all - row.verified - row.recorded, row.all})
      cells.push_back(std::to_string(n));
    add_line(row.area, cells);
  }
  return out;
}

}  // namespace kipc::cli
