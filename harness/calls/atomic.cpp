// Rows: atomic accesses to memory.
#include <array>
#include <cstring>

#include "calls/row.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kAtomic = {"futex", "shm"};

constexpr std::array kOrders = {
    Constant{"memory_order_acq_rel", __ATOMIC_ACQ_REL}, Constant{"memory_order_acquire", __ATOMIC_ACQUIRE},
    Constant{"memory_order_relaxed", __ATOMIC_RELAXED}, Constant{"memory_order_release", __ATOMIC_RELEASE},
    Constant{"memory_order_seq_cst", __ATOMIC_SEQ_CST}};
constexpr std::array kLoadOrders = {kOrders[1], kOrders[2], kOrders[4]};
constexpr std::array kStoreOrders = {kOrders[2], kOrders[3], kOrders[4]};

const Type& all_orders() {
  static const auto type = make_enum_type("memory order", kOrders);
  return *type;
}
const Type& load_orders() {
  static const auto type = make_enum_type("memory order of a load", kLoadOrders);
  return *type;
}
const Type& store_orders() {
  static const auto type = make_enum_type("memory order of a store", kStoreOrders);
  return *type;
}

Param order(const Type& type) { return optional("order", type, "\"memory_order_seq_cst\""); }

/// The built-ins need their order at compile time.
template <int Value>
using Order = std::integral_constant<int, Value>;

template <typename F>
void with_load_order(std::int64_t order, F&& then) {
  switch (order) {
    case __ATOMIC_RELAXED: return then(Order<__ATOMIC_RELAXED>());
    case __ATOMIC_ACQUIRE: return then(Order<__ATOMIC_ACQUIRE>());
    default: return then(Order<__ATOMIC_SEQ_CST>());
  }
}
template <typename F>
void with_store_order(std::int64_t order, F&& then) {
  switch (order) {
    case __ATOMIC_RELAXED: return then(Order<__ATOMIC_RELAXED>());
    case __ATOMIC_RELEASE: return then(Order<__ATOMIC_RELEASE>());
    default: return then(Order<__ATOMIC_SEQ_CST>());
  }
}
template <typename F>
void with_any_order(std::int64_t order, F&& then) {
  switch (order) {
    case __ATOMIC_RELAXED: return then(Order<__ATOMIC_RELAXED>());
    case __ATOMIC_ACQUIRE: return then(Order<__ATOMIC_ACQUIRE>());
    case __ATOMIC_RELEASE: return then(Order<__ATOMIC_RELEASE>());
    case __ATOMIC_ACQ_REL: return then(Order<__ATOMIC_ACQ_REL>());
    default: return then(Order<__ATOMIC_SEQ_CST>());
  }
}

/// Calls `then` with the cell of parameter 0 as a pointer to the integer it is.
template <typename F>
void with_cell(Frame& f, F&& then) {
  f.result.ret = 0;
  f.result.err = 0;
  const Slot& cell = f[0];
  const auto call = [&](auto typed) {
    using T = decltype(typed);
    if constexpr (__atomic_always_lock_free(sizeof(T), nullptr))
      then(static_cast<T*>(cell.p));
    else
      f.result.error = "no lock-free access of this size here";
  };
  const bool is_signed = cell.i != 0;
  switch (cell.n) {
    case 1: return call(std::uint8_t{});
    case 2: return call(std::uint16_t{});
    case 4: return is_signed ? call(std::int32_t{}) : call(std::uint32_t{});
    default: return is_signed ? call(std::int64_t{}) : call(std::uint64_t{});
  }
}

