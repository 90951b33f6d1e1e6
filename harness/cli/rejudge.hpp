// A stored history judged again, against the case as it is now. Touches no kernel.
#pragma once

#include <string>
#include <vector>

#include "cli/library.hpp"
#include "report/report.hpp"

namespace kipc::cli {

struct Rejudged {
  enum class How {
    judged,       // by the same case
    by_changed,   // by a case that has changed since, and still makes the same calls
    no_history,   // the report has none: the verdict stays
    no_case,      // there is no such case or variant any more: the verdict stays
    not_the_same  // the case makes other calls now: the verdict stays
  };
  How how = How::judged;
  std::string why;       // of not_the_same: the first line that differs
  VariantReport report;  // as it is now
};

/// `known`: the deviations of the report's platform.
Rejudged judge_again(const VariantReport& stored, const Library& library, const std::vector<Deviation>& known);

}  // namespace kipc::cli
