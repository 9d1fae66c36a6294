// SPDX-License-Identifier: Apache-2.0
// What the search index costs: search_bench [folder] [messages]
#include "builtin_engine.h"

#include "storage/open_store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace search {

namespace {

using namespace parley;

constexpr int sessions = 2000;
constexpr std::int64_t firstTime = 1'700'000'000'000;

double cpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double secondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string numbered(const char* pattern, std::int64_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), pattern, static_cast<long long>(number));
  return text.data();
}

std::string sessionId(int number) {
  return numbered("64f000000000000000%06lld", number);
}

/// Words with the frequencies of a language: the n-th is about 1/n as frequent as the first.
class Language {
 public:
  Language(std::size_t words, const std::function<std::string(std::mt19937&)>& make, std::mt19937& random) {
    double sum = 0;
    for (std::size_t i = 0; i < words; ++i) {
      words_.push_back(make(random));
      sums_.push_back(sum += 1.0 / (static_cast<double>(i) + 2.7));
    }
  }
  const std::string& word(std::size_t rank) const { return words_[rank]; }
  const std::string& any(std::mt19937& random) const {
    const auto at = std::uniform_real_distribution<>(0, sums_.back())(random);
    return words_[static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin())];
  }

 private:
  std::vector<std::string> words_;
  std::vector<double> sums_;
};

std::string chineseWord(std::mt19937& random) {
  // Of 3,000 characters, some are in very many words.
  std::string word;
  const auto length = std::discrete_distribution<>({0, 25, 60, 10, 5})(random);
  for (int i = 0; i < length; ++i) {
    const auto rank = std::pow(std::uniform_real_distribution<>(0, 1)(random), 2.5) * 3000;
    appendUtf8(word, static_cast<char32_t>(0x4E00 + static_cast<int>(rank) * 6));
  }
  return word;
}

std::string englishWord(std::mt19937& random) {
  constexpr std::string_view consonants = "tnshrdlcmwfgypbvkjxqz";
  constexpr std::string_view vowels = "eaoiu";
  std::string word;
  const auto syllables = std::discrete_distribution<>({0, 30, 40, 20, 10})(random);
  for (int i = 0; i < syllables; ++i) {
    word += consonants[static_cast<std::size_t>(std::pow(std::uniform_real_distribution<>(0, 1)(random), 1.8) * 21)];
    word += vowels[std::uniform_int_distribution<std::size_t>(0, 4)(random)];
  }
  return word;
}

class Corpus {
 public:
  std::string text() {
    const auto kind = std::discrete_distribution<>({60, 30, 10})(random_);
    std::string text;
    const auto words = 2 + std::min(60, static_cast<int>(std::exponential_distribution<>(1.0 / 9)(random_)));
    for (int i = 0; i < words; ++i) {
      const bool latin = kind == 1 || (kind == 2 && i % 3 == 0);
      if (latin && !text.empty()) text += ' ';
      text += latin ? english.any(random_) : chinese.any(random_);
      if (i % 8 == 7) text += latin ? ", " : "，";
    }
    return text;
  }
  /// Some sessions are much busier than others.
  int session() { return static_cast<int>(std::pow(std::uniform_real_distribution<>(0, 1)(random_), 2) * sessions); }

 private:
  std::mt19937 random_{42};

