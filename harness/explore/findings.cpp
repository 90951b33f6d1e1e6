#include "explore/findings.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace kipc {
namespace {

using Open = Snapshot::Open;

/// What was acknowledged is there: nobody's death takes it away or adds to it.
std::string exactly(bool is_inexact, std::int64_t n) {
  return is_inexact ? fmt::format("\">= {}\"", n) : std::to_string(n);
}

/// Descriptors: pipes, queues, sockets.
class Descriptors {
 public:
  Descriptors(const Circumstances& now, bool anyone_sleeps, std::string inexact)
      : now_(now), world_(now.world), anyone_sleeps_(anyone_sleeps), inexact_(std::move(inexact)) {}

  std::vector<std::string> run() {
    for (const int actor : idle_survivors(world_))
      for (const Snapshot::Named& named : world_.snapshot().names) {
        const Open* open = named.actor == actor ? world_.find(actor, named.name) : nullptr;
        if (open == nullptr || (!now_.script.in_flight && !seen_.insert({open->object, (open->flags & 3) != 0}).second))
          continue;
        as_ = quoted(world_.name_of(actor));
        name_ = quoted(named.name);
        if (open->kind == Open::Kind::fifo) look_at_pipe(*open);
        if (open->kind == Open::Kind::mqueue) look_at_queue(*open);
        if (open->kind == Open::Kind::socket) look_at_socket(*open);
      }
    lines_.insert(lines_.end(), last_.begin(), last_.end());
    return std::move(lines_);
  }

 private:
  void look_at_pipe(const Open& open) {
    const bool reads = (open.flags & 3) != 1;
    if (reads && open.queued >= 0)
      lines_.push_back(
          fmt::format(R"({{"as": {}, "call": "ioctl", "fd": {}, "request": "FIONREAD", "expect": {{"value": {}}}}})",
                      as_, name_, exactly(open.object == inexact_, open.queued)));
    if (now_.script.in_flight) return;
    if (reads && world_.writers(open.object) == 0 && world_.readers(open.object) == 1)
      lines_.push_back(fmt::format(
          R"({{"as": {}, "until": {{"return": 0}}, "steps": [{{"call": "read", "fd": {}, "count": 65536, "expect": {{"return": ">= 1"}}}}]}})",
          as_, name_));
    if (!reads && !now_.script.sigpipe && world_.readers(open.object) == 0 &&
        ended_.insert(as_).second)  // it may die of it
      last_.push_back(fmt::format(
          R"({{"as": {}, "call": "write", "fd": {}, "data": "x", "expect": [{{"error": "EPIPE"}}, {{"dies": "SIGPIPE"}}]}})",
          as_, name_));
  }

  void look_at_queue(const Open& open) {
    if (open.queued >= 0)
      lines_.push_back(
          fmt::format(R"({{"as": {}, "call": "mq_getattr", "mqdes": {}, "expect": {{"attr": {{"mq_curmsgs": {}}}}}}})",
                      as_, name_, exactly(open.object == inexact_, open.queued)));
  }

  /// POSIX recv(), send(): see fate_at_socket().
  void look_at_socket(const Open& open) {
    if (now_.script.in_flight || now_.script.shut || anyone_sleeps_ || open.listens) return;
    if (open.type != SOCK_STREAM && open.type != SOCK_SEQPACKET) return;
    const std::string peer = world_.peer(open);
    const Open* other = peer.empty() ? nullptr : world_.any(peer);
    if (other == nullptr || world_.holders(peer) > 0 || world_.holders(open.object) != 1) return;
    const bool is_unix = open.family == AF_UNIX;
    const bool nothing_unread = is_unix && !other->listens && other->queued == 0 && inexact_.empty();
    lines_.push_back(fmt::format(
        R"({{"as": {}, "until": {{"return": 0}}, "steps": [{{"call": "recv", "sockfd": {}, "len": 65536, "expect": {}}}]}})",
        as_, name_, nothing_unread ? R"({"return": ">= 1"})" : R"([{"return": ">= 1"}, {"error": "ECONNRESET"}])"));
    if (!is_unix) return;  // TCP learns it by sending
    lines_.push_back(fmt::format(
        R"({{"as": {}, "call": "send", "sockfd": {}, "data": "x", "flags": ["MSG_NOSIGNAL"], "expect": [{{"error": "EPIPE"}}, {{"error": "ECONNRESET"}}]}})",
        as_, name_));
  }

  const Circumstances& now_;
  const World& world_;
  bool anyone_sleeps_;
  std::string inexact_;
  std::set<std::pair<std::string, bool>> seen_;
  std::set<std::string> ended_;
  std::string as_;
  std::string name_;
  std::vector<std::string> lines_;
  std::vector<std::string> last_;
};

void append(std::vector<std::string>& to, std::vector<std::string> lines) {
  for (std::string& line : lines) to.push_back(std::move(line));
}

}  // namespace

std::vector<int> idle_survivors(const World& world) {
  std::vector<int> found;
  for (const Snapshot::Living& living : world.survivors())
    if (living.blocked_in < 0 && !living.stopped) found.push_back(living.actor);
  return found;
}

