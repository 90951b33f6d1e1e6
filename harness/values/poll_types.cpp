#include "values/poll_types.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"
#include "values/fd_list.hpp"

namespace kipc {
namespace {

#define KIPC_C(name) \
  Constant { #name, static_cast < std::int64_t>(name) }

constexpr std::array kPollEvents = {
    KIPC_C(POLLERR), KIPC_C(POLLHUP),    KIPC_C(POLLIN),    KIPC_C(POLLMSG),    KIPC_C(POLLNVAL),   KIPC_C(POLLOUT),
    KIPC_C(POLLPRI), KIPC_C(POLLRDBAND), KIPC_C(POLLRDHUP), KIPC_C(POLLRDNORM), KIPC_C(POLLWRBAND), KIPC_C(POLLWRNORM),
};

constexpr std::array kEpollEvents = {
    KIPC_C(EPOLLERR),   KIPC_C(EPOLLET),      KIPC_C(EPOLLEXCLUSIVE), KIPC_C(EPOLLHUP),    KIPC_C(EPOLLIN),
    KIPC_C(EPOLLMSG),   KIPC_C(EPOLLONESHOT), KIPC_C(EPOLLOUT),       KIPC_C(EPOLLPRI),    KIPC_C(EPOLLRDBAND),
    KIPC_C(EPOLLRDHUP), KIPC_C(EPOLLRDNORM),  KIPC_C(EPOLLWAKEUP),    KIPC_C(EPOLLWRBAND), KIPC_C(EPOLLWRNORM),
};
#undef KIPC_C

constexpr std::array kEpollFields = {
    StructField{"events", offsetof(epoll_event, events), sizeof(epoll_event::events), false, kEpollEvents, true},
    StructField{"data", offsetof(epoll_event, data), sizeof(epoll_event::data), false},
};
constexpr StructType kEpollEvent{"struct epoll_event", sizeof(epoll_event), kEpollFields};

const Type& poll_events() {
  static const auto type = make_flags_type("poll events", kPollEvents);
  return *type;
}

std::string_view as_bytes(const std::int64_t& value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

template <typename T>
std::vector<T> unpack(std::string_view actual) {
  std::vector<T> list(actual.size() / sizeof(T));
  if (!list.empty()) std::memcpy(list.data(), actual.data(), list.size() * sizeof(T));
  return list;
}

bool bad_pointer(const Node& node) { return node.is_string() && (node.text == "null" || node.text == "unmapped"); }

void marshal_bad_pointer(const Arg& arg, Frame& frame, Slot& slot) {
  slot.p = arg.text == "null" ? nullptr : frame.buffers[1].guard();
}

class PollFdsType : public Type {
 public:
  std::string name() const override { return "pollfd list"; }
  std::string schema() const override {
    return fmt::format(
        R"({{"anyOf": [{{"enum": ["null", "unmapped"]}}, {{"type": "array", "items": {{"type": "object", )"
        R"("properties": {{"fd": {{"$ref": "#/$defs/handle"}}, "events": {}}}, "required": ["fd"], )"
        R"("additionalProperties": false}}}}]}})",
        poll_events().schema());
  }
  std::string expected_schema() const override {
    return fmt::format(R"({{"type": "object", "additionalProperties": {}}})", poll_events().expected_schema());
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (bad_pointer(node)) {
      arg.text = node.text;
      return arg;
    }
    if (!node.is_array()) case_error_at(scope, node, R"(a list such as [{"fd": "r", "events": ["POLLIN"]}])");
    for (const Node& item : node.items) {
      if (!item.is_object()) case_error_at(scope, item, R"({"fd": "r", "events": ["POLLIN"]})");
      only_keys(scope, item, {"fd", "events"});
      const Node* fd = item.find("fd");
      if (fd == nullptr) case_error_at(scope, item, "an \"fd\"");
      arg.items.push_back(compile_fd(*fd, scope));
      const Node* events = item.find("events");
      arg.fields.emplace_back("events", events != nullptr ? poll_events().compile(*events, scope) : Arg{});
    }
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (!arg.text.empty()) {
      marshal_bad_pointer(arg, frame, slot);
      slot.n = 1;
      return;
    }
    std::vector<pollfd> list;
    for (std::size_t i = 0; i < arg.items.size(); ++i) {
      Slot events;
      poll_events().marshal(arg.fields[i].second, frame, events);
      std::vector<int> fds;
      append_fds(arg.items[i], frame.env, fds);
      for (const int fd : fds) list.push_back(pollfd{fd, static_cast<short>(events.i), 0});
    }
    auto* kept = frame.scratch.take_object<pollfd>(std::max<std::size_t>(list.size(), 1));
    std::copy(list.begin(), list.end(), kept);
    slot.p = kept;
    slot.n = list.size();
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_object())
      case_error_at(scope, node, R"(an object such as {"r[0]": ["POLLIN"]}; all others have no event)");
    Arg arg;
    for (const Member& member : node.members) {
      arg.items.push_back(poll_events().compile_expected(member.value, scope));
      arg.fields.emplace_back(member.key, compile_fd_text(member.value, member.key, scope, FdWords::or_expressions));
    }
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const std::vector<pollfd> list = unpack<pollfd>(actual);
    std::vector<bool> named(list.size());
    for (std::size_t e = 0; e < expected.items.size(); ++e) {
      const auto& [key, fd_arg] = expected.fields[e];
      std::vector<int> fds;
      append_fds(fd_arg, env, fds);
      for (const int fd : fds) {
        bool found = false;
        for (std::size_t i = 0; i < list.size(); ++i) {
          if (list[i].fd != fd) continue;
          found = named[i] = true;
          std::string reason;
          if (!poll_events().matches(expected.items[e], as_bytes(list[i].revents), env, reason)) {
            why = fmt::format("{} (fd {}) is {}", key, fd, reason);
            return false;
          }
        }
        if (!found) {
          why = fmt::format("{} (fd {}) was not polled", key, fd);
          return false;
        }
      }
    }
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!named[i] && list[i].revents != 0) {
        why = fmt::format("fd {} has {}, where no event was expected", list[i].fd,
                          poll_events().print(as_bytes(list[i].revents)));
        return false;
      }
    return true;
  }

  std::string print(std::string_view actual) const override {
    std::vector<std::string> parts;
    for (const pollfd& one : unpack<pollfd>(actual))
      if (one.revents != 0) parts.push_back(fmt::format("{}={}", one.fd, poll_events().print(as_bytes(one.revents))));
    return "{" + join(parts, ", ") + "}";
  }
};

class EpollEventsType : public Type {
 public:
  std::string name() const override { return "epoll_event list"; }
  std::string schema() const override { return R"({"enum": ["null", "unmapped"]})"; }
  std::string expected_schema() const override {
    return fmt::format(R"({{"type": "array", "items": {}}})", epoll_event_type().expected_schema());
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!bad_pointer(node)) case_error_at(scope, node, R"("null" or "unmapped": the buffer is kipc's otherwise)");
    Arg arg;
    arg.text = node.text;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { marshal_bad_pointer(arg, frame, slot); }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, R"(a list such as [{"data": 1, "events": ["EPOLLIN"]}])");
    Arg arg;
    for (const Node& item : node.items) arg.items.push_back(epoll_event_type().compile_expected(item, scope));
    return arg;
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const std::vector<epoll_event> list = unpack<epoll_event>(actual);
    if (list.size() != expected.items.size()) {
      why = fmt::format("{} came, not {}: {}", list.size(), expected.items.size(), print(actual));
      return false;
    }
    // Which expectation each event is taken for; augmenting paths, since one event may fit several.
    std::vector<int> taken(list.size(), -1);
    std::vector<std::vector<char>> fits(expected.items.size());
    std::string reason;
    for (std::size_t e = 0; e < fits.size(); ++e)
      for (const epoll_event& event : list)
        fits[e].push_back(epoll_event_type().matches(
            expected.items[e], {reinterpret_cast<const char*>(&event), sizeof event}, env, reason));
    for (std::size_t e = 0; e < fits.size(); ++e) {
      std::vector<char> seen(list.size());
      if (place(e, fits, taken, seen)) continue;
      why = fits.size() == 1 ? reason : fmt::format("nothing that came is event {} of the list: {}", e, print(actual));
      return false;
    }
    return true;
  }
  std::string print(std::string_view actual) const override {
    std::vector<std::string> parts;
    for (const epoll_event& event : unpack<epoll_event>(actual))
      parts.push_back(epoll_event_type().print({reinterpret_cast<const char*>(&event), sizeof event}));
    return "[" + join(parts, ", ") + "]";
  }

