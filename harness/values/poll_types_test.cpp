#include "values/poll_types.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

#include <array>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

template <typename T>
std::string_view bytes(const T& list) {
  return {reinterpret_cast<const char*>(list.data()), list.size() * sizeof list[0]};
}

}  // namespace

TEST_CASE("poll takes every element of an array, and an answer names those with events") {
  TestBench bench;
  bind_fd(bench, "r[0]", 3);
  bind_fd(bench, "r[1]", 5);
  const Slot slot = bench.marshal(
      pollfds_type(), R"([{"fd": "r[*]", "events": ["POLLIN", "POLLPRI"]}, {"fd": -1, "events": ["POLLOUT"]}])");
  REQUIRE(slot.n == 3);
  CHECK(slot.as<pollfd>()[1].fd == 5);
  CHECK(slot.as<pollfd>()[1].events == (POLLIN | POLLPRI));
  CHECK(slot.as<pollfd>()[2].fd == -1);

  const std::array<pollfd, 3> came = {pollfd{3, POLLIN, 0}, pollfd{5, POLLIN, POLLIN}, pollfd{-1, POLLIN, 0}};
  CHECK(bench.mismatch(pollfds_type(), R"({"r[1]": ["POLLIN"]})", bytes(came)).empty());
  CHECK(bench.mismatch(pollfds_type(), R"({"r[1]": {"has": ["POLLIN"]}, "r[0]": []})", bytes(came)).empty());
  CHECK(bench.mismatch(pollfds_type(), R"({"5": ["POLLIN"]})", bytes(came)).empty());
  CHECK(bench.mismatch(pollfds_type(), R"({"r[1]": ["POLLHUP"]})", bytes(came)) ==
        "r[1] (fd 5) is POLLIN, not POLLHUP");
  CHECK(bench.mismatch(pollfds_type(), "{}", bytes(came)) == "fd 5 has POLLIN, where no event was expected");
  CHECK(bench.mismatch(pollfds_type(), R"({"9": ["POLLIN"], "r[1]": ["POLLIN"]})", bytes(came)) ==
        "9 (fd 9) was not polled");
  CHECK(pollfds_type().print(bytes(came)) == "{5=POLLIN}");
}

TEST_CASE("poll's list is strict") {
  TestBench bench;
  CHECK(bench.problem(pollfds_type(), R"([{"fd": 3, "event": ["POLLIN"]}])").find("'events'") != std::string::npos);
  CHECK(bench.problem(pollfds_type(), R"([{"events": ["POLLIN"]}])").find("an \"fd\"") != std::string::npos);
  CHECK(bench.problem(pollfds_type(), R"([{"fd": 3, "events": ["POLIN"]}])").find("POLLIN") != std::string::npos);
  CHECK(bench.marshal(pollfds_type(), R"("unmapped")").p == bench.buffers[1].guard());
}

TEST_CASE("events of epoll are compared as a set, each by the fields it names") {
  TestBench bench;
  const Slot slot = bench.marshal(epoll_event_type(), R"({"events": ["EPOLLIN", "EPOLLET"], "data": 7})");
  const epoll_event given = *slot.as<epoll_event>();
  CHECK(given.events == (EPOLLIN | static_cast<unsigned>(EPOLLET)));
  CHECK(given.data.u64 == 7);

  std::array<epoll_event, 2> came{};
  came[0].events = EPOLLOUT;
  came[0].data.u64 = 2;
  came[1].events = EPOLLIN | EPOLLHUP;
  came[1].data.u64 = 1;
  const Type& type = epoll_events_type();
  CHECK(bench.mismatch(type, R"([{"data": 1}, {"data": 2, "events": ["EPOLLOUT"]}])", bytes(came)).empty());
  // The first expectation fits both events and has to leave the second one's.
  CHECK(bench.mismatch(type, R"([{"data": ">= 1"}, {"events": ["EPOLLOUT"]}])", bytes(came)).empty());
  CHECK(bench.mismatch(type, R"([{"data": 1}])", bytes(came)).find("2 came, not 1: ") == 0);
  CHECK(bench.mismatch(type, R"([{"data": 1}, {"data": 3}])", bytes(came)).find("event 1 of the list") !=
        std::string::npos);
  CHECK(bench.mismatch(type, "[]", {}).empty());
  CHECK(type.print(bytes(came)) == "[{events=EPOLLOUT, data=2}, {events=EPOLLHUP|EPOLLIN, data=1}]");
}

TEST_CASE("a signal set holds what the list names") {
  TestBench bench;
  const Slot slot = bench.marshal(event_sigmask_type(), R"(["SIGUSR1", "SIGRTMIN+1"])");
  CHECK(::sigismember(slot.as<sigset_t>(), SIGUSR1) == 1);
  CHECK(::sigismember(slot.as<sigset_t>(), SIGRTMIN + 1) == 1);
  CHECK(::sigismember(slot.as<sigset_t>(), SIGUSR2) == 0);
  CHECK_THROWS_AS(bench.marshal(event_sigmask_type(), "[999]"), EvalError);
  CHECK(bench.problem(event_sigmask_type(), R"("SIGUSR1")").find("a list of signals") != std::string::npos);
}

}  // namespace kipc
