/* codes.h: numbers of dossiers, given out in one place: each once, by the agency and the day at +07:00, from 1. What was given and is not
 * used is a gap with a cause. A day's first number after a start is given when the broker was asked which are used there: a store that
 * was brought back from a backup does not know. Store thread for what writes. docs/adapter-api.md, "POST /v1/codes". */
#ifndef ADAPTER_CODES_H
#define ADAPTER_CODES_H

#include "store/vault.h"

#include <lienthong/code.h>
#include <lienthong/reason.h>

#define CODES_NUMBER_MAX 9999999u /* seven digits */
#define CODES_LOST_MAX \
	1000u /* may have been given and not yet opened when the store was lost: a day's intake of a busy desk */
#define CODES_KEY_MAX 64u /* characters of an Idempotency-Key, as of an envelope's */

/* How a number was passed. */
enum codes_source {
	CODES_GIVEN = 1, /* asked for here */
	CODES_TAKEN,     /* the broker had a dossier of this number, or this store one that was numbered elsewhere */
	CODES_PASSED,    /* it may have been given before the store was brought back, or lost on this day: comeback.h */
};
struct codes_row {
	int64_t at;
	enum codes_source source;
};
/* A day of an agency. */
struct codes_day {
	char agency[LT_AGENCY_MAX];
	int64_t time; /* some moment of it */
};
/* The day's highest number so far, 0: none; whether the broker was asked since `run` began, which names this start of the program. */
enum lt_err codes_look(struct vault_tx *tx, const struct codes_day *day, int64_t run, uint32_t *last, bool *asked);
/* The broker has been asked, and knows numbers up to this one; used[i]: whether it knows number from + i. */
enum lt_err codes_asked(struct vault_tx *tx, const struct codes_day *day, int64_t run, uint32_t from, const bool *used,
			size_t count);
/* The next number; the same for the same key. *repeated: it was given before. LT_EINVAL: the key was used for another agency. LT_EFULL: the
 * day has no more. */
enum lt_err codes_give(struct vault_tx *tx, const struct codes_day *day, const char *key, char out[LT_DOSSIER_MAX],
		       bool *repeated);
/* LT_ENOENT: this number was not passed yet. */
enum lt_err codes_get(struct vault_tx *tx, const char *code, struct codes_row *out);

#endif
