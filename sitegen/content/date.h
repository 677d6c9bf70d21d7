#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memprof::sitegen {

/// A day, or a moment, of the Gregorian calendar. Ordered by the moment; a day alone begins at
/// midnight UTC.
struct Date {
  int64_t unix_s = 0;
  int offset_minutes = 0;  ///< Of the time zone it was written in.

  auto operator<=>(const Date&) const = default;
};

/// Reads YYYY-MM-DD, alone or with a time as in RFC 3339: `2024-02-29T13:30:00+01:00`, where a
/// space may stand for the T, the seconds may lack, and no offset means UTC. nullopt for anything
/// else.
std::optional<Date> parse_date(std::string_view text);

std::string day_of(const Date& date);      ///< 2024-02-29, where it was written.
std::string rfc3339_of(const Date& date);  ///< 2024-02-29T13:30:00+01:00, or Z.
std::string rfc822_of(const Date& date);   ///< Thu, 29 Feb 2024 13:30:00 +0100: what RSS takes.

}  // namespace memprof::sitegen
