// Rows: mapped memory, shared memory objects, and plain accesses to memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "calls/row.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 16U
#endif

namespace kipc {
namespace {

const std::vector<std::string_view> kShm = {"shm"};
const std::vector<std::string_view> kAccess = {"shm", "sysv-shm"};

const Type& protection() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(PROT_EXEC), KIPC_CONSTANT(PROT_NONE), KIPC_CONSTANT(PROT_READ),
                                        KIPC_CONSTANT(PROT_WRITE)};
  static const auto type = make_flags_type("protection", kFlags);
  return *type;
}

const Type& map_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(MAP_ANONYMOUS),       KIPC_CONSTANT(MAP_FIXED),
                                        KIPC_CONSTANT(MAP_FIXED_NOREPLACE), KIPC_CONSTANT(MAP_HUGETLB),
                                        KIPC_CONSTANT(MAP_LOCKED),          KIPC_CONSTANT(MAP_NORESERVE),
                                        KIPC_CONSTANT(MAP_POPULATE),        KIPC_CONSTANT(MAP_PRIVATE),
                                        KIPC_CONSTANT(MAP_SHARED),          KIPC_CONSTANT(MAP_SHARED_VALIDATE)};
  static const auto type = make_flags_type("mmap flags", kFlags);
  return *type;
}

const Type& sync_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(MS_ASYNC), KIPC_CONSTANT(MS_INVALIDATE), KIPC_CONSTANT(MS_SYNC)};
  static const auto type = make_flags_type("msync flags", kFlags);
  return *type;
}

const Type& remap_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(MREMAP_FIXED), KIPC_CONSTANT(MREMAP_MAYMOVE)};
  static const auto type = make_flags_type("mremap flags", kFlags);
  return *type;
}

const Type& advice() {
  static constexpr std::array kAdvice = {KIPC_CONSTANT(MADV_DOFORK),     KIPC_CONSTANT(MADV_DONTFORK),
                                         KIPC_CONSTANT(MADV_DONTNEED),   KIPC_CONSTANT(MADV_HUGEPAGE),
                                         KIPC_CONSTANT(MADV_KEEPONFORK), KIPC_CONSTANT(MADV_MERGEABLE),
                                         KIPC_CONSTANT(MADV_NORMAL),     KIPC_CONSTANT(MADV_REMOVE),
                                         KIPC_CONSTANT(MADV_WILLNEED),   KIPC_CONSTANT(MADV_WIPEONFORK)};
  static const auto type = make_enum_type("advice", kAdvice);
  return *type;
}

const Type& open_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_CLOEXEC), KIPC_CONSTANT(O_CREAT), KIPC_CONSTANT(O_EXCL),
                                        KIPC_CONSTANT(O_RDONLY),  KIPC_CONSTANT(O_RDWR),  KIPC_CONSTANT(O_TRUNC)};
  static const auto type = make_flags_type("shm_open flags", kFlags);
  return *type;
}

const Type& memfd_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(MFD_ALLOW_SEALING), KIPC_CONSTANT(MFD_CLOEXEC),
                                        KIPC_CONSTANT(MFD_EXEC), KIPC_CONSTANT(MFD_HUGETLB),
                                        KIPC_CONSTANT(MFD_NOEXEC_SEAL)};
  static const auto type = make_flags_type("memfd_create flags", kFlags);
  return *type;
}

const Type& allocate_modes() {
  static constexpr std::array kModes = {Constant{"FALLOC_FL_COLLAPSE_RANGE", 8}, Constant{"FALLOC_FL_KEEP_SIZE", 1},
                                        Constant{"FALLOC_FL_PUNCH_HOLE", 2}, Constant{"FALLOC_FL_ZERO_RANGE", 16}};
  static const auto type = make_flags_type("fallocate mode", kModes);
  return *type;
}

/// Copies by byte, or with accesses of exactly that size where it is that of an integer; a fault is a result when the
/// step expects one. False when it faulted.
bool access(Frame& f, void* to, const void* from, std::size_t size) {
  f.result.ret = 0;
  f.result.err = 0;
  if (f.host.guards_access()) return guarded_copy(to, from, size, f.result);
  const auto copy = [&](auto typed) {
    using T = decltype(typed);
    *static_cast<volatile T*>(to) = *static_cast<const volatile T*>(from);
    return true;
  };
  switch (size) {
    case 1: return copy(std::uint8_t{});
    case 2: return copy(std::uint16_t{});
    case 4: return copy(std::uint32_t{});
    case 8: return copy(std::uint64_t{});
    default: return false;
  }
}

