#include "base/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/catch.hpp"

namespace kipc {
namespace {

/// An empty directory for one test, removed with all that is in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string path = (std::filesystem::temp_directory_path() / "kipc-file-test.XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

TEST_CASE("what replace_file writes, read_file reads") {
  const ScratchDirectory scratch;
  const std::string path = scratch / "file";
  const std::string long_text(100'000, 'x');
  for (const std::string& content : {std::string("hello\n"), std::string("\0\xff", 2), long_text, std::string()}) {
    REQUIRE(replace_file(path, content));
    CHECK(read_file(path).value() == content);
  }
  CHECK(scratch.entries() == 1);
}

TEST_CASE("read_file reads files of /proc, whose size is 0") {
  CHECK(std::filesystem::file_size("/proc/self/status") == 0);
  CHECK(read_file("/proc/self/status").value().starts_with("Name:"));
}

TEST_CASE("read_file says why it cannot") {
  const ScratchDirectory scratch;
  CHECK(read_file(scratch / "absent").error().text() == "open: ENOENT (No such file or directory)");
  CHECK(read_file(scratch / ".").error().text() == "read: EISDIR (Is a directory)");
}

TEST_CASE("replace_file puts a new file in place: who has the old one open keeps the old content") {
  const ScratchDirectory scratch;
  const std::string path = scratch / "file";
  REQUIRE(replace_file(path, "old"));
  std::filesystem::create_hard_link(path, scratch / "link");
  REQUIRE(replace_file(path, "new"));
  CHECK(read_file(path).value() == "new");
  CHECK(read_file(scratch / "link").value() == "old");
}

TEST_CASE("replace_file that fails leaves nothing behind") {
  const ScratchDirectory scratch;
  CHECK(replace_file(scratch / "absent/file", "x").error().text() == "open: ENOENT (No such file or directory)");
  std::filesystem::create_directory(scratch / "directory");
  CHECK(replace_file(scratch / "directory", "x").error().text() == "rename: EISDIR (Is a directory)");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("write_existing writes over the start of a file and creates none") {
  const ScratchDirectory scratch;
  const std::string path = scratch / "file";
  CHECK(write_existing(path, "x").error().number == ENOENT);
  REQUIRE(replace_file(path, "abc"));
  REQUIRE(write_existing(path, "X"));
  CHECK(read_file(path).value() == "Xbc");
  CHECK(write_existing("/dev/full", "x").error().text() == "write: ENOSPC (No space left on device)");
}

}  // namespace
}  // namespace kipc
