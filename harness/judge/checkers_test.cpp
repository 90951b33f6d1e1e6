// Each checker passes what is right and catches the one thing it is there for.
#include "judge/checkers.hpp"

#include "base/catch.hpp"

using namespace kipc;

namespace {

const ActorNames kNames = {"w0", "w1", "r"};

Passage put(std::uint16_t sender, std::uint32_t number, std::int64_t begin, std::int64_t end, std::int64_t weight = 0) {
  return {sender, Item{Item::What::put, 0, sender, number, begin, end, weight}};
}
Passage take(int actor, std::uint16_t sender, std::uint32_t number, std::int64_t begin, std::int64_t end,
             std::int64_t weight = 0) {
  return {actor, Item{Item::What::take, 0, sender, number, begin, end, weight}};
}
Passage stay(int actor, Item::What what, std::int64_t at) { return {actor, Item{what, 0, 0, 0, at, at, 0}}; }

Traffic sound() {
  Traffic traffic;
  traffic.puts = {put(0, 0, 0, 1), put(0, 1, 2, 3), put(1, 0, 1, 2)};
  traffic.takes = {take(2, 0, 0, 4, 5), take(2, 1, 0, 6, 7), take(2, 0, 1, 8, 9)};
  return traffic;
}

}  // namespace

TEST_CASE("sound traffic passes every checker") {
  const Traffic traffic = sound();
  CHECK(check_atomic_records(traffic, kNames).empty());
  CHECK(check_exactly_once(traffic, kNames).empty());
  CHECK(check_at_most_once(traffic, kNames).empty());
  CHECK(check_fifo_per_sender(traffic, kNames).empty());
  CHECK(check_fifo(traffic, kNames).empty());
  CHECK(check_priority_order(traffic, kNames).empty());
  CHECK(check_whole_records(traffic, kNames).empty());
}

TEST_CASE("exactly-once catches a loss, a double and a stranger") {
  Traffic lost = sound();
  lost.takes.pop_back();
  CHECK(check_exactly_once(lost, kNames) == "record 1 of w0 never came (1 record(s) lost of 3)");
  CHECK(check_at_most_once(lost, kNames).empty());
  Traffic twice = sound();
  twice.takes.push_back(twice.takes[0]);
  CHECK(check_exactly_once(twice, kNames) == "record 0 of w0 came twice");
  CHECK(check_at_most_once(twice, kNames) == "record 0 of w0 came twice");
  Traffic stranger = sound();
  stranger.takes.push_back(take(2, 1, 7, 10, 11));
  CHECK(check_exactly_once(stranger, kNames) == "record 7 of w1 came but was never put");
}

TEST_CASE("a killed sender's last record may come or not, and no other") {
  Traffic traffic = sound();
  traffic.killed = {1};
  traffic.takes.push_back(take(2, 1, 1, 10, 11));
  CHECK(check_exactly_once(traffic, kNames).empty());
  traffic.takes.push_back(take(2, 1, 2, 12, 13));
  CHECK(check_exactly_once(traffic, kNames) == "record 2 of w1 came but was never put");
}

TEST_CASE("records too small for a number are counted") {
  Traffic traffic;
  traffic.small_records = true;
  traffic.puts = {put(0, 0, 0, 1), put(0, 1, 0, 1)};
  traffic.takes = {take(2, 0, 1, 2, 3)};
  CHECK(check_exactly_once(traffic, kNames) == "1 record(s) of w0 never came");
  traffic.takes.push_back(take(2, 0, 1, 2, 3));
  CHECK(check_exactly_once(traffic, kNames).empty());
  traffic.takes.push_back(take(2, 0, 1, 2, 3));
  CHECK(check_exactly_once(traffic, kNames) == "1 record(s) of w0 came that were not put");
}

TEST_CASE("fifo-per-sender catches a sender's records out of order, and allows senders to mix") {
  Traffic traffic = sound();
  std::swap(traffic.takes[0], traffic.takes[2]);
  CHECK(check_fifo_per_sender(traffic, kNames) == "record 0 of w0 came after record 1");
}

TEST_CASE("fifo catches overtaking between senders, but not what overlapped") {
  Traffic traffic;
  traffic.puts = {put(0, 0, 0, 1), put(1, 0, 2, 3)};
  traffic.takes = {take(2, 1, 0, 4, 5), take(2, 0, 0, 6, 7)};
  CHECK(check_fifo(traffic, kNames) == "record 0 of w1 was put after record 0 of w0 and came before it");
  traffic.puts[1].item.begin = 0;  // the puts overlap: either order is right
  CHECK(check_fifo(traffic, kNames).empty());
  traffic.puts[1].item.begin = 2;
  traffic.takes[1].item.begin = 4;  // the takes overlap
  CHECK(check_fifo(traffic, kNames).empty());
}

TEST_CASE("priority-order catches a lower priority received while a higher one was queued") {
  Traffic traffic;
  traffic.puts = {put(0, 0, 0, 1, 1), put(1, 0, 0, 1, 9)};
  traffic.takes = {take(2, 0, 0, 2, 3, 1), take(2, 1, 0, 4, 5, 9)};
  CHECK(check_priority_order(traffic, kNames) ==
        "record 0 of w0 with priority 1 was received while record 0 of w1 with priority 9 was queued");
  traffic.puts[1].item.end = 3;  // it arrived while the receive was under way
  CHECK(check_priority_order(traffic, kNames).empty());
  traffic.puts[1].item.end = 1;
  traffic.takes[1].item.begin = 3;  // another receiver was taking it at the same time
  CHECK(check_priority_order(traffic, kNames).empty());
  traffic.takes.pop_back();  // never received at all: it was queued all the while
  CHECK_FALSE(check_priority_order(traffic, kNames).empty());
}

TEST_CASE("atomic-records and whole-records catch torn and unfinished records") {
  Traffic torn = sound();
  torn.torn.push_back({2, Item{Item::What::torn, 0, 1, 3, 0, 0, 4711}});
  CHECK(check_atomic_records(torn, kNames) ==
        "at byte 4711 of the stream a record of w1 is interrupted by other bytes");
  CHECK(check_exactly_once(torn, kNames) == check_atomic_records(torn, kNames));
  Traffic partial = sound();
  partial.partial.push_back({2, Item{Item::What::partial, 0, 0, 5, 0, 0, 0}});
  CHECK(check_whole_records(partial, kNames) == "the stream ends with a part of a record of w0");
}

TEST_CASE("mutual-exclusion catches two inside at once") {
  std::vector<Passage> apart = {stay(0, Item::What::enter, 0), stay(0, Item::What::leave, 10),
                                stay(1, Item::What::enter, 10), stay(1, Item::What::leave, 20)};
  CHECK(check_mutual_exclusion(apart, kNames).empty());
  apart[2] = stay(1, Item::What::enter, 7);
  CHECK(check_mutual_exclusion(apart, kNames) == "w0 and w1 were inside at the same time, for 3 ns");
}
