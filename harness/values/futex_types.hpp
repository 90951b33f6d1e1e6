// What futex and futex_waitv take besides integers.
#pragma once

#include <cstdint>

#include "values/type.hpp"

namespace kipc {

/// struct futex_waitv of the kernel (5.16), for headers that lack it.
struct FutexWaiter {
  std::uint64_t val;
  std::uint64_t uaddr;
  std::uint32_t flags;
  std::uint32_t reserved;
};

/// "mem.word" of a u32 or i32 field, or any address ("mem + 1", "null", "unmapped") for what must be refused.
const Type& futex_word_type();
/// [{"uaddr": "mem.word", "val": 0, "flags": ["FUTEX_32"]}]; flags are FUTEX_32 unless given. Slot: p, n elements.
const Type& futex_waiters_type();

}  // namespace kipc
