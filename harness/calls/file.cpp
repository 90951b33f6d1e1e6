// Rows: opening files and FIFOs, and their names.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "calls/row.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kFifo = {"fifo"};
const std::vector<std::string_view> kSetUp = {};

const std::vector<long> kOpens = {
#ifdef SYS_open
    SYS_open,
#endif
    SYS_openat,
};

const Type& open_flags() {
  static constexpr std::array kFlags = {
      KIPC_CONSTANT(O_RDONLY),   KIPC_CONSTANT(O_WRONLY),    KIPC_CONSTANT(O_RDWR),   KIPC_CONSTANT(O_APPEND),
      KIPC_CONSTANT(O_ASYNC),    KIPC_CONSTANT(O_CLOEXEC),   KIPC_CONSTANT(O_CREAT),  KIPC_CONSTANT(O_DIRECT),
      KIPC_CONSTANT(O_TMPFILE),  KIPC_CONSTANT(O_DIRECTORY), KIPC_CONSTANT(O_SYNC),   KIPC_CONSTANT(O_DSYNC),
      KIPC_CONSTANT(O_EXCL),     KIPC_CONSTANT(O_NOATIME),   KIPC_CONSTANT(O_NOCTTY), KIPC_CONSTANT(O_NOFOLLOW),
      KIPC_CONSTANT(O_NONBLOCK), KIPC_CONSTANT(O_PATH),      KIPC_CONSTANT(O_TRUNC)};
  static const auto type = make_flags_type("open flags", kFlags);
  return *type;
}

const Type& node_mode() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(S_IFSOCK), KIPC_CONSTANT(S_IFREG), KIPC_CONSTANT(S_IFBLK),
                                        KIPC_CONSTANT(S_IFCHR), KIPC_CONSTANT(S_IFIFO)};
  static const auto type = make_flags_type("mknod mode", kFlags);
  return *type;
}

const Type& origins() {
  static constexpr std::array kOrigins = {KIPC_CONSTANT(SEEK_CUR), KIPC_CONSTANT(SEEK_DATA), KIPC_CONSTANT(SEEK_END),
                                          KIPC_CONSTANT(SEEK_HOLE), KIPC_CONSTANT(SEEK_SET)};
  static const auto type = make_enum_type("whence", kOrigins);
  return *type;
}

mode_t mode_of(const Slot& slot) { return static_cast<mode_t>(slot.i); }
off_t offset_of(const Slot& slot) { return static_cast<off_t>(slot.i); }

std::vector<Row> making_rows() {
  return {
      Row{.name = "mkdir",
          .areas = kSetUp,
          .doc = "Makes a directory.",
          .source = "POSIX.1-2024 mkdir(), mkdir(2)",
          .params = {in("path", path_type()), optional("mode", mode_type(), "\"0700\"")},
          .perform = [](Frame& f) { f.returns(::mkdir(f[0].text(), mode_of(f[1]))); }},
      Row{.name = "mkfifo",
          .areas = kFifo,
          .doc = "Makes a FIFO.",
          .source = "POSIX.1-2024 mkfifo(), mkfifo(3)",
          .params = {in("path", path_type()), optional("mode", mode_type(), "\"0600\"")},
          .perform = [](Frame& f) { f.returns(::mkfifo(f[0].text(), mode_of(f[1]))); }},
      Row{.name = "mknod",
          .areas = kFifo,
          .doc = "Makes a file of the type in mode.",
          .source = "POSIX.1-2024 mknod(), mknod(2)",
          .params = {in("path", path_type()), in("mode", node_mode()), optional("dev", integer_type(), "0")},
          .perform = [](Frame& f) { f.returns(::mknod(f[0].text(), mode_of(f[1]), static_cast<dev_t>(f[2].i))); }},
      Row{.name = "open",
          .areas = kFifo,
          .doc = "Opens a file; mode is 0600 unless given. Opening one end of a FIFO waits for the other.",
          .source = "POSIX.1-2024 open(), open(2)",
          .params = {in("path", path_type()), in("flags", open_flags()), optional("mode", mode_type(), "\"0600\"")},
          .returns = Returns::fd,
          .sleeps = kOpens,
          .perform = [](Frame& f) { f.returns(::open(f[0].text(), f[1].as_int(), mode_of(f[2]))); }},
  };
}

