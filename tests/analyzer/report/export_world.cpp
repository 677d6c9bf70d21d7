#include "tests/analyzer/report/export_world.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "analyzer/report/json_report.h"
#include "tests/support/run_program.h"

namespace memprof::test {

std::string written(WriteReport write, const profile::Run& run, profile::FrameSource& source,
                    const report::Options& options) {
  std::ostringstream out;
  write(out, run, source, options);
  return out.str();
}

nlohmann::json json_rows(const profile::Run& run, profile::FrameSource& source,
                         report::Options options) {
  options.top = 0;
  return nlohmann::json::parse(written(report::write_json_report, run, source, options));
}

std::string output_of(std::vector<std::string> program, const std::string& bytes) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "file", std::ios::binary) << bytes;
  program.push_back(folder / "file");
  Command command;
  command.argv = std::move(program);
  const Result result = run(command);
  INFO(result.err);
  REQUIRE(result.status == 0);
  REQUIRE_FALSE(result.signalled);
  return result.out;
}

heap::Counts different_counts(uint64_t n) {
  heap::Counts counts;
  counts.allocations = 1000 + n;
  counts.frees = 900;
  counts.live_blocks = 100 + n;
  counts.bytes_allocated = 100'000 + 7 * n;
  counts.live_bytes = 20'000 + 3 * n;
  counts.peak_blocks = 200 + n;
  counts.peak_bytes = 30'000 + 11 * n;
  counts.at_blocks = 50 + n;
  counts.at_bytes = 10'000 + 5 * n;
  counts.temporary = 10 + n;
  return counts;
}

profile::Run hostile_run(FakeFrames& frames) {
  frames.define("inlines",
                {{"innermost()", "/src/a.h", 3, true},
                 {"std::vector<int>::between<char>(int (*)(char), ...)", "/src/b.h", 4, true},
                 {"outer", "/src/a.cpp", 5, false}});
  frames.define("twin", {{"f", "/src/f.cpp", 1, false}});  // f's name at another address
  frames.without_symbols("bare");
  frames.define("semicolon", {{"a;b;;c", "/src/;.c", 1, false}});
  frames.define("newline", {{"a\nb 17", "/src/\n.c", 2, false}});
  frames.define("escape", {{"\x1b[31mred\x07 \\ \\x3b", "/src/\x1b]0;x\x07.c", 3, false}});
  frames.define("bad", {{"\xff\xfe\xc0\xaf\xed\xa0\x80", "\xf8.c", 4, false}});
  frames.define("quotes", {{"\"'</script>&{}", "\\\".c", 5, false}});
  frames.define("long", {{std::string(100'000, 'x'), std::string(100'000, '/') + "x.c", 6, false}});
  uint64_t n = 0;
  const auto process = [&](const std::string& exe, uint64_t bias) {
    ProcessBuilder builder(frames, bias);
    builder.exe(exe).argv({exe, "a;b\n\x1b[0m\xff"});
    const std::vector<Frames> stacks = {{"main", "f"},
                                        {"main", "twin"},
                                        {"main", "f", "f", "f"},
                                        {"main", "f", "inlines"},
                                        {"main", "inlines", "bare"},
                                        {"[cut]", "f"},
                                        {"f"},
                                        {},
                                        {"main", "semicolon"},
                                        {"main", "newline", "escape"},
                                        {"main", "bad"},
                                        {"quotes", "long"}};
    for (const Frames& stack : stacks) builder.site(stack, different_counts(++n));
    return builder.process;
  };
  profile::Run run =
      run_of({process("/usr/bin/cc1plus", 0x400000), process("/usr/bin/cc1plus", 0x7f0000),
              process("/usr/bin/l;d\n", 0x400000)});
  run.start_unix_ns = 1'700'000'000'123'456'789;
  run.duration_ns = 5'000'000'000;
  return run;
}

}  // namespace memprof::test
