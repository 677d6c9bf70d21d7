#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "sitegen/base/error.h"
#include "sitegen/base/text.h"
#include "sitegen/build.h"
#include "sitegen/demo_site.h"

namespace memprof::sitegen {
namespace {

enum ExitStatus { kSuccess = 0, kFailure = 1, kUsage = 2 };

constexpr size_t kMaxRepeat = 1'000'000;

constexpr const char* kDescription =
    R"(Turns a folder of Markdown files into a web site.

SRC/content/  Markdown, GitHub-flavoured. content/guide/setup.md becomes OUT/guide/setup.html;
              each folder is a section and gets a list of its pages, index.html, titled and
              introduced by its index.md if it has one. OUT/index.html lists all pages,
              OUT/tags/ those of each tag. Files that are no *.md, and hidden ones, are ignored.
SRC/layouts/  Mustache templates, *.mustache: `page` for pages, `list` for lists; any can be
              included as a partial. Built-in ones serve where the site has none.

A page may start with YAML between two lines `---`: title, date (YYYY-MM-DD), tags, weight,
draft, slug (the name of its file, without .html), layout; other keys are {{params.KEY}} for its
layout. Lists are ordered by weight, then date (newest first), then title.

Exit status: 0 fine, 1 an error, 2 wrong usage.)";

/// Prints the one line of result. Nobody would miss it more than who redirected it to a full disk.
void print_result(const std::string& line) {
  if (std::fputs(line.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw Error("standard output: cannot write");
  }
}

int run(const std::function<void()>& command) {
  try {
    command();
    return kSuccess;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sitegen: error: {}\n", error.what());
    return kFailure;
  }
}

void build(const std::string& source, const std::string& output, const BuildOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const size_t pages = build_site(source, output, options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  print_result(fmt::format("built {} page{} in {:.2f} s -> {}\n", pages, pages == 1 ? "" : "s",
                           took.count(), printable(output)));
}

void new_site(const std::string& folder, const DemoOptions& options) {
  write_demo_site(folder, options);
  print_result(fmt::format("wrote {} page{} -> {}\n", options.pages, options.pages == 1 ? "" : "s",
                           printable(folder)));
}

int main(int argc, char** argv) {
  CLI::App app(kDescription);
  app.require_subcommand(1);
  app.set_version_flag("--version", "sitegen " SITEGEN_VERSION);

  std::string source;
  std::string output;
  BuildOptions build_options;
  CLI::App* build_command = app.add_subcommand("build", "Build the site SRC into the folder OUT");
  build_command->add_option("SRC", source, "The site's folder")->required();
  build_command->add_option("-o,--output", output, "Where the HTML goes")
      ->required()
      ->type_name("OUT");
  build_command->add_flag("--drafts", build_options.drafts, "Build pages with draft: true, too");
  build_command
      ->add_option("--repeat", build_options.repeat,
                   "Build N times in this process, to see with memprof what memory grows")
      ->check(CLI::Range(size_t{1}, kMaxRepeat))
      ->type_name("N")
      ->capture_default_str();

  std::string folder;
  DemoOptions demo_options;
  CLI::App* new_command =
      app.add_subcommand("new", "Write a demo site of N pages to try things on");
  new_command->add_option("SITE", folder, "A folder that is empty, or not there yet")->required();
  new_command->add_option("--pages", demo_options.pages, "How many pages")
      ->check(CLI::Range(size_t{0}, kMaxDemoPages))
      ->type_name("N")
      ->capture_default_str();
  new_command->add_option("--seed", demo_options.seed, "Another number gives other text")
      ->check(CLI::NonNegativeNumber)
      ->type_name("S")
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  if (build_command->parsed()) return run([&] { build(source, output, build_options); });
  return run([&] { new_site(folder, demo_options); });
}

}  // namespace
}  // namespace memprof::sitegen

int main(int argc, char** argv) {
  return memprof::sitegen::main(argc, argv);
}
