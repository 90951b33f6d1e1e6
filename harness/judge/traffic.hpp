// What passed through a channel or section of a case: from the logs of `concurrently`, and from scripted steps that
// carry tags.
#pragma once

#include <string>
#include <vector>

#include "judge/checkers.hpp"
#include "judge/replay.hpp"
#include "language/script.hpp"

namespace kipc {

Traffic traffic_of(const Program& program, const History& history, int channel);
std::vector<Passage> passages_of(const Program& program, const History& history, int section);
/// For `prefix`: what was put into the channel by scripted steps, one after the other, and what was taken.
struct Bytes {
  std::string put;
  std::string taken;
};
Bytes bytes_of(const Program& program, const History& history, int channel);

}  // namespace kipc
