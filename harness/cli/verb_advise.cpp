#include <algorithm>
#include <memory>

#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/measure_options.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "platform/cpus.hpp"
#include "report/advice.hpp"
#include "report/measure_json.hpp"

namespace kipc::cli {
namespace {

constexpr const char* kAdviseText =
    "Ranks the mechanisms for messages of a size and says what each of them guarantees. Without --from it measures "
    "what\n"
    "it needs, which takes about ten seconds.\n"
    "\n"
    "  request-response   a message and its answer\n"
    "  one-way            messages as fast as they go\n"
    "  broadcast          a message to several receivers\n"
    "  notification       a wake-up without data\n"
    "\n"
    "Examples:\n"
    "  kipc advise --size 64K --pattern request-response\n"
    "  kipc advise --size 1M --pattern one-way --by cpu --from m.json\n"
    "  kipc advise --pattern notification --placement one-core";

struct AdviseArguments {
  AdviceQuestion question;
  MeasureOptions options;
  std::string size = "64";
  std::string from;
  double seconds = 10;
};

MeasureWish wish_for(const AdviseArguments& arguments) {
  MeasureWish wish;
  const AdviceQuestion& question = arguments.question;
  for (const Guarantees& one : embedded_guarantees()) {
    const auto has = [&](std::string_view pattern) {
      return std::find(one.patterns.begin(), one.patterns.end(), pattern) != one.patterns.end();
    };
    if (has(question.pattern) || (question.pattern == "broadcast" && has("one-way")))
      wish.mechanisms.push_back(one.mechanism);
  }
  wish.placements = {question.placement};
  wish.sizes = {question.size};
  wish.seconds = arguments.seconds;
  return wish;
}

int advise(AdviseArguments arguments) {
  AdviceQuestion& question = arguments.question;
  const auto size = parse_size(arguments.size);
  if (!size) return complain("--size " + size.error().text), kExitUsage;
  question.size = question.pattern == "notification" ? 0 : *size;
  if (question.placement.empty()) question.placement = cpus_usable() > 1 ? "two-cores" : "one-core";
  const Result<MeasureReport> report = arguments.from.empty() ? make_measurement(wish_for(arguments), arguments.options)
                                                              : read_measure_report(arguments.from);
  if (!report) return complain(report.error().text), kExitUsage;
  print(advice_text(question, *report, embedded_guarantees(), page_of(1)));
  return report->complete ? 0 : kExitBroken;
}

}  // namespace

void add_advise(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("advise", "Which mechanism for a size of message and a pattern");
  const auto arguments = std::make_shared<AdviseArguments>();
  AdviseArguments& a = *arguments;
  verb->add_option("--size", a.size, "The size of a message, such as 64, 4K, 1M; 64 by default")->option_text("SIZE");
  verb->add_option("--pattern", a.question.pattern, "request-response, one-way, broadcast or notification")
      ->option_text("PATTERN")
      ->required()
      ->check(CLI::IsMember({"broadcast", "notification", "one-way", "request-response"}));
  verb->add_option("--by", a.question.ranking, "latency, throughput or cpu; by default what the pattern asks for")
      ->option_text("WHAT")
      ->check(CLI::IsMember({"cpu", "latency", "throughput"}));
  verb->add_option("--placement", a.question.placement,
                   "one-core, two-cores or unpinned; two-cores where there are two")
      ->option_text("WHERE")
      ->check(CLI::IsMember({"one-core", "two-cores", "unpinned"}));
  verb->add_option("--receivers", a.question.receivers, "How many receivers a broadcast has; 4 by default")
      ->option_text("N")
      ->check(CLI::Range(1, 100000));
  auto* from = verb->add_option("--from", a.from, "A stored measurement (kipc measure --json)")->option_text("FILE");
  verb->add_option("--seconds", a.seconds, "How long measuring may take, about; 10 by default")
      ->option_text("S")
      ->check(CLI::Range(0.1, 86400.0))
      ->excludes(from);
  verb->footer(kAdviseText);
  verb->callback([&action, arguments] { action = [arguments] { return advise(*arguments); }; });
}

}  // namespace kipc::cli
