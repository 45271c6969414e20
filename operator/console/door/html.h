/* html.h: a page while it is written. Whatever stands in a page went through html_put, and what is not a literal of ours is
 * escaped there (program/escape.h), for element and attribute alike; a text of others stands in <bdi> too, so that it changes nothing
 * around it. One thread. */
#ifndef DOOR_HTML_H
#define DOOR_HTML_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#define HTML_SHOWN 240u /* characters of one text in a list: a longer one is cut, and its own page has it whole */

struct html {
	struct lt_buf bytes;
	enum lt_language language;
	bool failed; /* memory is out: the page is thrown away */
};
/* Appends. The format is a literal of ours, never escaped; in it:
 *   %L  two literals, Vietnamese and English: the one of the page's language
 *   %s  a text, escaped; NULL is ""
 *   %S  a text of others, escaped, in <bdi>, cut at HTML_SHOWN characters
 *   %A  likewise, not cut, its lines kept
 *   %U  a text as one piece of an address (percent-encoded)
 *   %P  a path: as %U, but '/' stays
 *   %u  uint64_t   %i  unsigned
 *   %t  int64_t: a time as <time>, "30/11/2026 07:45", at +07:00; "–" for 0
 *   %D  int64_t: likewise, the day alone
 *   %d  int64_t: microseconds as a span, "2 ngày 3 giờ"
 *   %z  uint64_t: bytes, "12,3 MiB", in English "12.3 MiB"
 *   %%  a percent sign */
void html_put(struct html *html, const char *format, ...);
void html_raw(struct html *html, const char *literal); /* as it is: markup of ours */
void html_bytes(struct html *html, struct lt_bytes markup);
/* Escaped as %s does. */
void html_text(struct html *html, const char *text);

#endif
