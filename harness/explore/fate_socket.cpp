// What becomes of those who sleep at a socket.
#include <sys/socket.h>

#include <algorithm>

#include "explore/fate.hpp"

namespace kipc {
namespace {

bool is_connection(const Snapshot::Open& open) { return open.type == SOCK_STREAM || open.type == SOCK_SEQPACKET; }

bool says(const Step& step, std::string_view word) { return to_json(step.node).find(word) != std::string::npos; }

/// What was in a socket's receive queue right before the sleeper's call and right after it; nothing where no snapshot
/// was taken.
std::optional<std::pair<std::int64_t, std::int64_t>> around(const World& world, const Step& call,
                                                            const std::string& object) {
  const auto& script = world.program().script;
  const auto line = std::find_if(script.begin(), script.end(), [&](const Step& step) { return step.id == call.id; });
  if (line == script.end()) return std::nullopt;
  const auto at = static_cast<int>(line - script.begin());
  std::int64_t before = -1;
  std::int64_t after = -1;
  for (const Snapshot& snapshot : *world.history().snapshots) {
    if (snapshot.moment.step >= 0 || (snapshot.line != at && (snapshot.line <= at || after >= 0))) continue;
    for (const Snapshot::Open& open : snapshot.open)
      if (open.object == object) (snapshot.line == at ? before : after) = open.queued;
  }
  return before < 0 || after < 0 ? std::nullopt : std::optional(std::pair(before, after));
}

Fate at_writing(const Circumstances& now, const Step& step, const Snapshot::Open& open, const std::string& peer) {
  if (open.type == SOCK_SEQPACKET || says(step, "MSG_NOSIGNAL") || open.family != AF_UNIX) {
    // POSIX send(): EPIPE, with SIGPIPE for a stream unless MSG_NOSIGNAL is set. What went through is acknowledged.
    if (says(step, "MSG_NOSIGNAL"))
      return {Fate::Kind::returns, open.type == SOCK_STREAM
                                       ? R"([{"return": ">= 1"}, {"error": "EPIPE"}, {"error": "ECONNRESET"}])"
                                       : R"([{"error": "EPIPE"}, {"error": "ECONNRESET"}])"};
    return {};
  }
  const auto queued = around(now.world, step, peer);
  if (!queued) return {};
  if (queued->second > queued->first) return {Fate::Kind::returns, R"({"return": ">= 1"})"};
  return {now.script.sigpipe ? Fate::Kind::unruled : Fate::Kind::dies};
}

}  // namespace

/// POSIX recv(): the end of a connection-mode peer is end-of-file, or ECONNRESET when it left something unread
/// (unix(7)); a listener that ends resets the connections it has not accepted.
Fate fate_at_socket(const Circumstances& now, const Step& step, const Snapshot::Open& open, bool reads) {
  const World& world = now.world;
  if (open.listens || now.script.shut) return {};
  const std::string peer = world.peer(open);
  if (!is_connection(open)) {
    // Who waits for datagrams may get one from anybody; who waits for room does until the other socket is closed.
    if (reads || (!peer.empty() && world.holders(peer) > 0)) return {Fate::Kind::stays};
    return {};
  }
  if (peer.empty() || world.any(peer) == nullptr) return {};
  if (world.holders(peer) > 0) return {Fate::Kind::stays};
  if (!reads) return at_writing(now, step, open, peer);
  const Snapshot::Open* other = world.any(peer);
  const bool nothing_unread = !other->listens && open.family == AF_UNIX && other->queued == 0;
  if (says(step, "MSG_WAITALL")) return {Fate::Kind::returns, R"([{"return": ">= 0"}, {"error": "ECONNRESET"}])"};
  return {Fate::Kind::returns, nothing_unread ? R"({"return": 0})" : R"([{"return": 0}, {"error": "ECONNRESET"}])"};
}

/// connect(2), unix(7): it waits for room in the queue of a listener, and is refused when the listener is gone.
Fate fate_at_connect(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  const World& world = now.world;
  const Node* own = step.node.find("sockfd");
  const Node* wanted = step.node.find("addr");
  const Snapshot::Open* socket = own == nullptr ? nullptr : world.find(sleeper.actor, own->text);
  if (socket == nullptr || wanted == nullptr || socket->family != AF_UNIX) return {};
  std::set<std::string> listeners;
  for (const Step* bind : world.program().steps) {
    if (bind->row == nullptr || bind->row->name != "bind") continue;
    const Node* name = bind->node.find("sockfd");
    const Node* address = bind->node.find("addr");
    if (name == nullptr || address == nullptr || !(*address == *wanted)) continue;
    const int bound_by = bind->as.base;
    for (const Snapshot::Living& living : world.snapshot().living)
      if (const Snapshot::Open* open = world.find(living.actor, name->text);
          open != nullptr && open->listens && (living.actor == bound_by || world.process_of(living.actor) >= 0))
        listeners.insert(open->object);
  }
  if (listeners.size() != 1) return {};
  if (world.holders(*listeners.begin()) > 0) return {Fate::Kind::stays};
  return {Fate::Kind::returns, R"({"error": "ECONNREFUSED"})"};
}

}  // namespace kipc
