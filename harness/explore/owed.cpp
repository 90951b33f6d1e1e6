#include "explore/owed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace kipc {
namespace {

using Open = Snapshot::Open;
using Kind = Open::Kind;

/// Calls that wait for something of the object that is their first argument.
enum class Waits { not_ruled, to_read, to_write, in_queue };

struct Rule {
  std::string_view call;
  Waits waits;
};

// Beside the call table: a new row that sleeps is explored as soon as it stands here.
constexpr Rule kRules[] = {{"mq_receive", Waits::in_queue}, {"mq_send", Waits::in_queue}, {"msgrcv", Waits::in_queue},
                           {"msgsnd", Waits::in_queue},     {"read", Waits::to_read},     {"readv", Waits::to_read},
                           {"recv", Waits::to_read},        {"recvfrom", Waits::to_read}, {"recvmsg", Waits::to_read},
                           {"send", Waits::to_write},       {"sendmsg", Waits::to_write}, {"sendto", Waits::to_write},
                           {"write", Waits::to_write},      {"writev", Waits::to_write}};

Waits waits_of(const Row& row) {
  const auto found =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return rule.call == row.name; });
  return found == std::end(kRules) ? Waits::not_ruled : found->waits;
}

std::string quoted(const std::string& text) { return to_json(Node::string(text)); }

bool mentions(const Program& program, std::string_view word) {
  return std::any_of(program.script.begin(), program.script.end(),
                     [&](const Step& step) { return to_json(step.node).find(word) != std::string::npos; });
}

/// What a script does that keeps some rules from telling.
struct Reservations {
  explicit Reservations(const Program& program)
      : in_flight(mentions(program, "rights") || mentions(program, "SCM_RIGHTS")),
        sigpipe(mentions(program, "SIGPIPE")),
        shut(mentions(program, "shutdown")) {}
  bool in_flight;  // descriptors may be in a socket, where nobody sees them
  bool sigpipe;    // the signal may be ignored or handled
  bool shut;       // an end that is open may still have nothing to give
};

/// What becomes of a sleeper: one line, or nothing where no rule tells.
class Sleepers {
 public:
  Sleepers(const Program& program, const World& world) : program_(program), world_(world), script_(program) {}

  [[nodiscard]] std::optional<std::string> line(const Snapshot::Living& sleeper) const {
    if (sleeper.stopped) return std::nullopt;
    const Step& step = *program_.steps[static_cast<std::size_t>(sleeper.blocked_in)];
    const Waits waits = waits_of(*step.row);
    if (waits == Waits::not_ruled) return std::nullopt;
    if (waits == Waits::in_queue) return stays(sleeper, step);
    const Node* argument = step.node.find(step.row->params[0].name);
    const Open* open = argument == nullptr ? nullptr : world_.find(sleeper.actor, argument->text);
    if (open == nullptr || script_.in_flight) return std::nullopt;
    if (open->kind == Kind::fifo) return of_pipe(sleeper, step, waits, open->object);
    if (open->kind == Kind::socket) return of_pair(sleeper, step, waits, open->object);
    return std::nullopt;
  }

 private:
  /// POSIX read(): end-of-file when no process has the pipe open for writing; write(): EPIPE and SIGPIPE when none has
  /// it open for reading.
  [[nodiscard]] std::optional<std::string> of_pipe(const Snapshot::Living& sleeper, const Step& step, Waits waits,
                                                   const std::string& object) const {
    if (waits == Waits::to_read)
      return world_.writers(object) > 0 ? stays(sleeper, step) : returns(sleeper, step, R"({"return": 0})");
    if (world_.readers(object) > 0) return stays(sleeper, step);
    return dies_of_sigpipe(sleeper);
  }

  /// unix(7), POSIX recv() and send(): the end of a connection-mode peer is end-of-file, or ECONNRESET when it left
  /// something unread.
  [[nodiscard]] std::optional<std::string> of_pair(const Snapshot::Living& sleeper, const Step& step, Waits waits,
                                                   const std::string& object) const {
    const std::string peer = world_.peer(object);
    const std::string type = world_.pair_type(object);
    if (peer.empty() || script_.shut || (type != "SOCK_STREAM" && type != "SOCK_SEQPACKET")) return std::nullopt;
    if (world_.holders(peer) > 0) return stays(sleeper, step);
    if (waits == Waits::to_write) return std::nullopt;  // what it had sent of the message decides
    const bool partly = to_json(step.node).find("MSG_WAITALL") != std::string::npos;
    return returns(
        sleeper, step,
        partly ? R"([{"return": ">= 0"}, {"error": "ECONNRESET"}])" : R"([{"return": 0}, {"error": "ECONNRESET"}])");
  }

