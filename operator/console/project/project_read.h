/* project_read.h: what pages and reports ask of the projection. Each question is one short reading transaction, true at one record of the
 * broker, which every answer names.
 *
 * A reader is one connection and one thread's. Texts and arrays of an answer live until the next question of the same reader. Texts are
 * never NULL; times are microseconds since 1970, 0: none; `now` is the broker's legal time (project_state.time, and what has passed
 * since). Lists come page by page: `after` is the `next` of the page before, NULL or "" the first; it is text without spaces that may
 * stand in an address, and one that was made up gives LT_EINVAL or a page, never anything else.
 * Errors of all: LT_EIO (no file, or it is damaged), LT_ENOMEM, LT_EINVAL, LT_ETIMEOUT: it took longer than PROJECT_READ_MS. */
#ifndef PROJECT_PROJECT_READ_H
#define PROJECT_PROJECT_READ_H

#include "project.h"

#define PROJECT_PAGE 200u /* rows of a page at most; 0 asks for 50 */
#define PROJECT_READ_MS \
	2000u /* an answer that takes longer is broken off: a page must not stand, nor hold the file's log */

struct project_reader;
/* LT_EIO also when there is no file yet. */
enum lt_err project_read_open(const char *path, struct project_reader **out);
void project_read_close(struct project_reader *reader); /* NULL is fine */
enum lt_err project_read_state(struct project_reader *reader, struct project_state *out);

/* ---- dossiers ---- */

/* No page walks over all dossiers, or sorts more than some thousand: read_filter.h. Several conditions of which each is true of many, and all of
 * them of few, may take until PROJECT_READ_MS. */
enum project_sort {
	PROJECT_BY_DUE,    /* what is due first, first; what has no time behind. Closed ones are behind all */
	PROJECT_BY_OPENED, /* the newest first */
};
/* All that is said must be so. Texts NULL or "", 0 and false: not asked for. */
struct project_filter {
	const char *text; /* as a person types it: fold.h; code, procedure, fields, place, agencies of origin and lead.
			   * Then the newest come first, whatever `sort` says. A code of another system: FindRequest of the broker */
	const char *holder, *lead, *origin; /* agencies */
	const char *owed_by;                /* who owes something, or acts for who does */
	const char *procedure, *sector;
	uint32_t status;
	uint32_t channel;
	int64_t opened_from, opened_to;     /* from <= opened < to */
	int64_t finished_from, finished_to; /* likewise: when its time ended */
	int64_t due_before;                 /* an act or the dossier is due before it */
	uint32_t verdict;                   /* enum lt_verdict_time: EARLY, ON, LATE */
	bool open, late, silent, unanswered, frozen, stuck, carried;
	int64_t now; /* for late; 0: the time that the copy is true at */
	enum project_sort sort;
	const char *after;
	uint32_t limit;
};
struct project_dossier {
	uint64_t number; /* dense */
	const char *code, *procedure, *procedure_name, *sector;
	uint32_t procedure_version, status, channel;
	const char *origin, *lead, *place_of_help;
	const char *holder; /* of the first open branch; "" */
	uint32_t branches;  /* open */
	const char *leg, *leg_name;
	int64_t opened_at, received_at, carried_at, finished_at;
	int64_t due_first, due_lawful, appointment; /* of the whole dossier */
	uint32_t verdict;                           /* enum lt_verdict_time, as of the copy */
	/* What is owed first: by time, then by branch. what 0: nothing. */
	struct lt_owed owed;
	int64_t silent_since; /* 0: it is not */
	uint64_t frozen;
	uint32_t stuck; /* items of it that their receivers could not take */
	const char *outcome;
};
struct project_dossiers {
	uint64_t sequence;
	int64_t time;
	size_t count;
	struct project_dossier *rows;
	const char *next; /* "": that was the last */
};
enum lt_err project_read_dossiers(struct project_reader *reader, const struct project_filter *filter,
				  struct project_dossiers *out);
/* How many there are. *exact false: at least so many, PROJECT_COUNT_MAX. */
#define PROJECT_COUNT_MAX 10000u
enum lt_err project_read_count(struct project_reader *reader, const struct project_filter *filter, uint64_t *count,
			       bool *exact);

/* One dossier as it was copied: what does not change with who looks. Its hops, persons and signatures are the broker's to tell
 * (DossierRequest), and that is the log of who has looked. LT_ENOENT. */
