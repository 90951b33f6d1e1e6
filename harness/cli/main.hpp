// The command line of kipc.
#pragma once

#include <string>

namespace kipc::cli {

/// What the process exits with when kipc itself could not do what was asked: as for an ERROR.
constexpr int kExitBroken = 3;

/// Everything kipc does begins here. `commit` is that it was built from, for kipc version. Returns the exit code.
int main(int argc, char** argv, const char* commit);

/// The table of exit codes and of the statuses behind them, made from model/status.hpp, for the help.
std::string exit_code_help();

}  // namespace kipc::cli
