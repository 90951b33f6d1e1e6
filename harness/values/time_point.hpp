// A deadline as a value of the case: nanoseconds rounded up to 16, with the clock's number in the low bits, so that a
// call given the value knows whose clock it is on.
#pragma once

#include <time.h>

#include <cstdint>

namespace kipc {

constexpr std::int64_t make_time_point(std::int64_t ns, clockid_t clock) { return (ns + 15) / 16 * 16 + clock; }
constexpr std::int64_t time_point_ns(std::int64_t value) { return value / 16 * 16; }
constexpr clockid_t time_point_clock(std::int64_t value) { return static_cast<clockid_t>(value % 16); }

}  // namespace kipc
