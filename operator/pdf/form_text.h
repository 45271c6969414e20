/* form_text.h: texts that strangers wrote, made fit for paper. Results are newly allocated; free by g_free. */
#ifndef FORMS_FORM_TEXT_H
#define FORMS_FORM_TEXT_H

#include <lienthong/base.h>

#define FORM_TEXT_MAX 2000u /* characters of one value: a reason has at most 1,000; more is cut, and said by "…" */
#define FORM_MARKS_MAX \
	3u /* combining marks on one letter: Vietnamese needs two, a pile of them climbs over other lines */

/* Composed (NFC); bidirectional controls and other invisible format characters gone; controls, line ends and runs of
 * spaces become one space; ends trimmed. Bytes that are not UTF-8 become U+FFFD. */
char *form_text_clean(const char *text, size_t max);
/* Capital letters, as names stand in the heading. */
char *form_text_upper(const char *text);
/* The value, or dots to be filled in by hand when it is empty. */
const char *form_text_or_dots(const char *value);

#endif
