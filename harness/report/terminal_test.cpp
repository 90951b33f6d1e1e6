#include "report/terminal.hpp"

#include "base/catch.hpp"
#include "report/canonical.hpp"

namespace kipc {
namespace {

bool has(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

TEST_CASE("terminal: without colours there is no escape") {
  TerminalOptions options;
  CHECK_FALSE(has(terminal_summary(canonical_report(), options), "\x1b"));
  options.page.colour = true;
  CHECK(has(terminal_summary(canonical_report(), options), "\x1b[1;31mFAIL\x1b[0m pipe.eof.last-writer"));
}

TEST_CASE("terminal: a failure has its one shape, on one line for tools") {
  const std::string text = terminal_summary(canonical_report(), TerminalOptions{});
  CHECK(has(text, "\nFAIL pipe.eof.last-writer[size=1] /script/7: reader: read: expected return 0, got 3 \"abc\"\n"));
  CHECK(has(text, "> reader  <... read resumed> = 3 \"abc\"\n"));
  CHECK(has(text, "clause: pipe-read.eof: A read from an empty pipe"));
}

TEST_CASE("terminal: variants that fail on the same line are told once, unless asked for") {
  const Report report = canonical_report();
  TerminalOptions options;
  const std::string folded = terminal_summary(report, options);
  CHECK(has(folded, "on the same line, 1 run more: pipe.eof.last-writer[size=2]"));
  CHECK_FALSE(has(folded, "\nFAIL pipe.eof.last-writer[size=2]"));
  options.verbose = true;
  CHECK(has(terminal_summary(report, options), "\nFAIL pipe.eof.last-writer[size=2]"));
}

TEST_CASE("terminal: a skip says what would enable it, once for all it concerns") {
  const std::string text = terminal_summary(canonical_report(), TerminalOptions{});
  CHECK(has(text,
            "\nSKIP 2 runs: many uids: newuidmap is not installed\n"
            "  to enable: Run kipc as root, or map more ids (/etc/subuid, /etc/subgid).\n"
            "  shm.open.other-user[uids=2], shm.open.other-user[uids=3]\n"));
}

TEST_CASE("terminal: repetitions that came to different ends are pointed out") {
  Report report = canonical_report();
  CHECK_FALSE(has(terminal_summary(report, TerminalOptions{}), "Not the same every time"));
  report.variants[6].verdict.status = Status::fail;
  CHECK(has(terminal_summary(report, TerminalOptions{}),
            "\nNot the same every time\n  pipe.atomic.many-writers[size=PIPE_BUF,writers=2]: 1 FAIL, 1 PASS\n"));
}

TEST_CASE("terminal: an interrupted run says how far it came") {
  Report report = canonical_report();
  report.complete = false;
  report.selected = 400;
  CHECK(has(terminal_summary(report, TerminalOptions{}), "\ninterrupted: 13 of 400 finished\n"));
}

TEST_CASE("terminal: a run of nothing") {
  Report report = canonical_report();
  report.variants.clear();
  CHECK(has(terminal_summary(report, TerminalOptions{}), "0 variants of 0 cases: nothing ran\n"));
}

TEST_CASE("terminal: no line is wider than the page, where its words allow it") {
  TerminalOptions options;
  options.page.width = 60;
  const std::string text = terminal_summary(canonical_report(), options);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    INFO(line);
    // At least one id is always named, and the totals are one line whatever they are.
    const bool names_ids = has(line, "on the same line") || has(line, " of 10 cases: ");
    CHECK((names_ids || columns(line) <= 60));
    begin = end + 1;
  }
}

TEST_CASE("terminal: one run as a line") {
  const Report report = canonical_report();
  CHECK(variant_line(report.variants[5], Page{}) ==
        "PASS    0.8 ms  pipe.atomic.many-writers[size=PIPE_BUF,writers=2]\n");
  CHECK(variant_line(report.variants[6], Page{}) ==
        "PASS  1 min 15 s  pipe.atomic.many-writers[size=PIPE_BUF,writers=2] (repetition 2)\n");
  CHECK(variant_line(report.variants[2], Page{}) == "ERROR   0.8 ms  mq.notify.once: worker killed by SIGSEGV\n");
}

TEST_CASE("terminal: the line of progress") {
  const Counts counts = count_statuses(canonical_report().variants);
  Page page;
  CHECK(progress_line(12, 400, Counts{}, "pipe.x.y", page) == "[ 12/400] pipe.x.y");
  CHECK(progress_line(12, 400, counts, "pipe.x.y", page) == "[ 12/400] 2 FAIL, 1 ERROR, 1 MISS, 1 XPASS  pipe.x.y");
  page.width = 16;  // the last column stays free, or the terminal would begin a new line
  CHECK(progress_line(12, 400, Counts{}, "pipe.x.y", page) == "[ 12/400] pipe…");
}

TEST_CASE("report: areas count each assertion once") {
  std::vector<VariantReport> variants = {canonical_failure("[size=1]", "3"), canonical_failure("[size=2]", "3")};
  variants[1].verdict.assertions[1].what = AssertionOutcome::What::not_reached;
  const auto areas = summarise_areas(variants);
  REQUIRE(areas.size() == 1);
  CHECK(areas[0].name == "pipe");
  CHECK(areas[0].variants == 2);
  CHECK(areas[0].failed == 1);
  CHECK(areas[0].verified == 1);
  CHECK(areas[0].not_reached == 0);
  CHECK(areas[0].status() == Status::fail);
}

TEST_CASE("report: durations") {
  CHECK(duration_text(812'345) == "0.8 ms");
  CHECK(duration_text(81'234'500) == "81 ms");
  CHECK(duration_text(1'240'000'000) == "1.24 s");
  CHECK(duration_text(192'400'000'000) == "3 min 12 s");
}

TEST_CASE("page: words are never cut") {
  Page page;
  page.width = 20;
  CHECK(page.wrap("one two three four five", "- ", 2) == "- one two three four\n  five\n");
  CHECK(page.wrap("a-word-that-is-longer-than-the-page", "- ", 2) == "- a-word-that-is-longer-than-the-page\n");
  CHECK(page.some_of({"alpha", "beta", "gamma"}, "") == "alpha and 2 more\n");
  CHECK(page.some_of({"alpha", "beta"}, "") == "alpha, beta\n");
  CHECK(columns("µs…") == 3);
  CHECK(clipped("µs…", 2) == "µ…");
  CHECK(padded("µ", 3) == "µ  ");
}

}  // namespace
}  // namespace kipc
