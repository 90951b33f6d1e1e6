// 1) Load the cases, select variants, compile each once: what is wrong with a case is said before anything runs.
// 2) Open the files for the results, so that a wrong path is said before anything runs, too.
// 3) Run; each result is shown and streamed as it comes.
// 4) Write the report, print the summary, answer with the exit code.
#include "cli/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <utility>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/lint.hpp"
#include "cli/main.hpp"
#include "cli/output.hpp"
#include "cli/probes.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "judge/known.hpp"
#include "language/script.hpp"
#include "report/json.hpp"
#include "report/terminal.hpp"
#include "values/program_types.hpp"

namespace kipc::cli {
namespace {

/// All that is wrong with the chosen cases, each problem once.
std::vector<Problem> problems_of(const Library& library, const std::vector<Job>& jobs) {
  std::vector<Problem> problems = library.problems;
  const Case* last = nullptr;
  for (const Job& job : jobs) {
    std::vector<Problem> found;
    if (job.source != last) found = unknown_assertions(*job.source, library.catalogue);
    last = job.source;
    for (Problem& problem : variant_problems(*job.source, job.source->variants[job.variant]))
      found.push_back(std::move(problem));
    for (Problem& problem : found) {
      const auto same = [&](const Problem& other) { return other.text() == problem.text(); };
      if (std::none_of(problems.begin(), problems.end(), same)) problems.push_back(std::move(problem));
    }
  }
  return problems;
}

class Run {
 public:
  explicit Run(RunArguments arguments) : arguments_(std::move(arguments)) {}

  int go() {
    const Interrupt interrupt;
    if (const int code = prepare(); code >= 0) return code;
    Progress progress(!arguments_.quiet);
    const std::int64_t begin = now_ns();
    report_.complete = run_plain(progress) && run_measured(progress);
    report_.duration_ns = now_ns() - begin;
    progress.clear();
    return finish();
  }

 private:
  bool run_part(const std::vector<Job>& jobs, std::size_t first, Progress& progress) {
    return run_jobs(
        jobs, settings_.options, [this](const Job& job) { return variant_to_json_line(run_one(job, settings_)); },
        [&](JobResult result) {
          result.job += first;
          take(result, progress);
        },
        [] { return Interrupt::asked(); });
  }

  bool run_plain(Progress& progress) {
    return run_part({jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(measured_from_)}, 0, progress);
  }

  /// Attached probes make every system call dearer: those who need them come last, and together.
  bool run_measured(Progress& progress) {
    if (measured_from_ == jobs_.size()) return true;
    const std::vector<Job> jobs{jobs_.begin() + static_cast<std::ptrdiff_t>(measured_from_), jobs_.end()};
    std::unique_ptr<Striker> striker;
    if (!arguments_.probes)
      refuse_strikes(settings_.sandbox);
    else if (std::any_of(jobs.begin(), jobs.end(), may_strike))
      striker = start_strikes(settings_.options.jobs, settings_.sandbox);
    settings_.options.striker = striker.get();
    std::unique_ptr<Probe> probe;
    if (!arguments_.probes)
      refuse_probes(settings_.sandbox, report_.probes);
    else if (std::any_of(jobs.begin(), jobs.end(), may_measure))
      probe = start_probes(settings_.options.jobs, settings_.sandbox, report_.probes);
    if (probe != nullptr) {
      const FigureSet wanted = figures_wanted(jobs);
      if (const auto attached = probe->attach(wanted, arguments_.call_times); !attached) {
        complain(attached.error().text);
        return false;
      }
      leave_out(wanted, report_.probes);
      settings_.options.probe = probe.get();
    }
    // One at a time: what a probe missed is then of the variant that has just ended.
    const int workers = std::exchange(settings_.options.jobs, probe == nullptr ? settings_.options.jobs : 1);
    probe_ = probe.get();
    misses_ = 0;
    const bool complete = run_part(jobs, measured_from_, progress);
    settings_.options.jobs = workers;
    probe_ = nullptr;
    settings_.options.probe = nullptr;
    settings_.options.striker = nullptr;
    return complete;
  }