/// A value as an integer of that many bytes, in memory aligned for it.
struct alignas(8) Cell8 {
  unsigned char bytes[8] = {};
};

std::vector<Row> mapping_rows() {
  return {
      Row{.name = "madvise",
          .areas = kShm,
          .doc = "Says how a range of memory will be used, or drops it.",
          .source = "madvise(2)",
          .params = {in("addr", address_type()), in("length", integer_type()), in("advice", advice())},
          .perform = [](Frame& f) { f.returns(::madvise(f[0].p, f[1].as_size(), f[2].as_int())); }},
      Row{.name = "mmap",
          .areas = kShm,
          .doc = "Maps memory. Unless given: a page (or what the layout needs), readable and writable, shared; "
                 "anonymous without fd.",
          .source = "POSIX.1-2024 mmap(), mmap(2)",
          .params = {optional("addr", address_type()), optional("length", integer_type(), "\"page_size\""),
                     optional("prot", protection(), R"(["PROT_READ", "PROT_WRITE"])"), optional("flags", map_flags()),
                     optional("fd", fd_type()), optional("offset", integer_type(), "0")},
          .returns = Returns::address,
          .perform =
              [](Frame& f) {
                const bool file = f[4].given;
                const int flags = f[3].given ? f[3].as_int() : file ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
                f.returns_address(::mmap(f[0].p, f[1].as_size(), f[2].as_int(), flags, file ? f[4].as_int() : -1,
                                         static_cast<off_t>(f[5].i)),
                                  MAP_FAILED);
              }},
      Row{.name = "mprotect",
          .areas = kShm,
          .doc = "Changes the protection of mapped pages.",
          .source = "POSIX.1-2024 mprotect(), mprotect(2)",
          .params = {in("addr", address_type()), in("length", integer_type()), in("prot", protection())},
          .perform = [](Frame& f) { f.returns(::mprotect(f[0].p, f[1].as_size(), f[2].as_int())); }},
      Row{.name = "mremap",
          .areas = kShm,
          .doc = "Changes the size of a mapping, or moves it.",
          .source = "mremap(2)",
          .params = {in("old_address", address_type()), in("old_size", integer_type()), in("new_size", integer_type()),
                     optional("flags", remap_flags(), "[]"), optional("new_address", address_type())},
          .returns = Returns::address,
          .perform =
              [](Frame& f) {
                f.returns_address(::mremap(f[0].p, f[1].as_size(), f[2].as_size(), f[3].as_int(), f[4].p), MAP_FAILED);
              }},
      Row{.name = "msync",
          .areas = kShm,
          .doc = "Writes a mapping back to its file.",
          .source = "POSIX.1-2024 msync(), msync(2)",
          .params = {in("addr", address_type()), in("length", integer_type()), in("flags", sync_flags())},
          .perform = [](Frame& f) { f.returns(::msync(f[0].p, f[1].as_size(), f[2].as_int())); }},
      Row{.name = "munmap",
          .areas = kShm,
          .doc = "Removes mapped pages.",
          .source = "POSIX.1-2024 munmap(), munmap(2)",
          .params = {in("addr", address_type()), in("length", integer_type())},
          .perform = [](Frame& f) { f.returns(::munmap(f[0].p, f[1].as_size())); }},
  };
}