std::string name_for(const World& world, int actor, const std::string& object) {
  for (const Snapshot::Named& named : world.snapshot().names) {
    const Open* open = named.actor == actor ? world.find(actor, named.name) : nullptr;
    if (open != nullptr && open->object == object) return named.name;
  }
  return "";
}

/// System V objects: what they hold, and that the dead are detached.
std::vector<std::string> object_findings(const Circumstances& now, const std::string& inexact) {
  std::vector<std::string> lines;
  const World& world = now.world;
  const std::vector<int> idle = idle_survivors(world);
  if (world.program().uses_users || idle.empty()) return lines;  // not everybody may look
  const std::string as = quoted(world.name_of(idle.front()));
  for (const Snapshot::Object& object : world.snapshot().objects) {
    const std::string name = quoted(object.name);
    if (object.kind == "msg") {
      lines.push_back(fmt::format(
          R"({{"as": {}, "call": "msgctl", "msqid": {}, "cmd": "IPC_STAT", "expect": {{"buf": {{"msg_qnum": {}}}}}}})",
          as, name, exactly(object.name == inexact, object.values[0])));
    } else if (object.kind == "shm") {
      // POSIX shmdt(), exit(): the segments of a process are detached when it ends.
      const auto& shared = world.snapshot().shared;
      const auto attached = [&](bool dead) {
        return std::count_if(shared.begin(), shared.end(), [&](const Snapshot::Shared& one) {
          return one.segment == object.id && (world.dead().count(one.actor) != 0) == dead;
        });
      };
      if (attached(true) + attached(false) != object.values[0]) continue;  // there are others that nobody shows
      if (object.values[1] != 0 && attached(false) == 0) {
        lines.push_back(fmt::format(
            R"({{"as": {}, "call": "shmctl", "shmid": {}, "cmd": "IPC_STAT", "expect": {{"error": ["EIDRM", "EINVAL"]}}}})",
            as, name));
        continue;
      }
      lines.push_back(fmt::format(
          R"({{"as": {}, "call": "shmctl", "shmid": {}, "cmd": "IPC_STAT", "expect": {{"buf": {{"shm_nattch": {}}}}}}})",
          as, name, attached(false)));
    } else if (const auto values = now.undone.values.find(object.name); values != now.undone.values.end()) {
      for (std::size_t i = 0; i < values->second.size() && i < 8; ++i)
        lines.push_back(fmt::format(
            R"({{"as": {}, "call": "semctl", "semid": {}, "semnum": {}, "cmd": "GETVAL", "expect": {{"return": {}}}}})",
            as, name, i, values->second[i]));
    }
  }
  return lines;
}

/// unix(7): a path whose listener is gone refuses connections.
std::vector<std::string> listener_findings(const Circumstances& now) {
  std::vector<std::string> lines;
  const World& world = now.world;
  const std::vector<int> idle = idle_survivors(world);
  if (idle.empty() || now.script.in_flight || world.program().uses_users) return lines;
  for (const char* word : {"\"unlink\"", "\"rename\"", "\"chdir\"", "\"link\"", "CLONE_NEWNET", "rlimit"})
    if (mentions(world.program(), word)) return lines;
  std::set<std::string> done;
  for (const Open& open : world.snapshot().open) {
    if (open.kind != Open::Kind::socket || !open.listens || open.family != AF_UNIX || !world.is_gone(open.object))
      continue;
    if (!done.insert(open.object).second) continue;
    const Node* address = nullptr;
    int binds = 0;
    for (const Step* step : world.program().steps) {
      const Node* socket = step->row != nullptr && step->row->name == "bind" ? step->node.find("sockfd") : nullptr;
      if (socket == nullptr || socket->text != name_for(world, open.actor, open.object)) continue;
      ++binds;
      address = step->node.find("addr");
    }
    if (binds != 1 || address == nullptr ||
        (address->find("sun_path") == nullptr && address->find("abstract") == nullptr))
      continue;
    const char* type = open.type == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_SEQPACKET";
    const std::string as = quoted(world.name_of(idle.front()));
    lines.push_back(
        fmt::format(R"({{"as": {}, "call": "socket", "domain": "AF_UNIX", "type": ["{}"], "into": "knocks{}"}})", as,
                    type, done.size()));
    lines.push_back(fmt::format(
        R"({{"as": {}, "call": "connect", "sockfd": "knocks{}", "addr": {}, "expect": {{"error": "ECONNREFUSED"}}}})",
        as, done.size(), to_json(*address)));
  }
  return lines;
}

std::vector<std::string> findings(const Circumstances& now, const std::vector<Snapshot::Living>& sleepers,
                                  const std::set<int>& awake, const std::string& inexact) {
  std::vector<std::string> lines = mutex_findings(now, sleepers, awake);
  append(lines, lock_findings(now, sleepers));
  append(lines, object_findings(now, inexact));
  append(lines, listener_findings(now));
  append(lines, Descriptors(now, !sleepers.empty(), inexact).run());
  return lines;
}

}  // namespace kipc
