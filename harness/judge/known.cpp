#include "judge/known.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kipc {

void apply_deviations(Verdict& verdict, std::string_view variant_id, const std::vector<Deviation>& known) {
  for (const Deviation& deviation : known) {
    if (!glob_match(deviation.variants, variant_id)) continue;
    if (verdict.status == Status::fail && verdict.standing.empty() &&
        verdict.reason.find(deviation.reason_has) != std::string::npos) {
      verdict.status = Status::xfail;
      verdict.reason = fmt::format("known deviation {}: {}{}{} ({})", deviation.id, deviation.why,
                                   deviation.link.empty() ? "" : " ", deviation.link, verdict.reason);
      return;
    }
    if (verdict.status == Status::pass) {
      verdict.status = Status::xpass;
      verdict.reason = fmt::format("the known deviation {} is gone: {}", deviation.id, deviation.why);
      return;
    }
  }
}

}  // namespace kipc
