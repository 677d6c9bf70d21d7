#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sitegen/base/error.h"
#include "sitegen/base/text.h"
#include "sitegen/build.h"
#include "sitegen/demo_site.h"
#include "sitegen/memory_profile.h"

namespace memprof::sitegen {
namespace {

enum ExitStatus { kSuccess = 0, kFailure = 1, kUsage = 2 };

constexpr size_t kMaxRepeat = 1'000'000;
constexpr size_t kMaxJobs = 256;

constexpr const char* kDescription =
    R"(Turns a folder of Markdown files into a web site.

SRC/sitegen.toml  Settings (all optional): title, base_url (feeds and sitemap take one), language,
                  description, author, taxonomies, page_size, feed_limit, home_lists_all, sidebar,
                  raw_html (true: HTML in Markdown passes, else it is escaped), check_links,
                  [[menu]] with title and url, [params] for your own.
SRC/content/      Markdown, GitHub-flavoured. content/guide/setup.md becomes OUT/guide/setup.html;
                  each folder is a section and gets a list of its pages, index.html, titled and
                  introduced by its index.md if it has one. OUT/index.html lists all pages,
                  OUT/tags/ those of each tag. Links may lead to the other pages' .md files.
                  Other files are copied; hidden ones are ignored.
SRC/static/       Files that are copied as they are.
SRC/assets/       Files that get a fingerprint in their name; {{#asset}}NAME{{/asset}} in a layout
                  is where one went. assets/style.css takes the place of the built-in one.
SRC/data/         YAML, TOML and JSON for layouts: data/team.yaml is {{site.data.team}}.
SRC/layouts/      Mustache templates, *.mustache: `page` for pages, `list` for lists, `404`; any can
                  be included as a partial. shortcodes/NAME is what {{< NAME key=value >}} in a page
                  becomes. Built-in ones serve where the site has none.

A page may start with YAML between two lines `---` or TOML between two lines `+++`: title,
description, date (YYYY-MM-DD, also with a time), updated, tags and other taxonomies, weight, draft,
slug (the name of its file, without .html), aliases (old addresses), layout; other keys are
{{params.KEY}} for its layout. Lists are ordered by weight, then date (newest first), then title.

build --incremental keeps in SRC/.sitegen/ what it needs to do only what has changed next time; the
folder may be deleted, and is nothing to share. What such a build no longer makes it removes.

Exit status: 0 fine, 1 an error, 2 wrong usage.)";

/// Prints the result. Nobody would miss it more than who redirected it to a full disk.
void print_result(std::string_view lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), stdout) < lines.size() ||
      std::fflush(stdout) != 0) {
    throw Error("standard output: cannot write");
  }
}