  [[nodiscard]] std::string stays(const Snapshot::Living& sleeper, const Step& step) const {
    return fmt::format(R"({{"as": {}, "blocked": "{}"}})", name_of(sleeper), step.row->name);
  }
  [[nodiscard]] std::string returns(const Snapshot::Living& sleeper, const Step& step, std::string_view what) const {
    return fmt::format(R"({{"as": {}, "resumes": "{}", "expect": {}}})", name_of(sleeper), step.row->name, what);
  }
  [[nodiscard]] std::optional<std::string> dies_of_sigpipe(const Snapshot::Living& sleeper) const {
    if (script_.sigpipe) return std::nullopt;  // it may be ignored or handled
    return fmt::format(R"({{"as": {}, "dies": "SIGPIPE"}})", name_of(sleeper));
  }
  [[nodiscard]] std::string name_of(const Snapshot::Living& sleeper) const {
    return quoted(program_.actor_name(sleeper.actor));
  }

  const Program& program_;
  const World& world_;
  Reservations script_;
};

/// What survivors that are idle find.
class Findings {
 public:
  Findings(const Program& program, const History& history, const World& world, std::string inexact, bool anyone_sleeps,
           const std::set<int>& dead)
      : program_(program),
        history_(history),
        world_(world),
        inexact_(std::move(inexact)),
        anyone_sleeps_(anyone_sleeps),
        dead_(dead),
        script_(program) {}

  std::vector<std::string> lines() {
    for (const Snapshot::Living& living : world_.survivors()) {
      if (living.blocked_in >= 0 || living.stopped) continue;
      for (const Snapshot::Named& named : world_.snapshot().names) {
        const Open* open = named.actor == living.actor ? world_.find(living.actor, named.name) : nullptr;
        if (open == nullptr || (!script_.in_flight && !seen_.insert({open->object, (open->flags & 3) != 0}).second))
          continue;
        as_ = quoted(program_.actor_name(living.actor));
        name_ = quoted(named.name);
        if (open->kind == Kind::fifo) look_at_pipe(*open);
        if (open->kind == Kind::mqueue) look_at_queue(*open);
        if (open->kind == Kind::socket) look_at_socket(*open);
      }
      look_at_objects(quoted(program_.actor_name(living.actor)));
    }
    lines_.insert(lines_.end(), last_.begin(), last_.end());
    return std::move(lines_);
  }

 private:
  /// What was acknowledged is there: nobody's death takes it away or adds to it.
  [[nodiscard]] std::string exactly(const std::string& object, std::int64_t n) const {
    return object == inexact_ ? fmt::format("\">= {}\"", n) : std::to_string(n);
  }

  void look_at_pipe(const Open& open) {
    const bool reads = (open.flags & 3) != 1;
    if (reads && open.queued >= 0)
      lines_.push_back(
          fmt::format(R"({{"as": {}, "call": "ioctl", "fd": {}, "request": "FIONREAD", "expect": {{"value": {}}}}})",
                      as_, name_, exactly(open.object, open.queued)));
    if (script_.in_flight) return;
    if (reads && world_.writers(open.object) == 0 && world_.readers(open.object) == 1)
      lines_.push_back(fmt::format(
          R"({{"as": {}, "until": {{"return": 0}}, "steps": [{{"call": "read", "fd": {}, "count": 65536, "expect": {{"return": ">= 1"}}}}]}})",
          as_, name_));
    if (!reads && !script_.sigpipe && world_.readers(open.object) == 0 &&
        ended_.insert(as_).second)  // it may die of it
      last_.push_back(fmt::format(
          R"({{"as": {}, "call": "write", "fd": {}, "data": "x", "expect": [{{"error": "EPIPE"}}, {{"dies": "SIGPIPE"}}]}})",
          as_, name_));
  }

  void look_at_queue(const Open& open) {
    if (open.queued >= 0)
      lines_.push_back(
          fmt::format(R"({{"as": {}, "call": "mq_getattr", "mqdes": {}, "expect": {{"attr": {{"mq_curmsgs": {}}}}}}})",
                      as_, name_, exactly(open.object, open.queued)));
  }

  void look_at_socket(const Open& open) {
    const std::string type = world_.pair_type(open.object);
    if (script_.in_flight || script_.shut || anyone_sleeps_ || world_.peer(open.object).empty() ||
        type == "SOCK_DGRAM" || world_.holders(world_.peer(open.object)) > 0 || world_.holders(open.object) != 1)
      return;
    lines_.push_back(fmt::format(
        R"({{"as": {}, "until": {{"return": 0}}, "steps": [{{"call": "recv", "sockfd": {}, "len": 65536, "expect": [{{"return": ">= 1"}}, {{"error": "ECONNRESET"}}]}}]}})",
        as_, name_));
    lines_.push_back(fmt::format(
        R"({{"as": {}, "call": "send", "sockfd": {}, "data": "x", "flags": ["MSG_NOSIGNAL"], "expect": [{{"error": "EPIPE"}}, {{"error": "ECONNRESET"}}]}})",
        as_, name_));
  }

