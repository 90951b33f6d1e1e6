#include "engine/look.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "base/file.hpp"
#include "base/pidfd.hpp"
#include "engine/unix_peers.hpp"

namespace kipc {
namespace {

using Open = Snapshot::Open;
using Kind = Open::Kind;
using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

/// "1: POSIX  ADVISORY  WRITE 359 00:13:11691 0 EOF", as /proc/locks and fdinfo have it.
bool read_lock(std::istringstream& words, Snapshot::FileLock& lock) {
  std::string number;
  std::string kind;
  std::string advisory;
  std::string access;
  std::string pid;
  std::string file;
  std::string start;
  std::string end;
  if (!(words >> number >> kind >> advisory >> access >> pid >> file >> start >> end)) return false;
  if (kind == "POSIX")
    lock.kind = Snapshot::FileLock::Kind::posix;
  else if (kind == "OFDLCK")
    lock.kind = Snapshot::FileLock::Kind::ofd;
  else if (kind == "FLOCK")
    lock.kind = Snapshot::FileLock::Kind::flock;
  else
    return false;
  lock.exclusive = access == "WRITE";
  lock.start = std::strtoll(start.c_str(), nullptr, 10);
  lock.end = end == "EOF" ? std::numeric_limits<std::int64_t>::max() : std::strtoll(end.c_str(), nullptr, 10);
  return true;
}

/// proc(5), /proc/PID/fdinfo: which lines there are says what the descriptor is.
void read_details(int pid, int fd, Open& open) {
  const auto text = read_file(fmt::format("/proc/{}/fdinfo/{}", pid, fd));
  if (!text) return;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "flags:") {
      words >> std::oct >> open.flags;
    } else if (key == "pos:") {
      words >> open.position;
    } else if (key == "lock:") {
      if (Snapshot::FileLock lock; read_lock(words, lock)) open.locks.push_back(lock);
    } else if (key == "Pid:") {
      open.kind = Kind::pidfd;
      words >> open.target;
    } else if (key == "eventfd-count:") {
      open.kind = Kind::eventfd;
    } else if (key == "sigmask:") {
      open.kind = Kind::signalfd;
    } else if (key == "clockid:") {
      open.kind = Kind::timerfd;
    } else if (key == "tfd:") {  // tfd: 5 events: 19 data: 5 pos:0 ino:3 sdev:8
      open.kind = Kind::epoll;
      Open::Watch watch;
      std::string word;
      std::string inode;
      std::string device;
      words >> watch.fd;
      while (words >> word) {
        if (word == "events:") words >> std::hex >> watch.events >> std::dec;
        if (word.rfind("ino:", 0) == 0) inode = word.substr(4);
        if (word.rfind("sdev:", 0) == 0) device = word.substr(5);
      }
      // The device as the kernel keeps it (MKDEV of 20 bits), the numbers hexadecimal.
      const unsigned long raw = std::strtoul(device.c_str(), nullptr, 16);
      watch.object =
          fmt::format("{}:{}", makedev(static_cast<unsigned>(raw >> 20U), static_cast<unsigned>(raw & 0xfffffU)),
                      std::strtoull(inode.c_str(), nullptr, 16));
      open.watches.push_back(std::move(watch));
    }
  }
}

bool is_epoll(const std::string& path) {
  constexpr std::string_view kName = "anon_inode:[eventpoll]";
  std::array<char, 64> link{};
  const ssize_t length = ::readlink(path.c_str(), link.data(), link.size());
  return length > 0 && std::string_view(link.data(), static_cast<std::size_t>(length)) == kName;
}

std::int64_t bytes_in(int fd) {
  int bytes = 0;
  return ::ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : -1;
}

int socket_option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : 0;
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

std::string address_of(int fd, NameCall name) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  if (name(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "";
  return {reinterpret_cast<const char*>(&address), std::min<std::size_t>(length, sizeof address)};
}

void look_at_socket(int fd, Open& open) {
  open.kind = Kind::socket;
  open.family = socket_option(fd, SO_DOMAIN);
  open.type = socket_option(fd, SO_TYPE);
  open.listens = socket_option(fd, SO_ACCEPTCONN) != 0;
  if (!open.listens) open.queued = bytes_in(fd);
  if (open.family == AF_UNIX || open.listens) return;
  // Until all are known, by their addresses; see connect_sockets().
  open.pending = address_of(fd, ::getsockname);
  open.peer = address_of(fd, ::getpeername);
}

std::optional<Open> look_at(int actor, int pid, int fd, bool ask) {
  struct stat status {};
  const std::string path = fmt::format("/proc/{}/fd/{}", pid, fd);
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  Open open;
  open.actor = actor;
  open.fd = fd;
  open.object = fmt::format("{}:{}", status.st_dev, status.st_ino);
  read_details(pid, fd, open);
  if (open.kind != Kind::other) return open;
  if (S_ISFIFO(status.st_mode)) {
    open.kind = Kind::fifo;
    if (!ask) return open;
  } else if (S_ISREG(status.st_mode)) {
    open.kind = Kind::file;
  }
  const auto copy = fetch_descriptor(pid, fd);
  if (!copy) return open;
  if (open.kind == Kind::fifo) {
    open.queued = bytes_in(copy->get());
  } else if (S_ISSOCK(status.st_mode)) {
    look_at_socket(copy->get(), open);
  } else if (mq_attr attributes{}; ::mq_getattr(copy->get(), &attributes) == 0) {  // a queue shows by answering as one
    open.kind = Kind::mqueue;
    if (ask) open.queued = attributes.mq_curmsgs;
  } else if (is_epoll(path)) {
    open.kind = Kind::epoll;
  }
  return open;
}

}  // namespace

