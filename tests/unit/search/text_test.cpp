// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <gmock/gmock.h>

namespace search {

namespace {

TEST(Fold, TakesCaseAndAccentsAway) {
  EXPECT_EQ(foldText("Crème BRÛLÉE"), "creme brulee");
  EXPECT_EQ(foldText("Straße STRASSE"), "strasse strasse");
  EXPECT_EQ(foldText("Łódź, Ærø, Đurđa"), "lodz, aero, durda");
  EXPECT_EQ(foldText("İstanbul ısı"), "istanbul isi");
  EXPECT_EQ(foldText("ΆΣΟΣ άσος"), "ασοσ ασοσ");
  EXPECT_EQ(foldText("Ёлка Йод"), "елка иод");
  EXPECT_EQ(foldText("Việt Nam"), "viet nam");
  EXPECT_EQ(foldText("שָׁלוֹם"), "שלום");
  EXPECT_EQ(foldText("مُحَمَّد مـحـمد"), "محمد محمد");
}

TEST(Fold, TakesComposedAndDecomposedTextForTheSame) {
  EXPECT_EQ(foldText("e\u0301"), foldText("é"));
  EXPECT_EQ(foldText("\u110B\u1161\u11AB"), "안");
  EXPECT_EQ(foldText("\u1112\u1161\u11ab\u1100\u1173\u11af"), "한글");
  EXPECT_EQ(foldText("か\u3099"), "が");
}

TEST(Fold, TakesWidthAndFormForTheSame) {
  EXPECT_EQ(foldText("ＡＢＣ１２３"), "abc123");
  EXPECT_EQ(foldText("ｶﾞｷﾞ"), "ガギ");
  EXPECT_EQ(foldText("ﬁne Ⅳ"), "fine iv");
  EXPECT_EQ(foldText("a\u3000b\tc\nd"), "a b c d");
  EXPECT_EQ(foldText("zero\u200Bwidth"), "zerowidth");
}

TEST(Fold, KeepsMarksThatMakeAnotherLetter) {
  EXPECT_NE(foldText("が"), foldText("か"));
  EXPECT_NE(foldText("ぱ"), foldText("は"));
  EXPECT_NE(foldText("कि"), foldText("क"));
  EXPECT_NE(foldText("ที่"), foldText("ท"));
}

TEST(Fold, IsTheSameWhenDoneAgain) {
  for (const auto* text :
       {"Crème", "İstanbul", "ｶﾞ", "안녕", "\u110B\u1161\u11AB", "ﷺ", "ẛ̣", "👩‍👩‍👧", "ǆ", "ſ", "℃"})
    EXPECT_EQ(foldText(foldText(text)), foldText(text)) << text;
}

TEST(Fold, KnowsWhereEachCharacterCameFrom) {
  const auto folded = fold("aße\u0301ｶﾞ!");
  EXPECT_EQ(toUtf8(folded.text), "asseガ!");
  EXPECT_THAT(folded.begin, testing::ElementsAre(0, 1, 1, 2, 4, 6));
  EXPECT_THAT(folded.end, testing::ElementsAre(1, 2, 2, 4, 6, 7));
}

TEST(Fold, SurvivesBytesThatAreNotUtf8) {
  EXPECT_EQ(foldText("a\xff\xc0z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(fold("\xe4\xbd").text.size(), 2U);
  EXPECT_EQ(foldText(""), "");
}

TEST(Fold, SurvivesAnyNumberOfMarks) {
  std::string text = "ก";
  for (int i = 0; i < 1000; ++i) text += "\u0E48";
  EXPECT_EQ(fold(text).text.size(), 1001U);
}

TEST(KindOf, TellsScriptsApart) {
  for (const auto gram : U"中𠀀あア한ㅎ々ไคແབកㄅ") {
    if (gram != 0) {
      EXPECT_EQ(kindOf(gram), Kind::Gram) << std::hex << static_cast<unsigned>(gram);
    }
  }
  for (const auto word : U"aZéяωשع9क٣") {
    if (word != 0) {
      EXPECT_EQ(kindOf(word), Kind::Word) << std::hex << static_cast<unsigned>(word);
    }
  }
  for (const auto symbol : U"%*\"$_-。，？☃😀・€") {
    if (symbol != 0) {
      EXPECT_EQ(kindOf(symbol), Kind::Symbol) << std::hex << static_cast<unsigned>(symbol);
    }
  }
  for (const auto space : U" \t\n\u3000\u00A0") {
    if (space != 0) {
      EXPECT_EQ(kindOf(space), Kind::Space) << std::hex << static_cast<unsigned>(space);
    }
  }
}

}  // namespace

}  // namespace search