  void look_at_objects(const std::string& as) {
    if (program_.uses_users || objects_done_) return;  // not everybody may look
    objects_done_ = true;
    for (const Snapshot::Object& object : world_.snapshot().objects) {
      const std::string name = quoted(object.name);
      if (object.kind == "msg") {
        lines_.push_back(fmt::format(
            R"({{"as": {}, "call": "msgctl", "msqid": {}, "cmd": "IPC_STAT", "expect": {{"buf": {{"msg_qnum": {}}}}}}})",
            as, name, exactly(object.name, object.values[0])));
        continue;
      }
      std::vector<std::int64_t> values = object.values;
      if (!undo(object.name, values)) continue;
      for (std::size_t i = 0; i < values.size() && i < 8; ++i)
        lines_.push_back(fmt::format(
            R"({{"as": {}, "call": "semctl", "semid": {}, "semnum": {}, "cmd": "GETVAL", "expect": {{"return": {}}}}})",
            as, name, i, values[i]));
    }
  }

  /// Adds what the dead asked to be undone (POSIX semop(), exit()). False where the script does not say it in plain
  /// numbers.
  bool undo(const std::string& set, std::vector<std::int64_t>& values) const {
    if (!mentions(program_, "SEM_UNDO")) return true;
    if (mentions(program_, "SETVAL") || mentions(program_, "SETALL") || mentions(program_, "pthread_create") ||
        mentions(program_, "concurrently"))
      return false;
    std::set<int> processes;
    for (const int actor : dead_) processes.insert(world_.process_of(actor));
    for (std::size_t i = 0; i < world_.snapshot().events; ++i) {
      const Event& event = history_.events[i];
      if (event.kind != Event::Kind::returned && event.kind != Event::Kind::resumed) continue;
      const Step& call = *program_.steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
      if (call.row == nullptr || (call.row->name != "semop" && call.row->name != "semtimedop")) continue;
      if (event.result.err != 0 || processes.count(world_.process_of(event.actor)) == 0) continue;
      const Node* id = call.node.find("semid");
      const Node* operations = call.node.find("sops");
      if (id == nullptr || operations == nullptr) return false;
      if (id->text != set) continue;
      for (const Node& operation : operations->items)
        if (!undo_one(operation, values)) return false;
    }
    return true;
  }

  static bool undo_one(const Node& operation, std::vector<std::int64_t>& values) {
    const Node* number = operation.find("sem_num");
    const Node* change = operation.find("sem_op");
    const Node* flags = operation.find("sem_flg");
    const bool asked = flags != nullptr && std::any_of(flags->items.begin(), flags->items.end(),
                                                       [](const Node& flag) { return flag.text == "SEM_UNDO"; });
    if (!asked) return flags == nullptr || flags->is_array();
    const std::int64_t at = number == nullptr ? 0 : number->number;
    if (change == nullptr || !change->is_integer() || (number != nullptr && !number->is_integer()) || at < 0 ||
        at >= static_cast<std::int64_t>(values.size()))
      return false;
    auto& value = values[static_cast<std::size_t>(at)];
    value = std::clamp<std::int64_t>(value - change->number, 0, 32767);
    return true;
  }

  const Program& program_;
  const History& history_;
  const World& world_;
  std::string inexact_;
  bool anyone_sleeps_;
  const std::set<int>& dead_;
  Reservations script_;
  bool objects_done_ = false;
  std::set<std::pair<std::string, bool>> seen_;
  std::set<std::string> ended_;
  std::string as_;
  std::string name_;
  std::vector<std::string> lines_;
  std::vector<std::string> last_;
};

}  // namespace

std::vector<int> unruled_sleepers(const Program& program, const History& history, const Snapshot& snapshot,
                                  const std::set<int>& dead) {
  std::vector<int> unruled;
  std::set<int> gone = dead;
  for (bool more = true; more;) {  // each death may take away what another's rule stood on
    more = false;
    const World world(program, history, snapshot, gone);
    const Sleepers sleepers(program, world);
    for (const Snapshot::Living& living : world.survivors()) {
      if (living.blocked_in < 0 || sleepers.line(living)) continue;
      unruled.push_back(living.actor);
      gone.insert(living.actor);
      more = true;
      break;
    }
  }
  return unruled;
}

Owed owed_to_survivors(const Program& program, const History& history, const Snapshot& snapshot,
                       const std::set<int>& dead, const std::string& inexact) {
  const World world(program, history, snapshot, dead);
  const Sleepers sleepers(program, world);
  Owed owed;
  std::vector<std::string> still;
  for (const Snapshot::Living& living : world.survivors()) {
    if (living.blocked_in < 0) continue;
    if (auto line = sleepers.line(living))
      (line->find("\"blocked\"") == std::string::npos ? owed.reactions : still).push_back(std::move(*line));
  }
  const bool anyone_sleeps = !still.empty();
  owed.reactions.insert(owed.reactions.end(), still.begin(), still.end());
  owed.findings = Findings(program, history, world, inexact, anyone_sleeps, dead).lines();
  return owed;
}

}  // namespace kipc
