#include <catch2/catch.hpp>
#include <random>

#include "sitegen/base/text.h"
#include "sitegen/content/config.h"
#include "sitegen/content/data_files.h"
#include "sitegen/content/json_reader.h"
#include "sitegen/content/toml_reader.h"
#include "sitegen/content/yaml_reader.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// The same in each of the three languages, to be compared.
std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBool:
      return "bool:" + node.text;
    case Node::Kind::kNumber:
      return "number:" + node.text;
    case Node::Kind::kText:
      return "'" + node.text + "'";
    case Node::Kind::kList: {
      std::string text = "[";
      for (const Node& item : node.items) text += shown(item) + " ";
      return text + "]";
    }
    case Node::Kind::kMap: {
      std::string text = "{";
      for (const auto& [key, value] : node.entries) text += key + "=" + shown(value) + " ";
      return text + "}";
    }
  }
  return "?";
}

TEST_CASE("YAML and TOML and JSON that mean the same give the same") {
  const std::string expected =
      "{name='Ada' age=number:36 old=bool:false likes=['a' number:2 ['b' ] ] at={x={y=number:1.5 } "
      "} }";
  CHECK(shown(read_yaml("name: Ada\nage: 36\nold: false\nlikes: [a, 2, [b]]\nat:\n  x: {y: 1.5}\n",
                        "f")) == expected);
  CHECK(shown(read_toml(
            "name = 'Ada'\nage = 36\nold = false\nlikes = ['a', 2, ['b']]\n[at]\nx = {y = 1.5}\n",
            "f")) == expected);
  CHECK(shown(read_json(
            R"({"name":"Ada","age":36,"old":false,"likes":["a",2,["b"]],"at":{"x":{"y":1.5}}})",
            "f")) == expected);
}

TEST_CASE("each value of a long YAML file has its own line") {
  constexpr size_t kMany = 20'000;
  std::string yaml;
  for (size_t i = 0; i < kMany; ++i) yaml += "key" + std::to_string(i) + ":\n  [é, b]\n";
  const Node node = read_yaml(yaml, "f");
  REQUIRE(node.entries.size() == kMany);
  for (size_t i = 0; i < kMany; ++i) {
    const Node& list = node.entries[i].second;
    REQUIRE((list.line == 2 * i + 2 && list.column == 3));
    REQUIRE((list.items[1].line == 2 * i + 2 && list.items[1].column == 7));
  }
  CHECK(error_of([&] { read_yaml(yaml + "key0: x\n", "f"); }) ==
        "f:40001:1: `key0` is given twice");
}

