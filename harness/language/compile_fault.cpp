// Faults: what is done to an actor or to a call of it on purpose.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "language/compile.hpp"
#include "platform/cgroup.hpp"
#include "platform/fault_engines.hpp"
#include "platform/rlimits.hpp"
#include "platform/sysctls.hpp"

namespace kipc {
namespace {

constexpr std::array<std::pair<std::string_view, Fault::Kind>, 10> kKinds = {{{"continue", Fault::Kind::resume},
                                                                              {"delay", Fault::Kind::delay},
                                                                              {"errno", Fault::Kind::error},
                                                                              {"fail-nth", Fault::Kind::fail_nth},
                                                                              {"freeze", Fault::Kind::freeze},
                                                                              {"kill", Fault::Kind::kill},
                                                                              {"limit", Fault::Kind::limit},
                                                                              {"signal", Fault::Kind::signal},
                                                                              {"stop", Fault::Kind::stop},
                                                                              {"thaw", Fault::Kind::thaw}}};

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, kind] : kKinds) names.push_back(name);
  return names;
}

Fault::Kind kind_of(Scope& scope, const Node& node) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& kind) { return node.is_string() && kind.first == node.text; });
  if (found == kKinds.end())
    case_error(scope, node, "continue, delay, errno, fail-nth, freeze, kill, limit, signal, stop or thaw",
               describe(node), did_you_mean(node.text, kind_names()));
  return found->second;
}

bool read_number(std::string_view& text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 1) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// "3", "2..", "1..9", "1..9+2", "4..+3".
bool read_nth(std::string_view text, Nth& nth) {
  if (!read_number(text, nth.first)) return false;
  if (text.empty()) {
    nth.last = nth.first;
    return true;
  }
  if (text.substr(0, 2) != "..") return false;
  text.remove_prefix(2);
  if (!text.empty() && text[0] != '+' && (!read_number(text, nth.last) || nth.last < nth.first)) return false;
  if (text.empty()) return true;
  if (text[0] != '+') return false;
  text.remove_prefix(1);
  return read_number(text, nth.step) && text.empty();
}

const Node& need(Scope& scope, const Node& node, const char* key, const char* what) {
  const Node* found = node.find(key);
  if (found == nullptr) case_error(scope, node, fmt::format("\"{}\": {}", key, what), describe(node));
  return *found;
}

/// The keys that a kind takes beside "fault", "when", "why" and "asserts".
std::vector<std::string_view> keys_of(Fault::Kind kind, bool armed, const Node& node) {
  std::vector<std::string_view> keys = {"fault", "when", "why", "asserts"};
  const auto also = [&](std::initializer_list<std::string_view> more) { keys.insert(keys.end(), more); };
  switch (kind) {
    case Fault::Kind::signal: also({"signal"}); [[fallthrough]];
    case Fault::Kind::kill:
    case Fault::Kind::stop:
      also({"actor", "after", "call"});
      if (armed) also({"nth", "moment", "where", "engine"});
      break;
    case Fault::Kind::resume: also({"actor", "after"}); break;
    case Fault::Kind::thaw: also({"actor"}); break;
    case Fault::Kind::error: also({"actor", "call", "error", "nth", "where", "engine"}); break;
    case Fault::Kind::fail_nth: also({"actor", "call", "site", "nth", "where"}); break;
    case Fault::Kind::delay: also({"actor", "call", "lasts", "nth", "where"}); break;
    case Fault::Kind::freeze: also({"actor", "call", "offset"}); break;
    case Fault::Kind::limit:
      if (node.find("sysctl") != nullptr)
        also({"sysctl", "value"});
      else
        also({"actor", node.find("cgroup") != nullptr ? "cgroup" : "rlimit", "value"});
      break;
  }
  return keys;
}

}  // namespace

std::string Nth::text() const {
  if (first == last) return std::to_string(first);
  std::string text = std::to_string(first) + "..";
  if (last != std::numeric_limits<std::int64_t>::max()) text += std::to_string(last);
  if (step != 1) text += "+" + std::to_string(step);
  return text;
}

