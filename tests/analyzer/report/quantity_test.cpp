#include "analyzer/report/quantity.h"

#include <catch2/catch.hpp>
#include <cstdint>

using namespace memprof::report;

TEST_CASE("Counts have separators every three digits") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(1234567) == "1,234,567");
  CHECK(count_text(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("Sizes have three digits and an IEC unit") {
  CHECK(size_text(0, false) == "0 B");
  CHECK(size_text(1023, false) == "1023 B");
  CHECK(size_text(1024, false) == "1.00 KiB");
  CHECK(size_text(1536, false) == "1.50 KiB");
  CHECK(size_text(13 * 1024 * 1024 + 900 * 1024, false) == "13.9 MiB");
  CHECK(size_text(1023 * 1024, false) == "1023 KiB");
  CHECK(size_text(1024 * 1024 - 1, false) == "1.00 MiB");
  CHECK(size_text(uint64_t{10} * 1024 - 1, false) == "10.0 KiB");
  CHECK(size_text(uint64_t{100} * 1024 - 1, false) == "100 KiB");
  CHECK(size_text(UINT64_MAX, false) == "16.0 EiB");
}

TEST_CASE("Plain sizes are the number of bytes and nothing else") {
  CHECK(size_text(1536, true) == "1536");
  CHECK(size_change_text(2000, 500, true) == "-1500");
}

TEST_CASE("Changes carry their sign") {
  CHECK(size_change_text(0, 1024, false) == "+1.00 KiB");
  CHECK(size_change_text(1024, 0, false) == "-1.00 KiB");
  CHECK(size_change_text(5, 5, false) == "0 B");
}

TEST_CASE("Shares of nothing are no number") {
  CHECK(share_text(1, 0) == "-");
  CHECK(share_text(1, 8) == "12.5 %");
  CHECK(share_text(8, 8) == "100.0 %");
}

TEST_CASE("Durations are in the unit that suits them") {
  CHECK(duration_text(420'000) == "0.42 ms");
  CHECK(duration_text(12'300'000) == "12.3 ms");
  CHECK(duration_text(1'234'000'000) == "1.234 s");
  CHECK(duration_text(92'900'000'000) == "1 m 32 s");
  CHECK(duration_text(7'500'000'000'000) == "2 h 5 m");
}

TEST_CASE("One is singular") {
  CHECK(counted(1, "block", "blocks") == "1 block");
  CHECK(counted(0, "block", "blocks") == "0 blocks");
  CHECK(counted(2000, "block", "blocks") == "2,000 blocks");
}
