#include "cli/verbs.hpp"

namespace kipc::cli {

void add_folders(CLI::App& verb, std::vector<std::string>& folders) {
  verb.add_option("--cases", folders, "Also the cases below DIR; one whose id is known takes its place")
      ->option_text("DIR")
      ->allow_extra_args(false);
}

void add_selection(CLI::App& verb, Selection& selection, std::vector<std::string>& folders) {
  verb.add_option("PATTERN", selection.patterns,
                  "Ids of cases or variants, their beginnings up to a dot, or patterns with * and ?");
  verb.add_option("--area", selection.areas, "Only cases of this area: pipe, mq, sysv-shm, ...")
      ->option_text("AREA")
      ->allow_extra_args(false);
  verb.add_option("--interface", selection.interfaces,
                  "Only cases that verify something of this interface: mq_send, ...")
      ->option_text("NAME")
      ->allow_extra_args(false);
  verb.add_option("--assertion", selection.assertions, "Only cases that verify this assertion (or pattern)")
      ->option_text("ID")
      ->allow_extra_args(false);
  add_folders(verb, folders);
}

}  // namespace kipc::cli
