#include <fmt/format.h>

#include "cli/library.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "platform/fingerprint.hpp"
#include "report/report.hpp"

namespace kipc::cli {
namespace {

int version(const std::string& commit) {
  const Fingerprint platform = take_fingerprint();
  print(fmt::format("kipc {} ({} {}{}, {}), report format {}, commit {}, case set {}\n", platform.kipc_version,
                    platform.libc, platform.libc_version, platform.libc_static ? ", static" : "", platform.machine,
                    kReportFormatVersion, commit, load_library().digest()));
  return 0;
}

}  // namespace

void add_version(CLI::App& app, Action& action, const std::string& commit) {
  const auto say = [&action, commit] { action = [commit] { return version(commit); }; };
  auto* verb = app.add_subcommand("version", "The version of kipc: its commit, its cases, what it is built with");
  verb->callback(say);
  app.add_flag_callback("--version", say, "The same as kipc version");
}

}  // namespace kipc::cli
