#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/how_to_run.hpp"
#include "cli/interrupt.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "explore/explore.hpp"
#include "model/status.hpp"

namespace kipc::cli {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kJobTime = 3600'000'000'000;  // a sweep has many runs; each has its own deadline

constexpr const char* kExploreText =
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
    "  midway  SIGKILL at a call inside `concurrently`, at its entry or exit; the checkers judge what was transferred\n"
    "\n"
    "Each violation is a case file that does it again, as small as it could be made: kipc run --cases DIR.\n"
    "Exit: 0 no violation, 1 at least one, 2 bad usage, 3 something could not be explored to its end.\n"
    "\n"
    "Examples:\n"
    "  kipc explore pipe.eof               every place of one case\n"
    "  kipc explore --manner kill          all cases, SIGKILL only\n"
    "  kipc explore mq --save found        what is found goes to found/*.json\n"
    "  kipc explore --sample 10            a tenth of all places, chosen at random\n"
    "  kipc explore pipe --saboteur NAME   under a deliberate breakage";

struct ExploreArguments : HowToRun {
  Selection selection;
  std::vector<std::string> folders;
  std::vector<std::string> manners;
  std::string save;
  std::int64_t sample = 1;
  std::optional<std::uint64_t> seed;
  bool verbose = false;
};

std::vector<Manner> manners_of(const std::vector<std::string>& names) {
  const Manner all[] = {Manner::kill,   Manner::stop_kill, Manner::terminate,
                        Manner::freeze, Manner::error,     Manner::midway};
  std::vector<Manner> manners;
  for (const Manner manner : all)
    if (names.empty() || std::find(names.begin(), names.end(), manner_name(manner)) != names.end())
      manners.push_back(manner);
  return manners;
}

std::string to_payload(const Exploration& e) {
  Json json{{"points", e.points},    {"unreachable", e.unreachable},   {"owed", e.owed},
            {"refused", e.refused},  {"with_unruled", e.with_unruled}, {"unruled_calls", e.unruled_calls},
            {"violated", e.violated}};
  json["violations"] = Json::array();
  for (const Violation& v : e.violations)
    json["violations"].push_back({{"line", v.point.line},
                                  {"actor", v.point.actor},
                                  {"manner", manner_name(v.point.manner)},
                                  {"where", v.point.where},
                                  {"variant", v.variant},
                                  {"reason", v.reason},
                                  {"more", v.more},
                                  {"history", v.history},
                                  {"replay", v.replay}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The text with two blanks before each line.
std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "  " + line + "\n";
  return out;
}

class Explorer {
 public:
  explicit Explorer(ExploreArguments arguments) : arguments_(std::move(arguments)) {}

  int run() {
    const Interrupt interrupt;
    library_ = load_library(arguments_.folders);
    for (const Problem& problem : library_.problems) print_error(problem.text() + "\n");
    if (!library_.problems.empty()) return kExitUsage;
    auto selected = select(library_, arguments_.selection);
    if (!selected) return complain(selected.error().text), kExitUsage;
    if (!is_known_saboteur(arguments_.saboteur)) return kExitUsage;
    std::error_code failed;
    if (!arguments_.save.empty() && !std::filesystem::create_directories(arguments_.save, failed) && failed)
      return complain(fmt::format("--save {}: {}", arguments_.save, failed.message())), kExitBroken;
    jobs_ = std::move(*selected);
    auto options = options_of(arguments_);
    if (!options) return kExitBroken;
    options_ = std::move(*options);
    options_.job_ns = kJobTime;
    Exploring what;
    what.manners = manners_of(arguments_.manners);
    what.one_in = arguments_.sample;
    if (what.one_in > 1) {
      what.seed = arguments_.seed ? *arguments_.seed : std::random_device()();
      print(fmt::format("one point in {}: --sample {} --seed {} chooses these again\n", what.one_in, what.one_in,
                        what.seed));
    }
    Progress progress(true);
    const std::int64_t begin = now_ns();
    const bool complete = run_jobs(
        jobs_, options_,
        [&](const Job& job) {
          return to_payload(
              explore(*job.source, job.source->variants[job.variant], options_, what, library_.catalogue));
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
    with_unruled_ += json["with_unruled"].get<std::int64_t>();
    for (const auto& [call, sleepers] : json["unruled_calls"].items())
      unruled_calls_[call] += sleepers.get<std::int64_t>();
    const auto refused = json["refused"].get<std::string>();
    if (!refused.empty()) refused_.push_back(id + ": " + refused);
    if (arguments_.verbose) {
      progress.clear();
      print(fmt::format("{:>5} points, {:>5} lines owed  {}\n", json["points"].get<std::int64_t>(),
                        json["owed"].get<std::int64_t>(), id));
    }
    violated_ += json["violated"].get<std::int64_t>();
    for (const Json& violation : json["violations"]) {
      progress.clear();
      tell(violation);
    }
    if (progress.due()) progress.show(fmt::format("{} of {} variants, {} points", finished_, jobs_.size(), points_));
  }

  void tell(const Json& violation) {
    ++shown_;
    std::string text = fmt::format("VIOLATION {}: {} {} {}, at line {}\n  {}\n",
                                   violation["variant"].get<std::string>(), violation["manner"].get<std::string>(),
                                   violation["actor"].get<std::string>(), violation["where"].get<std::string>(),
                                   violation["line"].get<int>(), violation["reason"].get<std::string>());
    if (const auto more = violation["more"].get<std::int64_t>(); more > 0)
      text += fmt::format("  and {} with the same reason\n", count_of(static_cast<std::size_t>(more), "further point"));
    for (const Json& line : violation["history"]) text += "    " + line.get<std::string>() + "\n";
    const auto replay = violation["replay"].get<std::string>();
    if (arguments_.save.empty()) {
      text += indented(replay);
    } else {
      const std::string path = fmt::format("{}/{}.json", arguments_.save, shown_);
      auto file = ReportFile::open(path);
      if (!file || !file->write(replay)) broken_.push_back(path + ": cannot be written");
      text += "  again: " + path;
    }
    print(text + "\n");
  }

  [[nodiscard]] int finish(bool complete, std::int64_t duration_ns) const {
    std::string text;
    if (!refused_.empty()) {
      text += fmt::format("not explored: {} of {} variants\n", refused_.size(), jobs_.size());
      for (const std::string& line : refused_) text += "  " + line + "\n";
    }
    if (arguments_.verbose)
      for (const std::string& line : unreachable_) text += "unreachable: " + line + "\n";
    if (arguments_.verbose)
      for (const auto& [call, sleepers] : unruled_calls_)
        text += fmt::format("no rule for who sleeps in {}: {} times, killed first\n", call, sleepers);
    for (const std::string& line : broken_) text += "ERROR " + line + "\n";
    text += fmt::format(
        "{} crash points, {} violations, {} unreachable, {} with sleepers no rule speaks of; {} lines held {} "
        "variants' "
        "survivors to what they are owed\n",
        points_, violated_, unreachable_.size(), with_unruled_, owed_, finished_ - refused_.size());
    if (!complete) text += fmt::format("stopped after {} of {} variants\n", finished_, jobs_.size());
    text += fmt::format("{:.1f} s, {} workers\n", static_cast<double>(duration_ns) / 1e9, options_.jobs);
    print(text);
    if (!complete || !broken_.empty()) return kExitBroken;
    return violated_ > 0 ? 1 : 0;
  }

  ExploreArguments arguments_;
  Library library_;
  std::vector<Job> jobs_;
  RunOptions options_;
  std::size_t finished_ = 0;
  std::int64_t points_ = 0;
  std::vector<std::string> unreachable_;
  std::int64_t owed_ = 0;
  std::int64_t with_unruled_ = 0;
  std::map<std::string, std::int64_t> unruled_calls_;
  std::int64_t violated_ = 0;  // points
  std::int64_t shown_ = 0;
  std::vector<std::string> refused_;
  std::vector<std::string> broken_;
};

}  // namespace

void add_explore(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("explore", "Kill everyone everywhere, and see what the survivors are owed");
  const auto arguments = std::make_shared<ExploreArguments>();
  ExploreArguments& a = *arguments;
  add_selection(*verb, a.selection, a.folders);
  verb->add_option("--manner", a.manners, "What is done: error, freeze, kill, midway, stop, term; by default all")
      ->option_text("MANNER,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"error", "freeze", "kill", "midway", "stop", "term"}));
  verb->add_option("--save", a.save, "Write each violation as a case file to DIR, which is made")->option_text("DIR");
  verb->add_option("--sample", a.sample, "Only one point in N, chosen by a seed that is printed")
      ->option_text("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000}));
  verb->add_option("--seed", a.seed, "With --sample: the seed of an earlier run, for its points")->option_text("SEED");
  add_how_to_run(*verb, a, "violations have to be found");
  verb->add_flag("-v,--verbose", a.verbose, "Every variant by name, with its points");
  verb->footer(kExploreText);
  verb->callback([&action, arguments] { action = [arguments] { return Explorer(*arguments).run(); }; });
}

}  // namespace kipc::cli
