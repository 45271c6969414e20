/* reason.h: what a peer, an agency's system or an operator is told. Numbers are stable, never reused;
 * the list with its meaning is reason.def, and proto/SPEC.md prints it. */
#ifndef LIENTHONG_REASON_H
#define LIENTHONG_REASON_H

#include <lienthong/base.h>
#include <lienthong/sentence.h>

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lt_reason {
	LT_REASON_NONE = 0,
#define LT_REASON(name, number, retry, text, vietnamese) LT_##name = number,
#include <lienthong/reason.def>
#undef LT_REASON
};

/* The name without prefix, as "STALE_VERSION"; "REASON_<n>" is never returned: unknown numbers give "UNKNOWN". */
LT_API const char *lt_reason_name(enum lt_reason reason);
/* A sentence that names the step, the party and the remedy. */
LT_API const char *lt_reason_text(enum lt_reason reason);
LT_API const char *lt_reason_vietnamese(enum lt_reason reason);
/* The same envelope may be sent again later and may then succeed. */
LT_API bool lt_reason_retry(enum lt_reason reason);
/* LT_ENOENT for a name not on the list. */
LT_API enum lt_err lt_reason_find(const char *name, enum lt_reason *out);

/* A refusal: the reason, and what exactly: a sentence of the catalogue, and its English for a log. */
struct lt_refusal {
	enum lt_reason reason;
	char detail[240];
	uint16_t sentence_len; /* 0: no sentence */
	uint8_t sentence[LT_SENTENCE_MAX];
};
static inline struct lt_bytes lt_refusal_sentence(const struct lt_refusal *refusal)
{
	return lt_bytes(refusal->sentence, refusal->sentence_len);
}
/* Fills a refusal; always returns its reason, so that a check can `return lt_refuse(...)`. A format that the catalogue has gives a
 * sentence, any other a detail alone. */
LT_API enum lt_reason lt_refuse(struct lt_refusal *refusal, enum lt_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

LT_API enum lt_reason lt_refuse_list(struct lt_refusal *refusal, enum lt_reason reason, const char *format,
				     va_list args) __attribute__((format(printf, 3, 0)));
/* The same with a sentence that somebody else made, as a record or a peer has it; longer than LT_SENTENCE_MAX: none. */
LT_API enum lt_reason lt_refuse_again(struct lt_refusal *refusal, enum lt_reason reason, struct lt_bytes sentence);
/* What it says in a language; without a sentence its detail. Returns out. */
LT_API const char *lt_refusal_say(const struct lt_refusal *refusal, enum lt_language language, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
