// memprof diff of real programs: two runs of one build, and two builds of one program.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

/// Records the program into a directory that lives as long as this.
class Recorded {
 public:
  explicit Recorded(const std::string& program) {
    Command command;
    command.argv = {program};
    const Result result = run(preloaded(command, library(), traces_.path()));
    REQUIRE(result.status == 0);
  }

  std::string at(const std::string& moment) const { return traces_.path() + "@" + moment; }
  const std::string& path() const { return traces_.path(); }

 private:
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

}  // namespace
}  // namespace memprof::test
