// The rules of the house that a compiler does not enforce, as tests over the source tree. Every rule is a function from
// one file to what is wrong in it, and first has to find what is wrong in a sample.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace kipc {
namespace {

constexpr std::size_t kLongestFile = 600;

struct SourceFile {
  std::string path;  // relative to the source tree
  std::string text;
};

using Findings = std::vector<std::string>;  // "PATH:LINE: what is wrong"
using Rule = std::function<Findings(const SourceFile&)>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::string finding(const SourceFile& file, std::size_t line, std::string_view what) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The position of `word` in `line` from `from` on, where no letter, digit or underscore touches it; or npos.
std::size_t find_word(std::string_view line, std::string_view word, std::size_t from = 0) {
  for (auto at = line.find(word, from); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) return at;
  }
  return std::string_view::npos;
}

bool is_cpp(const SourceFile& file) { return file.path.ends_with(".cpp") || file.path.ends_with(".hpp"); }

/// C++ with comments and the insides of literals replaced by spaces; lines stay where they are.
std::string code_only(const std::string& text) {
  std::string out = text;
  const auto blank = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < std::min(end, out.size()); ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  const auto past = [&](std::string_view what, std::size_t from) {
    const std::size_t at = text.find(what, from);
    return at == std::string::npos ? text.size() : at + what.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with("//")) {
      const std::size_t end = std::min(text.find('\n', i), text.size());
      blank(i, end);
      i = end;
    } else if (rest.starts_with("/*")) {
      const std::size_t end = past("*/", i + 2);
      blank(i, end);
      i = end;
    } else if (rest.starts_with("R\"") && (i == 0 || !is_word(text[i - 1]))) {
      const std::size_t open = std::min(text.find('(', i), text.size() - 1);
      const std::size_t end = past(")" + text.substr(i + 2, open - i - 2) + "\"", open);
      blank(i + 2, end - 1);
      i = end;
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      blank(i + 1, end);
      i = end + 1;
    } else {
      ++i;
    }
  }
  return out;
}

/// The layers from low to high, as CMakeLists.txt has them.
const std::vector<std::string>& layers() {
  static const std::vector<std::string> list = [] {
    const std::string cmake = read_file(KIPC_SOURCE_DIR "/CMakeLists.txt").value();
    const std::string start = "set(KIPC_LAYERS ";
    const std::size_t begin = cmake.find(start) + start.size();
    std::istringstream words(cmake.substr(begin, cmake.find(')', begin) - begin));
    return std::vector<std::string>(std::istream_iterator<std::string>(words), {});
  }();
  return list;
}

/// The rank of a layer, or -1 for a folder that is none.
std::ptrdiff_t rank(std::string_view layer) {
  const auto at = std::find(layers().begin(), layers().end(), layer);
  return at == layers().end() ? -1 : at - layers().begin();
}

std::string folder_of(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

// --- The rules ------------------------------------------------------------------------------------------------------

/// Waiting for a time instead of an event is slow on fast machines and wrong on slow ones. harness/calls is exempt:
/// there these calls are what is tested.
Findings no_sleep(const SourceFile& file) {
  Findings found;
  if (!is_cpp(file) || !file.path.starts_with("harness/") || file.path.starts_with("harness/calls/")) return found;
  const std::vector<std::string> lines = lines_of(code_only(file.text));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string_view call :
         {"sleep", "usleep", "nanosleep", "clock_nanosleep", "sleep_for", "sleep_until"}) {
      const std::size_t at = find_word(lines[i], call);
      if (at == std::string::npos) continue;
      const std::size_t next = lines[i].find_first_not_of(' ', at + call.size());
      if (next != std::string::npos && lines[i][next] == '(') {
        found.push_back(finding(file, i + 1, "sleeps: wait for the event instead"));
      }
    }
    // observe.cpp knows these numbers to see that a program sleeps.
    for (const std::string_view number : {"SYS_nanosleep", "SYS_clock_nanosleep"})
      if (file.path != "harness/engine/observe.cpp" && find_word(lines[i], number) != std::string::npos)
        found.push_back(finding(file, i + 1, "sleeps, by number"));
    if (lines[i].find("poll(nullptr") != std::string::npos)
      found.push_back(finding(file, i + 1, "sleeps: poll without descriptors"));
  }
  return found;
}

Findings only_lower_layers(const SourceFile& file) {
  Findings found;
  if (!is_cpp(file) || !file.path.starts_with("harness/")) return found;
  const std::ptrdiff_t own = rank(folder_of(file.path.substr(std::string_view("harness/").size())));
  if (own < 0) return found;  // main.cpp and benchmarks may use all
  const std::vector<std::string> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    constexpr std::string_view kInclude = "#include \"";
    if (!lines[i].starts_with(kInclude)) continue;
    const std::string included = folder_of(std::string_view(lines[i]).substr(kInclude.size()));
    // What both sides of eBPF share, and the skeletons made of its programs.
    const bool of_ebpf = own == rank("probe") && (included == "bpf" || included.find(".skel.h\"") != std::string::npos);
    if (of_ebpf) continue;
    if (rank(included) < 0) found.push_back(finding(file, i + 1, "includes are written \"layer/file.hpp\""));
    if (rank(included) > own) found.push_back(finding(file, i + 1, "includes " + included + ", a higher layer"));
  }
  return found;
}

