#include "analyzer/profile/names.h"

#include <catch2/catch.hpp>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using profile::AddressId;
using test::FakeFrames;
using test::ProcessBuilder;

TEST_CASE("An address is looked up once, however many processes and stacks it is in") {
  FakeFrames frames;
  const profile::Run run =
      test::run_of({ProcessBuilder(frames, 0x10000).peak({"main", "f"}, 1).process,
                    ProcessBuilder(frames, 0x20000).peak({"main", "f"}, 1).process});
  const profile::Addresses addresses(run);
  profile::Names names(addresses, frames);
  names.resolve({addresses.at(0, 1), addresses.at(1, 1), addresses.at(0, 1)});
  names.resolve({addresses.at(1, 1)});
  CHECK(frames.asked() == 1);
  CHECK(names.frames(addresses.at(1, 1)).front().function == "main");
  CHECK_FALSE(names.known(addresses.at(0, 2)));
}

TEST_CASE("Frames without symbols are counted, for the run and for each process") {
  FakeFrames frames;
  frames.without_symbols("stripped");
  const profile::Run run =
      test::run_of({ProcessBuilder(frames).peak({"main", "stripped"}, 1).process,
                    ProcessBuilder(frames).peak({"main"}, 1).process});
  const profile::Addresses addresses(run);
  profile::Names names(addresses, frames);
  names.resolve({addresses.at(0, 1), addresses.at(0, 2)});
  CHECK(names.health().looked_up == 2);
  CHECK(names.health().without_symbols == 1);
  CHECK(names.health(run, 0).without_symbols == 1);
  CHECK(names.health(run, 1).looked_up == 1);
  CHECK(names.health(run, 1).without_symbols == 0);
  const auto problems = names.problems();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].path == FakeFrames::kModule);
  CHECK(problems[0].without_symbols == 1);
}

TEST_CASE("What lies in no module has one frame without a name") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.process.heap.locations.push_back({0x1234, 0, false});
  const profile::Run run = test::run_of({builder.process});
  const profile::Addresses addresses(run);
  profile::Names names(addresses, frames);
  const AddressId id = addresses.at(0, 1);
  names.resolve({id, profile::kCutAddress});
  CHECK(names.nameless(id));
  CHECK(addresses.offset(id) == 0x1233);
  CHECK(frames.asked() == 0);
  REQUIRE(names.problems().size() == 1);
  CHECK(names.problems()[0].problem == "no module");
}