std::vector<Open> open_descriptors(int actor, int pid, int first, bool ask) {
  std::vector<Open> found;
  const Directory directory(::opendir(fmt::format("/proc/{}/fd", pid).c_str()), ::closedir);
  if (!directory) return found;
  while (const dirent* entry = ::readdir(directory.get()))
    if (const int fd = std::atoi(entry->d_name); fd >= first)
      if (auto open = look_at(actor, pid, fd, ask)) found.push_back(std::move(*open));
  return found;
}

void connect_sockets(std::vector<Open>& open) {
  const auto is_unix = [](const Open& one) { return one.kind == Kind::socket && one.family == AF_UNIX; };
  if (std::any_of(open.begin(), open.end(), is_unix)) {
    const UnixPeers peers = unix_peers();
    for (Open& one : open) {
      if (!is_unix(one)) continue;
      const std::size_t colon = one.object.find(':');
      const auto inode = static_cast<std::uint32_t>(std::strtoull(one.object.c_str() + colon + 1, nullptr, 10));
      const auto named = [&](const std::map<std::uint32_t, std::uint32_t>& of) {
        const auto found = of.find(inode);
        return found == of.end() ? "" : one.object.substr(0, colon + 1) + std::to_string(found->second);
      };
      one.peer = named(peers.peer);
      one.pending = named(peers.pending);
    }
  }
  std::map<std::string, std::string> by_address;  // own and peer's address to the socket
  const auto by_both = [&](const Open& one) { return one.kind == Kind::socket && !one.listens && !is_unix(one); };
  for (const Open& one : open)
    if (by_both(one)) by_address[one.pending + one.peer] = one.object;
  std::vector<std::string> peers(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!by_both(open[i])) continue;
    const auto found = by_address.find(open[i].peer + open[i].pending);
    if (!open[i].peer.empty() && found != by_address.end()) peers[i] = found->second;
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!by_both(open[i])) continue;
    open[i].peer = peers[i];
    open[i].pending.clear();
  }
}

std::vector<Snapshot::Shared> shared_mappings(int actor, int pid) {
  std::vector<Snapshot::Shared> found;
  const auto text = read_file(fmt::format("/proc/{}/maps", pid));
  if (!text) return found;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string range;
    std::string access;
    std::string offset;
    std::string device;
    std::string inode;
    std::string path;
    words >> range >> access >> offset >> device >> inode >> path;
    const std::size_t dash = range.find('-');
    if (access.size() != 4 || access[3] != 's' || dash == std::string::npos) continue;
    Snapshot::Shared one;
    one.actor = actor;
    one.start = std::strtoull(range.c_str(), nullptr, 16);
    one.end = std::strtoull(range.c_str() + dash + 1, nullptr, 16);
    one.offset = std::strtoull(offset.c_str(), nullptr, 16);
    one.object = fmt::format("{}:{}", device, inode);
    if (path.rfind("/SYSV", 0) == 0) one.segment = std::strtoll(inode.c_str(), nullptr, 10);
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<std::int64_t> values_of(const std::string& kind, int id) {
  if (kind == "msg") {
    msqid_ds queue{};
    if (::msgctl(id, IPC_STAT, &queue) != 0) return {};
    return {static_cast<std::int64_t>(queue.msg_qnum)};
  }
  if (kind == "shm") {
    shmid_ds segment{};
    if (::shmctl(id, IPC_STAT, &segment) != 0) return {};
    return {static_cast<std::int64_t>(segment.shm_nattch), (segment.shm_perm.mode & SHM_DEST) != 0 ? 1 : 0};
  }
  semid_ds set{};
  union {
    semid_ds* buf;
    unsigned short* array;
  } argument{&set};
  if (::semctl(id, 0, IPC_STAT, argument) != 0) return {};
  std::vector<unsigned short> values(set.sem_nsems);
  argument.array = values.data();
  if (::semctl(id, 0, GETALL, argument) != 0) return {};
  return {values.begin(), values.end()};
}

}  // namespace kipc
