// An actor after execve: finds its board as a file, reads the variant from it, and takes its part again.
#pragma once

#include "engine/actor.hpp"
#include "language/case.hpp"

namespace kipc {

/// argv: image, "--kipc-actor", path of the board, the actor's index, saboteur. Does not return to a shell's use.
int actor_main(int argc, char** argv);

/// Leaves the case and the variant on the board for exec'd images.
void write_program_text(const Board& board, const Case& source, const Variant& variant, const ProgramFiles& programs);

}  // namespace kipc
