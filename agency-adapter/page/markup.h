/* markup.h: pages are written here, and escaped here alone. What a page shows of the world goes through a directive of markup_put, and each
 * of them escapes; only a format itself, which is a constant of this program, is markup. One thread. */
#ifndef PAGE_MARKUP_H
#define PAGE_MARKUP_H

#include "words.h"

#include <lienthong/base.h>

struct markup {
	struct lt_buf out;
	enum lt_language language;
	bool failed; /* memory was out: nothing of it is to be sent */
};
/* Directives:
 *   %s  a text (const char *; NULL is ""), in an element or between the double quotes of an attribute: escape_markup
 *   %u  a text as one segment or value of an address, in per cent
 *   %i  a number (long long)
 *   %w  a sentence of the page itself (enum page_word), in its language
 *   %%  a per cent */
void markup_put(struct markup *html, const char *format, ...);
/* The same when the condition holds. */
#define markup_put_if(condition, ...)            \
	do {                                     \
		if (condition)                   \
			markup_put(__VA_ARGS__); \
	} while (0)
void markup_fini(struct markup *html);

#endif
