#include <memory>

#include "cli/run.hpp"
#include "cli/verbs.hpp"

namespace kipc::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  kipc run pipe 'mq.*.priority*'      a folder of cases, and a pattern\n"
    "  kipc run --interface mq_send        all that verifies something of mq_send()\n"
    "  kipc run --failed-in r.json         again what exited non-zero in that report\n"
    "  kipc run --shuffle --repeat 20      in another order each time; the seed is printed\n"
    "  kipc run --shuffle=42               in the order of that seed\n"
    "  kipc run --slow 10                  every deadline ten times as long, for emulators\n"
    "  kipc run --jsonl - | ...            results as they come, the summary on standard error\n"
    "  kipc run pipe --saboteur NAME       under a deliberate breakage: it has to fail\n"
    "\n"
    "^C stops the run after what runs now; what is finished is reported, and the exit code is 3.";

}  // namespace

void add_run(CLI::App& app, Action& action, const std::vector<std::string>& words) {
  auto* verb = app.add_subcommand("run", "Run cases and report what became of them");
  const auto arguments = std::make_shared<RunArguments>();
  const auto shuffle = std::make_shared<std::string>();
  RunArguments& a = *arguments;
  add_selection(*verb, a.selection, a.folders);
  CLI::Option* failed =
      verb->add_option("--failed-in", a.failed_in, "Only what went wrong in that report (JSON or JSON lines)")
          ->option_text("REPORT");
  verb->add_option("--status", a.statuses, "With --failed-in: what had one of these, such as FAIL,ERROR")
      ->option_text("STATUS")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(failed);

  add_how_to_run(*verb, a, "its cases have to fail");
  verb->add_option("--repeat", a.repeat, "Run everything N times")->option_text("N")->check(CLI::Range(1, 1000000));
  verb->add_flag("--shuffle{new}", *shuffle, "In random order; the seed of an earlier run gives its order again")
      ->option_text("[=SEED]");
  verb->add_option("--program", a.programs, "The file of a program that cases run by that name; may be repeated")
      ->option_text("NAME=PATH")
      ->allow_extra_args(false);

  add_forms(*verb, a.files);
  verb->add_option("--jsonl", a.jsonl, "Write results to FILE as they come, as JSON lines; - is standard output")
      ->option_text("FILE");
  verb->add_flag("!--no-probes", a.probes, "Count nothing by eBPF: cases that measure something are skipped");
  verb->add_flag("--call-times", a.call_times,
                 "Of cases that measure: also how long each system call took in the kernel");
  verb->add_flag("--keep-history", a.keep_history, "Keep what happened in the report, also of what passed");
  CLI::Option* quiet = verb->add_flag("-q,--quiet", a.quiet, "Only what went wrong, and the totals");
  verb->add_flag("-v,--verbose", a.verbose, "Every variant by name, every failure in full")->excludes(quiet);
  verb->footer(kExamples);

  verb->callback([&action, arguments, shuffle, words] {
    if (to_stdout(arguments->files) + (arguments->jsonl == "-" ? 1 : 0) > 1)
      throw CLI::ValidationError("only one of the forms can have the standard output");
    if (!shuffle->empty()) {
      arguments->shuffle = true;
      std::int64_t seed = 0;
      if (*shuffle != "new") {
        if (!CLI::detail::lexical_cast(*shuffle, seed) || seed < 0)
          throw CLI::ValidationError("--shuffle=" + *shuffle + ": expected a seed, a number from 0");
        arguments->seed = seed;
      }
    }
    arguments->words = words;
    action = [arguments] { return run(std::move(*arguments)); };
  });
}

}  // namespace kipc::cli