void Compiler::read_fault(Step& step, const Node& node, const Place& place) {
  Fault fault;
  fault.kind = kind_of(scope_, *node.find("fault"));
  only_keys(scope_, node, keys_of(fault.kind, node.find("call") != nullptr, node));
  if (place.top && (node.find("call") != nullptr || fault.kind > Fault::Kind::signal))
    case_error_at(
        scope_, node,
        "kill, stop, continue or signal with \"after\", inside \"concurrently\"; any other fault stands before it");
  if (fault.kind == Fault::Kind::limit) {
    read_limit(fault, node);
  } else {
    const Node& actor = need(scope_, node, "actor", "who it happens to");
    fault.actor = read_as(actor);
    if (fault.actor.kind == Actors::Kind::any) case_error_at(scope_, actor, "{\"any\"} with \"resumes\" only");
  }
  if (fault.kind == Fault::Kind::signal) fault.signal = read_signal(need(scope_, node, "signal", "which"));
  if (node.find("call") != nullptr || fault.kind == Fault::Kind::error || fault.kind == Fault::Kind::fail_nth ||
      fault.kind == Fault::Kind::delay || fault.kind == Fault::Kind::freeze)
    read_armed(fault, node);
  if (const Node* after = node.find("after")) {
    if (!place.top) case_error_at(scope_, *after, "\"after\" only inside \"concurrently\"");
    only_keys(scope_, *after, {"call", "times"});
    const Node* call = after->find("call");
    const Node* times = after->find("times");
    if (call == nullptr || times == nullptr) case_error_at(scope_, *after, "{\"call\": NAME, \"times\": N}");
    fault.after_call = std::string(row_of(*call).name);
    fault.after_times = scope_.constant(*times);
    if (fault.after_times < 0) case_error_at(scope_, *times, "a number of calls that is not negative");
  } else if (place.top) {
    case_error(scope_, node, "\"after\": when it happens, inside \"concurrently\"", describe(node));
  }
  need_engine(fault);
  if (fault.armed() && may_be_multiplexed(*fault.call))
    program_->needs.push_back(Requirement{"fault", "direct-calls", 0, {}});
  if (fault.kind == Fault::Kind::stop && fault.armed()) stops_.emplace_back(range_of(fault.actor), fault.system_calls);
  step.fault = std::move(fault);
}

void Compiler::read_armed(Fault& fault, const Node& node) {
  const Node& call = need(scope_, node, "call", "which call of the actor it strikes");
  fault.call = &row_of(call);
  fault.system_calls = system_calls_of(*fault.call);
  if (fault.system_calls.empty())
    case_error(scope_, call, "a call that is a system call",
               fmt::format("{}, which is none or only futex()", call.text));
  if (const Node* nth = node.find("nth")) {
    const std::string text = nth->is_string() ? nth->text : std::to_string(scope_.constant(*nth));
    if (!read_nth(text, fault.nth))
      case_error(scope_, *nth, "first[..[last]][+step] with numbers from 1, such as 3, \"2..\" or \"1..9+2\"",
                 describe(*nth));
  } else if (fault.kind == Fault::Kind::kill || fault.kind == Fault::Kind::signal || fault.kind == Fault::Kind::stop ||
             fault.kind == Fault::Kind::fail_nth) {
    fault.nth.last = 1;
  }
  if (const Node* moment = node.find("moment")) {
    if (!moment->is_string() || (moment->text != "entry" && moment->text != "exit"))
      case_error(scope_, *moment, "\"entry\" (before the call has an effect) or \"exit\"", describe(*moment));
    fault.moment = moment->text == "exit" ? Fault::Moment::exit : Fault::Moment::entry;
  }
  if (const Node* where = node.find("where")) {
    const Param& first = fault.call->params.empty() ? Param{} : fault.call->params[0];
    if (first.type == nullptr || first.type->binds() || !where->is_object() || where->members.size() != 1 ||
        where->members[0].key != first.name)
      case_error(scope_, *where, fmt::format("{{\"{}\": …}}: only the first argument can be asked for", first.name),
                 describe(*where));
    fault.where = first.type->compile(where->members[0].value, scope_);
  }
  if (const Node* engine = node.find("engine")) {
    const auto& names = call_fault_engines();
    if (!engine->is_string() || std::find(names.begin(), names.end(), engine->text) == names.end())
      case_error(scope_, *engine, fmt::format("one of {}", fmt::join(names, ", ")), describe(*engine),
                 did_you_mean(engine->text, names));
    fault.engine = engine->text;
    check_engine(fault, *engine);
  }
  if (fault.kind == Fault::Kind::error)
    fault.error = error_of(scope_, need(scope_, node, "error", "what the call returns"));
  if (fault.kind == Fault::Kind::fail_nth) {
    const Node& site = need(scope_, node, "site", "which place of the call, from 1, fails");
    fault.site = scope_.constant(site);
    if (fault.site < 1 || fault.site > kMostSites)
      case_error(scope_, site, fmt::format("a number from 1 to {}", kMostSites), describe(site));
  }
  if (fault.kind == Fault::Kind::delay) {
    fault.lasts_ns = duration_ns(need(scope_, node, "lasts", "how long the call is held"), scope_);
    if (fault.lasts_ns < 0) case_error(scope_, *node.find("lasts"), "a time from 0", describe(*node.find("lasts")));
  }
  if (fault.kind == Fault::Kind::freeze) {
    fault.offset = scope_.constant(need(scope_, node, "offset", "how many bytes are copied before"));
    if (fault.call->name == "msgsnd" || fault.call->param("data") < 0 ||
        fault.call->params[static_cast<std::size_t>(fault.call->param("data"))].direction != Direction::in)
      case_error(scope_, call, "a call with \"data\" to send, whose copy can be stopped", call.text);
    if (fault.offset < 0 || fault.offset > kFreezeBytes)
      case_error(scope_, *node.find("offset"), fmt::format("a number from 0 to {}", kFreezeBytes),
                 describe(*node.find("offset")));
    const bool root =
        std::any_of(program_->roots.begin(), program_->roots.end(), [&](const ActorProperties& root_group) {
          return fault.actor.base >= root_group.base && fault.actor.base < root_group.base + root_group.count;
        });
    if (!root)
      case_error(scope_, *node.find("actor"),
                 "an actor that the case starts with: one that a call makes has lost the right to userfaultfd()",
                 fault.actor.text);
  }
}

