// SPDX-License-Identifier: Apache-2.0
#include "json.h"

namespace bench {

Json& Json::text(std::string_view value) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::size_t begin = 0;
  text_ += '"';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (byte >= ' ' && byte != '"' && byte != '\\') continue;
    text_.append(value, begin, i - begin);
    begin = i + 1;
    if (byte < ' ')
      text_.append("\\u00").append({hex[byte >> 4U], hex[byte & 15U]});
    else
      text_.append({'\\', value[i]});
  }
  text_.append(value, begin);
  text_ += '"';
  return *this;
}

Json& Json::time(Time value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(value - day);
  const auto put = [this](char before, auto number, unsigned first) {
    text_ += before;
    digits(static_cast<unsigned>(number), first);
  };
  put('"', static_cast<int>(date.year()), 1000);
  put('-', static_cast<unsigned>(date.month()), 10);
  put('-', static_cast<unsigned>(date.day()), 10);
  put('T', clock.hours().count(), 10);
  put(':', clock.minutes().count(), 10);
  put(':', clock.seconds().count(), 10);
  put('.', clock.subseconds().count(), 100);
  text_ += "Z\"";
  return *this;
}

void Json::digits(unsigned value, unsigned first) {
  for (; first > 0; first /= 10) text_ += static_cast<char>('0' + value / first % 10);
}

}  // namespace bench
