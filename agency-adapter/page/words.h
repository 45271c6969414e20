/* words.h: the page's own sentences, in Vietnamese and English: words.def. What the law and the broker say has its own catalogues. */
#ifndef PAGE_WORDS_H
#define PAGE_WORDS_H

#include <lienthong/envelope.h>
#include <lienthong/reason.h>

enum page_word {
#define WORD(name, vietnamese, english) WORD_##name,
#include "words.def"
	WORDS,
};
const char *word_of(enum page_word word, enum lt_language language);
/* What a kind of act is called: "chuyển hồ sơ", "hand it on"; its name when the page has none. */
const char *word_of_kind(const char *kind, enum lt_language language);
/* A state of an item or an envelope, a verdict, an end of a stay, by its name in the API; the name itself when the page has none. */
const char *word_of_name(const char *name, enum lt_language language);

#endif