int run(const std::function<void()>& command) {
  try {
    command();
    return kSuccess;
  } catch (const std::exception& error) {
    // One line, but for broken links, of which each has its own.
    for (std::string_view rest = error.what(); !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      fmt::print(stderr, "sitegen: error: {}\n", rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return kFailure;
  }
}

/// A bar on a terminal, nothing elsewhere. May be told by several threads at once.
class ProgressBar {
 public:
  void show(size_t done, size_t total) {
    if (!terminal_) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    const size_t filled = done * kWidth / total;
    if (!lock.owns_lock() || filled <= shown_) return;
    shown_ = filled;
    fmt::print(stderr, "\r[{:<{}}] {}/{}", std::string(filled, '#'), kWidth, done, total);
  }

  ~ProgressBar() {
    if (shown_ != 0) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  static constexpr size_t kWidth = 40;
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::mutex mutex_;
  size_t shown_ = 0;  // Guarded by mutex_.
};

std::string plural(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void build(BuildOptions options) {
  const auto start = std::chrono::steady_clock::now();
  BuildResult result;
  {
    ProgressBar bar;
    options.progress = [&bar](size_t done, size_t total) { bar.show(done, total); };
    result = build_site(options);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (options.check_only) {
    print_result(fmt::format("checked {}: configuration and links are fine\n",
                             plural(result.pages, "page")));
    return;
  }
  if (!result.note.empty()) fmt::print(stderr, "sitegen: note: {}\n", result.note);
  const std::string kept = options.incremental ? fmt::format(", {} kept", result.kept) : "";
  // Times have as many digits as they have: in strings of their own they would make heap figures
  // differ from build to build.
  fmt::memory_buffer lines;
  fmt::format_to(std::back_inserter(lines),
                 "built {} in {:.2f} s -> {}\n{}{}; ms:", plural(result.pages, "page"),
                 took.count(), printable(options.output.native()), plural(result.files, "file"),
                 kept);
  const char* before = " ";
  for (const auto& [name, took_s] : result.phases_s) {
    fmt::format_to(std::back_inserter(lines), "{}{} {:.0f}", before, name, took_s * 1000);
    before = ", ";
  }
  lines.push_back('\n');
  print_result({lines.data(), lines.size()});
}

void new_site(const std::string& folder, const DemoOptions& options) {
  write_demo_site(folder, options);
  print_result(fmt::format("wrote {} -> {}\n", plural(options.pages, "page"), printable(folder)));
}

int main(int argc, char** argv) {
  CLI::App app(kDescription);
  app.require_subcommand(1);
  app.set_version_flag("--version", "sitegen " SITEGEN_VERSION);

  BuildOptions options;
  options.source = ".";
  options.jobs = std::max(1u, std::thread::hardware_concurrency());
  CLI::App* build_command = app.add_subcommand("build", "Build the site SRC into the folder OUT");
  build_command->add_option("-o,--output", options.output, "Where the HTML goes [SRC/public]")
      ->type_name("OUT");
  build_command
      ->add_option("--repeat", options.repeat,
                   "Build N times in this process, to see with memprof what memory grows")
      ->check(CLI::Range(size_t{1}, kMaxRepeat))
      ->type_name("N")
      ->capture_default_str();
  build_command->add_flag("--incremental", options.incremental,
                          "Build only what has changed since the last build with this option");
  bool profile = false;
  build_command->add_flag(
      "--profile-memory", profile,
      "Build under memprof, print the memory of each phase, write build/memory-profile.json");
  CLI::App* check_command =
      app.add_subcommand("check", "Check the site SRC and its links, and write nothing");
  for (CLI::App* command : {build_command, check_command}) {
    command->add_option("SRC", options.source, "The site's folder [.]");
    command->add_option("--config", options.config, "Settings [SRC/sitegen.toml]")
        ->type_name("FILE");
    command->add_flag("--drafts", options.drafts, "Build pages with draft: true, too");
    command->add_option("-j,--jobs", options.jobs, "Threads [one for each processor]")
        ->check(CLI::Range(size_t{1}, kMaxJobs))
        ->type_name("N");
  }

  std::string folder;
  DemoOptions demo_options;
  CLI::App* new_command =
      app.add_subcommand("new", "Write a demo site of N pages to try things on");
  new_command->add_option("SITE", folder, "A folder that is empty, or not there yet")->required();
  new_command->add_option("--pages", demo_options.pages, "How many pages")
      ->check(CLI::Range(size_t{0}, kMaxDemoPages))
      ->type_name("N")
      ->capture_default_str();
  new_command->add_option("--kind", demo_options.kind, "seed, blog or docs")
      ->transform(CLI::CheckedTransformer(std::map<std::string, DemoKind>{
          {"seed", DemoKind::kSeed}, {"blog", DemoKind::kBlog}, {"docs", DemoKind::kDocs}}))
      ->type_name("KIND");
  new_command->add_option("--seed", demo_options.seed, "Another number gives other text")
      ->check(CLI::NonNegativeNumber)
      ->type_name("S")
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  if (new_command->parsed()) return run([&] { new_site(folder, demo_options); });
  options.check_only = check_command->parsed();
  if (options.output.empty()) options.output = options.source / "public";
  if (profile) {
    std::vector<std::string> arguments;
    for (int i = 1; i < argc; ++i) {
      // Also `--profile-memory=true`, or the build under memprof would start another one.
      if (!std::string_view(argv[i]).starts_with("--profile-memory"))
        arguments.emplace_back(argv[i]);
    }
    return run([&] { print_result(profile_memory(arguments)); });
  }
  return run([&] { build(options); });
}

}  // namespace
}  // namespace memprof::sitegen

int main(int argc, char** argv) {
  return memprof::sitegen::main(argc, argv);
}
