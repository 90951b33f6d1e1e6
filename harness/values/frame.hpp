// One call being made: its arguments in C form, and what came of it. Rows of the call table read slots by position and
// report results through the Frame; the engine, the matcher and the judge see only the CallResult.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "values/env.hpp"

namespace kipc {

struct Arg;

/// An argument in C form. Integers and handles in `i`, anything with storage at `p` with `n` bytes (or elements).
struct Slot {
  std::int64_t i = 0;
  void* p = nullptr;
  std::size_t n = 0;
  bool given = false;
  const Arg* arg = nullptr;

  [[nodiscard]] int as_int() const { return static_cast<int>(i); }
  [[nodiscard]] unsigned as_unsigned() const { return static_cast<unsigned>(i); }
  [[nodiscard]] std::size_t as_size() const { return static_cast<std::size_t>(i); }
  [[nodiscard]] const char* text() const { return static_cast<const char*>(p); }
  template <typename T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(p);
  }
};

/// A name bound by a call: which cell got which value.
struct Binding {
  CellScope scope = CellScope::process;
  int cell = 0;
  std::int64_t value = 0;
};

/// An out argument: the row's parameter and the bytes that came back.
struct Out {
  int param = 0;
  std::string_view bytes;
};

/// What came of a call. `err` is 0 on success; for calls that return the error number it is that number.
struct CallResult {
  std::int64_t ret = 0;
  int err = 0;
  int signal = 0;  // the access raised it (load, store)
  int si_code = 0;
  std::uint64_t fault_address = 0;
  std::int64_t begin_ns = 0;  // CLOCK_MONOTONIC
  std::int64_t end_ns = 0;
  bool has_deadline = false;
  std::int64_t deadline_ns = 0;  // on the row's own clock
  std::int64_t after_ns = 0;     // that clock, read after the return
  bool overrun = false;          // the call wrote behind its buffer
  std::int64_t subject = 0;      // the first argument: the id or descriptor that the call is about
  std::uint32_t record = 0;      // 1 + the number of the record that was sent, 0: none
  std::uint16_t sender = 0;
  std::int64_t weight = 0;     // priority or type of the message that was sent or received
  bool rest_untouched = true;  // the buffer behind `return` bytes is as it was
  std::vector<Out> outs;
  std::shared_ptr<const std::string> storage;  // what `outs` point into, once it has left its process
  std::vector<Binding> bindings;
  std::string error;  // not empty: the call could not be made (an ERROR of the case)

  [[nodiscard]] const Out* out(int param) const {
    for (const Out& candidate : outs)
      if (candidate.param == param) return &candidate;
    return nullptr;
  }
};

/// Memory that lasts for one call.
class Scratch {
 public:
  explicit Scratch(std::size_t capacity = std::size_t{1} << 16);
  void reset();
  /// Zeroed, aligned to 16 bytes.
  void* take(std::size_t bytes);
  template <typename T>
  T* take_object(std::size_t count = 1) {
    return static_cast<T*>(take(sizeof(T) * count));
  }
  std::string_view keep(std::string_view bytes);

 private:
  std::vector<std::unique_ptr<unsigned char[]>> large_;
  std::unique_ptr<unsigned char[]> block_;
  std::size_t capacity_;
  std::size_t used_ = 0;
};

/// A receive buffer that ends at a guard page and is filled with a canary, so that what a call wrote is known exactly.
class GuardedBuffer {
 public:
  static constexpr unsigned char kCanary = 0xA5;
  GuardedBuffer() = default;
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  ~GuardedBuffer();
  /// `length` bytes up to the guard page, all canary. The same memory again at the next call.
  unsigned char* prepare(std::size_t length);
  /// True when the bytes behind the first `used` of the prepared ones are as prepared; marks the used ones dirty.
  bool finish(std::size_t used);
  /// An address that must fault: the guard page itself.
  unsigned char* guard();

 private:
  void grow(std::size_t length);
  unsigned char* base_ = nullptr;
  std::size_t size_ = 0;  // without the guard page
  unsigned char* current_ = nullptr;
  std::size_t length_ = 0;
  std::size_t dirty_begin_ = 0;  // offset in the mapping from which bytes may not be canary
  std::size_t dirty_end_ = 0;
};

