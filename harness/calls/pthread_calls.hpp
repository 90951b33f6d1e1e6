// Between the files of pthread rows.
#pragma once

#include <time.h>

#include "calls/row.hpp"
#include "values/pthread_types.hpp"

namespace kipc {

/// The area of everything that lives in memory and may be shared between processes.
inline const std::vector<std::string_view> kPshared = {"pshared"};

/// Every pthread call that waits does so in a futex.
#ifdef SYS_futex_time64
inline const std::vector<long> kFutexWaits = {SYS_futex, SYS_futex_time64};
#else
inline const std::vector<long> kFutexWaits = {SYS_futex};
#endif

/// A call with one object: perform<pthread_mutex_t, ::pthread_mutex_lock>.
template <typename Object, int (*Function)(Object*)>
void on_object(Frame& f) {
  f.returns_error(Function(f[0].as<Object>()));
}

/// A row whose call has one object and nothing else.
template <typename Object, int (*Function)(Object*)>
Row object_row(std::string_view name, const Param& object, std::string_view doc, std::string_view source,
               const std::vector<long>& sleeps = {}) {
  return Row{.name = name,
             .areas = kPshared,
             .doc = doc,
             .source = source,
             .params = {object},
             .returns = Returns::error,
             .sleeps = sleeps,
             .perform = on_object<Object, Function>};
}

/// Makes an attribute object for a call, from a record or where the case has one; without either there is none.
template <typename Attr>
class Attributes {
 public:
  using Function = int (*)(Attr*);
  Attributes(const Slot& slot, Function init, Function destroy) : destroy_(destroy) {
    if (!slot.given) return;
    if (slot.n == 0) {
      used_ = slot.as<Attr>();
      return;
    }
    values_ = slot.as<AttributeValues>();
    error_ = init(&own_);
    if (error_ == 0) used_ = &own_;
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() {
    if (used_ == &own_) destroy_(&own_);
  }
  /// Sets attribute `i` of the record, if it was given.
  template <typename Value>
  void set(std::size_t i, int (*setter)(Attr*, Value)) {
    if (error_ == 0 && values_ != nullptr && values_->given[i])
      error_ = setter(&own_, static_cast<Value>(values_->value[i]));
  }
  /// The error of what came before, or what `init` returns; `more` are arguments behind the attributes.
  template <typename Object, typename... More>
  int make(Object* object, int (*init)(Object*, const Attr*, More...), More... more) {
    return error_ != 0 ? error_ : init(object, used_, more...);
  }

 private:
  Function destroy_;
  const AttributeValues* values_ = nullptr;
  Attr own_ = {};
  Attr* used_ = nullptr;
  int error_ = 0;
};

/// The clocks a call may be given, and its deadline on whichever that is: parameters clock_id and abstime (twice).
inline std::vector<Param> with_clock(std::vector<Param> objects) {
  objects.push_back(selector("clock_id", cond_clock_type()));
  objects.push_back(only_for(in("abstime", absolute_time_type(CLOCK_MONOTONIC)), {"CLOCK_MONOTONIC"}));
  objects.push_back(
      only_for(in("abstime", absolute_time_type(CLOCK_REALTIME)),
               {"CLOCK_BOOTTIME", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_REALTIME", "CLOCK_THREAD_CPUTIME_ID"}));
  return objects;
}
/// The deadline of with_clock(), when clock_id is parameter `clock`.
inline const timespec* deadline(const Frame& f, std::size_t clock) {
  static constexpr timespec kNone = {};
  return f[clock + 1].given ? f[clock + 1].as<timespec>() : f[clock + 2].given ? f[clock + 2].as<timespec>() : &kNone;
}

}  // namespace kipc
