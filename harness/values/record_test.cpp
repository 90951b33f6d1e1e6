#include "values/record.hpp"

#include <string>

#include "base/catch.hpp"

using namespace kipc;

namespace {

std::string record(std::size_t size, std::uint16_t sender, std::uint32_t number) {
  std::string bytes(size, '\0');
  fill_record(reinterpret_cast<unsigned char*>(bytes.data()), size, sender, number);
  return bytes;
}

}  // namespace

TEST_CASE("records are recognised in whatever pieces they arrive") {
  const std::string stream = record(16, 1, 0) + record(100, 2, 7) + record(4096, 1, 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{17}, std::size_t{5000}}) {
    RecordReader reader;
    std::vector<Found> found;
    for (std::size_t at = 0; at < stream.size(); at += piece)
      reader.feed(std::string_view(stream).substr(at, piece), found);
    reader.finish(found);
    REQUIRE(found.size() == 3);
    CHECK(found[1].sender == 2);
    CHECK(found[1].number == 7);
    CHECK(found[2].number == 1);
    for (const Found& one : found) CHECK(one.what == Found::What::whole);
  }
}

TEST_CASE("every byte of a record is known: one altered, dropped or inserted byte tears it") {
  const std::string whole = record(64, 3, 9) + record(64, 3, 10);
  for (std::size_t at = 0; at < 64; ++at) {
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    std::string dropped = whole;
    dropped.erase(at, 1);
    std::string inserted = whole;
    inserted.insert(at, 1, 'x');
    for (const std::string& bad : {altered, dropped, inserted}) {
      RecordReader reader;
      std::vector<Found> found;
      reader.feed(bad, found);
      reader.finish(found);
      bool caught = false;
      for (const Found& one : found) caught = caught || one.what != Found::What::whole;
      CHECK(caught);
    }
  }
}

TEST_CASE("an unfinished record at the end is partial") {
  const std::string whole = record(64, 3, 9);
  RecordReader reader;
  std::vector<Found> found;
  reader.feed(std::string_view(whole).substr(0, 40), found);
  reader.finish(found);
  REQUIRE(found.size() == 1);
  CHECK(found[0].what == Found::What::partial);
  CHECK(found[0].sender == 3);
}

TEST_CASE("small records are runs of their sender's byte, cut where another begins") {
  RecordReader reader(4);
  std::vector<Found> found;
  reader.feed(record(4, 1, 0) + record(4, 1, 1) + record(4, 2, 0), found);
  REQUIRE(found.size() == 3);
  CHECK(found[2].sender == 2);
  found.clear();
  reader.feed(record(3, 1, 0) + record(4, 2, 0), found);
  REQUIRE_FALSE(found.empty());
  CHECK(found.back().what == Found::What::torn);
}

TEST_CASE("patterns do not depend on where they are begun") {
  std::string whole(100, '\0');
  std::string tail(60, '\0');
  fill_pattern(reinterpret_cast<unsigned char*>(whole.data()), 100, 5);
  fill_pattern(reinterpret_cast<unsigned char*>(tail.data()), 60, 5, 40);
  CHECK(whole.substr(40) == tail);
}

TEST_CASE("a piece of a pattern tells where it is from") {
  for (const std::uint64_t offset : {0U, 1U, 7U, 8U, 65'537U}) {
    std::string piece(100, '\0');
    fill_pattern(reinterpret_cast<unsigned char*>(piece.data()), piece.size(), 5, offset);
    const auto place = find_pattern(piece);
    REQUIRE(place.has_value());
    CHECK(place->seed == 5);
    CHECK(place->offset == offset);
    piece.back() = static_cast<char>(piece.back() ^ 1);
    CHECK_FALSE(find_pattern(piece).has_value());
  }
  CHECK_FALSE(find_pattern(std::string(100, 'x')).has_value());
  CHECK_FALSE(find_pattern("").has_value());
}
