#include "cli/rerun.hpp"

#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/run.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "judge/known.hpp"
#include "platform/cpus.hpp"
#include "report/compare.hpp"
#include "report/json.hpp"

namespace kipc::cli {

std::string why_elsewhere(const Report& report) {
  Report here = report;
  here.platform = take_fingerprint();
  here.kipc_version = here.platform.kipc_version;
  const std::set<std::string> must = {"config digest", "kernel release", "kernel version", "libc version"};
  for (const PlatformDifference& one : platform_differences(report, here))
    if (one.role == PlatformDifference::Role::condition || must.count(one.what) > 0)
      return fmt::format("{}: {} in the report, {} here", one.what, one.before.empty() ? "none" : one.before,
                         one.after.empty() ? "none" : one.after);
  return "";
}

Result<std::vector<VariantReport>> rerun(const Library& library, const Report& like,
                                         const std::set<std::string>& variants, int times) {
  std::map<std::string, std::string> hashes;
  for (const VariantReport& variant : like.variants) hashes[variant.variant_id] = variant.case_hash;
  std::vector<Job> jobs;
  for (const Case& source : library.cases)
    for (std::size_t i = 0; i < source.variants.size(); ++i)
      if (variants.count(source.variants[i].id) > 0 && hashes[source.variants[i].id] == source.hash)
        jobs.push_back(Job{&source, i, 0});
  jobs = arrange(jobs, times, std::nullopt);
  WorkSettings settings;
  settings.catalogue = &library.catalogue;
  settings.options.jobs = cpus_usable();
  settings.options.slow = like.settings.slow_percent / 100.0;
  settings.options.isolation = isolation_of(like.settings.isolation).value_or(Isolation::automatic);
  settings.options.saboteur = like.settings.saboteur;
  if (const auto space = run_space(settings.options); !space) return fail(space.error().text);
  settings.sandbox = ability_for(settings.options.isolation, sandbox_ability());
  find_what_is_unseen(settings);
  if (like.settings.saboteur.empty()) settings.deviations = known_of(library.deviations, like.platform);
  std::vector<VariantReport> done;
  const Interrupt interrupt;
  const bool whole = run_jobs(
      jobs, settings.options, [&](const Job& job) { return variant_to_json_line(run_one(job, settings)); },
      [&](const JobResult& result) {
        if (!result.crashed) done.push_back(variant_from_json_line(result.payload, "worker"));
      },
      [] { return Interrupt::asked(); });
  if (!whole) return fail("interrupted");
  return done;
}

}  // namespace kipc::cli
