// What execve() is given: the file of an image, and the texts that it finds as its arguments and environment.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// A path as path_type(), or {"program": NAME}: the file that `kipc run --program NAME=PATH` gave. Slot: p.
const Type& image_path_type();
/// The NAME in an argument of image_path_type(); "" for a path.
std::string_view program_named(const Arg& arg);
/// True for what may be the name of a program: letters, digits, '.', '_', '-'.
bool is_program_name(std::string_view name);

/// A list of texts: ["cat", "-u", "{r}"]; {expression} parts as in a path, {"verbatim": "a{b"} without them. Slot: p is
/// a char*[n + 1], the last one null.
const Type& text_list_type();

}  // namespace kipc
