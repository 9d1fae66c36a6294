// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace parley::base {

/// The texts of failures, by language and key. The key of the text that fits every failure of a code is the code's
/// name. zh-CN and en are built in; running plugins bring more keys, the integrator's own texts more languages, and
/// they come before all others. [any thread]
class Texts {
 public:
  /// `fallback`: the language in which a failure is told when there is no text in the one that was asked for.
  explicit Texts(std::string fallback = "zh-CN");

  /// What a plugin brings, `{"en": {"recall.tooLate": "…"}, …}`: keys that begin with its name and a dot. Replaces what
  /// it brought before. VALIDATION_FAILED, naming the place, when it is not of this form.
  void set(const std::string& plugin, const Json& texts);
  void remove(const std::string& plugin);
  /// The integrator's: any key.
  void setOwn(const Json& texts);

  /// Whether clients may ask for it: what plugins bring in other languages is not enough.
  bool offers(std::string_view locale) const;
  /// The best of those for an Accept-Language value (RFC 9110 section 12.5.4, matched as in RFC 4647 section 3.4);
  /// empty when none fits.
  std::string choose(std::string_view acceptLanguage) const;

  /// The first text that there is: the error's own and its code's general one in this locale, then in the fallback,
  /// then in English.
  std::string of(const Error& error, std::string_view locale) const;

 private:
  using Keys = std::map<std::string, std::string, std::less<>>;
  using Languages = std::map<std::string, Keys, std::less<>>;
  struct Merged {
    Languages texts;
    std::vector<std::string> offered;
  };

  static Languages read(const Json& texts, const std::string& prefix);
  void merge();
  std::shared_ptr<const Merged> current() const;

  const std::string fallback_;
  mutable std::mutex mutex_;
  std::map<std::string, Languages> plugins_;
  Languages own_;
  std::shared_ptr<const Merged> merged_;
};

}  // namespace parley::base
