#include "cli/measure.hpp"

#include <algorithm>
#include <set>

#include "base/catch.hpp"
#include "engine/space.hpp"
#include "language/script.hpp"
#include "report/advice.hpp"
#include "report/claims.hpp"

namespace kipc::cli {
namespace {

std::set<std::string> measured_mechanisms(const Library& library) {
  std::set<std::string> names;
  for (const Case& source : library.cases) {
    if (source.folder() != "measure") continue;
    const std::string rest = source.id.substr(source.id.find('.') + 1);
    names.insert(rest.substr(0, rest.find('.')));
  }
  return names;
}

TEST_CASE("measure: sizes") {
  CHECK(parse_size("1") == 1);
  CHECK(parse_size("4K") == 4096);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("1M") == 1 << 20);
  for (const char* wrong : {"", "0", "-1", "4T", "K", "1.5K", "17M", "99999999999999999999"}) {
    INFO(wrong);
    CHECK_FALSE(parse_size(wrong).has_value());
  }
}

TEST_CASE("measure: every case of the folder has a block that is timed, and other sizes compile") {
  const Library library = load_library();
  REQUIRE(library.problems.empty());
  MeasureWish wish;
  wish.placements = {"one-core"};
  wish.sizes = {3, 1 << 20};
  const auto plan = MeasurePlan::make(library, wish);
  REQUIRE(plan.has_value());
  std::size_t expected = 0;
  for (const Case& source : library.cases) {
    if (source.folder() != "measure") continue;
    INFO(source.id);
    const bool sized = !source.variants.front().parameters.empty();
    expected += sized ? 2 : 1;
    const auto program = compile(source, source.variants.front());
    CHECK(std::any_of(program->steps.begin(), program->steps.end(),
                      [](const Step* step) { return step->timed != Step::Timed::no; }));
  }
  CHECK(plan->size() == expected);
}

TEST_CASE("measure: what is wished for is chosen, and a mistake is answered with a suggestion") {
  const Library library = load_library();
  MeasureWish wish;
  wish.mechanisms = {"pipe", "unix-*"};
  wish.kinds = {"one way"};
  wish.sizes = {64};
  CHECK(MeasurePlan::make(library, wish)->size() == 4 * 3);
  wish.placements = {"two-cores"};
  CHECK(MeasurePlan::make(library, wish)->size() == 4);
  wish.mechanisms = {"pip"};
  CHECK(MeasurePlan::make(library, wish).error().text == "no measurement fits 'pip', did you mean 'pipe'?");
}

TEST_CASE("measure: costs are counted in runs of their own, or it is said why not") {
  const Library library = load_library();
  MeasureWish wish;
  wish.mechanisms = {"pipe"};
  wish.kinds = {"round trip"};
  wish.placements = {"one-core", "unpinned"};
  wish.sizes = {64};
  wish.seconds = 0.1;
  const MeasureReport report = MeasurePlan::make(library, wish)->run(wish, [](const std::string&) {});
  REQUIRE(report.results.size() == 2);
  for (const Measured& one : report.results) {
    INFO(one.not_measured << report.conditions.not_counted);
    CHECK(one.there());
    CHECK(one.starts() >= 1);
    CHECK(one.numbers.passes.size() == 3 * one.starts());
    if (one.costs.system_calls)
      CHECK(*one.costs.system_calls == 4.0);  // two writes, two reads
    else
      CHECK_FALSE(report.conditions.not_counted.empty());
    if (one.costs.copies) CHECK(*one.costs.copies == 4.0);
  }
}

TEST_CASE("measure: every exchange can be timed here, unless it needs what is not here") {
  const Library library = load_library();
  Timing timing;
  timing.cpus = processors_to_measure_on();
  timing.pass_ns = 200'000;
  timing.passes = 6;
  RunOptions options;
  options.timing = &timing;
  options.slow = 60;  // who spins until the other one is let on a processor may take long beside other programs
  for (const Case& source : library.cases) {
    if (source.folder() != "measure") continue;
    const auto program = compile(source, source.variants.front());
    const bool possible = std::none_of(program->needs.begin(), program->needs.end(), [](const Requirement& need) {
      return unmet(need, sandbox_ability()).has_value();
    });
    const Measured measured = measure_variant(source, source.variants.front(), options);
    INFO(source.id << ": " << measured.not_measured);
    CHECK(measured.there() == possible);
  }
}

TEST_CASE("guarantees: of every mechanism that is measured, and of no other") {
  std::set<std::string> described;
  for (const Guarantees& one : embedded_guarantees()) described.insert(one.mechanism);
  CHECK(described == measured_mechanisms(load_library()));
}

TEST_CASE("guarantees: assertions that are named exist, and a case puts each to the test") {
  const Library library = load_library();
  std::set<std::string> tested;
  for (const Case& source : library.cases) tested.insert(source.asserts.begin(), source.asserts.end());
  for (const Guarantees& one : embedded_guarantees())
    for (const auto& [name, guarantee] : parts_of(one))
      for (const std::string& id : guarantee->assertions) {
        INFO(one.mechanism << " " << name << " " << id);
        CHECK(library.catalogue.find(id) != nullptr);
        CHECK(tested.count(id) == 1);
      }
}

TEST_CASE("claims: mechanisms that are named are measured") {
  const std::set<std::string> known = measured_mechanisms(load_library());
  for (const Claim& claim : embedded_claims())
    for (const Quantity* quantity : {&claim.quantity, &claim.to})
      if (!quantity->mechanism.empty()) {
        INFO(claim.id << " " << quantity->mechanism);
        CHECK(known.count(quantity->mechanism) == 1);
      }
}

}  // namespace
}  // namespace kipc::cli
