#include "report/flows.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace kipc {
namespace {

using Kind = Event::Kind;

template <std::size_t N>
bool one_of(std::string_view call, const std::array<std::string_view, N>& calls) {
  return std::find(calls.begin(), calls.end(), call) != calls.end();
}

constexpr std::array<std::string_view, 5> kSends = {"send", "sendmsg", "sendto", "write", "writev"};
constexpr std::array<std::string_view, 5> kReceives = {"read", "readv", "recv", "recvfrom", "recvmsg"};
constexpr std::array<std::string_view, 3> kQueueSends = {"mq_send", "mq_timedsend", "msgsnd"};
constexpr std::array<std::string_view, 3> kQueueReceives = {"mq_receive", "mq_timedreceive", "msgrcv"};
// What moves bytes or descriptors in ways that the results of calls do not show.
constexpr std::array<std::string_view, 9> kHidden = {"pidfd_getfd", "preadv2", "pwritev2", "recvmmsg", "sendfile",
                                                     "sendmmsg",    "splice",  "tee",      "vmsplice"};
constexpr std::array<std::string_view, 4> kHiddenWords = {"MSG_OOB", "MSG_PEEK", "O_DIRECT", "SCM_RIGHTS"};

/// One end of a pipe, of a pair of sockets, or a queue: what is received at it was sent to the object's stream `end`.
struct End {
  std::string object;
  int end = 0;
  bool messages = false;  // whole ones, not bytes
};

struct Chunk {
  int event = 0;
  std::int64_t bytes = 0;
  std::int64_t weight = 0;
};

class Tracer {
 public:
  explicit Tracer(const ToldHistory& told) : history_(told.history), pieces_(told.told.events) {}

  std::vector<std::pair<int, int>> trace() {
    if (hidden()) return {};
    for (std::size_t i = 0; i < history_.events.size(); ++i) read(static_cast<int>(i));
    return std::move(flows_);
  }

 private:
  [[nodiscard]] const std::string& call(int event) const { return pieces_[static_cast<std::size_t>(event)].call; }
  [[nodiscard]] const std::string& text(int event) const { return pieces_[static_cast<std::size_t>(event)].text; }
  [[nodiscard]] const Event& event_at(int event) const { return history_.events[static_cast<std::size_t>(event)]; }
  [[nodiscard]] int process_of(int actor) const {
    return actor < 0 || static_cast<std::size_t>(actor) >= history_.actors.size()
               ? -1
               : history_.actors[static_cast<std::size_t>(actor)].process;
  }

  /// The event in which the call that sleeps since `slept` came back, or -1.
  [[nodiscard]] int return_of(int slept) const {
    const Event& begin = event_at(slept);
    for (int i = slept + 1; i < static_cast<int>(history_.events.size()); ++i) {
      const Event& event = event_at(i);
      if (event.actor == begin.actor && event.call == begin.step &&
          (event.kind == Kind::resumed || event.kind == Kind::came_back))
        return i;
    }
    return -1;
  }

  [[nodiscard]] bool hidden() const {
    if (!history_.logs.empty()) return true;
    for (int i = 0; i < static_cast<int>(history_.events.size()); ++i) {
      if (one_of(call(i), kHidden)) return true;
      const bool moves = one_of(call(i), kSends) || one_of(call(i), kReceives) || call(i) == "pipe2";
      if (moves && std::any_of(kHiddenWords.begin(), kHiddenWords.end(),
                               [&](std::string_view word) { return text(i).find(word) != std::string::npos; }))
        return true;
      const bool sends = one_of(call(i), kSends) || one_of(call(i), kQueueSends);
      if (sends && event_at(i).kind == Kind::slept && return_of(i) < 0) return true;
    }
    return false;
  }

  void read(int i) {
    const Event& event = event_at(i);
    if (event.kind == Kind::slept) {
      // What a sleeping call sends can be received before it comes back.
      const bool sends = one_of(call(i), kSends) || one_of(call(i), kQueueSends);
      if (const int back = sends ? return_of(i) : -1; back >= 0) send(back, event.actor);
      return;
    }
    if (event.kind != Kind::returned && event.kind != Kind::resumed && event.kind != Kind::came_back) return;
    if (event.result.err != 0 || event.result.signal != 0) return;
    const bool slept = event.kind != Kind::returned;
    if (one_of(call(i), kSends) || one_of(call(i), kQueueSends)) {
      if (!slept) send(i, event.actor);
    } else if (one_of(call(i), kReceives) || one_of(call(i), kQueueReceives)) {
      receive(i);
    } else {
      keep_tables(i);
    }
  }

