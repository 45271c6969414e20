/* state.h: everything that apply reads: what is in the store, and what is derived from it. */
#ifndef BROKER_STATE_H
#define BROKER_STATE_H

#include "timer.h"
#include "mailbox.h"
#include "procedures.h"
#include "rulebook.h"
#include "stuck.h"
#include "store/store.h"
#include "calendars.h"

struct rules; /* of the room RULES, which alone looks into it */
struct dossier;

/* What an agency has in hand, and what its week came to: digest/tally.h. */
struct tally {
	uint32_t in_hand, overdue, done, late;
	uint64_t minutes;
	bool changed; /* since it was written */
};
struct tallies {
	struct tally *items; /* by the index of the mailbox; the first `cap` */
	uint32_t cap, changed_count, *changed;
};
struct state {
	struct store *store;
	/* In force. The version is stored; the tables are put here by rules_use. */
	uint32_t rules_version; /* 0 before genesis */
	const struct rules *rules;
	const struct law *law; /* of the rules: what is derived below was made by it */
	struct mailboxes mailboxes;
	struct stuck_list stuck;
	struct tallies tallies;
	struct rulebook *rulebook; /* made anew by each definition and admin act; NULL before genesis */
	uint64_t sequence;         /* last applied */
	int64_t time;              /* of that record */
	uint32_t time_generation;  /* of that record: how often an operator has set the time */
	bool sandbox;              /* its genesis says so */
	int64_t legal_ahead;       /* microseconds that a sandbox's legal time is ahead of the records'; elsewhere 0 */
	int64_t dedup_floor;       /* milliseconds: ids up to this one may have been forgotten; 0: none yet */
	uint64_t dossiers;         /* dense numbers given */
	uint64_t trust_version;    /* sequence of the last CRL or suspension */
	uint8_t incarnation[16];
	int64_t reorganise_at; /* derived: state_plan_reorganise */
	char reorganise_agency[LT_AGENCY_MAX];
	/* The weeks that are told above: until when (legal time); and of the next one whom so far, "": nobody. */
	int64_t digest_until;
	char digest_told[LT_AGENCY_MAX];
	int64_t restored_at;   /* record time of the last restore from a backup; 0: never */
	bool restoring;        /* since then no operator has said that what was defined before is in force again */
	bool definitions_lost; /* and an adapter has shown that something of it is not */
	/* How many definitions and acts that no registrar and no CA has signed came into force, and the most that an adapter was told of
	 * before a restore. */
	uint64_t definitions, definitions_told;
	struct lt_buf scratch; /* for values that are being encoded */
	/* Clocks. */
	struct calendars *calendars; /* calendars, office hours, outages; never NULL */
	/* Of the newest fact of working time: a calendar, office hours, an outage. What was counted by an older one is counted anew when it
	 * is read or due; clocks that wait for one are looked at again. */
	uint64_t calendar_sequence;
	struct timer due;
	struct procedures *procedures; /* procedures that were read */
	/* Notices without a signature yet, and where the first may stand. */
	uint64_t unsigned_notices;
	struct state_counts {
		uint64_t clocks[LT_CLOCKS_END];   /* events that have happened, by enum lt_clock_kind */
		uint64_t clocks_without_calendar; /* starts that no calendar covered */
		uint64_t notices_without_sender;  /* not made: the directory has no agency of level broker */
	} counts;                                 /* since the start, with what was replayed; not in the store */
};

/* The law's time at a record's time. */
static inline int64_t state_legal(const struct state *state, int64_t time)
{
	return time + state->legal_ahead;
}
/* The version of the rules in force in a store; 0: it is empty. */
uint32_t state_rules_version(struct store *store);
/* law: of that version. What cannot be read is counted (store_faults): then the state is not to be used. */
void state_load(struct state *state, struct store *store, const struct law *law);
void state_fini(struct state *state);
/* state_damage.c: what the store does not give. How often that was met; the table it was in last, for people; and the end by name,
 * where what was written is made of a guess. */
uint64_t state_faults(const struct state *state);
const char *state_fault_table(const struct state *state);
_Noreturn void state_end(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether what is kept beside the tables can be read. */
bool state_holds(const struct state *state);
/* A dossier by its code in any spelling (law/access.h, access_spellings): out->code is as it was opened. law: of the version that asks. What
 * is no code is looked for as it is. LT_ENOENT, LT_ECORRUPT. */
enum lt_err state_find_dossier(struct state *state, const struct law *law, const char *code, struct dossier *out);
/* After a definition of a calendar, office hours or an outage, and when the law is another. */
void state_renew_calendars(struct state *state);
/* There is a new fact of working time, by this record. */
void state_note_facts(struct state *state, uint64_t sequence);
/* reorganise_plan.c */
/* Derived: the closed agency whose mail is to be passed on next, and since when. Made anew at start, after a directory and after
 * each command: state->reorganise_at (INT64_MAX: none), state->reorganise_agency. */
void state_plan_reorganise(struct state *state);
/* A directory has come into force: agencies that it opens again may be closed again later. */
void state_begin_reorganise(struct state *state, int64_t time);
/* Writes what is kept as one value per batch: the last record's time. Before store_mark. */
void state_mark(struct state *state);
void state_put_rules_version(struct state *state, uint32_t version);
/* The time was set: what stands on the clock of before is planned anew. Engine: apply_time_set. */
void state_set_time(struct state *state, uint64_t sequence, uint32_t generation, int64_t time);
/* The newest TIME_SETs, oldest first. */
enum { STATE_TIME_SETS = 64 };
struct state_time_set {
	uint64_t sequence;
	uint32_t generation;
	int64_t before, after; /* time of the record before it, and its own */
};
size_t state_time_sets(const struct state *state, struct state_time_set out[STATE_TIME_SETS]);
/* "incarnations" in STORE_META: of each before this one its 16 bytes and up to which record (8) the ledger is the same. */
#define STATE_INCARNATION_LEN 24u
#define STATE_INCARNATIONS 64u /* as many as the directory takes */
/* STORE_META. */
void state_put_number(struct state *state, const char *name, uint64_t value);
uint64_t state_get_number(const struct state *state, const char *name); /* 0: it was never put */
void state_fault_bytes(struct state *state, const char *name);          /* its bytes are not what they should be */
void state_put_bytes(struct state *state, const char *name, struct lt_bytes value);
struct lt_bytes state_get_bytes(const struct state *state, const char *name); /* view as of store_get */

#endif
