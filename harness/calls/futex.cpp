// Rows: futexes and the robust list.
#include <errno.h>
#include <linux/futex.h>
#include <time.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/futex_types.hpp"
#include "values/out_integer.hpp"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kFutex = {"futex"};

#ifdef SYS_futex_time64
const std::vector<long> kWaits = {SYS_futex, SYS_futex_time64};
/// The one that takes the libc's struct timespec.
constexpr long kFutexCall = sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex;
#else
const std::vector<long> kWaits = {SYS_futex};
constexpr long kFutexCall = SYS_futex;
#endif

const Type& operations() {
  static constexpr std::array kOperations = {
      KIPC_CONSTANT(FUTEX_CMP_REQUEUE),
      KIPC_CONSTANT(FUTEX_CMP_REQUEUE_PI),
      KIPC_CONSTANT(FUTEX_LOCK_PI),
      KIPC_CONSTANT(FUTEX_LOCK_PI2),
      KIPC_CONSTANT(FUTEX_REQUEUE),
      KIPC_CONSTANT(FUTEX_TRYLOCK_PI),
      KIPC_CONSTANT(FUTEX_UNLOCK_PI),
      KIPC_CONSTANT(FUTEX_WAIT),
      KIPC_CONSTANT(FUTEX_WAIT_BITSET),
      Constant{"FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME", FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME},
      KIPC_CONSTANT(FUTEX_WAIT_REQUEUE_PI),
      Constant{"FUTEX_WAIT_REQUEUE_PI|FUTEX_CLOCK_REALTIME", FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME},
      KIPC_CONSTANT(FUTEX_WAKE),
      KIPC_CONSTANT(FUTEX_WAKE_BITSET),
      KIPC_CONSTANT(FUTEX_WAKE_OP)};
  static const auto type = make_enum_type("futex operation", kOperations);
  return *type;
}

