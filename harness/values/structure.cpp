#include "values/structure.hpp"

#include <pthread.h>
#include <semaphore.h>

#include <array>
#include <cctype>
#include <cstring>

namespace kipc {
namespace {

struct LayoutType {
  std::string_view name;
  std::size_t size;
  std::size_t alignment;
  bool is_signed;
  bool is_integer;
};

template <typename T>
constexpr LayoutType opaque(std::string_view name) {
  return {name, sizeof(T), alignof(T), false, false};
}

constexpr std::array kLayoutTypes = {
    LayoutType{"i32", 4, 4, true, true},
    LayoutType{"i64", 8, 8, true, true},
    opaque<pthread_barrier_t>("pthread_barrier_t"),
    opaque<pthread_barrierattr_t>("pthread_barrierattr_t"),
    opaque<pthread_cond_t>("pthread_cond_t"),
    opaque<pthread_condattr_t>("pthread_condattr_t"),
    opaque<pthread_mutex_t>("pthread_mutex_t"),
    opaque<pthread_mutexattr_t>("pthread_mutexattr_t"),
    opaque<pthread_rwlock_t>("pthread_rwlock_t"),
    opaque<pthread_rwlockattr_t>("pthread_rwlockattr_t"),
    LayoutType{"pthread_spinlock_t", sizeof(pthread_spinlock_t), alignof(pthread_spinlock_t), false, false},
    opaque<sem_t>("sem_t"),
    LayoutType{"u16", 2, 2, false, true},
    LayoutType{"u32", 4, 4, false, true},
    LayoutType{"u64", 8, 8, false, true},
    LayoutType{"u8", 1, 1, false, true},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

const StructField* StructType::find(std::string_view field) const {
  for (const StructField& candidate : fields)
    if (candidate.name == field) return &candidate;
  return nullptr;
}

std::int64_t read_field(const void* structure, const StructField& field) {
  const auto* at = static_cast<const unsigned char*>(structure) + field.offset;
  const auto as = [&](auto zero) {
    std::memcpy(&zero, at, sizeof zero);
    return static_cast<std::int64_t>(zero);
  };
  switch (field.size) {
    case 1: return field.is_signed ? as(std::int8_t{}) : as(std::uint8_t{});
    case 2: return field.is_signed ? as(std::int16_t{}) : as(std::uint16_t{});
    case 4: return field.is_signed ? as(std::int32_t{}) : as(std::uint32_t{});
    default: return as(std::int64_t{});
  }
}

void write_field(void* structure, const StructField& field, std::int64_t value) {
  auto* at = static_cast<unsigned char*>(structure) + field.offset;
  const auto as = [&](auto typed) { std::memcpy(at, &typed, sizeof typed); };
  switch (field.size) {
    case 1: as(static_cast<std::int8_t>(value)); break;
    case 2: as(static_cast<std::int16_t>(value)); break;
    case 4: as(static_cast<std::int32_t>(value)); break;
    default: as(value); break;
  }
}

const LayoutField* Layout::find(std::string_view field) const {
  for (const LayoutField& candidate : fields)
    if (candidate.name == field) return &candidate;
  return nullptr;
}

std::vector<std::string_view> layout_types() {
  std::vector<std::string_view> names;
  for (const LayoutType& type : kLayoutTypes) names.push_back(type.name);
  return names;
}

bool add_declaration(Layout& layout, std::string_view declaration, std::string& reason) {
  const std::size_t space = declaration.find(' ');
  if (space == std::string_view::npos) {
    reason = "a declaration such as \"u64 head\"";
    return false;
  }
  const std::string_view type_name = declaration.substr(0, space);
  std::string_view rest = declaration.substr(space + 1);
  const LayoutType* type = nullptr;
  for (const LayoutType& candidate : kLayoutTypes)
    if (candidate.name == type_name) type = &candidate;
  if (type == nullptr) {
    reason = "a layout type";
    return false;
  }
  std::size_t length = 0;
  while (length < rest.size() && is_word(rest[length])) ++length;
  LayoutField field{std::string(type_name), std::string(rest.substr(0, length)), 0, type->size, 1, type->is_signed,
                    type->is_integer};
  rest.remove_prefix(length);
  if (!rest.empty()) {
    if (rest.size() < 3 || rest.front() != '[' || rest.back() != ']') {
      reason = "a name, or a name and a count in brackets";
      return false;
    }
    field.count = 0;
    for (const char c : rest.substr(1, rest.size() - 2)) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0 || field.count > 100000) {
        reason = "a count of elements";
        return false;
      }
      field.count = field.count * 10 + static_cast<std::size_t>(c - '0');
    }
  }
  if (field.name.empty() || field.count == 0 || layout.find(field.name) != nullptr) {
    reason = "a new name";
    return false;
  }
  layout.size = (layout.size + type->alignment - 1) / type->alignment * type->alignment;
  field.offset = layout.size;
  layout.size += field.size * field.count;
  layout.fields.push_back(std::move(field));
  return true;
}

}  // namespace kipc