struct project_one {
	uint64_t sequence;
	int64_t time;
	struct project_dossier dossier;
	size_t owed_count;
	struct lt_owed *owed;
	size_t stay_count;
	struct lt_stay *
		stays; /* stays and waits (`to` is set), in the order in which they ended; what is open (number 0) behind */
};
enum lt_err project_read_one(struct project_reader *reader, const char *code, struct project_one *out);

/* ---- what is owed now, by cause ---- */

enum project_cause {
	PROJECT_LATE = 1,   /* an act that is over its time */
	PROJECT_SILENT,     /* work in which nothing happens */
	PROJECT_UNANSWERED, /* an offer, or what was registered, that waits for an answer */
	PROJECT_STUCK,      /* an item that its receiver could not take, and that was not sent again */
	PROJECT_FROZEN,     /* a dossier that stands since a record of it was skipped */
	PROJECT_OWED,       /* all that is owed */
	PROJECT_CAUSES,
};
/* An act, a stuck item or a frozen dossier. */
struct project_row {
	const char *code, *procedure, *procedure_name; /* code "": of no dossier */
	uint32_t procedure_version, status;
	const char *who, *acting; /* acting: for it since a reorganisation; "" */
	uint32_t what;            /* enum lt_owed_what; 0: none of them */
	uint32_t branch, consult;
	const char *leg, *leg_name;
	int64_t since, until; /* until 0: no time is set */
	uint32_t reason;      /* STUCK: enum lt_reason */
	uint64_t number;      /* STUCK: in the receiver's mailbox; FROZEN: the record */
};
struct project_rows {
	uint64_t sequence;
	int64_t time;
	size_t count;
	struct project_row *rows; /* the longest first: by `until`, else by `since` */
	const char *next;
};
/* agency "": of all. */
enum lt_err project_read_rows(struct project_reader *reader, enum project_cause cause, const char *agency, int64_t now,
			      const char *after, uint32_t limit, struct project_rows *out);
struct project_cause_count {
	uint64_t count;
	bool exact;     /* false: at least PROJECT_COUNT_MAX */
	int64_t oldest; /* since when, or until when, the first is */
};
struct project_causes {
	uint64_t sequence;
	int64_t time;
	struct project_cause_count causes[PROJECT_CAUSES];
};
enum lt_err project_read_causes(struct project_reader *reader, const char *agency, int64_t now,
				struct project_causes *out);

/* ---- agencies ---- */

struct project_agency {
	const char *code, *name, *name_en, *parent, *handled_by;
	uint32_t level;
	bool online, suspended;
	uint32_t certificates;
	int64_t valid_from, valid_to;
	uint64_t waiting; /* items of its mailbox that are not received */
	int64_t oldest;   /* record time of the oldest */
	uint64_t stuck;
	int64_t unanswered_since;
	uint64_t unreadable;
	/* Branches held; acts that are owed, and late ones of them; each PROJECT_COUNT_MAX at most: then there may be more. */
	uint64_t held, owed, late;
	int64_t certificates_end; /* of the one that ends last; 0: it has none */
	uint64_t refused;         /* envelopes of it, since the broker's start */
	/* As its adapter tells while it is connected. LOW: less than twice its reserve is free; BAD: full; over a minute off. */
	enum project_level disk, clock;
	uint64_t disk_free, disk_size;
	int64_t clock_ahead; /* microseconds before the broker's */
};
struct project_agencies {
	uint64_t sequence;
	int64_t time;
	size_t count;
	struct project_agency *rows;
	const char *next;
};
/* Those in trouble first: whose mail cannot go on, who confirms nothing, who has no certificate any more or an adapter in trouble, for whom something waits; of each the oldest first, then by code. text: of names and codes, folded. As of some seconds ago. */
enum lt_err project_read_agencies(struct project_reader *reader, const char *text, int64_t now, const char *after,
				  uint32_t limit, struct project_agencies *out);
enum lt_err project_read_agency(struct project_reader *reader, const char *code, int64_t now,
				struct project_agencies *out);
/* What it is called, and whether it can answer; nothing is counted. LT_ENOENT. */
struct project_known {
	const char *code, *name, *name_en; /* name_en may be "" */
	bool suspended;
	int64_t valid_to; /* 0: for good */
};
enum lt_err project_read_known(struct project_reader *reader, const char *code, struct project_known *out);
/* Which agencies a person may mean who typed this: each word of it, folded, is somewhere in their codes and names. When what was typed is whole a
 * code or name, those alone. */
#define PROJECT_NAMED_MAX 12u
struct project_named {
	size_t count;
	bool more;
	struct project_known list[PROJECT_NAMED_MAX];
};
enum lt_err project_read_named(struct project_reader *reader, const char *typed, struct project_named *out);

#endif