Findings not_too_long(const SourceFile& file) {
  if (!file.path.starts_with("harness/") || file.path.find("/golden/") != std::string::npos) return {};
  const std::size_t count = lines_of(file.text).size();
  if (count <= kLongestFile) return {};
  return {finding(file, count, "more than " + std::to_string(kLongestFile) + " lines: split it")};
}

Findings header_opens_with_its_purpose(const SourceFile& file) {
  Findings found;
  if (!file.path.ends_with(".hpp")) return found;
  if (!file.text.starts_with("// "))
    found.push_back(finding(file, 1, "a header begins with a // comment on its purpose"));
  const std::vector<std::string> lines = lines_of(file.text);
  if (std::find(lines.begin(), lines.end(), "#pragma once") == lines.end())
    found.push_back(finding(file, 1, "a header has #pragma once"));
  return found;
}

/// What is left to do belongs in an issue. The words are cut in two here, or this file would break its own rule.
Findings nothing_left_to_do(const SourceFile& file) {
  Findings found;
  const std::vector<std::string> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const std::string_view mark : {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "XX"
                                        "X"})
      if (find_word(lines[i], mark) != std::string::npos)
        found.push_back(finding(file, i + 1, "left to do: " + std::string(mark)));
  return found;
}

/// Where packages come from, and where the tree lay when it was written, is the business of the machine.
Findings no_package_hosts(const SourceFile& file) {
  Findings found;
  static const std::regex host(
      "(^|[^a-z0-9.-])(archive|artifactory|deb|ftp|mirrors?|nexus|packages?|ports|proxy|pypi|registry|repo|security)"
      "\\.([a-z0-9-]+\\.)+(com|dev|internal|io|lan|local|net|org)\\b|"
      "\\b(crates|npmjs|py"
      "pi|pythonhosted)\\.(com|io|org)\\b",
      std::regex::icase | std::regex::optimize);
  const std::vector<std::string> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find('.') != std::string::npos && std::regex_search(lines[i], host))
      found.push_back(finding(file, i + 1, "names a package host"));
    for (const std::string_view folder : {"/ho"
                                          "me/",
                                          "/wo"
                                          "rk/",
                                          "/Us"
                                          "ers/"}) {
      const std::size_t at = lines[i].find(folder);
      if (at != std::string::npos && (at == 0 || !is_word(lines[i][at - 1])))
        found.push_back(finding(file, i + 1, "names a folder of one machine"));
    }
  }
  return found;
}

Findings json_parses(const SourceFile& file) {
  if (!file.path.ends_with(".json")) return {};
  try {
    const nlohmann::json parsed = nlohmann::json::parse(file.text);
    return {};
  } catch (const nlohmann::json::parse_error& error) {
    return {file.path + ": " + error.what()};
  }
}

// --- The tree -------------------------------------------------------------------------------------------------------

/// The files of the project: those at the top and those in its folders; no build tree, no .git, nothing fetched.
const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = [] {
    namespace fs = std::filesystem;
    const fs::path top = KIPC_SOURCE_DIR;
    std::set<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(top))
      if (entry.is_regular_file() && entry.path().filename() != ".git") paths.insert(entry.path());  // of a worktree
    for (const char* folder : {".ci", ".github", "bpf", "cases", "ci", "docs", "harness", "reports"}) {
      if (!fs::is_directory(top / folder)) continue;
      for (auto at = fs::recursive_directory_iterator(top / folder); at != fs::recursive_directory_iterator(); ++at) {
        if (at->path().filename() == "node_modules") at.disable_recursion_pending();  // fetched for the page's tests
        if (at->is_regular_file()) paths.insert(at->path());
      }
    }
    std::vector<SourceFile> list;
    for (const fs::path& path : paths) {
      std::string text = read_file(path.string()).value();
      const bool binary = text.find('\0') != std::string::npos;
      if (!binary) list.push_back({path.lexically_relative(top).generic_string(), std::move(text)});
    }
    return list;
  }();
  return files;
}

void check_tree(const Rule& rule) {
  std::vector<std::string> found;
  for (const SourceFile& file : tree())
    for (std::string& one : rule(file)) found.push_back(std::move(one));
  INFO(join(found, "\n"));
  CHECK(found.empty());
}

std::size_t count(const Rule& rule, std::string path, std::string text) {
  return rule({std::move(path), std::move(text)}).size();
}

TEST_CASE("lint: the tree is there") {
  CHECK(layers().front() == "base");
  CHECK(layers().back() == "cli");
  CHECK(std::any_of(tree().begin(), tree().end(), [](const SourceFile& f) { return f.path == "harness/base/fd.hpp"; }));
  CHECK(std::any_of(tree().begin(), tree().end(), [](const SourceFile& f) { return f.path == "CMakeLists.txt"; }));
}

