// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

using Millis = std::chrono::milliseconds;

/// Wall-clock time in UTC with millisecond resolution, as the API shows it.
using Time = std::chrono::time_point<std::chrono::system_clock, Millis>;

/// Steady time for deadlines and measurements; never shown.
using Instant = std::chrono::steady_clock::time_point;

/// The source of time. Injected everywhere, so that tests move it by hand. [any thread]
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Instant steady() const = 0;
};

/// `2024-01-01T00:00:00.000Z` (RFC 3339 in UTC, always three decimals, so that text order is time order).
inline std::string toIso8601(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  auto put = [](char* at, unsigned value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  };
  std::string text = "0000-00-00T00:00:00.000Z";
  put(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put(&text[5], static_cast<unsigned>(date.month()), 2);
  put(&text[8], static_cast<unsigned>(date.day()), 2);
  put(&text[11], static_cast<unsigned>(clock.hours().count()), 2);
  put(&text[14], static_cast<unsigned>(clock.minutes().count()), 2);
  put(&text[17], static_cast<unsigned>(clock.seconds().count()), 2);
  put(&text[20], static_cast<unsigned>(clock.subseconds().count()), 3);
  return text;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
inline std::string httpDate(Time time) {
  using namespace std::chrono;
  static constexpr std::string_view dayNames = "SunMonTueWedThuFriSat";
  static constexpr std::string_view monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const year_month_day date{floor<days>(time)};
  const auto iso = toIso8601(time);
  std::string text(dayNames.substr(std::size_t{3} * weekday{floor<days>(time)}.c_encoding(), 3));
  text.append(", ").append(iso, 8, 2).append(" ");
  text.append(monthNames.substr(std::size_t{3} * (static_cast<unsigned>(date.month()) - 1), 3));
  return text.append(" ").append(iso, 0, 4).append(" ").append(iso, 11, 8).append(" GMT");
}

/// Reads exactly the form that toIso8601 writes; nothing for any other text.
inline std::optional<Time> fromIso8601(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return std::nullopt;
  }
  auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  return Time{sys_days{date}.time_since_epoch() + hours{number(11, 2)} + minutes{number(14, 2)} +
              seconds{number(17, 2)} + milliseconds{number(20, 3)}};
}

}  // namespace parley
