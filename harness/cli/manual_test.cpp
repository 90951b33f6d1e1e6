#include "cli/manual.hpp"

#include "base/catch.hpp"
#include "cli/completion.hpp"
#include "cli/help.hpp"

using namespace kipc;
using namespace kipc::cli;

TEST_CASE("manual page: verbs, options and footers, so that roff shows them as they are") {
  CLI::App app("kipc tells something.", "kipc");
  app.footer("Environment:\n  NO_COLOR  no colours");
  int jobs = 0;
  auto* verb = app.add_subcommand("run", "Run cases");
  verb->add_option("-j,--jobs", jobs, ".5 or 'more' \\")->option_text("N");
  verb->footer("A line of prose,\nand its end.\n\nExample:\n  kipc run --jobs 2\n  'quoted'\nAfter.");
  const std::string page = manual_page(app, "1-2");
  const auto has = [&](const char* text) {
    INFO(page << "\nlacks: " << text);
    CHECK(page.find(text) != std::string::npos);
  };
  has(".TH KIPC 1 \"\" \"kipc 1\\-2\" \"User Commands\"\n");
  has(".SH NAME\nkipc \\- tells something\n");
  has(".SS \"kipc run [OPTIONS]\"\nRun cases.\n");
  has(".TP\n\\fB\\-j, \\-\\-jobs N\\fP\n\\&.5 or \\(aqmore\\(aq \\e\n");
  has(".PP\nA line of prose,\nand its end.\n.PP\n\\fBExample\\fP\n"
      ".RS 4\n.nf\nkipc run \\-\\-jobs 2\n\\(aqquoted\\(aq\n.fi\n.RE\n.PP\nAfter.\n");
  has(".SH \"ENVIRONMENT\"\n.RS 4\n.nf\nNO_COLOR  no colours\n.fi\n.RE\n.SH \"SEE ALSO\"\n");
}

TEST_CASE("completion: every verb and option is there") {
  const std::vector<VerbWords> verbs = {{"run", "Run: it's all", {"--json", "--jobs", "--status"}, true},
                                        {"calls", "Calls", {}, false}};
  const std::string bash = bash_completion(verbs);
  CHECK(bash.find("run) options='--json --jobs --status' cases=1 ;;") != std::string::npos);
  const std::string zsh = zsh_completion(verbs);
  CHECK(zsh.find("'run:Run\\: it'\\''s all'") != std::string::npos);
  CHECK(zsh.find("run) options=(--json --jobs --status); cases=1 ;;") != std::string::npos);
  const std::string fish = fish_completion(verbs);
  CHECK(fish.find("-f -a run -d 'Run: it\\'s all'\n") != std::string::npos);
  CHECK(fish.find("complete -c kipc -n '__kipc_verb run' -l jobs\n") != std::string::npos);
  CHECK(fish.find("-l status -x -a 'FAIL ERROR") != std::string::npos);
  CHECK(fish.find("-n '__kipc_verb run' -f -a '(kipc list") != std::string::npos);
  CHECK(fish.find("-n '__kipc_verb calls' -f") == std::string::npos);
}
