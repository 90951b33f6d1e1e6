// Rows: deadlines and clocks.
#include <time.h>

#include <array>

#include "calls/row.hpp"
#include "values/duration.hpp"
#include "values/out_integer.hpp"
#include "values/time_point.hpp"

namespace kipc {
namespace {

const Type& clocks() {
  static constexpr std::array kClocks = {
      KIPC_CONSTANT(CLOCK_BOOTTIME), KIPC_CONSTANT(CLOCK_MONOTONIC),          KIPC_CONSTANT(CLOCK_MONOTONIC_RAW),
      KIPC_CONSTANT(CLOCK_REALTIME), KIPC_CONSTANT(CLOCK_PROCESS_CPUTIME_ID), KIPC_CONSTANT(CLOCK_THREAD_CPUTIME_ID),
      KIPC_CONSTANT(CLOCK_TAI)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

const Type& deadline_clocks() {
  static constexpr std::array kClocks = {KIPC_CONSTANT(CLOCK_BOOTTIME), KIPC_CONSTANT(CLOCK_MONOTONIC),
                                         KIPC_CONSTANT(CLOCK_REALTIME)};
  static const auto type = make_enum_type("clock", kClocks);
  return *type;
}

const Type& timespec_type() {
  static const std::array kFields = {KIPC_FIELD(timespec, tv_sec), KIPC_FIELD(timespec, tv_nsec)};
  static const StructType kTimespec = {"struct timespec", sizeof(timespec), kFields};
  static const auto type = make_struct_type(kTimespec);
  return *type;
}

}  // namespace

std::vector<Row> time_rows() {
  return {
      Row{.name = "clock_gettime",
          .areas = {},
          .doc = "Reads a clock.",
          .source = "POSIX.1-2024 clock_gettime(), clock_gettime(2)",
          .params = {in("clockid", clocks()), out("tp", timespec_type())},
          .perform =
              [](Frame& f) {
                auto* tp = out_place<timespec>(f, 1);
                f.returns(::clock_gettime(static_cast<clockid_t>(f[0].i), tp));
                report_structure(f, 1, tp);
              }},
      Row{.name = "time_point",
          .areas = {},
          .doc = "Not a system call: a deadline as a value, `after` from now on that clock, for several steps to use.",
          .source = "kipc",
          .params = {in("clock", deadline_clocks()), in("after", duration_type())},
          .returns = Returns::value,
          .perform =
              [](Frame& f) {
                const auto clock = static_cast<clockid_t>(f[0].i);
                timespec now = {};
                f.returns(::clock_gettime(clock, &now));
                if (f.result.err != 0) return;
                const std::int64_t ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec + f[1].i;
                f.result.ret = make_time_point(ns, clock);
              }},
  };
}

}  // namespace kipc
