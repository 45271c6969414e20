/* dossier_clock.h: a legal clock as it stands in a dossier's value. What moves it: rules/deadline.h. */
#ifndef STATE_DOSSIER_CLOCK_H
#define STATE_DOSSIER_CLOCK_H

#include <lienthong/base.h>
#include "record/definitions.h"

/* Kept in each branch and once in the dossier; dossier.c encodes it field by field. Zeroed is: no clock. */
struct legal_clock {
	struct lt_limit limit;             /* LT_LIMIT_NONE: no legal limit */
	int64_t started;                   /* of the present count: RESTART begins a new one. 0: not started */
	int64_t due_original, due_current; /* 0: no limit */
	int64_t running_since;             /* 0: stands still */
	uint32_t used;                     /* working minutes before running_since */
	uint32_t generation;               /* one more with every change of a due time or its stop */
	uint32_t next_kind;                /* enum lt_clock_kind that STORE_DUE waits for; 0: none */
	int64_t next_due;                  /* its time: the key in STORE_DUE */
	bool overdue_told, soon_told, apologised, ended;
	bool set_back; /* a span of it ended before it began, since the time was set back: it counted 0 */
	int64_t ended_at;
	int64_t stopped_at; /* since when it stands still by deadline_suspend of rules/deadline.h; 0: it does not */
	uint32_t outages;   /* how many of the recorded outages have been looked at */
	uint32_t allotted;  /* working minutes of the limit */
};
/* The clock's bytes within a dossier's value: one byte when it is zeroed. dossier.c calls them. */
struct fields_writer;
struct fields_reader;
void dossier_clock_encode(const struct legal_clock *clock, struct fields_writer *out);
void dossier_clock_decode(struct fields_reader *in, struct legal_clock *out);

#endif
