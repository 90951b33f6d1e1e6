// Rows: reading, writing and closing descriptors, making pipes, and moving bytes between them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "calls/row.hpp"
#include "values/iovec_type.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kStreams = {"eventfd", "fd-passing", "fifo", "loopback", "pipe", "unix-socket"};

const Type& pipe_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(O_CLOEXEC), KIPC_CONSTANT(O_DIRECT), KIPC_CONSTANT(O_NONBLOCK)};
  static const auto type = make_flags_type("pipe2 flags", kFlags);
  return *type;
}

void report_pipe(Frame& f, int made, const std::array<int, 2>& ends, std::size_t first) {
  f.returns(made);
  if (made != 0) return;
  f.bind(first, ends[0]);
  f.bind(first + 1, ends[1]);
}

const Type& splice_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(SPLICE_F_GIFT), KIPC_CONSTANT(SPLICE_F_MORE),
                                        KIPC_CONSTANT(SPLICE_F_MOVE), KIPC_CONSTANT(SPLICE_F_NONBLOCK)};
  static const auto type = make_flags_type("splice flags", kFlags);
  return *type;
}

/// What a call scattered over the lengths of parameter `iov`, each by itself and joined as parameter `data`.
void report_scattered(Frame& f, std::size_t iov, std::size_t data, const unsigned char* buffer) {
  const std::size_t size = scatter_size(f[iov]);
  const std::size_t got = f.result.err == 0 && f.result.ret > 0 ? static_cast<std::size_t>(f.result.ret) : 0;
  const std::size_t filled = std::min(got, size);
  f.received(data, buffer, filled);
  if (f.result.err == 0) out_scattered(f, iov, f[iov], buffer, filled);
}

void read_exactly(Frame& f, unsigned char* buffer) {
  const std::size_t wanted = f[1].as_size();
  std::size_t got = 0;
  while (got < wanted) {
    const ssize_t n = ::read(f[0].as_int(), buffer + got, wanted - got);
    if (n < 0) return f.returns(n);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  f.returns(static_cast<std::int64_t>(got));
}

void perform_readv(Frame& f) {
  std::int64_t count = 0;
  unsigned char* buffer = f.receive(scatter_size(f[1]));
  scatter_into(f[1], buffer);
  const iovec* list = iovecs(f, f[1], f[2], count);
  f.returns(::readv(f[0].as_int(), list, static_cast<int>(count)));
  report_scattered(f, 1, 3, buffer);
}

void perform_writev(Frame& f) {
  std::int64_t count = 0;
  const iovec* list = iovecs(f, f[1], f[2], count);
  f.returns(::writev(f[0].as_int(), list, static_cast<int>(count)));
}

void perform_splice(Frame& f) {
  // A given offset is read and, on success, changed.
  auto in = static_cast<off64_t>(f[1].i);
  auto out = static_cast<off64_t>(f[3].i);
  f.returns(::splice(f[0].as_int(), f[1].given ? &in : nullptr, f[2].as_int(), f[3].given ? &out : nullptr,
                     f[4].as_size(), f[5].as_unsigned()));
  if (f[1].given) f.out_integer(1, in);
  if (f[3].given) f.out_integer(3, out);
}

void perform_vmsplice(Frame& f) {
  unsigned char* buffer = nullptr;
  if (is_scatter(f[1])) {
    buffer = f.receive(scatter_size(f[1]));
    scatter_into(f[1], buffer);
  }
  // The pipe keeps the pages: literals get some that nothing else will ever write to. {"at"} is the case's own memory.
  std::size_t size = 0;
  void* pages = own_pages(f[1], size);
  std::int64_t count = 0;
  const iovec* list = iovecs(f, f[1], f[2], count);
  f.returns(::vmsplice(f[0].as_int(), list, static_cast<std::size_t>(count), f[3].as_unsigned()));
  if (pages != nullptr) ::munmap(pages, size);
  if (buffer != nullptr) report_scattered(f, 1, 4, buffer);
}

/// pid, local_iov, liovcnt, remote_iov, riovcnt, flags
void perform_process_vm_readv(Frame& f) {
  std::int64_t local = 0;
  std::int64_t remote = 0;
  unsigned char* buffer = f.receive(scatter_size(f[1]));
  scatter_into(f[1], buffer);
  const iovec* into = iovecs(f, f[1], f[2], local);
  const iovec* from = iovecs(f, f[3], f[4], remote);
  f.returns(::process_vm_readv(static_cast<pid_t>(f[0].i), into, static_cast<unsigned long>(local), from,
                               static_cast<unsigned long>(remote), static_cast<unsigned long>(f[5].i)));
  report_scattered(f, 1, 6, buffer);
}

void perform_process_vm_writev(Frame& f) {
  std::int64_t local = 0;
  std::int64_t remote = 0;
  const iovec* from = iovecs(f, f[1], f[2], local);
  const iovec* into = iovecs(f, f[3], f[4], remote);
  f.returns(::process_vm_writev(static_cast<pid_t>(f[0].i), from, static_cast<unsigned long>(local), into,
                                static_cast<unsigned long>(remote), static_cast<unsigned long>(f[5].i)));
}

}  // namespace

