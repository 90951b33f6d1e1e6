#include "report/flows.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

using Flows = std::vector<std::pair<int, int>>;

/// A history that is written down event by event: two processes, the second forked by the first.
class Made {
 public:
  Made() {
    told_.history.actors = {ActorRecord{2, 2, 0, 0, 0, -1, true, false}, ActorRecord{3, 3, 0, 0, 1, 0, true, false}};
    told_.told.actors = {"a", "b"};
  }
  Event& add(int actor, const char* call, std::int64_t ret, std::int64_t subject = 0, const char* text = "") {
    Event event;
    event.kind = Event::Kind::returned;
    event.actor = actor;
    event.step = static_cast<int>(told_.history.events.size());
    event.result.ret = ret;
    event.result.subject = subject;
    told_.history.events.push_back(event);
    told_.told.events.push_back({1, call, text});
    return told_.history.events.back();
  }
  void pair(const char* call, const char* text = "") {
    add(0, call, 0, 0, text).result.bindings = {Binding{CellScope::process, 0, 3}, Binding{CellScope::process, 1, 4}};
  }
  ToldHistory& told() { return told_; }
  [[nodiscard]] Flows flows() const { return flows_of(told_); }

 private:
  ToldHistory told_;
};

TEST_CASE("flows: bytes of a pipe, through fork, split and joined") {
  Made made;
  made.pair("pipe");           // 0
  made.add(0, "fork", 3);      // 1
  made.add(0, "close", 0, 3);  // 2: only in the parent
  made.add(0, "write", 4, 4);  // 3
  made.add(0, "write", 2, 4);  // 4
  made.add(1, "read", 3, 3);   // 5: of the first
  made.add(1, "read", 3, 3);   // 6: of both
  made.add(1, "read", 0, 3);   // 7: end-of-file
  CHECK(made.flows() == Flows{{3, 5}, {3, 6}, {4, 6}});
}

TEST_CASE("flows: what a sleeping write sends is received before it comes back") {
  Made made;
  made.pair("pipe");  // 0
  made.add(0, "write", 0, 0).kind = Event::Kind::slept;
  made.add(0, "read", 5, 3);
  Event& back = made.add(0, "write", 9, 4);
  back.kind = Event::Kind::resumed;
  back.call = 1;
  made.add(0, "read", 4, 3);
  CHECK(made.flows() == Flows{{3, 2}, {3, 4}});
  made.told().history.events[3].call = 7;  // it never came back
  CHECK(made.flows().empty());
}

TEST_CASE("flows: sockets have two directions, datagrams stay whole") {
  Made made;
  made.pair("socketpair", "socketpair(AF_UNIX, SOCK_DGRAM, 0)");
  made.add(0, "send", 4, 3);
  made.add(0, "send", 2, 3);
  made.add(0, "send", 1, 4);
  made.add(0, "recv", 3, 4);  // cut short: the rest is gone
  made.add(0, "recv", 2, 4);
  made.add(0, "recv", 1, 3);
  CHECK(made.flows() == Flows{{1, 4}, {2, 5}, {3, 6}});
}

TEST_CASE("flows: queues by priority or type") {
  Made made;
  made.add(0, "mq_open", 5, 0, "mq_open(\"/q\", O_RDWR) = 5");
  made.add(1, "mq_open", 9, 0, "mq_open(\"/q\", O_RDWR) = 9");
  made.add(0, "mq_send", 0, 5).result.weight = 1;
  made.add(0, "mq_send", 0, 5).result.weight = 7;
  made.add(1, "mq_receive", 1, 9).result.weight = 7;
  made.add(1, "mq_receive", 1, 9).result.weight = 1;
  made.add(0, "msgsnd", 0, 77).result.weight = 2;
  made.add(1, "msgrcv", 1, 77).result.weight = 2;
  CHECK(made.flows() == Flows{{3, 4}, {2, 5}, {6, 7}});
}

TEST_CASE("flows: a call that failed moved nothing, a descriptor that is not followed says nothing") {
  Made made;
  made.pair("pipe");
  made.add(0, "write", -1, 4).result.err = 11;
  made.add(0, "write", 1, 4);
  made.add(0, "dup", 6, 3);
  made.add(0, "read", 1, 6);
  made.add(0, "write", 1, 40);
  made.add(0, "read", 1, 41);
  CHECK(made.flows() == Flows{{2, 4}});
}

TEST_CASE("flows: none where bytes move unseen") {
  for (const char* call : {"splice", "pidfd_getfd"}) {
    Made made;
    made.pair("pipe");
    made.add(0, "write", 1, 4);
    made.add(0, "read", 1, 3);
    CHECK(made.flows().size() == 1);
    made.add(0, call, 1, 3);
    CHECK(made.flows().empty());
  }
  Made passed;
  passed.pair("pipe");
  passed.add(0, "write", 1, 4);
  passed.add(0, "read", 1, 3);
  passed.add(0, "sendmsg", 1, 8, "sendmsg(s, {SCM_RIGHTS [r]})");
  CHECK(passed.flows().empty());
}

}  // namespace
}  // namespace kipc
