#include "sitegen/render/template_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

using Data = kainjow::mustache::data;

const AssetMap kAssets = {{"style.css", "assets/style.1.css"}, {"a b.css", "assets/a b.2.css"}};

std::string error_with(const TestFolder& folder) {
  const std::string message = error_of([&] { TemplateSet set(folder / "", kAssets); });
  const std::string prefix = (folder / "").string();
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

TEST_CASE("a layout is filled with data and values are escaped") {
  TestFolder folder;
  folder.file("x.mustache", "<p>{{name}} {{{name}}} {{nothing}}</p>\n");
  TemplateSet set(folder / "", kAssets);
  CHECK(set.render("x", Data("name", Data("<&\"'>"))) ==
        "<p>&lt;&amp;&quot;&#39;&gt; <&\"'> </p>\n");
}

TEST_CASE("a partial is found by its path and sees the data around it") {
  TestFolder folder;
  folder.file("x.mustache", "{{#items}}\n{{> parts/item}}\n{{/items}}\n")
      .file("parts/item.mustache", "[{{.}}]\n");
  TemplateSet set(folder / "", kAssets);
  CHECK(set.render("x", Data("items", kainjow::mustache::list{"a", "b"})) == "[a]\n[b]\n");
}

TEST_CASE("a site's template takes the place of the built-in one") {
  TestFolder folder;
  folder.file("partials/foot.mustache", "the end");
  TemplateSet set(folder / "", kAssets);
  REQUIRE(set.contains("page"));
  CHECK_THAT(set.render("list", Data()), Catch::Contains("the end"));
}

TEST_CASE("partials that include each other are an error at the include") {
  TestFolder folder;
  folder.file("a.mustache", "x\n  {{> b}}\n")
      .file("b.mustache", "{{> c}}")
      .file("c.mustache", "{{>a}}");
  CHECK(error_with(folder) ==
        "c.mustache:1:1: partials include each other in a cycle: a -> b -> c -> a");
  TestFolder self;
  self.file("me.mustache", "\n\n  {{> me}}");
  CHECK(error_with(self) == "me.mustache:3:3: partials include each other in a cycle: me -> me");
}

TEST_CASE("including one partial twice is no cycle") {
  TestFolder folder;
  folder.file("a.mustache", "{{> b}}{{> c}}{{> c}}")
      .file("b.mustache", "{{> c}}")
      .file("c.mustache", "C");
  TemplateSet set(folder / "", kAssets);
  CHECK(set.render("a", Data()) == "CCC");
}

TEST_CASE("a partial is looked at once however many ways lead to it") {
  TestFolder folder;
  // 2^60 ways from the first to the last.
  for (int i = 0; i < 60; ++i) {
    const std::string next = "{{> p" + std::to_string(i + 1) + "}}";
    folder.file("p" + std::to_string(i) + ".mustache", next + next);
  }
  folder.file("p60.mustache", "");
  CHECK(TemplateSet(folder / "", kAssets).contains("p60"));
}

TEST_CASE("a partial that does not exist is an error at the include") {
  TestFolder folder;
  folder.file("a.mustache", "\xC3\xA9 {{> gone}}");
  CHECK(error_with(folder) == "a.mustache:1:3: unknown partial `gone`");
}

TEST_CASE("a partial is seen whatever the delimiters and not where it is no tag") {
  TestFolder folder;
  folder.file("a.mustache", "{{=<% %>=}}\n<%> gone %>");
  CHECK(error_with(folder) == "a.mustache:2:1: unknown partial `gone`");
  TestFolder fine;
  fine.file("a.mustache", "{{! {{> gone}}{{=<% %>=}}{{> gone}}");
  CHECK_NOTHROW(TemplateSet(fine / "", kAssets));
}

TEST_CASE("an error in a template names its line and column") {
  const auto error_in = [](std::string_view text) {
    TestFolder folder;
    folder.file("a.mustache", text);
    return error_with(folder);
  };
  CHECK(error_in("x\n {{#a}} {{b}}") == "a.mustache:2:2: section `a` is not closed");
  CHECK(error_in("{{#a}}{{#b}}{{/a}}{{/b}}") == "a.mustache:1:7: section `b` is not closed");
  CHECK(error_in("\n{{/a}}") == "a.mustache:2:1: section `a` was not opened");
  CHECK(error_in("x {{a") == "a.mustache:1:3: the tag is not closed");
  CHECK(error_in("x {{{a}} ") == "a.mustache:1:3: the tag is not closed");
  CHECK_THAT(error_in("{{=<%=}}"), Catch::StartsWith("a.mustache:1:1: bad change of delimiters"));
  CHECK(error_in("ok\n\xFF") == "a.mustache:2:1: invalid UTF-8: byte 0xFF");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{{#a}}";
  CHECK_THAT(error_in(deep), Catch::Contains("nested too deep"));
}

TEST_CASE("an asset stands for its address and an unknown one is an error at its tag") {
  TestFolder folder;
  folder.file("x.mustache", "{{#asset}} a b.css {{/asset}}|{{> y}}")
      .file("y.mustache", "{{#asset}}style.css{{/asset}}");
  CHECK(TemplateSet(folder / "", kAssets).render("x", Data()) ==
        "assets/a%20b.2.css|assets/style.1.css");
  folder.file("y.mustache", "\n {{#asset}}gone.css{{/asset}}");
  CHECK_THAT(error_with(folder), Catch::StartsWith("y.mustache:2:2: unknown asset `gone.css`"));
}

TEST_CASE("several threads may render at once") {
  TestFolder folder;
  folder.file("x.mustache", "{{#items}}{{> y}}{{/items}}").file("y.mustache", "<{{.}}>");
  const TemplateSet set(folder / "", kAssets);
  const Data data("items", kainjow::mustache::list{"a", "b", "c"});
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) count += set.render("x", data) == "<a><b><c>" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 200));
}

TEST_CASE("our look at a template agrees with the engine about what is wrong") {
  constexpr std::string_view kPieces[] = {
      "{{",     "}}",          "{{{",         "}}}",    "{{#a}}", "{{/a}}", "{{^b}}",
      "{{/b}}", "{{=<% %>=}}", "<%={{ }}=%>", "<%",     "%>",     "=",      "x",
      " ",      "\n",          "{{! c}}",     "{{&d}}", "{{",     "}"};
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  size_t valid = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (size_t pieces = random() % 10; pieces > 0; --pieces) {
      text += kPieces[random() % std::size(kPieces)];
    }
    bool ours = true;
    try {
      scan_template(text, "t");
    } catch (const Error&) {
      ours = false;
    }
    const bool theirs = kainjow::mustache::mustache(text).is_valid();
    if (ours != theirs) FAIL("`" << text << "`: ours " << ours << ", the engine's " << theirs);
    valid += theirs ? 1 : 0;
  }
  CHECK(valid > 1'000);
  CHECK(valid < 49'000);
}

}  // namespace
}  // namespace memprof::sitegen
