#include "analyzer/profile/moment.h"

#include <catch2/catch.hpp>

using namespace memprof;
using profile::Moment;
using profile::parse_moment;
using profile::split_moment;
using What = Moment::What;

namespace {

bool is(const std::string& text, What what, const std::string& name = "", uint32_t occurrence = 1) {
  const auto moment = parse_moment(text);
  UNSCOPED_INFO(text << (moment ? " is " + moment->name : " is no moment"));
  return moment && moment->what == what && moment->name == name &&
         moment->occurrence == occurrence && moment->text == text;
}

}  // namespace

TEST_CASE("A moment is a word, a time, a mark or an edge of a phase, with its occurrence") {
  CHECK(is("start", What::kStart));
  CHECK(is("peak", What::kPeak));
  CHECK(is("end", What::kEnd));
  CHECK(is("mark:loaded", What::kMark, "loaded"));
  CHECK(is("mark:loaded#3", What::kMark, "loaded", 3));
  CHECK(is("phase:render:begin", What::kPhaseBegin, "render"));
  CHECK(is("phase:render:end#2", What::kPhaseEnd, "render", 2));
  CHECK(is("phase:render#2:peak", What::kPhasePeak, "render", 2));
  CHECK(is("phase:a:b:peak", What::kPhasePeak, "a:b"));
  CHECK(is("mark:page #x", What::kMark, "page #x"));
}

TEST_CASE("Seconds are exact to the nanosecond") {
  CHECK(parse_moment("0s")->time_ns == 0);
  CHECK(parse_moment("2s")->time_ns == 2'000'000'000);
  CHECK(parse_moment("1.5s")->time_ns == 1'500'000'000);
  CHECK(parse_moment("0.000000001s")->time_ns == 1);
  CHECK(parse_moment("0.0000000019s")->time_ns == 1);
  CHECK(parse_moment("3.1s")->time_ns == 3'100'000'000);
}

TEST_CASE("What is no moment is none") {
  for (const char* text : {"", "s", ".s", "1.s", ".5s", "-1s", "1e3s", "1 s",
                           "99999999999999999999s", "Peak", "mark:", "mark", "phase:", "phase:x",
                           "phase::peak", "phase:x:middle", "phase:#2:peak", "mark:#2", "1.5"}) {
    INFO("\"" << text << "\"");
    CHECK_FALSE(parse_moment(text).has_value());
  }
}

TEST_CASE("A path ends at the last @ with a moment behind it") {
  CHECK(split_moment("trace").first == "trace");
  CHECK_FALSE(split_moment("trace").second.has_value());
  CHECK(split_moment("trace@end").first == "trace");
  CHECK(split_moment("trace@end").second->what == What::kEnd);
  CHECK(split_moment("a@b").first == "a@b");
  CHECK(split_moment("a@b@2s").first == "a@b");
  CHECK(split_moment("a@peak@b").first == "a@peak@b");
  CHECK(split_moment("t@mark:user@host").first == "t");
  CHECK(split_moment("t@mark:user@host").second->name == "user@host");
}
