/* words.c: the page's sentences. */
#include "words.h"

#include <string.h>

struct page_word_pair {
	const char *name, *vietnamese, *english;
};

static const char *choose(const struct page_word_pair *pair, enum lt_language language)
{
	return language == LT_VIETNAMESE ? pair->vietnamese : pair->english;
}

const char *word_of(enum page_word word, enum lt_language language)
{
	static const struct page_word_pair words[] = {
#define WORD(name, vietnamese, english) { #name, vietnamese, english },
#include "words.def"
	};
	return choose(&words[word], language);
}

static const char *find(const struct page_word_pair *pairs, size_t count, const char *name, enum lt_language language)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(pairs[i].name, name) == 0)
			return choose(&pairs[i], language);
	}
	return name;
}

const char *word_of_kind(const char *kind, enum lt_language language)
{
	static const struct page_word_pair kinds[] = {
#define WORD_KIND(name, vietnamese, english) { #name, vietnamese, english },
#include "words.def"
	};
	return find(kinds, sizeof(kinds) / sizeof(kinds[0]), kind ? kind : "", language);
}

const char *word_of_name(const char *name, enum lt_language language)
{
	static const struct page_word_pair names[] = {
#define WORD_NAME(name, vietnamese, english) { #name, vietnamese, english },
#include "words.def"
	};
	return find(names, sizeof(names) / sizeof(names[0]), name ? name : "", language);
}
