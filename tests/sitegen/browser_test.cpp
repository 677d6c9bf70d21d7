#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sitegen/build.h"
#include "sitegen/demo_site.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// What WCAG 2 asks for at level AA of text that is not large.
constexpr double kMinContrast = 4.5;

/// All that is likely to be too wide, on one page.
constexpr const char* kWidePage = R"(---
title: A page_with_a_title_that_has_no_place_where_it_could_be_broken_at_all
date: 2024-02-29
tags: [one_tag_that_is_wider_than_the_screen_of_any_phone_that_was_ever_sold]
---
A word: pneumonoultramicroscopicsilicovolcanoconiosispneumonoultramicroscopicsilicovolcanoconiosis,
an address: https://example.com/a/path/that/goes/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on,
and `some_code_that_is_as_long_as_code_that_nobody_ought_to_write_but_everybody_does_now_and_then`.[^1]

| a | b | c | d | e | f | g | h |
|---|---|---|---|---|---|---|---|
| column_one | column_two | column_three | column_four | column_five | column_six | column_seven | eight |

```cpp
const std::unordered_map<std::string_view, std::vector<std::pair<std::string, size_t>>> table_of_all = make();
```

## A_heading_that_has_no_place_where_it_could_be_broken_either_at_all

- [x] done
- [ ] to do

> Quoted.

## Another

{{< note title="Careful" >}}
Something to *know*.
{{< /note >}}

[^1]: A_note_that_has_no_place_where_it_could_be_broken_anywhere_in_it_at_all_at_all_at_all_at_all.
)";

/// What a browser sees of some pages of a demo site and of the page above.
nlohmann::json look_at(DemoKind kind, const std::string& name,
                       const std::vector<std::string>& pages) {
  TestFolder folder;
  folder.file("seen", "").file("messages", "");
  write_demo_site(folder / "site", {.pages = 20, .seed = 3, .kind = kind});
  folder.file("site/content/wide.md", kWidePage);
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  build_site(options);
  const std::filesystem::path screenshots = std::filesystem::path(SITEGEN_SCREENSHOTS) / name;
  std::filesystem::create_directories(screenshots);
  std::string command =
      std::string("'" NODE "' '" SITE_PAGES "' '" CHROMIUM "' '") + screenshots.string() + "'";
  for (const std::string& page : pages) command += " '" + (folder / "out" / page).string() + "'";
  command += " >'" + (folder / "seen").string() + "' 2>'" + (folder / "messages").string() + "'";
  const int status = std::system(command.c_str());
  CAPTURE(folder.read("messages"));
  REQUIRE(WEXITSTATUS(status) == 0);
  return nlohmann::json::parse(folder.read("seen"));
}

void check_looks(const nlohmann::json& seen, size_t pages) {
  REQUIRE(seen.size() == 4 * pages);
  for (const nlohmann::json& look : seen) {
    CAPTURE(look.dump());
    const std::string mode = look.at("mode");
    CHECK(look.at("overflow_px") == 0);
    CHECK(look.at("main") == true);
    CHECK(look.at("texts") >= 5);
    CHECK(look.at("worst").at("contrast") >= kMinContrast);
    CHECK(look.at("navigation") == (mode != "print"));
    // As it is drawn, not as style sheets say.
    if (mode == "dark") {
      CHECK(look.at("brightness") < 0.3);
    } else {
      CHECK(look.at("brightness") > 0.8);
    }
  }
}

TEST_CASE("a blog is readable on a desk and in the dark and on a phone and in print", "[browser]") {
  check_looks(look_at(DemoKind::kBlog, "blog", {"index.html", "wide.html"}), 2);
}

TEST_CASE("documentation is readable on a desk and in the dark and on a phone and in print",
          "[browser]") {
  check_looks(look_at(DemoKind::kDocs, "docs", {"index.html", "wide.html"}), 2);
}

}  // namespace
}  // namespace memprof::sitegen
