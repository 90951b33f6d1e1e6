// Where a call stores an integer: kipc's own memory unless the case wants a pointer that is null or faults.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// An out integer. Input: a name to bind, "null" or "unmapped". Expected: an integer matcher.
const Type& out_integer_type();

/// Where the call shall store parameter `param`: what the case gave, else zeroed scratch memory.
template <typename T>
T* out_place(Frame& f, std::size_t param) {
  return f[param].given ? f[param].as<T>() : f.scratch.take_object<T>();
}

/// Reports what a call that succeeded stored there, and binds it where the case gave a name.
template <typename T>
void report_integer(Frame& f, std::size_t param, const T* place) {
  if (f.result.err != 0 || place == nullptr) return;
  f.out_integer(param, static_cast<std::int64_t>(*place));
  f.bind(param, static_cast<std::int64_t>(*place));
}

/// Reports the structure that a call that succeeded stored there.
template <typename T>
void report_structure(Frame& f, std::size_t param, const T* place) {
  if (f.result.err == 0 && place != nullptr) f.out(param, place, sizeof *place);
}

}  // namespace kipc