/// True when an armed `stop` above may hold this call: then it can be at rest that could not otherwise.
bool Compiler::may_be_held(const Step& step) const {
  if (step.row == nullptr || stops_.empty()) return false;
  const std::pair<int, int> whom = range_of(step.as);
  const std::vector<long> calls = system_calls_of(*step.row);
  return std::any_of(stops_.begin(), stops_.end(), [&](const auto& stop) {
    const auto& [range, numbers] = stop;
    return range.first < whom.first + whom.second && whom.first < range.first + range.second &&
           std::find_first_of(calls.begin(), calls.end(), numbers.begin(), numbers.end()) != calls.end();
  });
}

/// A signal by eBPF does not keep the call from running, and its error comes from a security hook.
void Compiler::check_engine(const Fault& fault, const Node& engine) {
  if ((fault.engine == "bpf-errno" || fault.engine == "bpf-override") && fault.kind != Fault::Kind::error)
    case_error_at(scope_, engine, fmt::format("another engine than {}, which makes errno alone", fault.engine));
  const bool signals =
      fault.kind == Fault::Kind::signal || (fault.kind == Fault::Kind::kill && fault.moment == Fault::Moment::exit);
  if (fault.engine == "bpf-signal" && !signals)
    case_error_at(scope_, engine, "another engine than bpf-signal, which makes signals, and kills at the exit, alone");
}

void Compiler::read_limit(Fault& fault, const Node& node) {
  fault.value = scope_.expression(need(scope_, node, "value", "the new limit"));
  if (const Node* sysctl = node.find("sysctl")) {
    fault.sysctl = sysctl->text;
    return;
  }
  fault.actor = read_as(need(scope_, node, "actor", "whose limit it is"));
  if (const Node* cgroup = node.find("cgroup")) {
    read_group_limit(fault, *cgroup);
    return;
  }
  const Node& rlimit = need(scope_, node, "rlimit", "or \"cgroup\" or \"sysctl\": which limit");
  fault.rlimit = rlimit.text;
  if (rlimit_number(fault.rlimit) < 0)
    case_error(scope_, rlimit, "a limit of getrlimit(2)", describe(rlimit), did_you_mean(rlimit.text, rlimit_names()));
}

/// Only an actor that began in a group of its own can be limited by it.
void Compiler::read_group_limit(Fault& fault, const Node& node) {
  fault.cgroup = node.text;
  const auto [base, count] = range_of(fault.actor);
  for (const ActorProperties& root : program_->roots) {
    const auto same = [&](const auto& limit) { return limit.first == fault.cgroup; };
    if (root.base <= base && base + count <= root.base + root.count &&
        std::any_of(root.cgroup.begin(), root.cgroup.end(), same))
      return;
  }
  const auto& names = cgroup_limits();
  const bool known = std::find(names.begin(), names.end(), node.text) != names.end();
  case_error(scope_, node, fmt::format("a limit that \"cgroup\" gives to '{}' in \"actors\"", fault.actor.text),
             describe(node), known ? "" : did_you_mean(node.text, names));
}

/// What a fault needs of the platform is a requirement without being written.
void Compiler::need_engine(const Fault& fault) {
  std::string name = fault.engine;
  if (fault.kind == Fault::Kind::freeze)
    name = "userfaultfd";
  else if (fault.kind == Fault::Kind::fail_nth)
    name = "fail-nth";
  else if (name.empty() && fault.armed())
    name = fault.moment == Fault::Moment::exit || fault.kind == Fault::Kind::signal || fault.kind == Fault::Kind::stop
               ? "ptrace"
           : fault.kind == Fault::Kind::delay ? "seccomp-notify"
                                              : "call";
  if (!name.empty()) program_->needs.push_back(Requirement{"fault", name, 0, {}});
  if (!fault.sysctl.empty()) program_->needs.push_back(Requirement{"private_sysctl", fault.sysctl, 0, {}});
}

}  // namespace kipc
