/* dossier_clock.h: a legal clock as it stands in a dossier's value. What moves it: rules/deadline.h.
 *
 * A clock keeps facts: from when it counts, when it stood, what was told. What it has used, and when it is due by the law, follows
 * from them and from the calendar, office hours and outages in force; what stands here of that is what was last counted. */
#ifndef STATE_DOSSIER_CLOCK_H
#define STATE_DOSSIER_CLOCK_H

#include <lienthong/base.h>
#include "record/definitions.h"

/* Times that one count has stood: papers, a fee, a stop, and that the leg was elsewhere in between. More are added up. */
#define CLOCK_STANDS_MAX 16u
struct clock_stand {
	int64_t from, to; /* to 0: it stands now */
};
/* Kept in each branch and once in the dossier. Zeroed is: no clock. */
struct legal_clock {
	struct lt_limit limit; /* LT_LIMIT_NONE: no legal limit */
	int64_t started;       /* of the present count: RESTART begins a new one. 0: not started */
	int64_t anchor;        /* from when the limit counts, when it is not `started`: the valid file; else 0 */
	uint32_t before;       /* given back between the two, in the unit of `folded` */
	uint32_t stand_count;
	struct clock_stand stands[CLOCK_STANDS_MAX];
	uint32_t
		folded; /* what was given back for stands that are not listed any more: minutes, or days of a limit in days */
	uint32_t folded_used; /* working minutes of them */
	int64_t due_first;    /* what was first told; never moves. 0: no limit, or no calendar covers it */
	int64_t due_lawful;  /* moves by what stood, a restart, outages and the calendar; it alone judges. 0 likewise */
	int64_t appointment; /* what was told last: due_lawful, or later by an apology; 0 likewise */
	uint32_t allotted;   /* working minutes of the limit */
	uint32_t carried;    /* working minutes that this count had used when the holder's stay began */
	uint64_t facts;      /* state->time_facts that due_lawful was counted by */
	uint32_t generation; /* one more with every change of a due time or its stop */
	uint32_t next_kind;  /* enum lt_clock_kind that STORE_DUE waits for; 0: none */
	int64_t next_due;    /* its time: the key in STORE_DUE */
	uint64_t armed;      /* by which record, as in that key (timer.h) */
	bool overdue_told, soon_told, apologised, ended;
	bool told_before; /* the appointment of a dossier of before, as the applicant was told: it stays until the time moves */
	bool late;     /* a count of it was over before the present one: that stands */
	bool set_back; /* a span of it ended before it began, since the time was set back: it counted 0 */
	int64_t ended_at;
};
/* The applicant's time for papers, then that of the refusal that is owed. Zeroed: nothing is waited for. */
struct papers_time {
	int64_t from;       /* it counts from here */
	int64_t until;      /* what the request gave; 0: the limit alone */
	int64_t told;       /* until when, as the applicant was told */
	int64_t stopped_at; /* since when it stands; 0: it goes on */
	uint32_t given;     /* working minutes that it has stood */
};
/* One thing that a clock waits for beside the legal limits; clocks.c keeps it. Zeroed: nothing. */
struct clock_wait {
	uint32_t generation; /* one more with every start and stop */
	uint32_t next_kind;  /* enum lt_clock_kind that STORE_DUE waits for; 0: none */
	int64_t next_due;    /* its time */
	uint64_t armed;      /* by which record (timer.h) */
};
/* The newest request whose papers did not come in time. Zeroed id: none. */
struct missed_papers {
	uint8_t id[16];
	int64_t due;
	int64_t refuse_by; /* the holder owes a refusal until then; 0: it does not */
	bool brought;      /* late papers have come since */
};
/* It was started, has not ended and does not stand. */
bool dossier_clock_runs(const struct legal_clock *clock);
/* Since when it stands; 0: it does not. */
int64_t dossier_clock_stands_since(const struct legal_clock *clock);
/* The clock's bytes within a dossier's value: one byte when it is zeroed. dossier.c calls them. */
struct fields_writer;
struct fields_reader;
void dossier_clock_encode(const struct legal_clock *clock, struct fields_writer *out);
void dossier_clock_decode(struct fields_reader *in, struct legal_clock *out);
void dossier_papers_encode(const struct papers_time *papers, struct fields_writer *out);
void dossier_papers_decode(struct fields_reader *in, struct papers_time *out);
void dossier_missed_encode(const struct missed_papers *missed, struct fields_writer *out);
void dossier_missed_decode(struct fields_reader *in, struct missed_papers *out);
void dossier_wait_encode(const struct clock_wait *wait, struct fields_writer *out);
void dossier_wait_decode(struct fields_reader *in, struct clock_wait *out);

/* A clock that has ended, as its bytes: an act reads and writes a dossier, and asks hardly ever for one of the legs behind it. */
enum { CLOCK_BYTES_MAX = 8 + (18 + 2 * CLOCK_STANDS_MAX) * 10 }; /* single bytes, and numbers of at most ten */
struct kept_clock {
	uint16_t len;
	uint8_t bytes[CLOCK_BYTES_MAX];
};
void dossier_clock_keep(const struct legal_clock *clock, struct kept_clock *out);
void dossier_clock_kept(const struct kept_clock *kept, struct legal_clock *out);

#endif