  void keep_tables(int i) {
    const Event& event = event_at(i);
    const int process = process_of(event.actor);
    const CallResult& result = event.result;
    std::map<std::int64_t, End>& table = tables_[process];
    const bool pair = call(i) == "socketpair";
    if (pair || call(i) == "pipe" || call(i) == "pipe2") {
      if (result.bindings.size() != 2) return;
      const bool messages = pair && text(i).find("SOCK_STREAM") == std::string::npos;
      for (int end = 0; end < 2; ++end)
        table[result.bindings[static_cast<std::size_t>(end)].value] = End{"fd " + std::to_string(i), end, messages};
    } else if (call(i) == "mq_open") {
      const std::size_t from = text(i).find('"');
      const std::size_t to = from == std::string::npos ? from : text(i).find('"', from + 1);
      if (to != std::string::npos) table[result.ret] = End{"mq " + text(i).substr(from, to - from), 0, true};
    } else if (call(i) == "close" || call(i) == "mq_close") {
      table.erase(result.subject);
    } else if (call(i) == "dup" || call(i) == "dup2" || call(i) == "dup3") {
      if (const auto at = table.find(result.subject); at != table.end()) table[result.ret] = End(at->second);
    } else if (call(i) == "fork" || call(i) == "clone") {
      for (std::size_t child = 0; child < history_.actors.size(); ++child)
        if (history_.actors[child].pid == result.ret && static_cast<int>(child) != event.actor)
          tables_[static_cast<int>(child)] = std::map<std::int64_t, End>(table);
    }
  }

  /// The end that an event's call is about; nullptr when it is not followed.
  const End* end_of(int i, int actor) {
    const std::int64_t subject = event_at(i).result.subject;
    if (call(i).rfind("msg", 0) == 0)
      return &queues_.try_emplace(subject, End{"msg " + std::to_string(subject), 0, true}).first->second;
    const std::map<std::int64_t, End>& table = tables_[process_of(actor)];
    const auto at = table.find(subject);
    return at == table.end() ? nullptr : &at->second;
  }

  void send(int i, int actor) {
    const CallResult& result = event_at(i).result;
    if (result.err != 0) return;
    const End* end = end_of(i, actor);
    if (end == nullptr) return;
    const bool queue = one_of(call(i), kQueueSends);
    streams_[{end->object, queue ? 0 : 1 - end->end}].push_back(Chunk{i, result.ret, queue ? result.weight : 0});
  }

  void receive(int i) {
    const CallResult& result = event_at(i).result;
    const End* end = end_of(i, event_at(i).actor);
    if (end == nullptr) return;
    std::deque<Chunk>& stream = streams_[{end->object, end->end}];
    if (end->messages) {
      const bool queue = one_of(call(i), kQueueReceives);
      const auto at = std::find_if(stream.begin(), stream.end(),
                                   [&](const Chunk& chunk) { return !queue || chunk.weight == result.weight; });
      if (at == stream.end()) return;
      flows_.emplace_back(at->event, i);
      stream.erase(at);
      return;
    }
    for (std::int64_t left = result.ret; left > 0 && !stream.empty();) {
      Chunk& first = stream.front();
      if (first.bytes > 0) flows_.emplace_back(first.event, i);
      const std::int64_t part = std::min(left, first.bytes);
      left -= part;
      first.bytes -= part;
      if (first.bytes <= 0) stream.pop_front();
    }
  }

  const History& history_;
  const std::vector<Told::Piece>& pieces_;
  std::map<int, std::map<std::int64_t, End>> tables_;  // by process: descriptor -> end
  std::map<std::int64_t, End> queues_;                 // System V: id -> queue
  std::map<std::pair<std::string, int>, std::deque<Chunk>> streams_;
  std::vector<std::pair<int, int>> flows_;
};

}  // namespace

std::vector<std::pair<int, int>> flows_of(const ToldHistory& told) { return Tracer(told).trace(); }

}  // namespace kipc