  /// An exit code when there is nothing to run or no way to, else -1.
  int prepare() {
    if (!is_known_saboteur(arguments_.saboteur)) return kExitUsage;
    auto programs = programs_of(arguments_.programs);
    if (!programs) return usage(programs.error().text);
    settings_.options.programs = std::move(*programs);
    library_ = load_library(arguments_.folders);
    if (!arguments_.failed_in.empty()) {
      auto variants = variants_with(arguments_.failed_in, arguments_.statuses);
      if (!variants) return usage(variants.error().text);
      arguments_.selection.variants = std::move(*variants);
    }
    auto selected = select(library_, arguments_.selection);
    if (!selected) {
      print_problems(library_.problems);
      return usage(selected.error().text);
    }
    if (const std::vector<Problem> problems = problems_of(library_, *selected); !problems.empty()) {
      print_problems(problems);
      return usage(fmt::format("{} in case files; nothing was run", count_of(problems.size(), "problem")));
    }
    if (selected->empty()) return nothing_to_run();
    if (const std::string problem = useless_program(*selected); !problem.empty()) return usage(problem);
    tell_of_gone(*selected);
    if (arguments_.shuffle && !arguments_.seed) arguments_.seed = fresh_seed();
    jobs_ = arrange(*selected, arguments_.repeat, arguments_.shuffle ? arguments_.seed : std::nullopt);
    const auto measured = std::stable_partition(jobs_.begin(), jobs_.end(),
                                                [](const Job& job) { return !may_measure(job) && !may_strike(job); });
    measured_from_ = static_cast<std::size_t>(measured - jobs_.begin());
    if (!open_files()) return kExitBroken;
    if (!configure()) return kExitBroken;
    fill_head();
    if (arguments_.shuffle)
      print_text(fmt::format("shuffled: --shuffle={} gives this order again\n", *arguments_.seed));
    if (lines_wanted()) keep(lines_.add(start_to_json_line(report_)));
    results_.resize(jobs_.size());
    return -1;
  }

  static int usage(const std::string& text) {
    complain(text);
    return kExitUsage;
  }

  static void print_problems(const std::vector<Problem>& problems) {
    for (const Problem& problem : problems) print_error(problem.text() + "\n");
  }

  /// A program that no chosen variant runs: most likely its name is not the one that the case has.
  [[nodiscard]] std::string useless_program(const std::vector<Job>& jobs) const {
    std::vector<std::string> known;
    for (const Job& job : settings_.options.programs.empty() ? std::vector<Job>{} : jobs) {
      const std::unique_ptr<Program> program = compile(*job.source, job.source->variants[job.variant]);
      for (const Requirement& need : program->needs)
        if (need.kind == "program") known.push_back(need.name);
    }
    for (const auto& [name, path] : settings_.options.programs)
      if (std::find(known.begin(), known.end(), name) == known.end())
        return fmt::format("--program {}={}: no chosen case runs a program of that name{}", name, path,
                           did_you_mean(name, {known.begin(), known.end()}));
    return "";
  }

  /// Only --failed-in can come to nothing without being wrong: when nothing had gone wrong.
  int nothing_to_run() const {
    if (!arguments_.selection.variants->empty())
      return usage(fmt::format("none of the {} of {} is here and chosen; are their cases in another folder (--cases)?",
                               count_of(arguments_.selection.variants->size(), "variant"), arguments_.failed_in));
    print_text(fmt::format("nothing to run: no variant of {} {}\n", arguments_.failed_in,
                           arguments_.statuses.empty() ? "went wrong" : "had such a status"));
    return 0;
  }

  /// Variants of an earlier report that no case here has any more.
  void tell_of_gone(const std::vector<Job>& selected) const {
    if (!arguments_.selection.variants) return;
    std::set<std::string> gone = *arguments_.selection.variants;
    for (const Case& source : library_.cases)
      for (const Variant& variant : source.variants) gone.erase(variant.id);
    if (!gone.empty())
      complain(fmt::format("{} of {} not here any more; running {}", gone.size(), arguments_.failed_in,
                           count_of(selected.size(), "variant")));
  }

  static std::int64_t fresh_seed() {
    std::random_device source;
    return std::int64_t{source()};  // 32 bits: short enough to type
  }

  [[nodiscard]] bool lines_wanted() const { return !arguments_.jsonl.empty(); }
  [[nodiscard]] bool stdout_taken() const { return to_stdout(arguments_.files) > 0 || arguments_.jsonl == "-"; }
  [[nodiscard]] int text_fd() const { return stdout_taken() ? 2 : 1; }
  void print_text(const std::string& text) const { stdout_taken() ? print_error(text) : print(text); }

  bool open_files() {
    auto forms = OpenForms::open(arguments_.files);
    if (!forms) return complain(forms.error().text), false;
    forms_ = std::move(*forms);
    if (lines_wanted()) {
      auto file = LineFile::open(arguments_.jsonl);
      if (!file) return complain(file.error().text), false;
      lines_ = std::move(*file);
    }
    return true;
  }

  bool configure() {
    auto options = options_of(arguments_);
    if (!options) return false;
    options->programs = std::move(settings_.options.programs);
    settings_.options = std::move(*options);
    settings_.options.keep_history = arguments_.keep_history;
    settings_.catalogue = &library_.catalogue;
    settings_.sandbox = ability_for(settings_.options.isolation, sandbox_ability());
    find_what_is_unseen(settings_);
    settings_.sandbox.programs = settings_.options.programs;
    return true;
  }

