#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "platform/fingerprint.hpp"
#include "report/report.hpp"

namespace kipc::cli {
namespace {

int version() {
  const Fingerprint platform = take_fingerprint();
  print(fmt::format("kipc {} ({} {}{}, {}), report format {}\n", platform.kipc_version, platform.libc,
                    platform.libc_version, platform.libc_static ? ", static" : "", platform.machine,
                    kReportFormatVersion));
  return 0;
}

}  // namespace

void add_version(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("version", "The version of kipc, and what it is built with");
  verb->callback([&action] { action = version; });
  app.add_flag_callback(
      "--version", [&action] { action = version; }, "The same as kipc version");
}

}  // namespace kipc::cli
