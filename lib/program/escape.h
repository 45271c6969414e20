/* escape.h: texts of others inside a page of HTML or an address. All pages escape here, so that one place is to be looked at. */
#ifndef PROGRAM_ESCAPE_H
#define PROGRAM_ESCAPE_H

#include <lienthong/base.h>

/* Appends a text as it may stand in an element or between the quotes of an attribute; NULL is "". A character that turns the reading
 * direction, or shows nothing, stands there as its number, U+202E; what is no UTF-8 as U+FFFD. At most `max` characters: *cut says
 * whether there were more, and may be NULL. LT_ENOMEM. Any thread. */
enum lt_err escape_markup(const char *text, size_t max, struct lt_buf *out, bool *cut);
/* Appends a text in per cent, as one segment or value of an address; NULL is "". `keep`: characters that stand as they are beside letters,
 * digits and -._~, or "". LT_ENOMEM. Any thread. */
enum lt_err escape_address(const char *text, const char *keep, struct lt_buf *out);

#endif
