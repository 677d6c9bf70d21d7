#include "sitegen/content/date.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

namespace memprof::sitegen {
namespace {

constexpr int64_t kDayS = 24 * 60 * 60;

/// Takes pieces off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  /// A number of exactly `digits` digits up to `limit`.
  std::optional<int> number(size_t digits, int limit) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value <= limit ? std::optional(value) : std::nullopt;
  }

  bool any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<int64_t> read_day(Reader& reader) {
  const auto year = reader.number(4, 9999);
  if (!year || !reader.any_of("-")) return std::nullopt;
  const auto month = reader.number(2, 12);
  if (!month || !reader.any_of("-")) return std::nullopt;
  const auto day = reader.number(2, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDayS;
}

std::optional<int64_t> read_time(Reader& reader) {
  const auto hour = reader.number(2, 23);
  if (!hour || !reader.any_of(":")) return std::nullopt;
  const auto minute = reader.number(2, 59);
  if (!minute) return std::nullopt;
  int64_t time_s = *hour * 3600 + *minute * 60;
  if (reader.any_of(":")) {
    const auto second = reader.number(2, 60);
    if (!second) return std::nullopt;
    time_s += *second;
    if (reader.any_of(".")) {
      if (!reader.number(1, 9)) return std::nullopt;
      while (reader.number(1, 9)) {
      }
    }
  }
  return time_s;
}

std::optional<int> read_offset(Reader& reader) {
  if (reader.done() || reader.any_of("Zz")) return 0;
  const int sign = reader.front() == '-' ? -1 : 1;
  if (!reader.any_of("+-")) return std::nullopt;
  const auto hours = reader.number(2, 23);
  if (!hours || !reader.any_of(":")) return std::nullopt;
  const auto minutes = reader.number(2, 59);
  if (!minutes) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

struct Local {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  std::chrono::weekday weekday;
};

Local local(const Date& date) {
  const std::chrono::sys_seconds time{
      std::chrono::seconds(date.unix_s + int64_t{date.offset_minutes} * 60)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {day, std::chrono::hh_mm_ss(time - day), std::chrono::weekday(day)};
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  Reader reader(text);
  const auto day_s = read_day(reader);
  if (!day_s) return std::nullopt;
  if (reader.done()) return Date{*day_s, 0};
  if (!reader.any_of("Tt ")) return std::nullopt;
  const auto time_s = read_time(reader);
  if (!time_s) return std::nullopt;
  const auto offset = read_offset(reader);
  if (!offset || !reader.done()) return std::nullopt;
  return Date{*day_s + *time_s - int64_t{*offset} * 60, *offset};
}

std::string day_of(const Date& date) {
  const Local at = local(date);
  // By hand, because each item of each list has one.
  std::string text = "0000-00-00";
  const auto put = [&text](size_t end, size_t digits, unsigned number) {
    for (; digits > 0; --digits, number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, 4, static_cast<unsigned>(static_cast<int>(at.day.year())));
  put(7, 2, static_cast<unsigned>(at.day.month()));
  put(10, 2, static_cast<unsigned>(at.day.day()));
  return text;
}

std::string rfc3339_of(const Date& date) {
  const Local at = local(date);
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", day_of(date), at.time.hours().count(),
                                 at.time.minutes().count(), at.time.seconds().count());
  if (date.offset_minutes == 0) return text + "Z";
  const int minutes = std::abs(date.offset_minutes);
  return text + fmt::format("{}{:02}:{:02}", date.offset_minutes < 0 ? '-' : '+', minutes / 60,
                            minutes % 60);
}

std::string rfc822_of(const Date& date) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Local at = local(date);
  const int minutes = std::abs(date.offset_minutes);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} {}{:02}{:02}", kDays[at.weekday.c_encoding()],
      static_cast<unsigned>(at.day.day()), kMonths[static_cast<unsigned>(at.day.month()) - 1],
      static_cast<int>(at.day.year()), at.time.hours().count(), at.time.minutes().count(),
      at.time.seconds().count(), date.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace memprof::sitegen
