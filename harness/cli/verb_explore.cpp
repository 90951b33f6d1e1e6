#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "explore/explore.hpp"
#include "fault/saboteur.hpp"
#include "model/status.hpp"
#include "platform/cpus.hpp"

namespace kipc::cli {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kJobTime = 3600'000'000'000;  // a sweep has many runs; each has its own deadline

constexpr const char* kText =
    "Runs the script of each case up to each of its lines, does something to each actor there, and holds the survivors "
    "to\n"
    "what they are owed: nobody hangs; a pipe whose last writer is gone ends, one whose last reader is gone gives "
    "EPIPE;\n"
    "what was acknowledged is still there, once; adjustments are undone; sleepers that nothing concerns sleep on.\n"
    "\n"
    "  kill    SIGKILL, before, inside and after each call\n"
    "  stop    SIGSTOP, then SIGKILL\n"
    "  term    SIGTERM, where the script leaves it alone\n"
    "  freeze  the next call is stopped after the first byte of its copy, then SIGKILL (root)\n"
    "  error   the next call returns EINTR or ENOMEM and does nothing\n"
    "\n"
    "Each violation is a case file that does it again: kipc run --cases DIR.\n"
    "Exit: 0 no violation, 1 at least one, 2 bad usage, 3 something could not be explored to its end.\n"
    "\n"
    "Examples:\n"
    "  kipc explore pipe.eof               every place of one case\n"
    "  kipc explore --manner kill          all cases, SIGKILL only\n"
    "  kipc explore mq --save found        what is found goes to found/*.json\n"
    "  kipc explore pipe --saboteur NAME   under a deliberate breakage";

struct Arguments {
  Selection selection;
  std::vector<std::string> folders;
  std::vector<std::string> manners;
  std::string save;
  std::string isolation = "auto";
  std::string saboteur;
  int jobs = 0;
  double slow = 1.0;
  bool verbose = false;
};

std::vector<Manner> manners_of(const std::vector<std::string>& names) {
  const Manner all[] = {Manner::kill, Manner::stop_kill, Manner::terminate, Manner::freeze, Manner::error};
  std::vector<Manner> manners;
  for (const Manner manner : all)
    if (names.empty() || std::find(names.begin(), names.end(), manner_name(manner)) != names.end())
      manners.push_back(manner);
  return manners;
}

std::string to_payload(const Exploration& e) {
  Json json{{"points", e.points}, {"unreachable", e.unreachable}, {"owed", e.owed}, {"refused", e.refused}};
  json["violations"] = Json::array();
  for (const Violation& v : e.violations)
    json["violations"].push_back({{"line", v.point.line},
                                  {"actor", v.point.actor},
                                  {"manner", manner_name(v.point.manner)},
                                  {"where", v.point.where},
                                  {"variant", v.variant},
                                  {"reason", v.reason},
                                  {"history", v.history},
                                  {"replay", v.replay}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Explorer {
 public:
  explicit Explorer(Arguments arguments) : arguments_(std::move(arguments)) {}

  int run() {
    const Interrupt interrupt;
    library_ = load_library(arguments_.folders);
    for (const Problem& problem : library_.problems) print_error(problem.text() + "\n");
    if (!library_.problems.empty()) return kExitUsage;
    auto selected = select(library_, arguments_.selection);
    if (!selected) return complain(selected.error().text), kExitUsage;
    if (!arguments_.saboteur.empty() && find_saboteur(arguments_.saboteur) == nullptr)
      return complain(fmt::format("--saboteur {}: unknown", arguments_.saboteur)), kExitUsage;
    std::error_code failed;
    if (!arguments_.save.empty() && !std::filesystem::create_directories(arguments_.save, failed) && failed)
      return complain(fmt::format("--save {}: {}", arguments_.save, failed.message())), kExitBroken;
    jobs_ = std::move(*selected);
    options_.jobs = arguments_.jobs > 0 ? arguments_.jobs : cpus_usable();
    options_.slow = arguments_.slow;
    options_.isolation = *isolation_of(arguments_.isolation);
    options_.saboteur = arguments_.saboteur;
    options_.job_ns = kJobTime;
    if (const auto space = run_space(options_); !space)
      return complain(fmt::format("--isolation {}: {}", arguments_.isolation, space.error().text)), kExitBroken;
    const std::vector<Manner> manners = manners_of(arguments_.manners);
    Progress progress(true);
    const std::int64_t begin = now_ns();
    const bool complete = run_jobs(
        jobs_, options_,
        [&](const Job& job) {
          return to_payload(
              explore(*job.source, job.source->variants[job.variant], options_, manners, library_.catalogue));
        },
        [&](const JobResult& result) { take(result, progress); }, [] { return Interrupt::asked(); });
    progress.clear();
    return finish(complete, now_ns() - begin);
  }

 private:
  void take(const JobResult& result, Progress& progress) {
    ++finished_;
    const std::string& id = jobs_[result.job].source->variants[jobs_[result.job].variant].id;
    if (result.crashed) {
      broken_.push_back(id + ": " + result.crash_text);
      return;
    }
    const Json json = Json::parse(result.payload);
    points_ += json["points"].get<std::int64_t>();
    for (const Json& text : json["unreachable"]) unreachable_.push_back(text.get<std::string>());
    owed_ += json["owed"].get<std::int64_t>();
    const auto refused = json["refused"].get<std::string>();
    if (!refused.empty()) refused_.push_back(id + ": " + refused);
    if (arguments_.verbose) {
      progress.clear();
      print(fmt::format("{:>5} points, {:>5} lines owed  {}\n", json["points"].get<std::int64_t>(),
                        json["owed"].get<std::int64_t>(), id));
    }
    for (const Json& violation : json["violations"]) {
      progress.clear();
      tell(violation);
    }
    if (progress.due()) progress.show(fmt::format("{} of {} variants, {} points", finished_, jobs_.size(), points_));
  }

  void tell(const Json& violation) {
    ++violations_;
    std::string text = fmt::format("VIOLATION {}: {} {} {}, at line {}\n  {}\n",
                                   violation["variant"].get<std::string>(), violation["manner"].get<std::string>(),
                                   violation["actor"].get<std::string>(), violation["where"].get<std::string>(),
                                   violation["line"].get<int>(), violation["reason"].get<std::string>());
    for (const Json& line : violation["history"]) text += "    " + line.get<std::string>() + "\n";
    const auto replay = violation["replay"].get<std::string>();
    if (arguments_.save.empty()) {
      text += "  " + replace_all(replay, "\n", "\n  ");
    } else {
      const std::string path = fmt::format("{}/{}.json", arguments_.save, violations_);
      auto file = ReportFile::open(path);
      if (!file || !file->write(replay)) broken_.push_back(path + ": cannot be written");
      text += "  again: " + path;
    }
    print(text + "\n");
  }

  static std::string replace_all(const std::string& text, const std::string& what, const std::string& with) {
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
      out += text.substr(from, at - from) + with;
      from = at + what.size();
    }
    return out + text.substr(from);
  }

  [[nodiscard]] int finish(bool complete, std::int64_t duration_ns) const {
    std::string text;
    if (!refused_.empty()) {
      text += fmt::format("not explored: {} of {} variants\n", refused_.size(), jobs_.size());
      for (const std::string& line : refused_) text += "  " + line + "\n";
    }
    if (arguments_.verbose)
      for (const std::string& line : unreachable_) text += "unreachable: " + line + "\n";
    for (const std::string& line : broken_) text += "ERROR " + line + "\n";
    text += fmt::format(
        "{} crash points, {} violations, {} unreachable; {} lines held {} variants' survivors to what they are owed\n",
        points_, violations_, unreachable_.size(), owed_, finished_ - refused_.size());
    if (!complete) text += fmt::format("stopped after {} of {} variants\n", finished_, jobs_.size());
    text += fmt::format("{:.1f} s, {} workers\n", static_cast<double>(duration_ns) / 1e9, options_.jobs);
    print(text);
    if (!complete || !broken_.empty()) return kExitBroken;
    return violations_ > 0 ? 1 : 0;
  }

  Arguments arguments_;
  Library library_;
  std::vector<Job> jobs_;
  RunOptions options_;
  std::size_t finished_ = 0;
  std::int64_t points_ = 0;
  std::vector<std::string> unreachable_;
  std::int64_t owed_ = 0;
  std::int64_t violations_ = 0;
  std::vector<std::string> refused_;
  std::vector<std::string> broken_;
};

}  // namespace

void add_explore(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("explore", "Kill everyone everywhere, and see what the survivors are owed");
  const auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  add_selection(*verb, a.selection, a.folders);
  verb->add_option("--manner", a.manners, "What is done: error, freeze, kill, stop, term; by default all")
      ->option_text("MANNER,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"error", "freeze", "kill", "stop", "term"}));
  verb->add_option("--save", a.save, "Write each violation as a case file to DIR, which is made")->option_text("DIR");
  verb->add_option("-j,--jobs", a.jobs, "Workers side by side; by default one for each processor")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--slow", a.slow, "Multiply every deadline by X, on slow machines")
      ->option_text("X")
      ->check(CLI::Range(0.01, 1000.0));
  verb->add_option("--isolation", a.isolation, "auto, namespaces, user or none")
      ->option_text("HOW")
      ->check(CLI::IsMember({"auto", "namespaces", "user", "none"}));
  verb->add_option("--saboteur", a.saboteur, "Break a guarantee on purpose: violations have to be found")
      ->option_text("NAME");
  verb->add_flag("-v,--verbose", a.verbose, "Every variant by name, with its points");
  verb->footer(kText);
  verb->callback([&action, arguments] { action = [arguments] { return Explorer(*arguments).run(); }; });
}

}  // namespace kipc::cli
