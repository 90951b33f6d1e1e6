#include "cli/verbs.hpp"

namespace kipc::cli {

void add_folders(CLI::App& verb, std::vector<std::string>& folders) {
  verb.add_option("--cases", folders, "Also the cases below DIR; one whose id is known takes its place")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

void add_selection(CLI::App& verb, Selection& selection, std::vector<std::string>& folders) {
  verb.add_option("PATTERN", selection.patterns,
                  "Ids of cases or variants, their beginnings up to a dot, or patterns with * and ?")
      ->type_name("");
  verb.add_option("--area", selection.areas, "Only cases of this area: pipe, mq, sysv-shm, ...")
      ->type_name("AREA")
      ->allow_extra_args(false);
  verb.add_option("--interface", selection.interfaces,
                  "Only cases that verify something of this interface: mq_send, ...")
      ->type_name("NAME")
      ->allow_extra_args(false);
  verb.add_option("--assertion", selection.assertions, "Only cases that verify this assertion (or pattern)")
      ->type_name("ID")
      ->allow_extra_args(false);
  add_folders(verb, folders);
}

}  // namespace kipc::cli