TEST_CASE("lint: comments and literals are not code") {
  CHECK(code_only("a; // b\nc;") == "a;     \nc;");
  CHECK(code_only("a /* b\nc */ d") == "a     \n     d");
  CHECK(code_only("f(\"x\\\"y\", 'z', '\"') + 1'000") == "f(\"    \", ' ', ' ') + 1'000");
  CHECK(code_only("R\"(a\"b)\" c") == "R\"     \" c");
  CHECK(code_only("R\"x(a)\"b)x\" c") == "R\"        \" c");
}

TEST_CASE("lint: nothing sleeps") {
  for (const char* line : {"sleep(1);", "::usleep (5);", "nanosleep(&t, nullptr);",
                           "clock_nanosleep(CLOCK_MONOTONIC, 0, &t, 0);", "std::this_thread::sleep_for(1s);",
                           "sleep_until(t);", "syscall(SYS_nanosleep, &t, 0);", "poll(nullptr, 0, 10);"}) {
    INFO(line);
    CHECK(count(no_sleep, "harness/engine/x.cpp", line) == 1);
    CHECK(count(no_sleep, "harness/calls/time.cpp", line) == 0);
  }
  CHECK(count(no_sleep, "harness/engine/x.cpp",
              "// sleep(1)\nis_asleep(); sleeper(); f(\"sleep(1)\"); bool sleep = 1;") == 0);
  check_tree(no_sleep);
}

TEST_CASE("lint: a layer includes only itself and lower ones") {
  CHECK(count(only_lower_layers, "harness/model/x.hpp", "#include \"engine/y.hpp\"\n") == 1);
  CHECK(count(only_lower_layers, "harness/model/x.hpp", "#include \"../engine/y.hpp\"\n") == 1);
  CHECK(count(only_lower_layers, "harness/model/x.hpp", "#include \"y.hpp\"\n") == 1);
  CHECK(count(only_lower_layers, "harness/engine/x.cpp", "#include \"engine/x.hpp\"\n#include \"base/fd.hpp\"\n") == 0);
  CHECK(count(only_lower_layers, "harness/main.cpp", "#include \"cli/main.hpp\"\n") == 0);
  check_tree(only_lower_layers);
}

TEST_CASE("lint: no file of the harness is too long") {
  std::string text;
  for (std::size_t i = 0; i < kLongestFile; ++i) text += "x\n";
  CHECK(count(not_too_long, "harness/base/x.cpp", text) == 0);
  CHECK(count(not_too_long, "harness/base/x.cpp", text + "x\n") == 1);
  check_tree(not_too_long);
}

TEST_CASE("lint: a header says what it is for, and is included once") {
  CHECK(count(header_opens_with_its_purpose, "harness/base/x.hpp", "#pragma once\n") == 1);
  CHECK(count(header_opens_with_its_purpose, "harness/base/x.hpp", "// What it is.\nint f();\n") == 1);
  CHECK(count(header_opens_with_its_purpose, "harness/base/x.hpp", "// What it is.\n#pragma once\n") == 0);
  check_tree(header_opens_with_its_purpose);
}

TEST_CASE("lint: nothing is left to do") {
  CHECK(count(nothing_left_to_do, "docs/x.md",
              "one\n// TO"
              "DO: two\n") == 1);
  CHECK(count(nothing_left_to_do, "ci/x",
              "# FIX"
              "ME\n") == 1);
  CHECK(count(nothing_left_to_do, "ci/x",
              "XX"
              "X\n") == 1);
  CHECK(count(nothing_left_to_do, "ci/x", "mktemp file.XXXXXX\n") == 0);
  check_tree(nothing_left_to_do);
}

TEST_CASE("lint: no package host and no folder of one machine is named") {
  CHECK(count(no_package_hosts, "ci/x",
              "deb https://deb"
              ".example.org/ stable main\n") == 1);
  CHECK(count(no_package_hosts, "ci/x",
              "curl http://packages"
              ".eu.example.com\n") == 1);
  CHECK(count(no_package_hosts, "ci/x",
              "pip install -i https://pypi"
              ".example.net\n") == 1);
  CHECK(count(no_package_hosts, "ci/x",
              "https://crates"
              ".io/x\n") == 1);
  CHECK(count(no_package_hosts, "ci/x",
              "cd /ho"
              "me/me\n") == 1);
  CHECK(count(no_package_hosts, "docs/x.md", "https://pubs.opengroup.org, https://git.kernel.org, a registry.\n") == 0);
  CHECK(count(no_package_hosts, "harness/x.cpp", "registry.size(); security.io.x(); repo.net;\n") == 0);
  check_tree(no_package_hosts);
}

TEST_CASE("lint: JSON parses") {
  CHECK(count(json_parses, "cases/pipe/x.json", "{\"id\": 1,}") == 1);
  CHECK(count(json_parses, "cases/pipe/x.json", "") == 1);
  CHECK(count(json_parses, "cases/pipe/x.json", "{\"id\": 1}") == 0);
  check_tree(json_parses);
}

}  // namespace
}  // namespace kipc