std::vector<Row> object_rows() {
  return {
      Row{.name = "fallocate",
          .areas = kShm,
          .doc = "Allocates, zeroes or punches out a range of a file.",
          .source = "fallocate(2)",
          .params = {in("fd", fd_type()), optional("mode", allocate_modes(), "[]"),
                     optional("offset", integer_type(), "0"), in("len", integer_type())},
          .perform =
              [](Frame& f) {
                f.returns(
                    ::fallocate(f[0].as_int(), f[1].as_int(), static_cast<off_t>(f[2].i), static_cast<off_t>(f[3].i)));
              }},
      Row{.name = "ftruncate",
          .areas = kShm,
          .doc = "Sets the size of a file or shared memory object.",
          .source = "POSIX.1-2024 ftruncate(), truncate(2)",
          .params = {in("fd", fd_type()), in("length", integer_type())},
          .perform = [](Frame& f) { f.returns(::ftruncate(f[0].as_int(), static_cast<off_t>(f[1].i))); }},
      Row{.name = "memfd_create",
          .areas = kShm,
          .doc = "Makes an anonymous file in memory; the name is for people only.",
          .source = "memfd_create(2)",
          .params = {in("name", path_type()), optional("flags", memfd_flags(), "[]")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::memfd_create(f[0].text(), f[1].as_unsigned())); }},
      Row{.name = "shm_open",
          .areas = kShm,
          .doc = "Opens or creates a shared memory object; mode is 0600 unless given.",
          .source = "POSIX.1-2024 shm_open(), shm_open(3)",
          .params = {in("name", object_name_type()), in("oflag", open_flags()),
                     optional("mode", mode_type(), "\"0600\"")},
          .returns = Returns::fd,
          .perform = [](Frame& f) { f.returns(::shm_open(f[0].text(), f[1].as_int(), static_cast<mode_t>(f[2].i))); }},
      Row{.name = "shm_unlink",
          .areas = kShm,
          .doc = "Removes the name of a shared memory object.",
          .source = "POSIX.1-2024 shm_unlink(), shm_open(3)",
          .params = {in("name", object_name_type())},
          .perform = [](Frame& f) { f.returns(::shm_unlink(f[0].text())); }},
  };
}

std::vector<Row> access_rows() {
  return {
      Row{.name = "load",
          .areas = kAccess,
          .doc = "Not a system call: one plain read of exactly the size of the place; returns the value.",
          .source = "kipc",
          .params = {in("at", cell_type())},
          .returns = Returns::integer,
          .accesses_memory = true,
          .perform =
              [](Frame& f) {
                Cell8 value;
                if (!access(f, value.bytes, f[0].p, f[0].n)) return;
                f.result.ret = read_field(value.bytes, StructField{"", 0, f[0].n, f[0].i != 0});
              }},
      Row{.name = "load_bytes",
          .areas = kAccess,
          .doc = "Not a system call: reads bytes from memory, one by one where a fault is expected.",
          .source = "kipc",
          .params = {in("at", address_type()), in("length", integer_type()), out("data", data_type())},
          .returns = Returns::bytes,
          .accesses_memory = true,
          .perform =
              [](Frame& f) {
                const std::size_t length = f[1].as_size();
                unsigned char* buffer = f.receive(length);
                f.result.err = 0;
                f.result.ret = 0;
                if (!f.host.guards_access())
                  std::memcpy(buffer, f[0].p, length);
                else if (!guarded_copy(buffer, f[0].p, length, f.result))
                  return;
                f.result.ret = static_cast<std::int64_t>(length);
                f.received(2, buffer);
              },
          .timed =
              [](Frame& f) {
                std::memcpy(f.room(f[1].as_size()), f[0].p, f[1].as_size());
                f.returns(f[1].i);
              }},
      Row{.name = "store",
          .areas = kAccess,
          .doc = "Not a system call: one plain write of exactly the size of the place.",
          .source = "kipc",
          .params = {in("at", cell_type()), in("value", integer_type())},
          .returns = Returns::nothing,
          .accesses_memory = true,
          .perform =
              [](Frame& f) {
                Cell8 value;
                write_field(value.bytes, StructField{"", 0, f[0].n}, f[1].i);
                access(f, f[0].p, value.bytes, f[0].n);
              }},
      Row{.name = "store_bytes",
          .areas = kAccess,
          .doc = "Not a system call: writes the data to memory, byte by byte where a fault is expected.",
          .source = "kipc",
          .params = {in("at", address_type()), in("data", data_type())},
          .returns = Returns::bytes,
          .accesses_memory = true,
          .perform =
              [](Frame& f) {
                f.result.err = 0;
                f.result.ret = 0;
                if (!f.host.guards_access())
                  std::memcpy(f[0].p, f[1].p, f[1].n);
                else if (!guarded_copy(f[0].p, f[1].p, f[1].n, f.result))
                  return;
                f.result.ret = static_cast<std::int64_t>(f[1].n);
              }},
  };
}

}  // namespace

std::vector<Row> memory_rows() {
  std::vector<Row> rows = mapping_rows();
  for (Row& row : object_rows()) rows.push_back(std::move(row));
  for (Row& row : access_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace kipc
