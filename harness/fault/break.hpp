// What the breakages share: finding the arguments of a call by name, altering them, and altering what came of it.
//
// A breakage has two ways to lie:
//   without(row, f, "sops", SEM_UNDO); return false;      alters the arguments and lets the row perform the call
//   row.perform(f); if (f.result.err == EPIPE) succeed(f, n); return true;      performs it and alters the result
// It may also make other system calls and report them as the row would. It acts in the actor's process, where statics
// live as long as the process does and are copied by fork.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "calls/row.hpp"
#include "fault/saboteur.hpp"

namespace kipc {

/// The argument of that name for the selector value of this call, or nullptr when it has none or none was given.
Slot* argument(const Row& row, Frame& f, std::string_view name);
/// The argument as an integer, 0 when it was not given.
std::int64_t integer_argument(const Row& row, Frame& f, std::string_view name);
/// The descriptor a call is about: its first argument.
int subject(const Frame& f);
/// Takes these bits out of an integer argument, if it was given. Returns false: the row shall perform the call.
bool without(const Row& row, Frame& f, std::string_view name, std::int64_t bits);
bool is_any_of(const Row& row, std::initializer_list<std::string_view> names);

/// Replaces what a call came to by success with that value, or by an error.
void succeed(Frame& f, std::int64_t value = 0);
void fail_with(Frame& f, int error);
/// The bytes that came back for an out argument, "" for none.
std::string_view came_back(const Row& row, const Frame& f, std::string_view name);
/// Replaces what came back for an out argument, if anything did.
void replace_out(const Row& row, Frame& f, std::string_view name, std::string_view bytes);
template <typename T>
void alter_out(const Row& row, Frame& f, std::string_view name, void (*alter)(T&)) {
  const std::string_view bytes = came_back(row, f, name);
  T object;
  if (bytes.size() != sizeof object) return;
  std::memcpy(&object, bytes.data(), sizeof object);
  alter(object);
  replace_out(row, f, name, {reinterpret_cast<const char*>(&object), sizeof object});
}

/// Bytes that a call sends: nullptr where the case gave a pointer that is null or faults, or a longer count.
const unsigned char* sent_bytes(const Row& row, Frame& f, std::size_t& length);

bool is_pipe(int fd);
/// The socket's type, or 0 for what is no socket.
int socket_type(int fd);
/// A pipe, FIFO or SOCK_STREAM socket.
bool is_stream(int fd);
/// Gives a regular file's or FIFO's descriptor an open file description of its own.
void reopen(int fd);
/// Sleeps in read() of a pipe or recv() of a socket that nobody writes to, until a handler has run: -1 with EINTR.
ssize_t read_for_ever();
ssize_t receive_for_ever();
/// True once in `every` calls from one place; `counter` is that place's.
bool once_in(unsigned every, unsigned& counter);

// The saboteurs of each kind of object, one file each.
std::vector<Saboteur> death_saboteurs();       // break_death.cpp
std::vector<Saboteur> descriptor_saboteurs();  // break_descriptor.cpp
std::vector<Saboteur> lock_saboteurs();        // break_lock.cpp
std::vector<Saboteur> memory_saboteurs();      // break_memory.cpp
std::vector<Saboteur> mq_saboteurs();          // break_mq.cpp
std::vector<Saboteur> pipe_saboteurs();        // break_pipe.cpp
std::vector<Saboteur> signal_saboteurs();      // break_signal.cpp
std::vector<Saboteur> socket_saboteurs();      // break_socket.cpp
std::vector<Saboteur> sync_saboteurs();        // break_sync.cpp
std::vector<Saboteur> sysv_saboteurs();        // break_sysv.cpp

}  // namespace kipc
