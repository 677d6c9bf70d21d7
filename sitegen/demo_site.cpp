#include "sitegen/demo_site.h"

#include <fmt/format.h>

#include <cassert>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "sitegen/base/error.h"
#include "sitegen/base/output_folder.h"
#include "sitegen/base/text.h"
#include "sitegen/content/date.h"
#include "sitegen/demo_text.h"
#include "sitegen/render/builtin_layouts.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTextBytes = 330;
constexpr size_t kPagesPerSection = 10;
constexpr size_t kDocsFanOut = 12;             // Pages, and sections, of a section of the docs.
constexpr int64_t kFirstDayS = 1'577'836'800;  // 2020-01-01.

std::string date_of(size_t page) {
  return day_of({.unix_s = kFirstDayS + static_cast<int64_t>(page) * 86'400});
}

/// A page of the kinds `seed`: small, in sections of ten.
std::string seed_page(size_t page, Random& random) {
  const std::string title = fmt::format("{} {}", demo_name(random), page);
  const size_t weight = random.below(10);
  std::string text = "## " + demo_name(random) + "\n\n";
  text += demo_sentence(random) + "\n\n";
  text += demo_block(page, random) + "\n";
  // A sentence has some 45 bytes: stop where the next one would lead further from the mark.
  text += demo_sentence(random);
  while (text.size() + 22 < kTextBytes) text += " " + demo_sentence(random);
  return fmt::format("---\ntitle: {}\ndate: {}\nweight: {}\ntags: [tag-{}, topic-{}]\n---\n\n{}\n",
                     title, date_of(page), weight, page % 10, page % 20, text);
}

/// Headings, paragraphs and a block of each of three kinds: some 2 KiB.
std::string long_text(size_t page, Random& random) {
  std::string text = demo_paragraph(4, random) + "\n\n";
  for (size_t part = 0; part < 3; ++part) {
    text += fmt::format("## {}\n\n", demo_name(random));
    text += demo_paragraph(5, random) + "\n\n";
    text += demo_block(page + part, random) + "\n";
    text += demo_paragraph(4, random) + "\n\n";
  }
  return text;
}

/// Pages link back only, so that a larger site has the pages of a smaller one.
std::string link_back(size_t page, size_t other, const std::string& path) {
  return page == 0 ? "" : fmt::format("See also [an earlier page]({}), number {}.\n", path, other);
}

std::string blog_page(size_t page, Random& random) {
  const std::string title = fmt::format("{} {}", demo_name(random), page);
  const std::string text = long_text(page, random);
  const size_t other = page == 0 ? 0 : random.below(page);
  return fmt::format(
      "---\ntitle: {}\ndate: {}\ntags: [tag-{}, topic-{}]\ncategories: {}\n---\n\n{}{}", title,
      date_of(page), page % 10, page % 20, page % 3 == 0 ? "notes" : "essays", text,
      link_back(page, other, fmt::format("post-{}.md", other)));
}

/// "part-0/chapter-3/page-43.md": no section has more than twelve pages or sections.
std::string docs_path(size_t page) {
  std::string path;
  constexpr std::string_view kNames[] = {"chapter", "part", "book", "shelf"};
  size_t rest = page / kDocsFanOut;
  for (const std::string_view name : kNames) {
    path = fmt::format("{}-{}/{}", name, rest % kDocsFanOut, path);
    rest /= kDocsFanOut;
    if (rest == 0) break;
  }
  return fmt::format("{}page-{}.md", path, page);
}

std::string docs_page(size_t page, Random& random) {
  const std::string title = fmt::format("{} {}", demo_name(random), page);
  std::string text = long_text(page, random);
  const size_t previous = page - page % kDocsFanOut;  // The first of the same section.
  return fmt::format(
      "+++\ntitle = \"{}\"\nweight = {}\n+++\n\n{{{{< note title=\"{}\" >}}}}\n{}\n{{{{< /note "
      ">}}}}\n"
      "\n{}{}",
      title, page % kDocsFanOut + 1, demo_name(random), demo_sentence(random), text,
      link_back(page, previous, fmt::format("page-{}.md", previous)));
}

struct DemoPage {
  std::string path;
  std::string text;
};

DemoPage demo_page(const DemoOptions& options, size_t page) {
  // Seeded by page, so that a larger site has the pages of a smaller one.
  Random random(Random(options.seed).next() + page);
  switch (options.kind) {
    case DemoKind::kBlog:
      return {fmt::format("posts/post-{}.md", page), blog_page(page, random)};
    case DemoKind::kDocs:
      return {docs_path(page), docs_page(page, random)};
    case DemoKind::kSeed:
      break;
  }
  return {fmt::format("section-{}/page-{}.md", page / kPagesPerSection, page),
          seed_page(page, random)};
}

std::string settings(DemoKind kind) {
  std::string text =
      "title = \"A site to try sitegen with\"\nbase_url = \"https://site.example/\"\n"
      "description = \"Made by sitegen new\"\nauthor = \"Nobody\"\n";
  if (kind == DemoKind::kDocs) text += "sidebar = true\nhome_lists_all = false\n";
  return text;
}

void require_empty(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;  // Creating it will tell what is wrong, if anything is.
  const std::string name = printable(folder.native());
  if (!fs::is_directory(status)) throw Error(name + ": cannot write a site: not a folder");
  const bool empty = fs::is_empty(folder, error);
  if (error) throw Error(name + ": cannot write a site: " + error.message());
  if (!empty) throw Error(name + ": cannot write a site: the folder is not empty");
}

}  // namespace

void write_demo_site(const fs::path& folder, const DemoOptions& options) {
  assert(options.pages <= kMaxDemoPages);
  require_empty(folder);
  OutputFolder site(folder);
  site.add("sitegen.toml", settings(options.kind));
  for (const BuiltinLayout& layout : builtin_layouts()) {
    site.add(fmt::format("layouts/{}.mustache", layout.name), layout.text);
  }
  for (size_t page = 0; page < options.pages; ++page) {
    const DemoPage made = demo_page(options, page);
    site.add("content/" + made.path, made.text);
  }
  site.commit();
}

}  // namespace memprof::sitegen
