#include "model/embedded.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/embedded_archive.hpp"

namespace kipc {
namespace {

constexpr std::size_t kBlock = 512;  // of a tar

std::string inflate_all(std::string_view packed) {
  z_stream stream{};
  if (::inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw std::runtime_error("embedded files: no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    char buffer[65536];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    result = ::inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("embedded files: the archive is damaged");
  return out;
}

/// Name, size and type of a member stand at fixed places of its header block.
std::vector<EmbeddedFile> members_of(std::string_view tar) {
  std::vector<EmbeddedFile> files;
  while (tar.size() >= kBlock && tar[0] != '\0') {
    const std::string_view name(tar.data(), std::min<std::size_t>(std::string_view(tar.data(), 100).find('\0'), 100));
    const auto size = static_cast<std::size_t>(std::strtoull(std::string(tar.substr(124, 12)).c_str(), nullptr, 8));
    const char type = tar[156];
    const std::size_t padded = (size + kBlock - 1) / kBlock * kBlock;
    if (tar.size() < kBlock + size) throw std::runtime_error("embedded files: the archive is damaged");
    if (type == '0' || type == '\0') files.push_back(EmbeddedFile{name, tar.substr(kBlock, size)});
    tar.remove_prefix(std::min(tar.size(), kBlock + padded));
  }
  std::sort(files.begin(), files.end(), [](const EmbeddedFile& a, const EmbeddedFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace

std::span<const EmbeddedFile> embedded_files() {
  static const std::string tar = inflate_all(embedded_cases());
  static const std::vector<EmbeddedFile> files = members_of(tar);
  return files;
}

std::span<const EmbeddedFile> viewer_files() {
  static const std::string tar = inflate_all(embedded_viewer());
  static const std::vector<EmbeddedFile> files = members_of(tar);
  return files;
}

}  // namespace kipc
