/* text.h: the one form of texts, so that what is one text to a person is the same bytes everywhere. Source: SPEC.md, "Texts".
 *
 * A text in form is in NFC, has no blank at its edges, and every character of it can be seen: no control, none that turns the
 * reading direction, none that shows nothing, no blank but U+0020, none for private use, none that Unicode 15.0 has not assigned.
 * Vietnamese needs none of these. "" is in form. All texts here are valid UTF-8 (lt_text_valid) and end in NUL. */
#ifndef LIENTHONG_TEXT_H
#define LIENTHONG_TEXT_H

#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lt_text_form {
	LT_TEXT_LINE,  /* one line */
	LT_TEXT_LINES, /* U+000A may stand between lines: reasons and opinions */
	LT_TEXT_VALUE, /* one line that is compared with others: one blank between words */
};

/* The first character that is not in form. */
struct lt_text_fault {
	uint32_t code;
	size_t place;     /* characters before it */
	const char *what; /* static, as "turns the reading direction" */
};

/* LT_EINVAL with the fault (may be NULL), LT_EPARSE for what is not UTF-8, LT_ENOMEM. */
LT_API enum lt_err lt_text_check(const char *text, enum lt_text_form form, struct lt_text_fault *fault);
/* The same as a refusal: 0, or `reason` with the field, the code point and its place. NULL is "". */
LT_API enum lt_reason lt_text_refuse(const char *text, enum lt_text_form form, enum lt_reason reason, const char *field,
				     struct lt_refusal *refusal);
/* True when nothing of it shows: NULL, "", blanks of Unicode (White_Space), characters that show nothing. */
LT_API bool lt_text_blank(const char *text);

/* Brings a text that nobody has signed yet nearer to its form: composes it (NFC) and takes the white space from its edges, nothing
 * else; lt_text_check has the last word. Appends to `out`, with a NUL that len counts. LT_EPARSE for what is not UTF-8, LT_ENOMEM. */
LT_API enum lt_err lt_text_bring(const char *text, struct lt_buf *out);

/* Whether the installed libutf8proc knows characters as Unicode 15.0 does. Another version would see other characters as assigned,
 * and two brokers would give one envelope two answers: programs do not start then. */
#define LT_TEXT_UNICODE "15.0.0"
LT_API bool lt_text_unicode_right(void);
LT_API const char *lt_text_unicode(void); /* the version that is installed */

#ifdef __cplusplus
}
#endif

#endif