 public:
  Language chinese{20'000, chineseWord, random_};
  Language english{20'000, englishWord, random_};
};

void fill(Store& store, Corpus& corpus, std::int64_t count) {
  std::vector<std::int64_t> seqs(sessions);
  std::vector<Document> documents;
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto session = corpus.session();
    auto text = corpus.text();
    bytes += static_cast<std::int64_t>(text.size());
    documents.push_back({{"_id", numbered("65000000%016llx", i)},
                         {"sessionId", sessionId(session)},
                         {"seq", ++seqs[static_cast<std::size_t>(session)]},
                         {"content", std::move(text)},
                         {"createdAt", toIso8601(Time{Millis{firstTime + i * 100}})}});
    if (documents.size() == 1000 || i + 1 == count) store.insertMany("messages", std::exchange(documents, {}));
  }
  std::printf("%lld messages in %d sessions, %.0f bytes of text each\n", static_cast<long long>(count), sessions,
              static_cast<double>(bytes) / static_cast<double>(count));
}

Entry toEntry(const Document& document) {
  return {std::string(textOf(document, "_id")),
          std::string(textOf(document, "sessionId")),
          document.at("seq").as_int64(),
          fromIso8601(textOf(document, "createdAt")).value().time_since_epoch().count(),
          std::string(textOf(document, "content")),
          0};
}

void build(Store& store, Engine& engine) {
  const std::stop_token never;
  std::string last;
  for (;;) {
    const auto documents = store.find("messages", where("_id") > last, {.sort = {{"_id"}}, .limit = 1000});
    if (documents.empty()) break;
    for (const auto& document : documents)
      if (engine.add(toEntry(document)) == search::Engine::Added::NoRoom) std::abort();
    last = textOf(documents.back(), "_id");
    if (engine.state().pending >= 8192)
      while (engine.work(never)) {
      }
  }
  while (engine.work(never)) {
  }
}

std::vector<Place> places(int count) {
  std::vector<Place> chosen;
  for (int i = 0; i < count; ++i) chosen.push_back({sessionId(i * (sessions / count)), 1});
  return chosen;
}

void measure(Engine& engine, const char* what, const std::vector<std::string>& keywords) {
  for (const int inSessions : {50, 200, 1000}) {
    Search search;
    search.places = places(inSessions);
    search.limit = 20;
    std::vector<double> times;
    std::int64_t total = 0;
    for (int round = 0; round < 3; ++round)
      for (const auto& keyword : keywords) {
        search.keyword = keyword;
        Found found;
        times.push_back(secondsOf([&] { found = engine.find(search); }) * 1e3);
        if (round == 0) total += found.total;
      }
    std::sort(times.begin(), times.end());
    std::printf("%-28s %4d sessions: median %6.2f ms, p95 %6.2f ms, %8lld found on average\n", what, inSessions,
                times[times.size() / 2], times[times.size() * 95 / 100],
                static_cast<long long>(total / static_cast<std::int64_t>(keywords.size())));
  }
}

std::vector<std::string> words(const Language& language, std::size_t from, std::size_t letters) {
  std::vector<std::string> chosen;
  for (auto rank = from; chosen.size() < 20; ++rank) {
    const auto folded = fold(language.word(rank)).text;
    if (letters == 0 || folded.size() == letters) chosen.push_back(language.word(rank));
  }
  return chosen;
}

std::vector<std::string> prefixes(const Language& language, std::size_t length) {
  std::vector<std::string> chosen;
  for (std::size_t rank = 100; chosen.size() < 20; rank += 7)
    if (language.word(rank).size() > length) chosen.push_back(language.word(rank).substr(0, length));
  return chosen;
}

void measureAll(Engine& engine, const Corpus& corpus) {
  measure(engine, "one character, frequent", words(corpus.chinese, 0, 1));
  measure(engine, "one character, less so", words(corpus.chinese, 2000, 1));
  measure(engine, "two characters, frequent", words(corpus.chinese, 0, 2));
  measure(engine, "two characters, less so", words(corpus.chinese, 2000, 2));
  measure(engine, "three characters, frequent", words(corpus.chinese, 0, 3));
  measure(engine, "four characters", words(corpus.chinese, 2000, 4));
  measure(engine, "word, frequent", words(corpus.english, 0, 0));
  measure(engine, "word, less so", words(corpus.english, 5000, 0));
  measure(engine, "first letter", prefixes(corpus.english, 1));
  measure(engine, "first two letters", prefixes(corpus.english, 2));
  measure(engine, "first three letters", prefixes(corpus.english, 3));
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < 20; ++i) pairs.push_back(corpus.english.word(i) + " " + corpus.english.word(i * 40 + 50));
  measure(engine, "two words", pairs);
  measure(engine, "nowhere", {"龘龘", "zzzzzz", "☃", "%"});
}

}  // namespace

}  // namespace search

int main(int argc, char** argv) {
  using namespace search;
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  const std::int64_t count = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  parley::storage::StorageOptions options;
  options.sqlite.path = (folder / "search_bench.db").string();
  for (const auto* ending : {"", "-wal", "-shm"}) std::filesystem::remove(options.sqlite.path + ending);
  const auto store = parley::storage::openStore(options);
  store->define({"messages", {}, {}, {{"messages_by_seq", {{"sessionId"}, {"seq"}}, true}}});
  for (const auto& spec : BuiltinEngine::collections()) store->define(spec);
  Corpus corpus;
  fill(*store, corpus, count);
  const auto before = std::filesystem::file_size(options.sqlite.path);
  Source source;
  source.contents = [&](std::string_view session, const std::vector<std::int64_t>& seqs, const auto& each) {
    parley::JsonArray numbers(seqs.begin(), seqs.end());
    for (const auto& document :
         store->find("messages", parley::where("sessionId") == session && parley::where("seq").in(std::move(numbers))))
      each(document.at("seq").as_int64(), parley::textOf(document, "content"));
  };
  source.goneSessions = [](const auto&) { return std::set<std::string>(); };
  BuiltinEngine engine(*store, {}, source);
  engine.open();
  const auto cpu = cpuSeconds();
  const auto seconds = secondsOf([&] { build(*store, engine); });
  std::printf(
      "indexed in %.1f s, %.0f a second, %.1f us of processor time each; the database grew from %.0f to %.0f MiB; %s\n",
      seconds, static_cast<double>(count) / seconds, (cpuSeconds() - cpu) * 1e6 / static_cast<double>(count),
      static_cast<double>(before) / (1 << 20),
      static_cast<double>(std::filesystem::file_size(options.sqlite.path)) / (1 << 20),
      boost::json::serialize(engine.state().more).c_str());
  measureAll(engine, corpus);
}
