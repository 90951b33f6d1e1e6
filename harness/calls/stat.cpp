// Rows: what a file is, and who may use it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kFile = {"fifo", "shm"};

const Type& stat_type() {
  // The file types share bits: those with more of them come first, so that they are recognised.
  static constexpr std::array kTypes = {KIPC_CONSTANT(S_IFSOCK), KIPC_CONSTANT(S_IFLNK), KIPC_CONSTANT(S_IFREG),
                                        KIPC_CONSTANT(S_IFBLK),  KIPC_CONSTANT(S_IFDIR), KIPC_CONSTANT(S_IFCHR),
                                        KIPC_CONSTANT(S_IFIFO)};
  using Stat = struct stat;  // the function hides the name
  static const std::array kFields = [] {
    std::array fields = {
        KIPC_FIELD(Stat, st_mode),         KIPC_FIELD(Stat, st_size),         KIPC_FIELD(Stat, st_nlink),
        KIPC_FIELD(Stat, st_ino),          KIPC_FIELD(Stat, st_dev),          KIPC_FIELD(Stat, st_uid),
        KIPC_FIELD(Stat, st_gid),          KIPC_FIELD(Stat, st_blksize),      KIPC_FIELD(Stat, st_blocks),
        KIPC_FIELD(Stat, st_atim.tv_sec),  KIPC_FIELD(Stat, st_atim.tv_nsec), KIPC_FIELD(Stat, st_mtim.tv_sec),
        KIPC_FIELD(Stat, st_mtim.tv_nsec), KIPC_FIELD(Stat, st_ctim.tv_sec),  KIPC_FIELD(Stat, st_ctim.tv_nsec)};
    fields[0].names = kTypes;
    fields[0].flags = true;
    return fields;
  }();
  static const StructType kType = {"struct stat", sizeof(Stat), kFields};
  static const auto type = make_struct_type(kType);
  return *type;
}

const Type& access_modes() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(F_OK), KIPC_CONSTANT(R_OK), KIPC_CONSTANT(W_OK),
                                        KIPC_CONSTANT(X_OK)};
  static const auto type = make_flags_type("access mode", kFlags);
  return *type;
}

}  // namespace

std::vector<Row> stat_rows() {
  return {
      Row{.name = "access",
          .areas = kFile,
          .doc = "Checks what the real user may do with a file.",
          .source = "POSIX.1-2024 access(), access(2)",
          .params = {in("path", path_type()), in("amode", access_modes())},
          .perform = [](Frame& f) { f.returns(::access(f[0].text(), f[1].as_int())); }},
      Row{.name = "chmod",
          .areas = {},
          .doc = "Changes the mode of a file.",
          .source = "POSIX.1-2024 chmod(), chmod(2)",
          .params = {in("path", path_type()), in("mode", mode_type())},
          .perform = [](Frame& f) { f.returns(::chmod(f[0].text(), static_cast<mode_t>(f[1].i))); }},
      Row{.name = "chown",
          .areas = {},
          .doc = "Changes the owner and group of a file; -1 leaves one as it is.",
          .source = "POSIX.1-2024 chown(), chown(2)",
          .params = {in("path", path_type()), in("owner", integer_type()), in("group", integer_type())},
          .perform =
              [](Frame& f) {
                f.returns(::chown(f[0].text(), static_cast<uid_t>(f[1].i), static_cast<gid_t>(f[2].i)));
              }},
      Row{.name = "fchmod",
          .areas = kFile,
          .doc = "Changes the mode of an open file.",
          .source = "POSIX.1-2024 fchmod(), fchmod(2)",
          .params = {in("fd", fd_type()), in("mode", mode_type())},
          .perform = [](Frame& f) { f.returns(::fchmod(f[0].as_int(), static_cast<mode_t>(f[1].i))); }},
      Row{.name = "fchown",
          .areas = kFile,
          .doc = "Changes the owner and group of an open file; -1 leaves one as it is.",
          .source = "POSIX.1-2024 fchown(), chown(2)",
          .params = {in("fd", fd_type()), in("owner", integer_type()), in("group", integer_type())},
          .perform =
              [](Frame& f) {
                f.returns(::fchown(f[0].as_int(), static_cast<uid_t>(f[1].i), static_cast<gid_t>(f[2].i)));
              }},
      Row{.name = "fstat",
          .areas = kFile,
          .doc = "Reads what an open file is.",
          .source = "POSIX.1-2024 fstat(), stat(2)",
          .params = {in("fd", fd_type()), out("buf", stat_type())},
          .perform =
              [](Frame& f) {
                auto* buffer = out_place<struct stat>(f, 1);
                f.returns(::fstat(f[0].as_int(), buffer));
                report_structure(f, 1, buffer);
              }},
      Row{.name = "lstat",
          .areas = kFile,
          .doc = "As stat, of a symbolic link itself.",
          .source = "POSIX.1-2024 lstat(), stat(2)",
          .params = {in("path", path_type()), out("buf", stat_type())},
          .perform =
              [](Frame& f) {
                auto* buffer = out_place<struct stat>(f, 1);
                f.returns(::lstat(f[0].text(), buffer));
                report_structure(f, 1, buffer);
              }},
      Row{.name = "stat",
          .areas = kFile,
          .doc = "Reads what a file is.",
          .source = "POSIX.1-2024 stat(), stat(2)",
          .params = {in("path", path_type()), out("buf", stat_type())},
          .perform =
              [](Frame& f) {
                auto* buffer = out_place<struct stat>(f, 1);
                f.returns(::stat(f[0].text(), buffer));
                report_structure(f, 1, buffer);
              }},
  };
}

}  // namespace kipc
