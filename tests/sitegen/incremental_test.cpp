#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "sitegen/base/archive.h"
#include "sitegen/build.h"
#include "sitegen/demo_site.h"
#include "sitegen/state/build_state.h"
#include "sitegen/state/reuse.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

using Tree = std::map<std::string, std::string>;

BuildOptions options_for(const TestFolder& folder, const std::string& out) {
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / out;
  return options;
}

BuildResult build_again(const TestFolder& folder, size_t jobs = 1) {
  BuildOptions options = options_for(folder, "out");
  options.incremental = true;
  options.jobs = jobs;
  return build_site(options);
}

Tree tree_of_full_build(const TestFolder& folder) {
  std::filesystem::remove_all(folder / "full");
  build_site(options_for(folder, "full"));
  return read_tree(folder / "full");
}

/// Names of files that differ, for a message that can be read.
std::string difference(const Tree& a, const Tree& b) {
  std::string names;
  for (const auto& [name, bytes] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != bytes) names += name + " ";
  }
  for (const auto& [name, bytes] : b) {
    if (!a.contains(name)) names += "+" + name + " ";
  }
  return names;
}

/// Builds again, and from nothing beside it. Gives how many files the first had to make.
size_t check_again(const TestFolder& folder, size_t jobs = 1) {
  const BuildResult result = build_again(folder, jobs);
  const Tree full = tree_of_full_build(folder);
  CHECK(difference(read_tree(folder / "out"), full) == "");
  CHECK(result.note == "");
  return result.files - result.kept;
}

std::filesystem::path state_of(const TestFolder& folder) {
  return state_file(folder / "site", folder / "out");
}

void write_small_site(TestFolder& folder) {
  folder.file("site/sitegen.toml", "base_url = 'https://x.example/'\npage_size = 2\n")
      .file("site/content/index.md", "---\ntitle: Top\n---\nwelcome\n")
      .file("site/content/a.md", "---\ndate: 2024-01-01\ntags: x\n---\n[b](s/b.md)\n\n## One\n")
      .file("site/content/s/b.md", "---\ndate: 2024-01-02\ntags: [x, y]\n---\nb\n\n## Two\n")
      .file("site/content/s/c.md", "---\ndate: 2024-01-03\n---\n[a](../a.html#one)\n")
      .file("site/static/img/i.svg", "<svg/>");
}

TEST_CASE("a second incremental build makes nothing, and after an edit what shows it") {
  TestFolder folder;
  write_small_site(folder);
  std::filesystem::remove_all(folder / "site/static");
  check_again(folder);
  const size_t always = check_again(folder);
  // robots.txt and the theme's style sheet are made each time.
  CHECK(always == 2);
  folder.file("site/content/s/c.md", "---\ndate: 2024-01-03\n---\nother words\n");
  // The page, its section's list, the home page's first list, two feeds and the search index.
  CHECK(check_again(folder) == always + 6);
  folder.file("site/content/a.md",
              "---\ndate: 2024-01-01\ntags: x\n---\n[b](s/b.md)\n\n## One\n\nmore\n");
  // The first paragraph, which lists show, is as it was.
  CHECK(check_again(folder) == always + 4);
  folder.file(
      "site/content/a.md",
      "---\ndate: 2024-01-01\nupdated: 2024-02-01\ntags: x\n---\n[b](s/b.md)\n\n## One\n\nmore\n");
  // The sitemap, too.
  CHECK(check_again(folder) == always + 5);
}

TEST_CASE("the state has its place before there is an output folder, too") {
  const std::filesystem::path output = "no/such/folder";
  CHECK(state_file("site", output) == state_file("site", std::filesystem::absolute(output)));
}

TEST_CASE("an incremental build follows what an edit changes elsewhere") {
  TestFolder folder;
  write_small_site(folder);
  check_again(folder);
  const auto edited = [&](const char* name, const char* bytes) {
    CAPTURE(name, bytes);
    folder.file(name, bytes);
    check_again(folder);
  };
  edited("site/content/a.md", "---\ntitle: Renamed\ndate: 2024-01-01\n---\n## One\n");
  edited("site/content/s/b.md", "---\nslug: moved\naliases: [old.html]\n---\nb\n");
  edited("site/content/a.md", "---\ndate: 2024-01-01\ntags: x\n---\n[b](s/b.md)\n\n## One\n");
  edited("site/content/s/b.md", "---\nslug: again\n---\nb\n");
  edited("site/content/s/b.md", "---\ntitle: An alias's title\naliases: [old.html]\n---\nb\n");
  edited("site/content/s/b.md", "---\ntitle: Other title\naliases: [old.html]\n---\nb\n");
  edited("site/content/index.md", "---\ntitle: Other site\nlayout: page\n---\nwelcome\n");
  edited("site/content/index.md", "---\ntitle: Other site\nweight: 3\n---\n");
  edited("site/content/new/d.md", "---\ntags: [new]\n---\nd\n");
  edited("site/layouts/partials/foot.mustache", "foot {{site.data.team.name}}");
  edited("site/data/team.yaml", "name: a\n");
  edited("site/data/team.yaml", "name: b\n");
  edited("site/assets/style.css", "body {}");
  edited("site/assets/style.css", "main {}");
  edited("site/sitegen.toml", "base_url = 'https://y.example/'\nsidebar = true\n");
  edited("site/content/s/c.md", "---\ntitle: Shown in every sidebar\n---\n[a](../a.html#one)\n");
  edited("site/sitegen.toml", "");
  edited("site/static/img/i.svg", "<svg> </svg>");
  edited("site/layouts/shortcodes/hi.mustache", "hi {{0}}");
  edited("site/content/a.md", "## One\n\n{{< hi you >}}");
  edited("site/layouts/shortcodes/hi.mustache", "hello {{0}}");
  const std::filesystem::path content = folder / "site/content";
  std::filesystem::rename(content / "s/c.md", content / "s/renamed.md");
  check_again(folder);
  std::filesystem::rename(content / "s", content / "moved");
  check_again(folder);
  std::filesystem::rename(content / "moved", content / "s");
  check_again(folder);
  for (const char* gone : {"site/content/new/d.md", "site/static/img/i.svg", "site/data/team.yaml",
                           "site/content/s/b.md", "site/layouts/partials/foot.mustache"}) {
    CAPTURE(gone);
    std::filesystem::remove(folder / gone);
    check_again(folder);
  }
}