std::vector<Row> io_rows() {
  return {
      Row{.name = "close",
          .areas = kStreams,
          .doc = "Closes a descriptor. The name keeps its number, so that EBADF can be expected of it.",
          .source = "POSIX.1-2024 close(), close(2)",
          .params = {in("fd", fd_type())},
          .perform = [](Frame& f) { f.returns(::close(f[0].as_int())); }},
      Row{.name = "pipe",
          .areas = {"pipe"},
          .doc = "Makes a pipe and binds its two ends.",
          .source = "POSIX.1-2024 pipe(), pipe(2)",
          .params = {binds("read_end", binds_fd_type()), binds("write_end", binds_fd_type())},
          .perform =
              [](Frame& f) {
                std::array<int, 2> ends = {-1, -1};
                report_pipe(f, ::pipe(ends.data()), ends, 0);
              }},
      Row{.name = "pipe2",
          .areas = {"pipe"},
          .doc = "Makes a pipe with flags and binds its two ends.",
          .source = "POSIX.1-2024 pipe2(), pipe(2)",
          .params = {in("flags", pipe_flags()), binds("read_end", binds_fd_type()),
                     binds("write_end", binds_fd_type())},
          .perform =
              [](Frame& f) {
                std::array<int, 2> ends = {-1, -1};
                report_pipe(f, ::pipe2(ends.data(), f[0].as_int()), ends, 1);
              }},
      Row{.name = "process_vm_readv",
          .areas = {"process"},
          .doc =
              "Reads another process's memory: remote_iov holds {\"at\": \"b.mem\", \"length\": N}, local_iov lengths.",
          .source = "process_vm_readv(2)",
          .params = {in("pid", pid_type()), inout("local_iov", iovec_type(IovecUse::scatter)),
                     optional("liovcnt", integer_type()), in("remote_iov", iovec_type(IovecUse::gather)),
                     optional("riovcnt", integer_type()), optional("flags", integer_type(), "0"),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_process_vm_readv},
          .perform = perform_process_vm_readv},
      Row{.name = "process_vm_writev",
          .areas = {"process"},
          .doc =
              "Writes another process's memory: local_iov holds data, remote_iov {\"at\": \"b.mem\", \"length\": N}.",
          .source = "process_vm_readv(2)",
          .params = {in("pid", pid_type()), in("local_iov", iovec_type(IovecUse::gather)),
                     optional("liovcnt", integer_type()), in("remote_iov", iovec_type(IovecUse::gather)),
                     optional("riovcnt", integer_type()), optional("flags", integer_type(), "0")},
          .returns = Returns::bytes,
          .sleeps = {SYS_process_vm_writev},
          .perform = perform_process_vm_writev},
      Row{.name = "read",
          .areas = kStreams,
          .doc = "Reads up to count bytes.",
          .source = "POSIX.1-2024 read(), read(2)",
          .params = {in("fd", fd_type()), in("count", integer_type()), out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_read},
          .perform =
              [](Frame& f) {
                if (f[2].given) {  // "null" or "unmapped": nothing can come back from there
                  f.returns(::read(f[0].as_int(), f[2].p, f[1].as_size()));
                  return;
                }
                unsigned char* buffer = f.receive(f[1].as_size());
                f.returns(::read(f[0].as_int(), buffer, f[1].as_size()));
                f.received(2, buffer);
              },
          .timed = [](Frame& f) { f.returns(::read(f[0].as_int(), f.room(f[1].as_size()), f[1].as_size())); }},
      Row{.name = "read_exactly",
          .areas = kStreams,
          .doc = "Not one call: read() again and again until count bytes have come, or an end-of-file or error.",
          .source = "kipc; POSIX.1-2024 read()",
          .params = {in("fd", fd_type()), in("count", integer_type()), out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_read},
          .perform =
              [](Frame& f) {
                unsigned char* buffer = f.receive(f[1].as_size());
                read_exactly(f, buffer);
                f.received(2, buffer);
              },
          .timed = [](Frame& f) { read_exactly(f, f.room(f[1].as_size())); }},
      Row{.name = "readv",
          .areas = kStreams,
          .doc = "Reads into buffers of these lengths; `iov` says what came into which, `data` all of it.",
          .source = "POSIX.1-2024 readv(), readv(2)",
          .params = {in("fd", fd_type()), inout("iov", iovec_type(IovecUse::scatter)),
                     optional("iovcnt", integer_type()), out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_readv},
          .perform = perform_readv},
      Row{.name = "splice",
          .areas = kStreams,
          .doc = "Moves up to len bytes from or to a pipe.",
          .source = "splice(2)",
          .params = {in("fd_in", fd_type()), inout("off_in", integer_type(), false), in("fd_out", fd_type()),
                     inout("off_out", integer_type(), false), in("len", integer_type()),
                     optional("flags", splice_flags(), "[]")},
          .returns = Returns::bytes,
          .sleeps = {SYS_splice},
          .perform = perform_splice},
      Row{.name = "tee",
          .areas = {"pipe"},
          .doc = "Copies up to len bytes from one pipe to another and leaves them where they are.",
          .source = "tee(2)",
          .params = {in("fd_in", fd_type()), in("fd_out", fd_type()), in("len", integer_type()),
                     optional("flags", splice_flags(), "[]")},
          .returns = Returns::bytes,
          .sleeps = {SYS_tee},
          .perform =
              [](Frame& f) { f.returns(::tee(f[0].as_int(), f[1].as_int(), f[2].as_size(), f[3].as_unsigned())); }},
      Row{.name = "vmsplice",
          .areas = {"pipe"},
          .doc = "Puts memory into a pipe (`iov` holds data), or takes it out (`iov` holds lengths).",
          .source = "vmsplice(2)",
          .params = {in("fd", fd_type()), inout("iov", iovec_type(IovecUse::either)),
                     optional("nr_segs", integer_type()), optional("flags", splice_flags(), "[]"),
                     out("data", data_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_vmsplice},
          .perform = perform_vmsplice},
      Row{.name = "write",
          .areas = kStreams,
          .doc = "Writes the data; count is its length unless given.",
          .source = "POSIX.1-2024 write(), write(2)",
          .params = {in("fd", fd_type()), in("data", data_type()), optional("count", integer_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_write},
          .perform = [](Frame& f) { f.returns(::write(f[0].as_int(), f[1].p, f[2].given ? f[2].as_size() : f[1].n)); }},
      Row{.name = "writev",
          .areas = kStreams,
          .doc = "Writes the elements of iov in their order; iovcnt is their number unless given.",
          .source = "POSIX.1-2024 writev(), writev(2)",
          .params = {in("fd", fd_type()), in("iov", iovec_type(IovecUse::gather)), optional("iovcnt", integer_type())},
          .returns = Returns::bytes,
          .sleeps = {SYS_writev},
          .perform = perform_writev},
  };
}

}  // namespace kipc
