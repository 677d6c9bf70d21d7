// memprof diff of real programs: two runs of one build, and two builds of one program.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

/// Records the program into a directory that lives as long as this.
class Recorded {
 public:
  explicit Recorded(const std::string& program) : Recorded(command_of(program)) {}
  explicit Recorded(const Command& command) {
    const Result result = run(preloaded(command, library(), traces_.path()));
    REQUIRE(result.status == 0);
  }

  std::string at(const std::string& moment) const { return traces_.path() + "@" + moment; }
  const std::string& path() const { return traces_.path(); }

 private:
  static Command command_of(const std::string& program) {
    Command command;
    command.argv = {program};
    return command;
  }

  const TemporaryDirectory traces_;
};

nlohmann::json diff(const std::string& before, const std::string& after) {
  Command command;
  command.argv = {MEMPROF_COMMAND, "diff", before, after, "--top", "0", "--format", "json"};
  const Result result = run(command);
  INFO(result.err);
  REQUIRE(result.status == 0);
  return nlohmann::json::parse(result.out);
}

TEST_CASE("Two runs of one build have no difference", "[diff]") {
  const Recorded first(test_program("fattened"));
  const Recorded second(test_program("fattened"));
  for (const char* moment : {"peak", "end"}) {
    const nlohmann::json json = diff(first.at(moment), second.at(moment));
    CHECK(json["rows"].empty());
    CHECK(json["total"]["delta"] == 0);
  }
  CHECK(diff(first.path(), second.path())["total"]["before"] > 100'000);
}

TEST_CASE("A function that keeps more in another build is on top, by what it keeps", "[diff]") {
  const Recorded lean(test_program("fattened"));
  const Recorded fat(test_program("more/fattened"));
  const nlohmann::json json = diff(lean.path(), fat.path());
  REQUIRE(!json["functions"].empty());
  const nlohmann::json& top = json["functions"][0];
  CHECK(top["function"].get<std::string>().find("fill_table") != std::string::npos);
  CHECK(top["state"] == "changed");
  // 800 strings of 200 characters and their end, and the table: 128 and 1024 of 32 bytes.
  CHECK(top["delta"] == 800 * 201 + (1024 - 128) * 32);
  CHECK(top["delta_blocks"] == 800);
  CHECK(json["functions"].size() == 1);
  CHECK(json["total"]["delta"] == top["delta"]);
  REQUIRE(json["processes"].size() == 1);
  CHECK(json["processes"][0]["before_id"] == 1);
  CHECK(json["processes"][0]["after_id"] == 1);
}

/// Two programs, each compiled and linked in one go: what lies between is in files with names made
/// up for the occasion.
void write_project(const TemporaryDirectory& folder) {
  std::ofstream(folder / "Makefile") << "all: one two\n%: %.c\n\tgcc -O1 -o $@ $<\n";
  for (const char* name : {"one", "two"}) {
    std::ofstream(folder / (std::string(name) + ".c"))
        << "#include <stdio.h>\nint main(void) { return puts(\"" << name << "\") < 0; }\n";
  }
}

TEST_CASE("Two builds of one tree by make -j2 compare process by process, to next to nothing",
          "[diff]") {
  const TemporaryDirectory folder;
  write_project(folder);
  Command build;
  build.argv = {"/usr/bin/make", "-B", "-j2"};
  build.directory = folder.path();
  const Recorded first(build);
  const Recorded second(build);
  const nlohmann::json json = diff(first.path(), second.path());
  // make, and gcc, cc1, as, collect2 and ld for each program.
  CHECK(json["before"]["processes"].size() == 11);
  for (const nlohmann::json& process : json["processes"]) {
    INFO(process.dump());
    CHECK(process["before_id"].is_number());
    CHECK(process["after_id"].is_number());
  }
  // Pointers are hashed, and time is looked at: here and there a table comes out a step larger.
  int64_t changed = 0;
  for (const nlohmann::json& row : json["rows"]) changed += std::abs(row["delta"].get<int64_t>());
  CHECK(json["total"]["before"] > 1'000'000);
  CHECK(changed < json["total"]["before"].get<int64_t>() / 20);
}

}  // namespace
}  // namespace memprof::test
