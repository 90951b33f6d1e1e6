#include "probe/kernel_symbols.hpp"

#include <algorithm>
#include <fstream>

namespace kipc {

std::unordered_map<std::string, std::uint64_t> kernel_symbols(const std::vector<std::string_view>& wanted,
                                                              const char* path) {
  std::unordered_map<std::string, std::uint64_t> found;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {  // "ffffffff81000000 T name [module]"
    const std::size_t type = line.find(' ');
    if (type == std::string::npos || type + 3 > line.size()) continue;
    std::string_view name = std::string_view(line).substr(type + 3);
    name = name.substr(0, name.find_first_of(" \t"));
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end())
      found.emplace(name, std::strtoull(line.c_str(), nullptr, 16));
  }
  return found;
}

const std::vector<std::string_view>& copy_routine_symbols() {
  static const std::vector<std::string_view> kNames = {"copy_user_enhanced_fast_string", "copy_user_generic_string",
                                                       "rep_movs_alternative"};
  return kNames;
}

CopyRoutine copy_routine(const std::unordered_map<std::string, std::uint64_t>& symbols, std::string_view cpu_flags) {
  const std::string flags = " " + std::string(cpu_flags) + " ";
  const auto has = [&](const std::string& flag) { return flags.find(" " + flag + " ") != std::string::npos; };
  CopyRoutine routine;
  const auto use = [&](const char* symbol, bool in_cx) {
    const auto found = symbols.find(symbol);
    if (found == symbols.end()) return false;
    routine.symbol = symbol;
    routine.address = found->second;
    routine.length_in_cx = in_cx;
    if (routine.address == 0) routine.missing = "the kernel hides its addresses (kernel.kptr_restrict)";
    return true;
  };
  // Since 6.4 "rep movsb" stands in line where the processor has FSRM, else rep_movs_alternative is called; before,
  // alternatives chose among three routines.
  if (symbols.count("rep_movs_alternative") != 0) {
    if (has("fsrm"))
      routine.missing = "the kernel copies in line on this processor (FSRM)";
    else
      use("rep_movs_alternative", true);
  } else if (!(has("erms") && use("copy_user_enhanced_fast_string", false)) &&
             !(has("rep_good") && use("copy_user_generic_string", false))) {
    routine.missing = "none of the copy routines known to kipc is in use here";
  }
  return routine;
}

}  // namespace kipc
