#include "report/html.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "model/embedded.hpp"
#include "report/html_data.hpp"

namespace kipc {
namespace {

std::string deflated(std::string_view text) {
  uLongf size = ::compressBound(static_cast<uLong>(text.size()));
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                  static_cast<uLong>(text.size()), Z_BEST_COMPRESSION) != Z_OK)
    throw std::runtime_error("an HTML page: no memory to pack its data");
  out.resize(size);
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve(bytes.size() / 3 * 4 + 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])) : 0U;
    };
    const unsigned three = byte(0) << 16U | byte(1) << 8U | byte(2);
    out += kDigits[three >> 18U];
    out += kDigits[three >> 12U & 63U];
    out += i + 1 < bytes.size() ? kDigits[three >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kDigits[three & 63U] : '=';
  }
  return out;
}

/// A part of the data: zlib, then base64, as an element that no browser runs.
std::string data_element(const std::string& id, std::string_view json) {
  return fmt::format("<script type=\"application/zlib+base64\" id=\"{}\">{}</script>\n", id, base64(deflated(json)));
}

std::string_view viewer_file(std::string_view path) {
  const auto files = viewer_files();
  const auto at = std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& file) { return file.path == path; });
  if (at == files.end()) throw std::logic_error(fmt::format("the viewer has no file '{}'", path));
  return at->content;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before) + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

/// A line of index.html; one that loads a file is replaced by the file's content.
std::string with_content(std::string_view line) {
  if (line.find("<link rel=\"stylesheet\"") != std::string_view::npos)
    return fmt::format("<style>\n{}</style>\n", viewer_file(between(line, "href=\"", "\"")));
  if (line.find("<script src=") != std::string_view::npos)
    return fmt::format("<script>\n{}</script>\n", viewer_file(between(line, "src=\"", "\"")));
  return std::string(line) + "\n";
}

/// The viewer with these elements for its data.
std::string page_with(const std::string& data) {
  std::string out;
  std::string_view page = viewer_file("index.html");
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    const std::string_view line = page.substr(0, end);
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
    out += line.find("<!-- data -->") == std::string_view::npos ? with_content(line) : data;
  }
  return out;
}

}  // namespace

std::string report_to_html(const std::vector<Report>& reports, const HtmlSources& sources,
                           const std::vector<MeasureReport>& measurements, const std::vector<Claim>& claims) {
  const HtmlData data = html_data(reports, sources);
  std::string elements = data_element("data-overview", data.overview) + data_element("data-traces", data.traces);
  if (!measurements.empty()) elements += data_element("data-costs", html_costs(measurements, claims));
  for (std::size_t i = 0; i < data.details.size(); ++i)
    elements += data_element(fmt::format("data-detail-{}", i), data.details[i]);
  return page_with(elements);
}

std::string tracks_to_html(const std::vector<Track>& tracks, const TrackTotals& of) {
  return page_with(data_element("data-tracks", html_tracks(tracks, of)));
}

}  // namespace kipc