TEST_CASE("a page may become a folder and a folder a page") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\naliases: [x]\n---\n");
  check_again(folder);
  folder.file("site/content/a.md", "---\naliases: [x/y, x/z]\n---\n");
  check_again(folder);
  folder.file("site/content/a.md", "---\naliases: [x]\n---\n");
  check_again(folder);
}

TEST_CASE("a link that an edit elsewhere breaks is found in a page that is kept") {
  TestFolder folder;
  write_small_site(folder);
  check_again(folder);
  const Tree before = read_tree(folder / "out");
  const auto breaks = [&](const char* name, const char* bytes, const char* message) {
    const std::string old = folder.read(name);
    folder.file(name, bytes);
    CHECK_THAT(error_of([&] { build_again(folder); }), Catch::Contains(message));
    CHECK(difference(read_tree(folder / "out"), before) == "");
    folder.file(name, old);
    check_again(folder);
  };
  breaks("site/content/a.md", "---\ndate: 2024-01-01\ntags: x\n---\n## Other\n",
         "c.md:4:5: broken link `../a.html#one`: no such anchor");
  breaks("site/content/a.md", "---\ndate: 2024-01-01\nslug: z\n---\n## One\n",
         "c.md:4:5: broken link `../a.html#one`: no such page");
  breaks("site/content/s/b.md", "---\ndraft: true\n---\n",
         "a.md:5:5: broken link `s/b.md`: no such page");
}

TEST_CASE("what happened to the output folder is put right") {
  TestFolder folder;
  write_small_site(folder);
  check_again(folder);
  folder.file("out/a.html", "vandals").file("out/search.json", "[]");
  check_again(folder);
  std::filesystem::remove_all(folder / "out/s");
  std::filesystem::remove(folder / "out/atom.xml");
  std::filesystem::remove(folder / "out/img/i.svg");
  check_again(folder);
  std::filesystem::remove_all(folder / "out");
  check_again(folder);
}

TEST_CASE("a file changed within a tick of the clock, to as many bytes, is seen") {
  TestFolder folder;
  write_small_site(folder);
  check_again(folder);
  for (const char letter : {'p', 'q', 'r', 's', 't'}) {
    folder.file("site/content/a.md", std::string("words ") + letter + "\n\n## One\n");
    folder.file("site/static/img/i.svg", std::string("<svg/>") + letter);
    build_again(folder);
    CHECK_THAT(folder.read("out/a.html"), Catch::Contains(std::string("words ") + letter));
    CHECK(folder.read("out/img/i.svg").back() == letter);
  }
}

TEST_CASE("drafts come and go with the option") {
  TestFolder folder;
  write_small_site(folder);
  folder.file("site/content/draft.md", "---\ndraft: true\n---\n");
  check_again(folder);
  BuildOptions options = options_for(folder, "out");
  options.incremental = options.drafts = true;
  build_site(options);
  CHECK(folder.has("out/draft.html"));
  check_again(folder);
  CHECK_FALSE(folder.has("out/draft.html"));
}