 private:
  static bool place(std::size_t e, const std::vector<std::vector<char>>& fits, std::vector<int>& taken,
                    std::vector<char>& seen) {
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (fits[e][i] == 0 || seen[i] != 0) continue;
      seen[i] = 1;
      if (taken[i] >= 0 && !place(static_cast<std::size_t>(taken[i]), fits, taken, seen)) continue;
      taken[i] = static_cast<int>(e);
      return true;
    }
    return false;
  }
};

class SigmaskType : public Type {
 public:
  std::string name() const override { return "signal set"; }
  std::string schema() const override {
    return R"({"anyOf": [{"enum": ["null", "unmapped"]}, {"type": "array", "items": {"$ref": "#/$defs/integer"}}]})";
  }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (bad_pointer(node)) {
      arg.text = node.text;
      return arg;
    }
    if (!node.is_array()) case_error_at(scope, node, R"(a list of signals such as ["SIGUSR1"])");
    for (const Node& item : node.items) arg.items.push_back(signal_type().compile(item, scope));
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (!arg.text.empty()) {
      marshal_bad_pointer(arg, frame, slot);
      return;
    }
    auto* set = frame.scratch.take_object<sigset_t>();
    ::sigemptyset(set);
    for (const Arg& item : arg.items) {
      Slot signal;
      signal_type().marshal(item, frame, signal);
      if (::sigaddset(set, signal.as_int()) != 0) throw EvalError{fmt::format("{} is not a signal", signal.i)};
    }
    slot.p = set;
    slot.n = sizeof *set;
  }
};

}  // namespace

const Type& pollfds_type() {
  static const PollFdsType type;
  return type;
}
const Type& epoll_event_type() {
  static const auto type = make_struct_type(kEpollEvent);
  return *type;
}
const Type& epoll_events_type() {
  static const EpollEventsType type;
  return type;
}
const Type& event_sigmask_type() {
  static const SigmaskType type;
  return type;
}

}  // namespace kipc