  void fill_head() {
    report_.format_version = kReportFormatVersion;
    report_.platform = take_fingerprint();
    if (arguments_.saboteur.empty()) settings_.deviations = known_of(library_.deviations, report_.platform);
    report_.kipc_version = report_.platform.kipc_version;
    report_.started = utc_now();
    report_.case_set = library_.digest();
    report_.selected = static_cast<int>(jobs_.size());
    RunSettings& settings = report_.settings;
    settings.arguments = arguments_.words;
    settings.isolation = arguments_.isolation;
    settings.jobs = settings_.options.jobs;
    settings.repeat = arguments_.repeat;
    settings.slow_percent = static_cast<int>(std::lround(arguments_.slow * 100));
    settings.saboteur = arguments_.saboteur;
    if (arguments_.shuffle) settings.seed = arguments_.seed;
  }

  /// One result, in this process.
  void take(const JobResult& result, Progress& progress) {
    VariantReport variant = read(result);
    if (probe_ != nullptr)
      if (const auto misses = probe_->misses()) doubt(variant, *misses - std::exchange(misses_, *misses));
    ++counts_[static_cast<std::size_t>(variant.verdict.status)];
    ++finished_;
    if (lines_wanted()) keep(lines_.add(variant_to_json_line(variant)));
    if (arguments_.verbose) {
      progress.clear();
      print_text(variant_line(variant, page_of(text_fd())));
    }
    if (progress.due())
      progress.show(progress_line(finished_, report_.selected, counts_, variant.variant_id, progress.page()));
    results_[result.job] = std::move(variant);
  }

  VariantReport read(const JobResult& result) const {
    std::string why = result.crash_text;
    if (!result.crashed) {
      try {
        return variant_from_json_line(result.payload, "worker");
      } catch (const CaseError& error) {
        why = "a worker's result cannot be read: " + error.problem.text();
      }
    }
    VariantReport broken = blank_report(jobs_[result.job]);
    broken.verdict.status = Status::error;
    broken.verdict.reason = why;
    broken.duration_ns = result.duration_ns;
    return broken;
  }

  int finish() {
    for (std::optional<VariantReport>& result : results_)
      if (result) report_.variants.push_back(std::move(*result));
    // In the order of the cases, however they ran: two reports can be laid side by side.
    std::stable_sort(report_.variants.begin(), report_.variants.end(), [](const auto& a, const auto& b) {
      return std::tie(a.case_id, a.repetition) < std::tie(b.case_id, b.repetition);
    });
    if (lines_wanted()) keep(lines_.add(end_to_json_line(report_)));
    for (std::string& problem : forms_.write(report_)) lost_.push_back(std::move(problem));
    TerminalOptions options{page_of(text_fd()), arguments_.quiet, arguments_.verbose};
    print_text((arguments_.verbose ? "\n" : "") + terminal_summary(report_, options));
    for (const std::string& problem : lost_) complain(problem);
    if (!lost_.empty() || !report_.complete) return kExitBroken;
    return exit_code(counts_);
  }

  void keep(const Result<void>& done) {
    if (!done) lost_.push_back(done.error().text);
  }

  RunArguments arguments_;
  Library library_;
  std::vector<Job> jobs_;
  std::size_t measured_from_ = 0;
  Probe* probe_ = nullptr;  // while it counts
  std::uint64_t misses_ = 0;
  WorkSettings settings_;
  OpenForms forms_;
  LineFile lines_;
  Report report_;
  std::vector<std::optional<VariantReport>> results_;
  Counts counts_{};
  int finished_ = 0;
  std::vector<std::string> lost_;  // what could not be written
};

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> programs_of(const std::vector<std::string>& given) {
  std::map<std::string, std::string, std::less<>> programs;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals == std::string::npos || !is_program_name(name) || equals + 1 == text.size())
      return fail(
          fmt::format("--program {}: expected NAME=PATH, with a name of letters, digits, '.', '_' and '-'", text));
    std::error_code error;  // a link keeps its name: some programs go by it
    const std::filesystem::path path = std::filesystem::absolute(text.substr(equals + 1), error);
    if (!std::filesystem::is_regular_file(path, error) || ::access(path.c_str(), X_OK) != 0)
      return fail(fmt::format("--program {}: it is no file that can be executed", text));
    if (!programs.emplace(name, path.string()).second) return fail(fmt::format("--program {}: given twice", name));
  }
  return programs;
}

std::vector<Job> arrange(const std::vector<Job>& jobs, int times, std::optional<std::int64_t> seed) {
  std::vector<Job> out;
  for (int repetition = 0; repetition < times; ++repetition)
    for (Job job : jobs) {
      job.repetition = repetition;
      out.push_back(job);
    }
  if (!seed) return out;
  // By hand: what std::shuffle and the distributions make of a seed differs between libraries.
  std::mt19937_64 random(static_cast<std::uint64_t>(*seed));
  for (std::size_t left = out.size(); left > 1; --left)
    std::swap(out[left - 1], out[static_cast<std::size_t>(random() % left)]);
  return out;
}

int run(RunArguments arguments) { return Run(std::move(arguments)).go(); }

}  // namespace kipc::cli
