#include "report/history_json.hpp"

#include <nlohmann/json.hpp>

#include "base/catch.hpp"
#include "report/canonical.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

ToldHistory back(const ordered_json& json) {
  const std::string text = json.dump();
  return history_from_json(parse_node(text, "h.json"), "h.json");
}

std::string history_problem(ordered_json json, const std::string& pointer, const ordered_json& value) {
  json[ordered_json::json_pointer(pointer)] = value;
  try {
    back(json);
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

TEST_CASE("history: comes back as it was written, to the last field") {
  const ToldHistory told = canonical_history();
  const ordered_json json = history_to_json(told);
  const ToldHistory again = back(json);
  CHECK(history_to_json(again) == json);
  CHECK(history_lines(again.told, again.history) == history_lines(told.told, told.history));
  REQUIRE(again.history.events.size() == told.history.events.size());
  for (std::size_t i = 0; i < told.history.events.size(); ++i)
    CHECK(write_result(again.history.events[i].result) == write_result(told.history.events[i].result));
  CHECK(again.history.begin_ns == told.history.begin_ns);
  CHECK(again.history.end_ns == told.history.end_ns);
  REQUIRE(again.history.logs.size() == 1);
  CHECK(again.history.logs[0].items[1].weight == 7);
  CHECK(again.history.logs[0].items[1].begin == told.history.logs[0].items[1].begin);
  CHECK(again.history.logs[0].items[2].end == 0);
}

TEST_CASE("history: bytes are written as short as they can be") {
  const auto text = [](std::string_view bytes) { return bytes_to_json(bytes).dump(); };
  CHECK(text("") == R"({"text":""})");
  CHECK(text("abc \"µ\"") == "{\"text\":\"abc \\\"µ\\\"\"}");
  CHECK(text(std::string_view("a\0", 2)) == R"({"hex":"6100"})");
  CHECK(text("\xff\xc3") == R"({"hex":"ffc3"})");
  CHECK(text("a\nb") == R"({"hex":"610a62"})");
  CHECK(text(std::string(16, 'x')) == R"({"fill":"78","length":16})");
  std::string pattern(64, ' ');
  fill_pattern(reinterpret_cast<unsigned char*>(pattern.data()), pattern.size(), 3, 5);
  CHECK(text(pattern) == R"({"pattern":3,"offset":5,"length":64})");
}

TEST_CASE("history: items of a log are one text, and back") {
  const std::vector<Item> items = {
      Item{Item::What::put, 0, 3, 17, 1'100, 1'150, 0},
      Item{Item::What::take, 255, 65'535, 4'294'967'295U, 1'090, 1'095, -3}, Item{Item::What::torn, 1, 0, 0, 0, 0, 12},
      Item{Item::What::partial, 0, 0, 0, 0, 1'200, 0}, Item{Item::What::leave, 0, 0, 0, 1'300, 0, 0}};
  const std::string text = items_to_text(items, 1'000);
  CHECK(text == "p 0 3 17 100 50;t 255 65535 4294967295 -10 5 -3;x 1 0 0 - - 12;u 0 0 0 - 200;l 0 0 0 210 -");
  const auto again = items_from_text(text, 1'000);
  REQUIRE(again.has_value());
  REQUIRE(again->size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK((*again)[i].what == items[i].what);
    CHECK((*again)[i].begin == items[i].begin);
    CHECK((*again)[i].end == items[i].end);
    CHECK((*again)[i].number == items[i].number);
    CHECK((*again)[i].weight == items[i].weight);
  }
  CHECK(items_from_text("", 0)->empty());
  for (const char* wrong : {"q 0 0 0 1 1", "p 0 0 0 1", "p 256 0 0 1 1", "p 0 0 0 1 1 1 1", "p 0 0 0 1x 1", ";",
                            "p 0 0 -1 1 1", "pp 0 0 0 1 1"}) {
    INFO(wrong);
    CHECK_FALSE(items_from_text(wrong, 0).has_value());
  }
}

TEST_CASE("history: what is none is refused with its place") {
  const ordered_json json = history_to_json(canonical_history());
  CHECK(
      history_problem(json, "/end", "finished") ==
      "h.json:1: /end: expected one of broken, completed, deadline, diverged, no_sandbox, got the string \"finished\"");
  CHECK(history_problem(json, "/events/0/kind", "came").find("/events/0/kind: expected one of alive") !=
        std::string::npos);
  CHECK(history_problem(json, "/events/0/actor", 2) ==
        "h.json:1: /events/0/actor: expected one of the 2 actors, got 2");
  CHECK(history_problem(json, "/events/2/signals/0", "00").find("expected a SigInfo") != std::string::npos);
  CHECK(
      history_problem(json, "/events/6/result/outs/1", ordered_json{{"param", 1}, {"hex", "0"}}).find("hexadecimal") !=
      std::string::npos);
  CHECK(history_problem(json, "/events/6/result/outs/1", ordered_json{{"param", 1}, {"fill", "00"}, {"length", -1}})
            .find("a number of bytes") != std::string::npos);
  CHECK(history_problem(json, "/logs/0/items", "p").find("expected items") != std::string::npos);
  CHECK(history_problem(json, "/events/0/result/bindngs", 1).find("did you mean") != std::string::npos);
}

}  // namespace
}  // namespace kipc