/// What only the engine can do for a row: make, replace and end actors, know the step's extras.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;
  /// fork(), the child becoming the next actor made by this step. Returns the child's pid or -1 with errno.
  virtual std::int64_t fork_actor() = 0;
  /// clone() without CLONE_VM: as fork with these flags.
  virtual std::int64_t clone_actor(std::uint64_t flags) = 0;
  /// pthread_create(), the thread becoming the next actor. Returns 0 or an error number.
  virtual int start_thread() = 0;
  /// Ends the calling thread actor.
  virtual void end_thread() = 0;
  /// execve() of kipc's own image, which takes the actor's part again. Returns only on failure, -1 with errno.
  virtual int exec_self() = 0;
  /// The file of a program that was given by name. Throws EvalError for one that was not.
  virtual std::string program_path(std::string_view name) = 0;
  /// The function and value for a SIGEV_THREAD that makes actor number `actor` appear.
  virtual void* notify_function() = 0;
  virtual void expect_thread(std::int64_t value, int actor) = 0;
  /// A signal handler that logs, or logs and runs the steps compiled as `runs` (index, -1: none).
  virtual void install_handler(int signal, int runs) = 0;
  virtual void* handler_function() = 0;
  /// Sender number and next record number for `{"record": …}` data on the step's channel.
  virtual std::uint16_t sender() = 0;
  virtual std::uint32_t next_record() = 0;
  /// A name for a mqueue, shm object or semaphore as the kernel shall see it (made unique without a namespace).
  virtual std::string object_name(std::string_view name) = 0;
  /// The System V key for a symbolic one.
  virtual std::int64_t object_key(std::string_view name) = 0;
  /// Records a System V object so that it is accounted for, and swept where there is no namespace.
  virtual void created(std::string_view kind, std::int64_t id) = 0;
  /// True when this step expects an access to raise a signal, so that load and store must guard against it.
  virtual bool guards_access() = 0;
};

class Frame {
 public:
  static constexpr std::size_t kMaxParams = 12;
  Frame(Env& environment, Host& engine, Scratch& memory, std::array<GuardedBuffer, 2>& guarded)
      : env(environment), host(engine), scratch(memory), buffers(guarded) {}

  Env& env;
  Host& host;
  Scratch& scratch;
  std::array<GuardedBuffer, 2>& buffers;
  std::array<Slot, kMaxParams> slots{};
  CallResult result;
  clockid_t deadline_clock = 0;

  const Slot& operator[](std::size_t i) const { return slots[i]; }

  /// The usual convention: -1 with errno, else the value.
  void returns(std::int64_t value) {
    result.err = value == -1 ? errno : 0;
    result.ret = value;
  }
  /// pthread convention: 0 or the error number.
  void returns_error(int error) {
    result.ret = error;
    result.err = error;
  }
  /// A pointer, with MAP_FAILED or SEM_FAILED as failure.
  void returns_address(void* address, void* failed) {
    result.err = address == failed ? errno : 0;
    result.ret = address == failed ? -1 : static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(address));
  }
  void out(std::size_t param, const void* bytes, std::size_t size) {
    result.outs.push_back(
        Out{static_cast<int>(param), std::string_view(static_cast<const char*>(bytes), bytes == nullptr ? 0 : size)});
  }
  template <typename T>
  void out_object(std::size_t param, const T& object) {
    out(param, scratch.keep(std::string_view(reinterpret_cast<const char*>(&object), sizeof object)).data(),
        sizeof object);
  }
  void out_integer(std::size_t param, std::int64_t value) { out_object(param, value); }
  /// A plain buffer for loops that are timed: made at the first call, aligned to a page, without guard and canary.
  unsigned char* room(std::size_t size);
  /// A receive buffer of that size for parameter `data`; report with received().
  unsigned char* receive(std::size_t size) { return buffers[0].prepare(size); }
  /// The buffer made by receive() now holds `result.ret` bytes (none on failure).
  void received(std::size_t param, const unsigned char* buffer) {
    const std::size_t n = result.ret > 0 && result.err == 0 ? static_cast<std::size_t>(result.ret) : 0;
    received(param, buffer, n);
  }
  void received(std::size_t param, const unsigned char* buffer, std::size_t n) {
    result.rest_untouched = buffers[0].finish(n);
    if (result.err == 0) out(param, buffer, n);
  }
  /// Binds the name that argument `param` gives (an out argument such as read_end).
  void bind(std::size_t param, std::int64_t value);

 private:
  unsigned char* room_ = nullptr;
};

/// memcpy-like access that turns SIGSEGV and SIGBUS into a result instead of a death.
bool guarded_copy(void* to, const void* from, std::size_t length, CallResult& result);

}  // namespace kipc
