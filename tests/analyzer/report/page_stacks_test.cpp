#include "analyzer/report/page/page_stacks.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/report/page/base64.h"

namespace memprof::report {
namespace {

constexpr int kSmallerKind = static_cast<int>(PageFrameKind::kSmaller);

/// Stacks at random, each of two owners, a few of which hold nearly everything.
struct Made {
  PageStacks stacks{{"bytes", "blocks"}, 3};
  std::vector<uint64_t> totals = std::vector<uint64_t>(5);
  std::vector<uint64_t> owner_bytes = std::vector<uint64_t>(2);
};

Made make(uint32_t seed) {
  Made made;
  std::mt19937 random(seed);
  for (int i = 0; i < 3000; ++i) {
    heap::ContextId node = heap::kRootContext;
    const int depth = 1 + static_cast<int>(random() % 12);
    for (int d = 0; d < depth; ++d)
      node = made.stacks.child(node, made.stacks.frame({"f" + std::to_string(random() % 4), "", 0,
                                                        "m", PageFrameKind::kCode}));
    const uint32_t owner = random() % 2;
    const std::span<uint64_t> row = made.stacks.row(owner, node);
    for (size_t column = 0; column < made.totals.size(); ++column) {
      const uint64_t amount = random() % 50 == 0 ? random() : random() % 5;
      row[column] += amount;
      made.totals[column] += amount;
      if (column == 0) made.owner_bytes[owner] += amount;
    }
  }
  return made;
}

/// What rows held at a moment, from the changes that the page has.
uint64_t held_at(const Json& rows, size_t moment) {
  uint64_t sum = 0;
  size_t at = 0;
  for (const Json& count : rows["changes"]) {
    uint64_t bytes = 0;
    for (size_t end = at + count.get<size_t>(); at < end; ++at) {
      if (rows["change_moment"][at].get<size_t>() <= moment)
        bytes = rows["change_bytes"][at].get<uint64_t>();
    }
    sum += bytes;
  }
  return sum;
}

TEST_CASE("Whatever a page sums up, its rows add up to the totals", "[page]") {
  for (const double share : {0.0, 0.0005, 0.01, 0.2, 1.0}) {
    const Made made = make(7);
    PageStrings strings(100);
    const Json json = made.stacks.json(share, strings);
    const Json& rows = json["rows"];
    CAPTURE(share, json["nodes"]["parent"].size());
    std::vector<uint64_t> owner_bytes(2);
    uint64_t bytes = 0;
    uint64_t blocks = 0;
    for (size_t i = 0; i < rows["node"].size(); ++i) {
      bytes += rows["bytes"][i].get<uint64_t>();
      blocks += rows["blocks"][i].get<uint64_t>();
      owner_bytes[rows["owner"][i].get<size_t>()] += rows["bytes"][i].get<uint64_t>();
    }
    CHECK(bytes == made.totals[0]);
    CHECK(blocks == made.totals[1]);
    CHECK(owner_bytes == made.owner_bytes);
    for (size_t moment = 0; moment < 3; ++moment)
      CHECK(held_at(rows, moment) == made.totals[2 + moment]);
  }
}

TEST_CASE("Nodes that a page shows have the share, all others are counted in one", "[page]") {
  const Made made = make(11);
  PageStrings strings(100);
  const Json all = made.stacks.json(0, strings);
  const double share = 0.004;
  const Json json = made.stacks.json(share, strings);
  const Json& parent = json["nodes"]["parent"];
  const Json& frame = json["nodes"]["frame"];
  REQUIRE(parent.size() < all["nodes"]["parent"].size() / 2);
  // By node: what its stacks have, and how many nodes stand in it.
  std::vector<std::vector<uint64_t>> sums(parent.size(), std::vector<uint64_t>(2));
  uint64_t nodes = 0;
  for (size_t i = 0; i < json["rows"]["node"].size(); ++i) {
    const auto node = json["rows"]["node"][i].get<size_t>();
    sums[node][0] += json["rows"]["bytes"][i].get<uint64_t>();
    sums[node][1] += json["rows"]["blocks"][i].get<uint64_t>();
  }
  std::map<size_t, int> smaller_below;
  for (size_t node = parent.size() - 1; node > 0; --node) {
    const auto above = parent[node].get<size_t>();
    REQUIRE(above < node);
    for (size_t column = 0; column < 2; ++column) sums[above][column] += sums[node][column];
    const bool smaller = json["frames"]["kind"][frame[node].get<size_t>()] == kSmallerKind;
    if (smaller) {
      CHECK(++smaller_below[above] == 1);
      CHECK(json["nodes"]["smaller"][node].get<uint64_t>() > 0);
    }
    nodes += smaller ? json["nodes"]["smaller"][node].get<uint64_t>() : 1;
  }
  CHECK(nodes == all["nodes"]["parent"].size() - 1);
  CHECK_FALSE(smaller_below.empty());
}

TEST_CASE("Names of a page are there once, printable, and not too long", "[page]") {
  PageStrings strings(50);
  CHECK(strings.id("") == 0);
  const uint32_t plain = strings.id("main");
  CHECK(strings.id("main") == plain);
  CHECK(strings.json()[plain] == "main");
  const uint32_t hostile = strings.id("a\x1b[31m\xff");
  const uint32_t endless = strings.id(std::string(100'000, 'x') + "end");
  CHECK(strings.json()[hostile] == "a\xEF\xBF\xBD[31m\xEF\xBF\xBD");
  const std::string cut = strings.json()[endless];
  CHECK(cut.size() < 60);
  CHECK(cut.substr(cut.size() - 3) == "end");
}

TEST_CASE("base64 is that of RFC 4648", "[page]") {
  for (const auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xfe\xfd", "//79"}})
    CHECK(base64(bytes) == text);
}

}  // namespace
}  // namespace memprof::report
