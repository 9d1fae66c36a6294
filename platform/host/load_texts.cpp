// SPDX-License-Identifier: Apache-2.0
#include "host/load_texts.h"

#include "base/read_file.h"

#include <parley/error.h>

namespace parley::host {

namespace {

constexpr const char* fileKey = "i18n.texts";

Json readJson(const std::string& path) {
  const auto text = base::readFile(path);
  if (!text) throw SettingsError(fileKey, text.error().detail());
  boost::system::error_code error;
  auto json = boost::json::parse(text.value(), error);
  if (error) throw SettingsError(fileKey, path + " is not JSON: " + error.message());
  return json;
}

}  // namespace

Json loadTexts(const Settings& settings, const std::string& locale) {
  const auto path = settings.text(fileKey);
  Json own = path.empty() ? Json(JsonObject{}) : readJson(path);
  base::Texts tried;
  try {
    tried.setOwn(own);
  } catch (const Error& error) {
    throw SettingsError(fileKey, path + ": " + error.detail());
  }
  if (!tried.offers(locale))
    throw SettingsError("i18n.locale", "there are no texts in " + locale + "; i18n.texts may bring them");
  return own;
}

}  // namespace parley::host