std::vector<Row> name_rows() {
  return {
      Row{.name = "link",
          .areas = kSetUp,
          .doc = "Gives a file another name.",
          .source = "POSIX.1-2024 link(), link(2)",
          .params = {in("oldpath", path_type()), in("newpath", path_type())},
          .perform = [](Frame& f) { f.returns(::link(f[0].text(), f[1].text())); }},
      Row{.name = "rename",
          .areas = kSetUp,
          .doc = "Renames a file, replacing what had the new name.",
          .source = "POSIX.1-2024 rename(), rename(2)",
          .params = {in("oldpath", path_type()), in("newpath", path_type())},
          .perform = [](Frame& f) { f.returns(::rename(f[0].text(), f[1].text())); }},
      Row{.name = "rmdir",
          .areas = kSetUp,
          .doc = "Removes an empty directory.",
          .source = "POSIX.1-2024 rmdir(), rmdir(2)",
          .params = {in("path", path_type())},
          .perform = [](Frame& f) { f.returns(::rmdir(f[0].text())); }},
      Row{.name = "symlink",
          .areas = kSetUp,
          .doc = "Makes a symbolic link to target.",
          .source = "POSIX.1-2024 symlink(), symlink(2)",
          .params = {in("target", path_type()), in("linkpath", path_type())},
          .perform = [](Frame& f) { f.returns(::symlink(f[0].text(), f[1].text())); }},
      Row{.name = "unlink",
          .areas = kFifo,
          .doc = "Removes a name; the file goes with its last name and its last use.",
          .source = "POSIX.1-2024 unlink(), unlink(2)",
          .params = {in("path", path_type())},
          .perform = [](Frame& f) { f.returns(::unlink(f[0].text())); }},
  };
}

std::vector<Row> content_rows() {
  return {
      Row{.name = "lseek",
          .areas = {"fd-passing", "fifo", "pipe"},
          .doc = "Moves the file offset, and returns it.",
          .source = "POSIX.1-2024 lseek(), lseek(2)",
          .params = {in("fd", fd_type()), in("offset", integer_type()), optional("whence", origins(), "\"SEEK_SET\"")},
          .returns = Returns::integer,
          .perform = [](Frame& f) { f.returns(::lseek(f[0].as_int(), offset_of(f[1]), f[2].as_int())); }},
      Row{.name = "pread",
          .areas = kSetUp,
          .doc = "Reads up to count bytes from offset on.",
          .source = "POSIX.1-2024 pread(), pread(2)",
          .params = {in("fd", fd_type()), in("count", integer_type()), in("offset", integer_type()),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .perform =
              [](Frame& f) {
                unsigned char* buffer = f.receive(f[1].as_size());
                f.returns(::pread(f[0].as_int(), buffer, f[1].as_size(), offset_of(f[2])));
                f.received(3, buffer);
              }},
      Row{.name = "pwrite",
          .areas = kSetUp,
          .doc = "Writes the data from offset on; count is its length unless given.",
          .source = "POSIX.1-2024 pwrite(), pwrite(2)",
          .params = {in("fd", fd_type()), in("data", data_type()), optional("count", integer_type()),
                     in("offset", integer_type())},
          .returns = Returns::bytes,
          .perform =
              [](Frame& f) {
                const std::size_t count = f[2].given ? f[2].as_size() : f[1].n;
                f.returns(::pwrite(f[0].as_int(), f[1].p, count, offset_of(f[3])));
              }},
      Row{.name = "truncate",
          .areas = kSetUp,
          .doc = "Sets the size of a file by its name.",
          .source = "POSIX.1-2024 truncate(), truncate(2)",
          .params = {in("path", path_type()), in("length", integer_type())},
          .perform = [](Frame& f) { f.returns(::truncate(f[0].text(), offset_of(f[1]))); }},
  };
}

}  // namespace

std::vector<Row> file_rows() {
  std::vector<Row> rows = making_rows();
  for (auto part : {name_rows, content_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
