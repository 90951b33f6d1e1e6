// Records: bytes that say who sent them, as which number, and whether they are whole. What `{"record": {"size": N}}`
// sends, and what a `takes` recognises again in whatever pieces it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kipc {

/// Records of fewer bytes carry only their sender: every byte is the sender's number.
constexpr std::size_t kRecordHeader = 16;

void fill_record(unsigned char* at, std::size_t size, std::uint16_t sender, std::uint32_t number);

/// The byte at `offset` of the pattern with that seed: what {"pattern": SEED} sends.
unsigned char pattern_byte(std::uint64_t seed, std::uint64_t offset);
void fill_pattern(unsigned char* at, std::size_t size, std::uint64_t seed, std::uint64_t offset = 0);

/// Where in a pattern bytes were taken from.
struct PatternPlace {
  std::uint64_t seed = 0;
  std::uint64_t offset = 0;
};
/// The place that these bytes are from, when they are a piece of a pattern with a seed below 16; at least 32 bytes, or
/// chance could have made them.
std::optional<PatternPlace> find_pattern(std::string_view bytes);

/// Something a reader found in a stream or message.
struct Found {
  enum class What : std::uint8_t { whole, torn, partial };
  std::uint16_t sender = 0;
  std::uint32_t number = 0;  // of a small record: how many of them in a row
  What what = What::whole;
  std::uint64_t offset = 0;  // where in the stream it began (torn: where it broke)
};

/// Recognises records in a byte stream. Feed it what each read returned.
class RecordReader {
 public:
  /// `small_size`: the size of the records when less than kRecordHeader, else 0.
  explicit RecordReader(std::size_t small_size = 0) : small_size_(small_size) {}
  /// Appends the records completed by these bytes. After a torn one nothing more is recognised.
  void feed(std::string_view bytes, std::vector<Found>& found);
  /// At the end of the stream: an unfinished record, if any, is reported as partial.
  void finish(std::vector<Found>& found);
  /// A message is a stream of its own: whatever is left over is partial.
  void message(std::string_view bytes, std::vector<Found>& found);

 private:
  void feed_small(std::string_view bytes, std::vector<Found>& found);
  void tear(std::vector<Found>& found, std::uint64_t at);
  std::size_t small_size_;
  std::uint64_t position_ = 0;
  std::uint64_t start_ = 0;
  unsigned char header_[kRecordHeader] = {};
  std::size_t have_ = 0;  // bytes of the current record seen
  std::uint32_t size_ = 0;
  std::uint16_t sender_ = 0;
  std::uint32_t number_ = 0;
  bool torn_ = false;
};

}  // namespace kipc
