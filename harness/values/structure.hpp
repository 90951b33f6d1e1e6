// Descriptions of C structures as tables of fields: they drive reading from JSON, matching, printing, and `ds.field` in
// expressions. A layout (mmap, shmat) is such a table made by the case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kipc {

/// A named constant (a flag, an enumerator).
struct Constant {
  std::string_view name;
  std::int64_t value;
};
using Constants = std::span<const Constant>;

/// One field: where it lies and how it reads. `names`: constants it is printed and written with; `flags`: or'ed ones.
struct StructField {
  std::string_view name;
  std::size_t offset;
  std::size_t size;  // 1, 2, 4 or 8
  bool is_signed = true;
  Constants names = {};
  bool flags = false;
  bool octal = false;
};

struct StructType {
  std::string_view name;  // "struct msqid_ds"
  std::size_t size;
  std::span<const StructField> fields;
  [[nodiscard]] const StructField* find(std::string_view field) const;
};

std::int64_t read_field(const void* structure, const StructField& field);
void write_field(void* structure, const StructField& field, std::int64_t value);

/// A table row from a real structure: KIPC_FIELD(msqid_ds, msg_qnum). Dotted members work: msg_perm.mode.
#define KIPC_FIELD(type, member)                                                             \
  ::kipc::StructField {                                                                      \
#member, offsetof(type, member), sizeof(type::member),                                   \
        (static_cast <decltype(type::member)>(-1) < static_cast <decltype(type::member)>(1)) \
  }

/// One member of a layout. Count 1 unless an array.
struct LayoutField {
  std::string type;  // "u32", "pthread_mutex_t", …
  std::string name;
  std::size_t offset = 0;
  std::size_t size = 0;  // of one element
  std::size_t count = 1;
  bool is_signed = false;
  bool is_integer = false;  // u8 … i64: may be loaded, stored and used in expressions
};

struct Layout {
  std::vector<LayoutField> fields;
  std::size_t size = 0;
  [[nodiscard]] const LayoutField* find(std::string_view field) const;
};

/// The types a layout may use, for messages and the schema.
std::vector<std::string_view> layout_types();
/// Adds "u64 slot[8]" with natural alignment. False with a reason when it is not such a declaration.
bool add_declaration(Layout& layout, std::string_view declaration, std::string& reason);

}  // namespace kipc
