// The archives that embed.cmake makes of cases/ and reports/viewer/: gzip of a tar. For embedded.cpp alone.
#pragma once

#include <cstddef>
#include <string_view>

namespace kipc {

std::string_view embedded_cases();
std::string_view embedded_viewer();

}  // namespace kipc
