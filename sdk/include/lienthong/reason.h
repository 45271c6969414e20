/* reason.h: what a peer, an agency's system or an operator is told. Numbers are stable, never reused;
 * the list with its meaning is reason.def, and proto/SPEC.md prints it. */
#ifndef LIENTHONG_REASON_H
#define LIENTHONG_REASON_H

#include <lienthong/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lt_reason {
	LT_REASON_NONE = 0,
#define LT_REASON(name, number, retry, text) LT_##name = number,
#include <lienthong/reason.def>
#undef LT_REASON
};

/* The name without prefix, as "STALE_VERSION"; "REASON_<n>" is never returned: unknown numbers give "UNKNOWN". */
LT_API const char *lt_reason_name(enum lt_reason reason);
/* A sentence that names the step, the party and the remedy. */
LT_API const char *lt_reason_text(enum lt_reason reason);
/* The same envelope may be sent again later and may then succeed. */
LT_API bool lt_reason_retry(enum lt_reason reason);
/* LT_ENOENT for a name not on the list. */
LT_API enum lt_err lt_reason_find(const char *name, enum lt_reason *out);

/* A refusal: the reason, and what exactly for a person to read. */
struct lt_refusal {
	enum lt_reason reason;
	char detail[240];
};
/* Fills a refusal; always returns its reason, so that a check can `return lt_refuse(...)`. */
LT_API enum lt_reason lt_refuse(struct lt_refusal *refusal, enum lt_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif

#endif
