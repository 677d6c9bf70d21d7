#include "analyzer/compare/history.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "analyzer/base/error.h"
#include "analyzer/report/history_report.h"
#include "tests/analyzer/profile/scratch_folder.h"

using namespace memprof;
using compare::History;
using compare::HistoryEntry;
using compare::HistoryValue;
using nlohmann::json;
using test::ScratchFolder;
using Unit = HistoryValue::Unit;

namespace {

HistoryEntry entry_of(uint64_t day, double peak, const std::string& verdict = "kept",
                      const std::string& command = "make -j2") {
  HistoryEntry entry{day * 86'400'000'000'000,    "check", command,
                     "abc" + std::to_string(day), verdict, {}};
  entry.values.push_back({"peak_heap of the tree", Unit::kBytes, peak, 2000.0});
  entry.values.push_back({"temporary", Unit::kPercent, 12.5, {}});
  return entry;
}

void append(const std::string& path, const HistoryEntry& entry) {
  History(path, History::Open::kAppend).append(entry);
}

std::string error_of(const std::string& path, History::Open how) {
  try {
    History history(path, how);
    history.entries();
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kInput);
    return error.what();
  }
  return "";
}

std::string text_of(void (*write)(std::ostream&, const std::vector<HistoryEntry>&,
                                  const report::Options&),
                    const std::vector<HistoryEntry>& entries) {
  std::ostringstream out;
  write(out, entries, {});
  return out.str();
}

}  // namespace

TEST_CASE("Entries come back in the order of time, as they were appended", "[history]") {
  const ScratchFolder folder;
  const std::string path = folder.path("h.db");
  append(path, entry_of(3, 1500));
  append(path, entry_of(1, 1000));
  append(path, entry_of(2, 2500, "broken"));
  const auto entries = History(path, History::Open::kRead).entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].commit == "abc1");
  CHECK(entries[1].verdict == "broken");
  CHECK(entries[2].values[0].value == 1500);
  REQUIRE(entries[2].values.size() == 2);
  CHECK(entries[2].values[0].limit == 2000.0);
  CHECK_FALSE(entries[2].values[1].limit.has_value());
  CHECK(entries[2].values[1].unit == Unit::kPercent);
}

TEST_CASE("Names are bytes: quotes, zeros and what is no UTF-8 come back", "[history]") {
  const ScratchFolder folder;
  HistoryEntry entry = entry_of(1, 1);
  entry.command = std::string("a'b\"c\0d\xff; DROP TABLE entry", 29);
  append(folder.path("h.db"), entry);
  CHECK(History(folder.path("h.db"), History::Open::kRead).entries()[0].command == entry.command);
}

TEST_CASE("Several may append at the same time, and nothing is lost", "[history]") {
  const ScratchFolder folder;
  const std::string path = folder.path("h.db");
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 5; ++i) append(path, entry_of(thread * 100 + i, 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto entries = History(path, History::Open::kRead).entries();
  CHECK(entries.size() == 20);
  for (const HistoryEntry& entry : entries) CHECK(entry.values.size() == 2);
}

TEST_CASE("What is no history is refused by name, and left as it is", "[history]") {
  const ScratchFolder folder;
  CHECK(error_of(folder.path("none"), History::Open::kRead).find(folder.path("none")) !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path("none")));
  const std::string text =
      folder.file("text", "this is no database, and long enough to be seen as none");
  for (const auto how : {History::Open::kRead, History::Open::kAppend})
    CHECK(error_of(text, how).find(text) != std::string::npos);
  std::ifstream in(text);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}).starts_with("this is no database"));
  CHECK_FALSE(error_of(folder.path(), History::Open::kAppend).empty());
}

TEST_CASE("Every prefix of a history is read or refused", "[history]") {
  const ScratchFolder folder;
  append(folder.path("h.db"), entry_of(1, 1000));
  std::ifstream in(folder.path("h.db"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  size_t refused = 0;
  for (size_t size = 1; size < whole.size(); size += 97) {
    const std::string path = folder.file("cut", whole.substr(0, size));
    const std::string error = error_of(path, History::Open::kRead);
    refused += error.empty() ? 0 : 1;
    if (!error.empty()) CHECK(error.find(path) != std::string::npos);
  }
  CHECK(refused > 0);
}

TEST_CASE("The text has each command's figures and their course", "[history]") {
  const std::vector<HistoryEntry> entries{entry_of(0, 1000), entry_of(1, 500, "kept", "other"),
                                          entry_of(2, 1500, "broken")};
  const std::string text = text_of(report::write_text_history, entries);
  CHECK(text.find("check: make -j2\n  2 entries, 1970-01-01 00:00 to 1970-01-03 00:00") !=
        std::string::npos);
  CHECK(text.find("1000 B    1.46 KiB   +50.0 %") != std::string::npos);
  CHECK(text.find("1970-01-03 00:00  abc2          broken") != std::string::npos);
  CHECK(text.find("check: other") != std::string::npos);
  CHECK(text_of(report::write_text_history, {}) == "nothing yet\n");
}

TEST_CASE("The JSON has every entry", "[history]") {
  std::ostringstream out;
  report::write_json_history(out, {entry_of(0, 1000), entry_of(1, 1500, "broken")});
  const json history = json::parse(out.str());
  CHECK(history["schema"] == "memprof-history/1");
  REQUIRE(history["entries"].size() == 2);
  CHECK(history["entries"][1]["values"][0]["value"] == 1500);
  CHECK(history["entries"][1]["values"][0]["limit"] == 2000);
  CHECK(history["entries"][1]["values"][1]["unit"] == "percent");
}

TEST_CASE("The page has a dot an entry, no script, and hostile names are text", "[history]") {
  std::vector<HistoryEntry> entries{entry_of(0, 1000), entry_of(1, 1500, "broken"),
                                    entry_of(2, 1200)};
  entries[2].command = entries[1].command = entries[0].command = "<script>alert(1)</script>";
  entries[2].commit = "\"><img src=x onerror=alert(1)>";
  entries[0].values[0].name = entries[1].values[0].name = entries[2].values[0].name = "a & <b>";
  const std::string page = text_of(report::write_html_history, entries);
  size_t dots = 0;
  for (size_t at = page.find("<circle"); at != std::string::npos; at = page.find("<circle", at + 1))
    ++dots;
  CHECK(dots == 6);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("a &amp; &lt;b&gt;") != std::string::npos);
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  CHECK(page.find("class=\"bad\">broken") != std::string::npos);
}
