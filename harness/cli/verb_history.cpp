#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/report_files.hpp"
#include "cli/verbs.hpp"
#include "model/status.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/track.hpp"
#ifdef KIPC_SQLITE
#include "report/store.hpp"
#endif

namespace kipc::cli {
namespace {

struct HistoryArguments {
  std::string where;
  std::vector<std::string> patterns;
  std::vector<std::string> import;
  std::string platform = "*";
  std::string html;
  bool all = false;
};

namespace fs = std::filesystem;

/// Every report of these paths, handed to `add`. One that cannot be read is told, and left out; false when that
/// happened.
bool import_all(const std::vector<std::string>& paths, bool loud,
                const std::function<Result<bool>(const Report&, const std::string& path)>& add) {
  std::size_t fresh = 0;
  std::size_t known = 0;
  bool fine = true;
  each_report(paths, ReportPart::results, [&](const Result<Report>& report, const std::string& path) {
    const Result<bool> added = report ? add(*report, path) : Result<bool>(fail(report.error().text));
    if (!added) {
      complain(added.error().text);
      fine = false;
    } else {
      ++(*added ? fresh : known);
    }
    return true;
  });
  if (loud) {
    print(fmt::format("{} imported", count_of(fresh, "report")));
    print(known > 0 ? fmt::format(", {} there already\n", known) : "\n");
  }
  return fine;
}

/// Runs that came to the same end, one after the other, as one line.
std::string lines_of(const Track& track, const Page& page) {
  std::string out;
  for (const TrackSpan& span : spans_of(track)) {
    const TrackPoint& first = track.points[span.begin];
    const TrackPoint& last = track.points[span.end - 1];
    const std::size_t runs = span.end - span.begin;
    std::string line = fmt::format("{}  {}", first.started, first.kernel_release);
    if (runs > 1) line += fmt::format(" to {}  {} ({})", last.started, last.kernel_release, count_of(runs, "run"));
    if (!first.answer.empty()) line += "  got " + first.answer;
    if (span.case_changed) line += "  (the case had changed)";
    out += page.wrap(line, "    " + page.paint(fmt::format("{:<5}", name_of(first.status)), first.status) + "  ", 11);
  }
  return out;
}

std::string text_of(const Track& track, const Page& page) {
  std::string out = fmt::format("{}\n  {}\n", page.paint(track.variant, Colour::bold), track.platform);
  out += lines_of(track, page);
  const Turn turn = turn_of(track);
  if (turn.first_bad != nullptr)
    out += fmt::format("  last good {} {} ({})\n  first bad {} {} ({})\n", turn.last_good->started,
                       turn.last_good->kernel_release, turn.last_good->path, turn.first_bad->started,
                       turn.first_bad->kernel_release, turn.first_bad->path);
  return out;
}

/// "pipe" and "pipe.eof" are beginnings, as they are for kipc run.
std::vector<std::string> globs_of(const std::vector<std::string>& patterns) {
  std::vector<std::string> globs;
  for (const std::string& pattern : patterns) {
    globs.push_back(pattern);
    if (pattern.find_first_of("*?[") == std::string::npos) {
      globs.push_back(pattern + ".*");
      globs.push_back(pattern + "[*");
    }
  }
  if (globs.empty()) globs.emplace_back("*");
  return globs;
}

using Query = std::function<Result<ChosenTracks>(const std::string& glob)>;

int show(const HistoryArguments& arguments, std::size_t reports, const Query& query) {
  const Page page = page_of(arguments.html == "-" ? 2 : 1);
  std::vector<Track> shown;
  TrackTotals of{reports, 0};
  for (const std::string& glob : globs_of(arguments.patterns)) {
    auto chosen = query(glob);
    if (!chosen) return complain(chosen.error().text), kExitBroken;
    of.variants += chosen->fitting;
    std::move(chosen->tracks.begin(), chosen->tracks.end(), std::back_inserter(shown));
  }
  if (of.variants == 0) return complain("no report has such a variant on such a platform"), kExitUsage;
  std::string out;
  if (arguments.html.empty())
    for (const Track& track : shown) out += text_of(track, page) + "\n";
  out += fmt::format("{}, {} on their platforms: {}\n", count_of(reports, "report"), count_of(of.variants, "variant"),
                     arguments.all ? fmt::format("{} shown", shown.size())
                                   : fmt::format("{} changed (--all shows all)", shown.size()));
  if (arguments.html.empty()) return print(out), 0;
  auto file = ReportFile::open(arguments.html);
  const auto done = file ? file->write(tracks_to_html(shown, of)) : Result<void>(fail(file.error().text));
  if (!done) return complain(done.error().text), kExitBroken;
  arguments.html == "-" ? print_error(out) : print(out);
  return 0;
}

int folder_history(const HistoryArguments& arguments) {
  Tracks tracks;
  std::vector<std::string> paths = {arguments.where};
  paths.insert(paths.end(), arguments.import.begin(), arguments.import.end());
  const bool fine = import_all(paths, false, [&](const Report& report, const std::string& file) -> Result<bool> {
    return tracks.add(report, file);
  });
  const int code = show(arguments, tracks.report_count(), [&](const std::string& glob) {
    return tracks.choose(glob, arguments.platform, arguments.all);
  });
  return code == 0 && !fine ? kExitBroken : code;
}

#ifdef KIPC_SQLITE

int database_history(const HistoryArguments& arguments) {
  std::error_code error;
  if (!fs::exists(arguments.where, error) && arguments.import.empty())
    return complain(arguments.where + ": no such folder or database; --import makes one"), kExitUsage;
  auto store = Store::open(arguments.where);
  if (!store) return complain(store.error().text), kExitUsage;
  bool fine = true;
  if (!arguments.import.empty())
    fine = import_all(arguments.import, true,
                      [&](const Report& report, const std::string& file) { return store->add(report, file); });
  if (auto kept = store->finish(); !kept) return complain(kept.error().text), kExitBroken;
  if (!arguments.import.empty() && arguments.patterns.empty()) return fine ? 0 : kExitBroken;
  const auto reports = store->report_count();
  if (!reports) return complain(reports.error().text), kExitBroken;
  const int code = show(arguments, static_cast<std::size_t>(*reports), [&](const std::string& glob) {
    return store->choose(glob, arguments.platform, arguments.all);
  });
  return code == 0 && !fine ? kExitBroken : code;
}

#else

int database_history(const HistoryArguments& arguments) {
  std::error_code error;
  if (!fs::exists(arguments.where, error)) return complain(arguments.where + ": no such folder"), kExitUsage;
  complain(arguments.where + ": no folder; databases need a kipc that was built with SQLite");
  return kExitUsage;
}

#endif

int history(const HistoryArguments& arguments) {
  std::error_code error;
  return fs::is_directory(arguments.where, error) ? folder_history(arguments) : database_history(arguments);
}

}  // namespace

void add_history(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("history", "Many reports over time: what changed when, first bad and last good");
  const auto arguments = std::make_shared<HistoryArguments>();
  verb->add_option("WHERE", arguments->where, "A folder of reports, or (with SQLite) a database made with --import")
      ->required();
  verb->add_option("PATTERN", arguments->patterns, "Cases or variants, as for kipc run; by default all that changed");
  verb->add_option("--import", arguments->import, "Add a report, or all reports below a folder, to the database")
      ->option_text("PATH")
      ->allow_extra_args(false);
  verb->add_option("--platform", arguments->platform, "Only platforms that match, such as '*aarch64*'")
      ->option_text("PATTERN");
  verb->add_flag("--all", arguments->all, "Also variants that never changed");
  verb->add_option("--html", arguments->html, "One page that opens in a browser, to FILE; - is standard output")
      ->option_text("FILE");
  verb->footer(
      "A database (SQLite) is worth it from some hundred reports on; a report is imported once. Platforms are told "
      "apart\n"
      "by kernel, architecture, libc, virtualisation, container and root, not by versions: those are what time "
      "brings.\n"
      "\n"
      "Examples:\n"
      "  kipc history reports/                          what changed in a folder of reports\n"
      "  kipc history reports/ --html history.html      the same as a page\n"
      "  kipc history all.db --import reports/\n"
      "  kipc history all.db pipe.eof --all --platform '*x86_64*'");
  verb->callback([&action, arguments] { action = [arguments] { return history(*arguments); }; });
}

}  // namespace kipc::cli
