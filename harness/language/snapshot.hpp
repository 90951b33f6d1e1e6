// What is there at one moment of the script, as the kernel shows it: who lives, who sleeps, who has what open, locked
// and mapped. The engine takes it from outside, and only when it is asked to; the sweep (harness/explore) reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kipc {

/// A place within a block of the script: before that step (Step::id), in that round of the block, for that member of
/// the group that does it.
struct Moment {
  int step = -1;
  int actor = -1;           // -1: the block itself has no actor
  std::int64_t round = -1;  // -1: the block is no loop
};
inline bool operator==(const Moment& a, const Moment& b) {
  return a.step == b.step && a.actor == b.actor && a.round == b.round;
}

struct Snapshot {
  struct Living {
    int actor = -1;
    int blocked_in = -1;   // the step of the call it sleeps in; -1: idle
    bool stopped = false;  // by a fault of the script
  };
  /// A name that an actor has for a descriptor or queue.
  struct Named {
    int actor = -1;
    std::string name;
    int fd = -1;
  };
  /// A name that an actor has for a mapping.
  struct Placed {
    int actor = -1;
    std::string name;
    std::uint64_t address = 0;
  };
  /// A shared mapping of a process.
  struct Shared {
    int actor = -1;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t offset = 0;   // in the object
    std::string object;         // the same for the same memory
    std::int64_t segment = -1;  // the id of the System V segment that it is
  };
  /// A lock that an open file description has, or a process has by way of it.
  struct FileLock {
    enum class Kind : std::uint8_t { posix, ofd, flock } kind = Kind::posix;
    bool exclusive = false;
    std::int64_t start = 0;
    std::int64_t end = 0;  // the last byte; the largest number: to the end of the file
  };
  /// What a process has open.
  struct Open {
    int actor = -1;
    int fd = -1;
    enum class Kind : std::uint8_t {
      epoll,
      eventfd,
      fifo,
      file,
      mqueue,
      other,
      pidfd,
      signalfd,
      socket,
      timerfd
    } kind = Kind::other;
    std::string object;         // the same for the same pipe, socket, queue, file
    int flags = 0;              // as F_GETFL gives them
    std::int64_t queued = -1;   // bytes in a pipe or to be read from a socket, messages in a queue; -1 unknown
    std::int64_t position = 0;  // of a file
    std::vector<FileLock> locks;
    int target = 0;  // pidfd: whose
    struct Watch {
      int fd = -1;  // in the process that asked for it
      std::string object;
      std::uint32_t events = 0;
    };
    std::vector<Watch> watches;  // epoll
    // socket
    int family = 0;
    int type = 0;  // SOCK_STREAM, …
    bool listens = false;
    std::string peer;     // the socket it is connected to
    std::string pending;  // the listener in whose queue its connection waits to be accepted
  };
  /// A System V object that a global name holds.
  struct Object {
    std::string kind;  // msg, sem, shm
    std::string name;
    std::int64_t id = 0;
    std::vector<std::int64_t> values;  // messages; the semaphores' values; how often the segment is
                                       // attached, and 1 when it goes with the last of these
  };
  int line = 0;            // the index in the script of the line that comes next, or in which `moment` lies
  Moment moment;           // step -1: before that line
  std::size_t events = 0;  // of the history, before it
  std::vector<Living> living;
  std::vector<Named> names;
  std::vector<Placed> places;
  std::vector<Open> open;
  std::vector<Shared> shared;
  std::vector<Object> objects;
};

}  // namespace kipc
