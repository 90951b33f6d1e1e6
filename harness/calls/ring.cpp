// Rows: a ring of messages in shared memory, one producer and one consumer. Not a call of the platform but what
// programs build from shared memory and a futex; here so that what it costs can be measured beside the mechanisms of
// the kernel. Whoever finds it full or empty sleeps in a futex; nobody makes a system call while neither sleeps.
//
// In memory: the counts of messages put and taken, each with who sleeps for it in a cache line of its own; then, from
// the second page on, the slots. Zeroed memory is an empty ring.
#include <linux/futex.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "calls/row.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kRing = {"futex", "shm"};
constexpr std::size_t kHeader = 4096;

struct Ring {
  alignas(64) std::atomic<std::uint32_t> put;  // a futex word: the consumer waits for it to change
  std::atomic<std::uint32_t> consumer;
  alignas(64) std::atomic<std::uint32_t> taken;  // the producer waits for it to change
  std::atomic<std::uint32_t> producer;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(Ring) <= kHeader);

#ifdef SYS_futex
constexpr long kFutexCall = SYS_futex;
#else
constexpr long kFutexCall = SYS_futex_time64;
#endif

/// What a sleeper leaves: for which value of the word it waits to end; never 0. Whoever changes the word takes it only
/// from those that wait for that change: a flag without the value could be one that was left for the next change
/// already, and taking it then would leave a sleeper whom nobody wakes.
std::uint32_t waiting_for_end_of(std::uint32_t value) { return value << 1 | 1; }

/// Waits until `word` is not `value`. `sleeper` is set before the word is looked at again, and the other side looks at
/// it after it has changed the word, so no wake is lost.
void wait_while(std::atomic<std::uint32_t>& word, std::uint32_t value, std::atomic<std::uint32_t>& sleeper) {
  while (word.load() == value) {
    sleeper.store(waiting_for_end_of(value));
    if (word.load() == value) ::syscall(kFutexCall, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
  }
}

void advance(std::atomic<std::uint32_t>& word, std::atomic<std::uint32_t>& sleeper) {
  std::uint32_t waiting = waiting_for_end_of(word.fetch_add(1));
  if (sleeper.load() == waiting && sleeper.compare_exchange_strong(waiting, 0))
    ::syscall(kFutexCall, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

struct Parts {
  Ring& ring;
  unsigned char* slots;
};
Parts parts_of(const Slot& at) { return {*static_cast<Ring*>(at.p), static_cast<unsigned char*>(at.p) + kHeader}; }

/// at, slots, data
void put(Frame& f) {
  const auto [ring, slots] = parts_of(f[0]);
  const auto count = f[1].as_unsigned();
  const std::uint32_t number = ring.put.load(std::memory_order_relaxed);
  const std::uint32_t full = number - count;
  if (ring.taken.load() == full) wait_while(ring.taken, full, ring.producer);
  std::memcpy(slots + (number % count) * f[2].n, f[2].p, f[2].n);
  advance(ring.put, ring.consumer);
  f.returns(static_cast<std::int64_t>(f[2].n));
}

/// at, slots, length
void take(Frame& f, unsigned char* buffer) {
  const auto [ring, slots] = parts_of(f[0]);
  const std::size_t length = f[2].as_size();
  const std::uint32_t number = ring.taken.load(std::memory_order_relaxed);
  if (ring.put.load() == number) wait_while(ring.put, number, ring.consumer);
  std::memcpy(buffer, slots + (number % f[1].as_unsigned()) * length, length);
  advance(ring.taken, ring.producer);
  f.returns(static_cast<std::int64_t>(length));
}

}  // namespace

std::vector<Row> ring_rows() {
  return {
      Row{.name = "ring_put",
          .areas = kRing,
          .doc = "Not a system call: puts a message into a ring of shared memory, and sleeps in a futex while all its "
                 "slots are full. A ring takes a page and its slots; slots is a power of two, one producer, one "
                 "consumer, all messages of one length.",
          .source = "kipc",
          .params = {in("at", address_type()), in("slots", integer_type()), in("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {kFutexCall},
          .perform = put},
      Row{.name = "ring_take",
          .areas = kRing,
          .doc = "Not a system call: takes the oldest message out of such a ring, and sleeps while it is empty.",
          .source = "kipc",
          .params = {in("at", address_type()), in("slots", integer_type()), in("length", integer_type()),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {kFutexCall},
          .perform =
              [](Frame& f) {
                unsigned char* buffer = f.receive(f[2].as_size());
                take(f, buffer);
                f.received(3, buffer);
              },
          .timed = [](Frame& f) { take(f, f.room(f[2].as_size())); }},
  };
}

}  // namespace kipc