const Type& clocks() {
  static constexpr std::array kClocks = {KIPC_CONSTANT(CLOCK_MONOTONIC), KIPC_CONSTANT(CLOCK_REALTIME)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

std::vector<Param> futex_params() {
  return {in("uaddr", futex_word_type()),
          selector("futex_op", operations()),
          optional("private", integer_type(), "false"),
          only_for(in("val", integer_type()),
                   {"FUTEX_CMP_REQUEUE", "FUTEX_CMP_REQUEUE_PI", "FUTEX_REQUEUE", "FUTEX_WAIT", "FUTEX_WAIT_BITSET",
                    "FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME", "FUTEX_WAIT_REQUEUE_PI",
                    "FUTEX_WAIT_REQUEUE_PI|FUTEX_CLOCK_REALTIME", "FUTEX_WAKE", "FUTEX_WAKE_BITSET", "FUTEX_WAKE_OP"}),
          only_for(optional("timeout", relative_time_type(), "\"forever\""), {"FUTEX_WAIT"}),
          only_for(optional("timeout", absolute_time_type(CLOCK_MONOTONIC), "\"forever\""),
                   {"FUTEX_LOCK_PI2", "FUTEX_WAIT_BITSET", "FUTEX_WAIT_REQUEUE_PI"}),
          only_for(optional("timeout", absolute_time_type(CLOCK_REALTIME), "\"forever\""),
                   {"FUTEX_LOCK_PI", "FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME",
                    "FUTEX_WAIT_REQUEUE_PI|FUTEX_CLOCK_REALTIME"}),
          only_for(in("val2", integer_type()),
                   {"FUTEX_CMP_REQUEUE", "FUTEX_CMP_REQUEUE_PI", "FUTEX_REQUEUE", "FUTEX_WAKE_OP"}),
          only_for(in("uaddr2", futex_word_type()),
                   {"FUTEX_CMP_REQUEUE", "FUTEX_CMP_REQUEUE_PI", "FUTEX_REQUEUE", "FUTEX_WAIT_REQUEUE_PI",
                    "FUTEX_WAIT_REQUEUE_PI|FUTEX_CLOCK_REALTIME", "FUTEX_WAKE_OP"}),
          only_for(in("val3", integer_type()), {"FUTEX_CMP_REQUEUE", "FUTEX_CMP_REQUEUE_PI", "FUTEX_WAKE_OP"}),
          only_for(optional("val3", integer_type(), "4294967295"),
                   {"FUTEX_WAIT_BITSET", "FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME", "FUTEX_WAKE_BITSET"})};
}

void futex(Frame& f) {
  enum Params { uaddr, futex_op, is_private, val, relative, on_monotonic, on_realtime, val2, uaddr2, val3, bitset };
  // The fourth argument is a time-out or a number.
  void* fourth = nullptr;
  for (const std::size_t timeout : {relative, on_monotonic, on_realtime})
    if (f[timeout].given) fourth = f[timeout].p;
  if (f[val2].given) fourth = reinterpret_cast<void*>(static_cast<std::uintptr_t>(f[val2].as_unsigned()));
  const int op = f[futex_op].as_int() | (f[is_private].i != 0 ? FUTEX_PRIVATE_FLAG : 0);
  const unsigned third = f[bitset].given ? f[bitset].as_unsigned() : f[val3].as_unsigned();
  f.returns(::syscall(kFutexCall, f[uaddr].p, op, f[val].as_unsigned(), fourth, f[uaddr2].p, third));
}

}  // namespace

std::vector<Row> futex_rows() {
  return {
      Row{.name = "futex",
          .areas = kFutex,
          .doc = "One operation on a futex. The time-out of FUTEX_WAIT is relative, those of the others are deadlines: "
                 "CLOCK_REALTIME for FUTEX_LOCK_PI and with |FUTEX_CLOCK_REALTIME, else CLOCK_MONOTONIC. `private` "
                 "adds FUTEX_PRIVATE_FLAG; the bitset val3 is FUTEX_BITSET_MATCH_ANY unless given.",
          .source = "futex(2)",
          .params = futex_params(),
          .returns = Returns::integer,
          .sleeps = kWaits,
          .perform = futex},
      Row{.name = "futex_waitv",
          .areas = kFutex,
          .doc = "Waits for any of several futexes until a deadline; returns the index of the one that was woken.",
          .source = "futex_waitv(2)",
          .params = {in("waiters", futex_waiters_type()), optional("nr_futexes", integer_type()),
                     optional("flags", integer_type(), "0"), selector("clockid", clocks()),
                     only_for(optional("timeout", absolute_time_type(CLOCK_MONOTONIC), "\"forever\""),
                              {"CLOCK_MONOTONIC"}),
                     only_for(optional("timeout", absolute_time_type(CLOCK_REALTIME), "\"forever\""),
                              {"CLOCK_REALTIME"})},
          .returns = Returns::integer,
          .sleeps = {SYS_futex_waitv},
          .perform =
              [](Frame& f) {
                const auto* timeout = f[4].given ? f[4].as<timespec>() : f[5].as<timespec>();
                // The kernel takes 64-bit members whatever the libc's struct timespec has.
                struct {
                  std::int64_t tv_sec;
                  std::int64_t tv_nsec;
                } wide = {};
                const bool faults = timeout == nullptr || timeout == static_cast<void*>(f.buffers[1].guard());
                if (!faults) wide = {std::int64_t{timeout->tv_sec}, std::int64_t{timeout->tv_nsec}};
                const unsigned count = f[1].given ? f[1].as_unsigned() : static_cast<unsigned>(f[0].n);
                f.returns(::syscall(SYS_futex_waitv, f[0].p, count, f[2].as_unsigned(),
                                    faults ? static_cast<const void*>(timeout) : &wide, f[3].as_int()));
              }},
      Row{.name = "get_robust_list",
          .areas = kFutex,
          .doc = "Reads the head of a thread's list of robust futexes; pid 0 is the caller.",
          .source = "get_robust_list(2)",
          .params = {optional("pid", pid_type(), "0"), out("head", out_integer_type()), out("len", out_integer_type())},
          .perform =
              [](Frame& f) {
                auto* head = out_place<std::uintptr_t>(f, 1);
                auto* length = out_place<std::size_t>(f, 2);
                f.returns(::syscall(SYS_get_robust_list, f[0].as_int(), head, length));
                report_integer(f, 1, head);
                report_integer(f, 2, length);
              }},
      Row{.name = "set_robust_list",
          .areas = kFutex,
          .doc = "Replaces the calling thread's list of robust futexes, that of the libc included: an actor that does "
                 "this has no robust pthread mutexes any more. len is that of struct robust_list_head unless given.",
          .source = "set_robust_list(2)",
          .params = {in("head", address_type()), optional("len", integer_type())},
          .perform =
              [](Frame& f) {
                const std::size_t length = f[1].given ? f[1].as_size() : sizeof(robust_list_head);
                f.returns(::syscall(SYS_set_robust_list, f[0].p, length));
              }},
  };
}

}  // namespace kipc