void compare_exchange(Frame& f) {
  with_cell(f, [&](auto* at) {
    using T = std::remove_pointer_t<decltype(at)>;
    const auto desired = static_cast<T>(f[2].i);
    T expected = static_cast<T>(f[1].i);
    const auto exchange = [&](auto success, auto failure) {
      f.result.ret =
          __atomic_compare_exchange_n(at, &expected, desired, false, decltype(success)::value, decltype(failure)::value)
              ? 1
              : 0;
    };
    switch (f[3].i) {  // on failure there is no store, hence nothing to release
      case __ATOMIC_RELAXED: exchange(Order<__ATOMIC_RELAXED>(), Order<__ATOMIC_RELAXED>()); break;
      case __ATOMIC_ACQUIRE: exchange(Order<__ATOMIC_ACQUIRE>(), Order<__ATOMIC_ACQUIRE>()); break;
      case __ATOMIC_RELEASE: exchange(Order<__ATOMIC_RELEASE>(), Order<__ATOMIC_RELAXED>()); break;
      case __ATOMIC_ACQ_REL: exchange(Order<__ATOMIC_ACQ_REL>(), Order<__ATOMIC_ACQUIRE>()); break;
      default: exchange(Order<__ATOMIC_SEQ_CST>(), Order<__ATOMIC_SEQ_CST>());
    }
    f.out_integer(1, static_cast<std::int64_t>(expected));
  });
}

}  // namespace

std::vector<Row> atomic_rows() {
  return {
      Row{.name = "atomic_compare_exchange",
          .areas = kAtomic,
          .doc = "Stores desired if the value is expected: returns 1, else 0 with the value in expected.",
          .source = "C17 atomic_compare_exchange_strong_explicit()",
          .params = {in("at", cell_type()), inout("expected", integer_type()), in("desired", integer_type()),
                     order(all_orders())},
          .returns = Returns::integer,
          .perform = compare_exchange},
      Row{.name = "atomic_exchange",
          .areas = kAtomic,
          .doc = "Stores desired and returns what was there before.",
          .source = "C17 atomic_exchange_explicit()",
          .params = {in("at", cell_type()), in("desired", integer_type()), order(all_orders())},
          .returns = Returns::integer,
          .perform =
              [](Frame& f) {
                with_cell(f, [&](auto* at) {
                  const auto desired = static_cast<std::remove_pointer_t<decltype(at)>>(f[1].i);
                  with_any_order(f[2].i, [&](auto constant) {
                    f.result.ret = static_cast<std::int64_t>(__atomic_exchange_n(at, desired, constant.value));
                  });
                });
              }},
      Row{.name = "atomic_fetch_add",
          .areas = kAtomic,
          .doc = "Adds operand and returns what was there before.",
          .source = "C17 atomic_fetch_add_explicit()",
          .params = {in("at", cell_type()), in("operand", integer_type()), order(all_orders())},
          .returns = Returns::integer,
          .perform =
              [](Frame& f) {
                with_cell(f, [&](auto* at) {
                  const auto operand = static_cast<std::remove_pointer_t<decltype(at)>>(f[1].i);
                  with_any_order(f[2].i, [&](auto constant) {
                    f.result.ret = static_cast<std::int64_t>(__atomic_fetch_add(at, operand, constant.value));
                  });
                });
              }},
      Row{.name = "atomic_load",
          .areas = kAtomic,
          .doc = "Returns the value.",
          .source = "C17 atomic_load_explicit()",
          .params = {in("at", cell_type()), order(load_orders())},
          .returns = Returns::integer,
          .perform =
              [](Frame& f) {
                with_cell(f, [&](auto* at) {
                  with_load_order(f[1].i, [&](auto constant) {
                    f.result.ret = static_cast<std::int64_t>(__atomic_load_n(at, constant.value));
                  });
                });
              }},
      Row{.name = "atomic_store",
          .areas = kAtomic,
          .doc = "Stores the value.",
          .source = "C17 atomic_store_explicit()",
          .params = {in("at", cell_type()), in("value", integer_type()), order(store_orders())},
          .returns = Returns::nothing,
          .perform =
              [](Frame& f) {
                with_cell(f, [&](auto* at) {
                  const auto value = static_cast<std::remove_pointer_t<decltype(at)>>(f[1].i);
                  with_store_order(f[2].i, [&](auto constant) { __atomic_store_n(at, value, constant.value); });
                });
              }},
  };
}

}  // namespace kipc
