// What becomes of those who wait until one of several descriptors is ready.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>

#include "explore/fate.hpp"

namespace kipc {
namespace {

using Open = Snapshot::Open;

/// What a death makes of a descriptor that was not ready.
enum class Turns { ready, not_ready, unclear };

struct Interest {
  const Open* open;
  bool reads;
  bool writes;
  bool hang_up;  // POLLHUP and POLLERR count
};

/// POSIX poll(): POLLHUP when a pipe has no writer left, POLLERR when it has no reader left.
Turns pipe_turns(const Circumstances& now, const Interest& interest) {
  const Open& open = *interest.open;
  const int mode = open.flags & O_ACCMODE;
  const bool ends = mode == O_RDONLY   ? now.world.writers(open.object) == 0
                    : mode == O_WRONLY ? now.world.readers(open.object) == 0
                                       : false;
  if (!ends) return Turns::not_ready;
  const bool seen = interest.hang_up || (mode == O_RDONLY ? interest.reads : interest.writes);
  return seen ? Turns::ready : Turns::not_ready;
}

Turns socket_turns(const Circumstances& now, const Interest& interest) {
  const Open& open = *interest.open;
  if (now.script.shut) return Turns::unclear;
  if (open.listens) return Turns::not_ready;
  const std::string peer = now.world.peer(open);
  if (open.type == SOCK_DGRAM && !interest.writes) return Turns::not_ready;
  if (peer.empty() || now.world.any(peer) == nullptr) return Turns::unclear;
  if (now.world.holders(peer) > 0) return Turns::not_ready;
  return interest.reads ? Turns::ready : Turns::unclear;
}

Turns turns(const Circumstances& now, const Interest& interest) {
  const Open& open = *interest.open;
  switch (open.kind) {
    case Open::Kind::eventfd:
    case Open::Kind::mqueue:
    case Open::Kind::signalfd: return Turns::not_ready;
    case Open::Kind::fifo: return pipe_turns(now, interest);
    case Open::Kind::socket: return socket_turns(now, interest);
    case Open::Kind::pidfd: {
      // pidfd_open(2): readable when its process has ended.
      const auto& actors = now.world.history().actors;
      const bool ended = std::any_of(actors.begin(), actors.end(), [&](const ActorRecord& record) {
        return record.pid == open.target && now.world.dead().count(record.process) != 0;
      });
      if (!ended) return Turns::not_ready;
      return interest.reads ? Turns::ready : Turns::unclear;
    }
    default: return Turns::unclear;
  }
}

/// The descriptors that the call is about; false where the script does not say them plainly.
class Interests {
 public:
  Interests(const Circumstances& now, int actor) : now_(now), actor_(actor) {}

  bool read(const Step& step) {
    const std::string_view row = step.row->name;
    if (row == "epoll_wait" || row == "epoll_pwait") {
      const Node* name = step.node.find("epfd");
      const Open* open = name == nullptr ? nullptr : now_.world.find(actor_, name->text);
      return open != nullptr && add_watches(*open);
    }
    if (row == "poll" || row == "ppoll") {
      const Node* list = step.node.find("fds");
      return list != nullptr && list->is_array() &&
             std::all_of(list->items.begin(), list->items.end(), [&](const Node& item) { return add_polled(item); });
    }
    return add_set(step.node.find("readfds"), true) && add_set(step.node.find("writefds"), false) &&
           step.node.find("exceptfds") == nullptr;
  }

  std::vector<Interest> all;

 private:
  bool add(const Node& name, bool reads, bool writes, bool hang_up) {
    const auto found = now_.world.find_all(actor_, name);
    if (!found) return false;
    for (const Open* open : *found) all.push_back({open, reads, writes, hang_up});
    return true;
  }

  bool add_polled(const Node& item) {
    const Node* fd = item.find("fd");
    const Node* events = item.find("events");
    if (fd == nullptr || events == nullptr || !events->is_array()) return false;
    const auto has = [&](std::string_view name) {
      return std::any_of(events->items.begin(), events->items.end(), [&](const Node& e) { return e.text == name; });
    };
    return add(*fd, has("POLLIN"), has("POLLOUT"), true);
  }

  bool add_set(const Node* set, bool reads) {
    if (set == nullptr) return true;
    return set->is_array() && std::all_of(set->items.begin(), set->items.end(),
                                          [&](const Node& fd) { return add(fd, reads, !reads, false); });
  }

  bool add_watches(const Open& epoll) {
    if (epoll.kind != Open::Kind::epoll) return false;
    for (const Open::Watch& watch : epoll.watches) {
      constexpr std::uint32_t kHow = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
      if ((watch.events & ~kHow) == 0) continue;  // disarmed
      const auto found = now_.world.find_all(actor_, Node::integer(watch.fd));
      if (!found || found->front()->object != watch.object || found->front()->kind == Open::Kind::epoll) return false;
      all.push_back({found->front(), (watch.events & EPOLLIN) != 0, (watch.events & EPOLLOUT) != 0, true});
    }
    return true;
  }

  const Circumstances& now_;
  int actor_;
};

}  // namespace

Fate fate_at_poll(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  Interests interests(now, sleeper.actor);
  if (!interests.read(step)) return {};
  bool ready = false;
  for (const Interest& interest : interests.all) {
    const Turns one = turns(now, interest);
    if (one == Turns::unclear) return {};
    ready = ready || one == Turns::ready;
  }
  if (!ready) return {Fate::Kind::stays};
  return {Fate::Kind::returns, R"({"return": ">= 1"})"};
}

}  // namespace kipc
