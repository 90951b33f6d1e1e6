#include "values/record.hpp"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace kipc {
namespace {

constexpr std::uint16_t kMagic = 0x6B52;

std::uint64_t seed_of(std::uint16_t sender, std::uint32_t number) {
  return (static_cast<std::uint64_t>(sender) << 32 | number) * 0x9E3779B97F4A7C15U + 1;
}

std::uint32_t check_of(std::uint32_t size, std::uint16_t sender, std::uint32_t number) {
  const std::uint64_t mixed = (seed_of(sender, number) ^ size) * 0xD6E8FEB86659FD93U;
  return static_cast<std::uint32_t>(mixed >> 32);
}

void put_header(unsigned char* at, std::uint32_t size, std::uint16_t sender, std::uint32_t number) {
  const std::uint32_t check = check_of(size, sender, number);
  std::memcpy(at, &kMagic, 2);
  std::memcpy(at + 2, &sender, 2);
  std::memcpy(at + 4, &number, 4);
  std::memcpy(at + 8, &size, 4);
  std::memcpy(at + 12, &check, 4);
}

}  // namespace

namespace {

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
constexpr std::uint64_t kSeedStep = 0xBF58476D1CE4E5B9U;

std::uint64_t pattern_word(std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t word = (index + 1) * kStep ^ seed * kSeedStep;
  return word ^ word >> 29;
}

/// The number that gives 1 when it is multiplied by an odd one, modulo 2^64 (Newton's method).
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}
static_assert(inverse_of(kStep) * kStep == 1);

/// The index that pattern_word() makes this word of.
std::uint64_t index_of(std::uint64_t seed, std::uint64_t word) {
  word ^= word >> 29 ^ word >> 58;
  return (word ^ seed * kSeedStep) * inverse_of(kStep) - 1;
}

}  // namespace

unsigned char pattern_byte(std::uint64_t seed, std::uint64_t offset) {
  return static_cast<unsigned char>(pattern_word(seed, offset / 8) >> (offset % 8 * 8));
}

void fill_pattern(unsigned char* at, std::size_t size, std::uint64_t seed, std::uint64_t offset) {
  std::size_t i = 0;
  for (; i < size && (offset + i) % 8 != 0; ++i) at[i] = pattern_byte(seed, offset + i);
  for (; i + 8 <= size; i += 8) {
    const std::uint64_t word = htole64(pattern_word(seed, (offset + i) / 8));
    std::memcpy(at + i, &word, sizeof word);
  }
  for (; i < size; ++i) at[i] = pattern_byte(seed, offset + i);
}

std::optional<PatternPlace> find_pattern(std::string_view bytes) {
  constexpr std::size_t kLeast = 32;
  constexpr std::uint64_t kSeeds = 16;
  constexpr std::uint64_t kMostWords = std::uint64_t{1} << 40;
  if (bytes.size() < kLeast) return std::nullopt;
  for (std::size_t skip = 0; skip < 8; ++skip) {  // until the first whole word
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + skip, sizeof word);
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const std::uint64_t index = index_of(seed, le64toh(word));
      if (index > kMostWords || index * 8 < skip) continue;
      const PatternPlace place{seed, index * 8 - skip};
      std::string made(bytes.size(), '\0');
      fill_pattern(reinterpret_cast<unsigned char*>(made.data()), made.size(), place.seed, place.offset);
      if (made == bytes) return place;
    }
  }
  return std::nullopt;
}

void fill_record(unsigned char* at, std::size_t size, std::uint16_t sender, std::uint32_t number) {
  if (size < kRecordHeader) {
    std::memset(at, sender & 0xFF, size);
    return;
  }
  put_header(at, static_cast<std::uint32_t>(size), sender, number);
  fill_pattern(at + kRecordHeader, size - kRecordHeader, seed_of(sender, number));
}

void RecordReader::tear(std::vector<Found>& found, std::uint64_t at) {
  found.push_back(Found{sender_, number_, Found::What::torn, at});
  torn_ = true;
}

void RecordReader::feed_small(std::string_view bytes, std::vector<Found>& found) {
  // Neighbouring records of one sender cannot be told apart, so a run is counted; a run that is no multiple of the
  // size has been cut by another sender.
  for (const char c : bytes) {
    const auto sender = static_cast<std::uint16_t>(static_cast<unsigned char>(c));
    if (have_ % small_size_ != 0 && sender != sender_) {
      tear(found, position_);
      return;
    }
    sender_ = sender;
    ++have_;
    ++position_;
    if (have_ % small_size_ == 0) {
      found.push_back(Found{sender_, 1, Found::What::whole, position_ - small_size_});
      have_ = 0;
    }
  }
}

void RecordReader::feed(std::string_view bytes, std::vector<Found>& found) {
  if (torn_) return;
  if (small_size_ != 0) {
    feed_small(bytes, found);
    return;
  }
  while (!bytes.empty()) {
    if (have_ == 0) start_ = position_;
    if (have_ < kRecordHeader) {
      const std::size_t n = std::min(bytes.size(), kRecordHeader - have_);
      std::memcpy(header_ + have_, bytes.data(), n);
      have_ += n;
      position_ += n;
      bytes.remove_prefix(n);
      if (have_ < kRecordHeader) return;
      std::uint16_t magic = 0;
      std::uint32_t check = 0;
      std::memcpy(&magic, header_, 2);
      std::memcpy(&sender_, header_ + 2, 2);
      std::memcpy(&number_, header_ + 4, 4);
      std::memcpy(&size_, header_ + 8, 4);
      std::memcpy(&check, header_ + 12, 4);
      if (magic != kMagic || size_ < kRecordHeader || check != check_of(size_, sender_, number_)) {
        tear(found, start_);
        return;
      }
    }
    const std::size_t n = std::min<std::size_t>(bytes.size(), size_ - have_);
    const std::uint64_t seed = seed_of(sender_, number_);
    unsigned char wanted[512];
    for (std::size_t from = 0; from < n; from += sizeof wanted) {
      const std::size_t part = std::min(n - from, sizeof wanted);
      fill_pattern(wanted, part, seed, have_ - kRecordHeader + from);
      if (std::memcmp(wanted, bytes.data() + from, part) == 0) continue;
      const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data()) + from;
      tear(found,
           position_ + from + static_cast<std::size_t>(std::mismatch(wanted, wanted + part, begin).first - wanted));
      return;
    }
    have_ += n;
    position_ += n;
    bytes.remove_prefix(n);
    if (have_ == size_) {
      found.push_back(Found{sender_, number_, Found::What::whole, start_});
      have_ = 0;
    }
  }
}

void RecordReader::finish(std::vector<Found>& found) {
  if (!torn_ && have_ != 0)
    found.push_back(Found{have_ >= kRecordHeader || small_size_ != 0 ? sender_ : std::uint16_t{0xFFFF}, number_,
                          Found::What::partial, start_});
  have_ = 0;
}

void RecordReader::message(std::string_view bytes, std::vector<Found>& found) {
  feed(bytes, found);
  finish(found);
  torn_ = false;
}

}  // namespace kipc
