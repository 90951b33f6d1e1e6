// The process that holds the eBPF programs: see probe.hpp.
#pragma once

#include <string>

#include "language/costs.hpp"

namespace kipc {

/// The answer is a text, " " when it was done.
struct ProbeCommand {
  enum class What : std::uint8_t { attach, detach } what = What::detach;
  bool times = false;
  std::uint32_t figures = 0;  // a FigureSet
};

/// Loads, answers with the figures (and the descriptor of the costs' map), obeys until the socket ends. Never returns.
[[noreturn]] void serve_probes(int socket, int slots);

/// The first answer: the text is why nothing could be loaded.
struct ProbeGreeting {
  std::string text;
  std::string enable;
  Provenances figures;
};
std::string write_greeting(const ProbeGreeting& greeting);
ProbeGreeting read_greeting(std::string_view bytes);

constexpr std::size_t kGreetingBytes = 16384;

}  // namespace kipc
