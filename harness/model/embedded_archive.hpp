// The archive that embed.cmake makes of cases/: gzip of a tar. For embedded.cpp alone.
#pragma once

#include <cstddef>
#include <string_view>

namespace kipc {

std::string_view embedded_archive();

}  // namespace kipc