TEST_CASE("JSON that is wrong is an error with its place") {
  const auto error_in = [](std::string_view json) {
    return error_of([json] { read_json(json, "f.json"); });
  };
  CHECK(error_in("{\n  \"a\": x}").starts_with("f.json:2:8: "));
  CHECK(error_in("").starts_with("f.json:1:1: "));
  CHECK(error_in("{\"a\":1,\"a\":2}") == "f.json:1:10: `a` is given twice");
  CHECK(error_in("[\n \"\\u0000\"]").starts_with("f.json:2:9: `?` holds a control character"));
  CHECK_THAT(error_in(std::string(100'000, '[')), Catch::Contains("too deep"));
  CHECK_THAT(error_in("[\"\\u0001\"]"), Catch::Contains("control character"));
  CHECK(error_in("[1] 2").starts_with("f.json:1:5: "));
}

TEST_CASE("TOML nested too deep is an error") {
  CHECK_THAT(error_of([] { read_toml("a = " + std::string(50, '[') + std::string(50, ']'), "f"); }),
             Catch::Contains("too deep"));
  CHECK_THAT(error_of([] { read_toml("a = " + std::string(100'000, '['), "f"); }),
             Catch::StartsWith("f:1:"));
}

TEST_CASE("every change of a byte of data reads or is an error") {
  constexpr std::string_view kYaml =
      "a: {b: [1, 'x', \"y\\n\"], c: ~}\nd:\n  - e: f\n    g: |\n      h\n";
  constexpr std::string_view kToml =
      "a = 1\nb = [1, 'x', \"y\\n\", 2024-01-01]\n[c]\nd = {e = 1.5}\n[[f]]\ng = true\n";
  constexpr std::string_view kJson =
      "{\"a\": [1, 2.5e3, \"x\\u00e9\", null, true], \"b\": {\"c\": {}}}";
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kSpecial = "\n\t :-[]{},#&*!|>'\"%@`?\\.~=<0e";
  for (int round = 0; round < 9'000; ++round) {
    std::string text(round % 3 == 0 ? kYaml : round % 3 == 1 ? kToml : kJson);
    for (size_t changes = 1 + random() % 4; changes > 0; --changes) {
      text[random() % text.size()] = kSpecial[random() % kSpecial.size()];
    }
    if (random() % 4 == 0) text.resize(random() % text.size());
    if (!text.empty() && text.back() != '\n') text += '\n';
    CAPTURE(text);
    try {
      const Node node = round % 3 == 0   ? read_yaml_data(text, "f")
                        : round % 3 == 1 ? read_toml(text, "f")
                                         : read_json(text, "f");
      static_cast<void>(node);
    } catch (const Error&) {
      // Another exception would fail the test.
    }
  }
}

TEST_CASE("data files have their place by folder and name") {
  TestFolder folder;
  folder.file("data/team.yaml", "- name: Ada\n- name: Grace\n")
      .file("data/docs/versions.json", "[1, 2]")
      .file("data/docs/new.toml", "x = 'y'")
      .file("data/README", "no data");
  CHECK(shown(load_data_files(folder / "data")) ==
        "{docs={new={x='y' } versions=[number:1 number:2 ] } team=[{name='Ada' } {name='Grace' } ] "
        "}");
  folder.file("data/team.json", "1");
  CHECK_THAT(error_of([&] { load_data_files(folder / "data"); }),
             Catch::Contains("another data file has this place"));
  CHECK(load_data_files(folder / "none").entries.empty());
}

std::string config_error(std::string_view text) {
  TestFolder folder;
  folder.file("c.toml", text);
  const std::string message = error_of([&] { load_config(folder / "c.toml"); });
  return message.substr(message.find("c.toml"));
}

TEST_CASE("settings say what they say") {
  TestFolder folder;
  folder.file("c.toml",
              "title = 'T'\nbase_url = 'https://example.com/blog'\npage_size = 0\nraw_html = true\n"
              "taxonomies = ['series']\n[params]\nx = 1\n[[menu]]\ntitle = 'A'\nurl = 'a.html'\n");
  const Config config = load_config(folder / "c.toml");
  CHECK(config.title == "T");
  CHECK(config.base_url == "https://example.com/blog/");
  CHECK(config.base_path() == "/blog/");
  CHECK(config.page_size == 0);
  CHECK(config.raw_html);
  CHECK(config.taxonomies == std::vector<std::string>{"series"});
  REQUIRE(config.menu.size() == 1);
  CHECK(config.menu[0].url == "a.html");
  CHECK(config.params.find("x")->text == "1");
  CHECK(Config{}.base_path() == "/");
}

TEST_CASE("a setting that nobody knows or that makes no sense is an error where it stands") {
  CHECK_THAT(config_error("title = 'T'\ntitel = 'T'\n"),
             Catch::StartsWith("c.toml:2:9: unknown key `titel`"));
  CHECK_THAT(config_error("base_url = 'example.com'\n"),
             Catch::StartsWith("c.toml:1:12: bad base_url"));
  CHECK_THAT(config_error("base_url = 'https:///x'\n"),
             Catch::StartsWith("c.toml:1:12: bad base_url"));
  CHECK_THAT(config_error("page_size = -1\n"), Catch::StartsWith("c.toml:1:13: bad page_size"));
  CHECK_THAT(config_error("taxonomies = ['A b']\n"),
             Catch::StartsWith("c.toml:1:15: bad taxonomy"));
  CHECK_THAT(config_error("[[menu]]\ntitle = 'A'\n"), Catch::Contains("needs a title and a url"));
  CHECK_THAT(config_error("title = \n"), Catch::StartsWith("c.toml:1:"));
  CHECK_THAT(config_error("\xFF"), Catch::Contains("invalid UTF-8"));
}

}  // namespace
}  // namespace memprof::sitegen
