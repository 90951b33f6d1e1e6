// Places of what pthread functions work on, and records of attributes.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "values/type.hpp"

namespace kipc {

/// A place of that layout type: "mem.m" where the layout has "pthread_mutex_t m". Slot: p.
const Type& mutex_type();
const Type& cond_type();
const Type& rwlock_type();
const Type& barrier_type();
const Type& spinlock_type();
const Type& mutexattr_type();
const Type& condattr_type();
const Type& rwlockattr_type();
const Type& barrierattr_type();

/// What an attribute record gives, by position in the type's list of attributes.
struct AttributeValues {
  std::array<bool, 8> given;
  std::array<int, 8> value;
};

// {"pshared": true, …} with some of the attributes, Slot: p an AttributeValues and n its size; or a place of the
// attribute type, "mem.attr", Slot: p and n 0.
/// pshared, robust, protocol, type, prioceiling
const Type& mutex_attributes_type();
/// pshared, clock
const Type& cond_attributes_type();
/// pshared, kind
const Type& rwlock_attributes_type();
/// pshared
const Type& barrier_attributes_type();

/// The values of the attributes themselves, for the rows that set and get them.
const Type& pshared_type();
const Type& robustness_type();
const Type& protocol_type();
const Type& mutex_kind_type();
const Type& rwlock_kind_type();
const Type& cond_clock_type();

}  // namespace kipc
