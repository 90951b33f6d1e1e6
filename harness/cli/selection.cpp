#include "cli/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/text.hpp"
#include "report/json.hpp"

namespace kipc::cli {
namespace {

bool is_pattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

/// `pipe` and `pipe.eof` are beginnings of `pipe.eof.last-writer`, `pip` is not.
bool begins(std::string_view id, std::string_view text) {
  return id.starts_with(text) && (id.size() == text.size() || text.ends_with('.') || id[text.size()] == '.');
}

bool matches_case(std::string_view pattern, const Case& source) {
  return is_pattern(pattern) ? glob_match(pattern, source.id) : begins(source.id, pattern);
}

bool matches_variant(std::string_view pattern, const Variant& variant) {
  return is_pattern(pattern) ? glob_match(pattern, variant.id) : variant.id == pattern;
}

/// What the word before the nearest dot, bracket or end could have been.
std::string suggestion(std::string_view word, const Library& library) {
  std::set<std::string, std::less<>> known;
  for (const Case& source : library.cases) {
    for (std::size_t dot = source.id.find('.'); dot != std::string::npos; dot = source.id.find('.', dot + 1))
      known.insert(source.id.substr(0, dot));
    known.insert(source.id);
    if (word.find('[') != std::string_view::npos)
      for (const Variant& variant : source.variants) known.insert(variant.id);
  }
  return did_you_mean(word, std::vector<std::string_view>(known.begin(), known.end()));
}

/// Checks that each choice of one kind is met by a case, and says what there is otherwise.
Result<void> check_choices(const char* option, const std::vector<std::string>& choices,
                           const std::set<std::string_view>& known, const std::set<std::string_view>& used) {
  for (const std::string& choice : choices) {
    const auto met_by = [&](std::string_view id) { return glob_match(choice, id); };
    if (std::any_of(used.begin(), used.end(), met_by)) continue;
    if (std::any_of(known.begin(), known.end(), met_by))
      return fail(fmt::format("{} {}: no case here verifies anything of it", option, choice));
    return fail(fmt::format("{} {}: unknown{}", option, choice,
                            did_you_mean(choice, std::vector<std::string_view>(known.begin(), known.end()))));
  }
  return {};
}

/// What of a case's assertions `text_of` gives, for those assertions that the catalogue has.
template <typename TextOf>
bool verifies(const Library& library, const Case& source, const std::vector<std::string>& choices, TextOf text_of) {
  if (choices.empty()) return true;
  return std::any_of(source.asserts.begin(), source.asserts.end(), [&](const std::string& id) {
    const Assertion* assertion = library.catalogue.find(id);
    const auto chosen = [&](const std::string& choice) { return glob_match(choice, text_of(*assertion)); };
    return assertion != nullptr && std::any_of(choices.begin(), choices.end(), chosen);
  });
}

std::string_view area_of(const Assertion& assertion) { return assertion.area; }
std::string_view interface_of(const Assertion& assertion) { return assertion.interface; }
std::string_view id_of(const Assertion& assertion) { return assertion.id; }

Result<void> check_catalogue_choices(const Library& library, const Selection& selection) {
  using TextOf = std::string_view (*)(const Assertion&);
  const auto check = [&](const char* option, const std::vector<std::string>& choices, TextOf text_of,
                         bool folders) -> Result<void> {
    if (choices.empty()) return {};
    std::set<std::string_view> known;
    std::set<std::string_view> used;
    for (const Assertion& assertion : library.catalogue.all()) known.insert(text_of(assertion));
    for (const Case& source : library.cases) {
      if (folders) used.insert(std::string_view(source.id).substr(0, source.id.find('.')));
      for (const std::string& id : source.asserts)
        if (const Assertion* assertion = library.catalogue.find(id)) used.insert(text_of(*assertion));
    }
    return check_choices(option, choices, known, used);
  };
  if (auto done = check("--area", selection.areas, area_of, true); !done) return done;
  if (auto done = check("--interface", selection.interfaces, interface_of, false); !done) return done;
  return check("--assertion", selection.assertions, id_of, false);
}

bool chosen_by_content(const Library& library, const Selection& selection, const Case& source) {
  const auto in_folder = [&](const std::string& area) { return glob_match(area, source.folder()); };
  const bool in_area = std::any_of(selection.areas.begin(), selection.areas.end(), in_folder) ||
                       verifies(library, source, selection.areas, area_of);
  return in_area && verifies(library, source, selection.interfaces, interface_of) &&
         verifies(library, source, selection.assertions, id_of);
}

}  // namespace

Result<std::vector<Job>> select(const Library& library, const Selection& selection) {
  if (auto done = check_catalogue_choices(library, selection); !done) return fail(done.error().text);
  std::vector<bool> used(selection.patterns.size());
  std::vector<Job> jobs;
  for (const Case& source : library.cases) {
    const bool by_content = chosen_by_content(library, selection, source);
    for (std::size_t i = 0; i < source.variants.size(); ++i) {
      bool by_id = selection.patterns.empty();
      for (std::size_t p = 0; p < selection.patterns.size(); ++p) {
        const std::string& pattern = selection.patterns[p];
        if (!matches_case(pattern, source) && !matches_variant(pattern, source.variants[i])) continue;
        by_id = true;
        used[p] = true;
      }
      const bool wanted = !selection.variants || selection.variants->count(source.variants[i].id) > 0;
      if (by_content && by_id && wanted) jobs.push_back(Job{&source, i, 0});
    }
  }
  for (std::size_t p = 0; p < used.size(); ++p)
    if (!used[p])
      return fail(
          fmt::format("no case matches '{}'{}", selection.patterns[p], suggestion(selection.patterns[p], library)));
  if (jobs.empty() && !selection.variants) {
    if (library.cases.empty()) return fail("there are no cases: name a folder of them with --cases");
    return fail("no case meets all of these choices at once");
  }
  return jobs;
}

Result<std::set<std::string>> variants_with(const std::string& report_path, const std::vector<std::string>& statuses) {
  std::set<Status> wanted;
  for (const std::string& name : statuses) {
    const auto status = status_of(name);
    if (!status) {
      std::vector<std::string_view> names;
      for (const StatusRow& row : kStatuses) names.push_back(row.name);
      return fail(fmt::format("--status {}: unknown{}", name, did_you_mean(name, names)));
    }
    wanted.insert(*status);
  }
  const auto report = read_report(report_path);
  if (!report) return fail(report.error().text);
  std::set<std::string> ids;
  for (const VariantReport& variant : report->variants) {
    const Status status = variant.verdict.status;
    if (wanted.empty() ? row_of(status).exit_code != 0 : wanted.count(status) > 0) ids.insert(variant.variant_id);
  }
  return ids;
}

}  // namespace kipc::cli
