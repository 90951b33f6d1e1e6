#include "fault/break.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/fd.hpp"

namespace kipc {

namespace {

int position(const Row& row, const Frame& f, std::string_view name) {
  const int selector = row.selector();
  const Arg* selected = selector < 0 ? nullptr : f[static_cast<std::size_t>(selector)].arg;
  return row.param(name, selected != nullptr ? std::string_view(selected->text) : std::string_view());
}

}  // namespace

Slot* argument(const Row& row, Frame& f, std::string_view name) {
  const int at = position(row, f, name);
  if (at < 0) return nullptr;
  Slot& slot = f.slots[static_cast<std::size_t>(at)];
  return slot.given ? &slot : nullptr;
}

std::int64_t integer_argument(const Row& row, Frame& f, std::string_view name) {
  const Slot* slot = argument(row, f, name);
  return slot != nullptr ? slot->i : 0;
}

int subject(const Frame& f) { return f[0].as_int(); }

bool without(const Row& row, Frame& f, std::string_view name, std::int64_t bits) {
  if (Slot* slot = argument(row, f, name); slot != nullptr) slot->i &= ~bits;
  return false;
}

bool is_any_of(const Row& row, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), row.name) != names.end();
}

void succeed(Frame& f, std::int64_t value) {
  f.result.err = 0;
  f.result.ret = value;
}

void fail_with(Frame& f, int error) {
  f.result.outs.clear();
  f.result.err = error;
  f.result.ret = -1;
}

std::string_view came_back(const Row& row, const Frame& f, std::string_view name) {
  const Out* out = f.result.out(position(row, f, name));
  return out != nullptr ? out->bytes : std::string_view();
}

void replace_out(const Row& row, Frame& f, std::string_view name, std::string_view bytes) {
  const int at = position(row, f, name);
  for (Out& out : f.result.outs)
    if (out.param == at) out.bytes = f.scratch.keep(bytes);
}

const unsigned char* sent_bytes(const Row& row, Frame& f, std::size_t& length) {
  const Slot* data = argument(row, f, "data");
  if (data == nullptr || data->p == nullptr || data->p == f.buffers[1].guard()) return nullptr;
  length = data->n;
  for (const std::string_view name : {"count", "len", "msg_len"})
    if (const Slot* given = argument(row, f, name); given != nullptr) length = given->as_size();
  return length <= data->n ? data->as<unsigned char>() : nullptr;
}

bool is_pipe(int fd) {
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

int socket_type(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : 0;
}

bool is_stream(int fd) { return is_pipe(fd) || socket_type(fd) == SOCK_STREAM; }

void reopen(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) return;
  const int flags = ::fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK);
  const int on_exec = ::fcntl(fd, F_GETFD) & FD_CLOEXEC;
  const Fd again(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), flags));
  if (again) ::dup3(again.get(), fd, on_exec != 0 ? O_CLOEXEC : 0);
}

ssize_t read_for_ever() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  const Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  char byte = 0;
  return ::read(read_end.get(), &byte, 1);
}

ssize_t receive_for_ever() {
  std::array<int, 2> pair = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return -1;
  const Fd first(pair[0]);
  const Fd second(pair[1]);
  char byte = 0;
  return ::recv(first.get(), &byte, 1, 0);
}

bool once_in(unsigned every, unsigned& counter) { return ++counter % every == 0; }

}  // namespace kipc