TEST_CASE("any sequence of edits leaves what a build from nothing gives") {
  const unsigned seed = GENERATE(1u, 2u);
  CAPTURE(seed);
  TestFolder folder;
  write_demo_site(folder / "site", {.pages = 24, .seed = seed, .kind = DemoKind::kBlog});
  std::mt19937 random(seed);
  const auto pick = [&random](size_t below) { return static_cast<size_t>(random() % below); };
  const auto page = [](size_t i) { return "site/content/extra/" + std::to_string(i) + ".md"; };
  const auto text = [&] {
    std::string front = "---\ntitle: title " + std::to_string(pick(5)) + "\n";
    if (pick(2) == 0) front += "date: 2024-01-0" + std::to_string(1 + pick(9)) + "\n";
    if (pick(2) == 0) front += "tags: [t" + std::to_string(pick(4)) + ", shared]\n";
    if (pick(3) == 0) front += "weight: " + std::to_string(pick(3)) + "\n";
    if (pick(5) == 0) front += "draft: true\n";
    return front + "---\nwords " + std::to_string(pick(1000)) + "\n\n## Heading\n";
  };
  const std::vector<std::function<void()>> edits = {
      [&] { folder.file(page(pick(8)), text()); },
      [&] { folder.file(page(pick(8)), text()); },
      [&] { std::filesystem::remove(folder / page(pick(8))); },
      [&] { folder.file("site/content/extra/index.md", text()); },
      [&] { std::filesystem::remove_all(folder / "site/content/extra"); },
      [&] {
        folder.file("site/layouts/partials/foot.mustache",
                    "<footer>" + std::to_string(pick(3)) + "</footer></body></html>");
      },
      [&] { folder.file("site/data/d.toml", "x = " + std::to_string(pick(3)) + "\n"); },
      [&] { folder.file("site/static/s.txt", std::to_string(pick(10))); },
      [&] {
        folder.file("site/sitegen.toml", "base_url = 'https://x.example/'\npage_size = " +
                                             std::to_string(3 + pick(3)) + "\n");
      }};
  for (int step = 0; step < 12; ++step) {
    CAPTURE(step);
    for (size_t count = 1 + pick(2); count > 0; --count) edits[pick(edits.size())]();
    check_again(folder, 1 + pick(2));
  }
}

TEST_CASE("a state that is damaged anywhere is as none, and said to be") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntags: [x]\nkey: [1, {b: c}]\n---\nhi\n");
  build_again(folder);
  const Tree expected = read_tree(folder / "out");
  const std::string name = "site/.sitegen/" + state_of(folder).filename().string();
  const std::string good = folder.read(name);
  REQUIRE(good.size() > 1000);
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    std::string bad = good;
    if (round % 2 == 0) {
      bad.resize(random() % good.size());
    } else {
      bad[random() % bad.size()] ^= static_cast<char>(1u << (random() % 8));
    }
    folder.file(name, bad);
    const BuildResult result = build_again(folder);
    CHECK_THAT(result.note, Catch::Contains(".state: ") && Catch::Contains("building everything"));
    CHECK(difference(read_tree(folder / "out"), expected) == "");
  }
  CHECK(build_again(folder).note == "");
}

/// Whether `bytes` are read as a state, pages included, or refused with an Error.
bool reads(const std::string& bytes) {
  try {
    const BuildState state = unpack_state(bytes);
    for (const auto& [name, record] : state.pages) unpack_page(record.packed);
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST_CASE("bytes with a right checksum that are no state are an error at most") {
  TestFolder folder;
  folder.file("site/content/a.md",
              "---\ntags: [x]\nkey: [1, {b: c}]\naliases: [o]\n---\n[a](a.md)");
  build_again(folder);
  const std::string good = folder.read("site/.sitegen/" + state_of(folder).filename().string());
  const size_t head = good.find('\n') + 1;
  const std::string body = good.substr(head + sizeof(Digest));
  const auto sealed = [&](const std::string& bytes) {
    const Digest checksum = digest_of(bytes);
    ByteWriter sum;
    uint64_t words[] = {checksum.high, checksum.low};
    sum(words[0], words[1]);
    return good.substr(0, head) + sum.bytes() + bytes;
  };
  REQUIRE(sealed(body) == good);
  REQUIRE(reads(good));
  for (size_t size = 0; size < body.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(reads(sealed(body.substr(0, size))));
  }
  CHECK_FALSE(reads(sealed(body + "x")));
  std::mt19937 random(8);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = body;
    bad[random() % bad.size()] = static_cast<char>(random());
    reads(sealed(bad));
  }
}

TEST_CASE("nodes nested without end are no page") {
  PageRecord record;
  Node* node = &record.page.front_matter.params;
  for (size_t depth = 0; depth <= kMaxNodeDepth; ++depth) {
    node->kind = Node::Kind::kList;
    node = &node->items.emplace_back();
  }
  const Page page = unpack_page(pack_page(record)).page;
  CHECK(page.front_matter.params.items.size() == 1);
  node->items.emplace_back();
  CHECK_THAT(error_of([&] { pack_page(record); }), Catch::Contains("damaged"));
}

TEST_CASE("a state that cannot be written is an error") {
  TestFolder folder;
  folder.file("site/content/a.md", "").file("site/.sitegen", "a file");
  CHECK_THAT(error_of([&] { build_again(folder); }),
             Catch::Contains(".state: cannot write: Not a directory"));
}

TEST_CASE("what is removed with a page is only what a build made") {
  TestFolder folder;
  folder.file("site/content/s/a.md", "").file("site/content/b.md", "").file("out/s/mine", "kept");
  build_again(folder);
  std::filesystem::remove(folder / "site/content/s/a.md");
  build_again(folder);
  CHECK(folder.has("out/s/mine"));
  CHECK_FALSE(folder.has("out/s/a.html"));
  CHECK_FALSE(folder.has("out/s/index.html"));
}

}  // namespace
}  // namespace memprof::sitegen
