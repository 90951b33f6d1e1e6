// Lists of descriptors, as poll, select and SCM_RIGHTS take them: ["w1", "r[*]", -1, {"times": 253, "of": "w"}].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "values/type.hpp"

namespace kipc {

/// What an element that is no bound descriptor may be, besides an integer.
enum class FdWords {
  handles_only,    // nothing: a misspelt name is an error with a suggestion
  or_expressions,  // an integer expression: the `ints` of a raw control message, the keys of poll's answer
};

/// One element: a name, every element of an array (`r[*]`), an integer, or one of these so many times.
Arg compile_fd(const Node& at, Scope& scope, FdWords words = FdWords::handles_only);
/// The same from text that stands at `at`: a key of an object.
Arg compile_fd_text(const Node& at, std::string_view text, Scope& scope, FdWords words);
/// The whole list.
Arg compile_fd_list(const Node& at, Scope& scope, FdWords words = FdWords::handles_only);
/// The numbers of one compiled element. Of `r[*]`: of all elements that are bound, in order. Throws EvalError.
void append_fds(const Arg& element, Env& env, std::vector<int>& to);
/// The numbers of a compiled list.
std::vector<int> eval_fd_list(const Arg& list, Env& env);
/// JSON schema of such a list.
std::string fd_list_schema();

/// fd_set, as a list of descriptors. Slot: p to kFdSetBits bits, i the highest descriptor or -1. Expected: the exact
/// set.
const Type& fd_set_type();
constexpr std::size_t kFdSetBits = 65536;
/// Bit `fd` of such a set.
bool fd_is_set(const void* bits, std::size_t fd);
void set_fd(void* bits, std::size_t fd);

}  // namespace kipc
