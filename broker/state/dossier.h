/* dossier.h: a dossier's plain record and its bytes in the store. What may happen to it: docs/dossier.md.
 *
 * Custody has the branch as its unit. OPEN makes branch 1; a fork closes a branch and makes one more for each
 * of its legs. */
#ifndef BROKER_DOSSIER_H
#define BROKER_DOSSIER_H

#include "wire/link.h"
#include "record/record.h"
#include "record/definitions.h"
#include "dossier_clock.h"
#include "law/status.h"
#include "store/store.h"

enum {
	DOSSIER_PARTIES_MAX =
		64, /* agencies with a part in one dossier; no act makes more (rules/command/apply_submit.c) */
	DOSSIER_BRANCHES_MAX = 64,                   /* branches of one dossier */
	DOSSIER_CONSULTS_MAX = 16,                   /* consultations of one dossier */
	DOSSIER_REQUESTS_MAX = DOSSIER_BRANCHES_MAX, /* requests for supplements, over all legs */
	DOSSIER_LEGS_MAX = 64,                       /* of a route: LT_LEGS_MAX of the procedure file */
};
/* Copies a code that is known to fit; out may be the code itself. */
void dossier_copy_code(char out[LT_AGENCY_MAX], const char *code);
struct branch {
	uint32_t number;  /* from 1 */
	uint64_t version; /* from 1; one more with every change of custody */
	enum lt_custody custody;
	char holder[LT_AGENCY_MAX];
	char came_from[LT_AGENCY_MAX]; /* the agency that the holder got it from; "" for the first */
	uint32_t leg;                  /* of the route, that the holder is asked to do; 0 when not said */
	int64_t since;                 /* of the present custody */
	int64_t begun; /* the holder's stay, and the record that began it; 0: it has ended, or none was begun */
	uint64_t begun_by;
	struct legal_clock clock;  /* of the holder's leg */
	struct clock_wait handoff; /* the open offer's answer */
	/* Where a recalled hand-off goes back to. */
	uint32_t came_leg;      /* route leg of came_from */
	uint32_t came_fork_leg; /* and its leg of a fork */
	bool came_back;         /* it came by RETURN: the holder had it before, and got it then from came_before */
	char came_before
		[LT_AGENCY_MAX]; /* from whom came_from had it, at which legs; came_back: from whom the holder had it */
	uint32_t came_before_leg, came_before_fork_leg;
	uint8_t accepted_id[16]; /* the offer that the holder accepted last; zero: none */
	uint8_t recall_id[16];   /* a RECALL of it that waits for the holder's answer; zero: none */
	/* Parallel legs. */
	uint32_t parent;   /* branch whose fork made this one; 0: none */
	uint32_t fork_leg; /* the leg of the fork that it was made for, until one agency has accepted it; else 0 */
	uint32_t joined;   /* CLOSED: the leg where it waits for the others, or that went on without it; else 0 */
	/* The result that was made on this way last. */
	uint32_t made_leg; /* 0: none */
	bool made_refused; /* it is a refusal */
	char made_by[LT_AGENCY_MAX];
	uint8_t made_id[16]; /* of its RESULT */
	/* Hand-off codes of edXML. */
	uint8_t trace;      /* the newest: 2..6, 13, 15, 16; 0: none */
	uint8_t trace_work; /* the newest of 3..6: what STATUS goes on from */
	/* What the applicant was asked for on this branch: it alone stands meanwhile. Zero: nothing. */
	uint8_t supplement_id[16], fee_id[16];
	bool fee_stands;                   /* its clock stands until the fee is paid */
	uint64_t fee_amount;               /* dong, of the open request */
	struct clock_wait supplement_wait; /* the applicant's time; then that of the refusal that is owed */
	struct papers_time papers;
	struct missed_papers missed;
	/* What nothing is done about: rules/clock/silence.h. */
	struct clock_wait silence;
	int64_t acted_at;     /* the holder's newest act in this stay, or its beginning */
	int64_t silent_since; /* it was told that nothing was done since then; 0: it was not, or something was done */
	/* OFFERED: */
	char offered_to[LT_AGENCY_MAX];
	uint8_t offer_id[16];
	uint64_t offer_sequence;
	uint32_t offer_leg;
	enum lt_kind offer_kind;
	int64_t offer_due; /* of its answer, from its arrival; 0: not there, or no calendar covers it */
	int64_t arrived;   /* when the offer was on the receiver's disk; 0: not yet */
	char offer_late[LT_LEG_ID_MAX + 1]; /* code of the reason that the giver gives for being late; "": none */
	int64_t away_until; /* the giver was told that the receiver is closed until then; 0: it was not */
};
/* Open while there is neither an answer nor a silence; both may come, and both stay. */
struct consult_answer {
	char agency[LT_AGENCY_MAX];
	int64_t due;             /* 0: no calendar covers it yet */
	uint32_t given;          /* working minutes that its time has stood */
	int64_t silent_at;       /* 0: it was not silent */
	enum lt_agreement agree; /* LT_AGREE_NONE: no answer */
	int64_t answered_at;
};
struct consult {
	uint32_t number; /* from 1 */
	uint8_t id[16];  /* of the CONSULT */
	uint64_t sequence;
	char asked_by[LT_AGENCY_MAX];
	uint32_t branch, leg; /* where it was asked */
	int64_t asked_at;
	struct lt_limit limit; /* of the leg; NONE: until due_at */
	int64_t due_at;        /* not before this; 0: the limit alone */
	int64_t stopped_at;    /* since when its time stands; 0: it goes on */
	enum lt_on_silence on_silence;
	struct clock_wait wait;
	uint32_t answer_count;
	struct consult_answer answers[LT_TO_MAX];
};
/* A leg where a stay has ended: where it goes on when somebody holds it there again. */
struct past_leg {
	uint32_t leg;
	uint8_t how; /* enum lt_stay_end: how the newest stay there ended */
	bool anew; /* the way was begun again since: its limit is counted from the next stay on; what was late stays so */
	char by[LT_AGENCY_MAX]; /* who does it for this dossier since a TRANSFER; "": who the route says */
	struct kept_clock clock;
};
/* By which the appointment was put off. at 0: none. */
struct dossier_apology {
	char by[LT_AGENCY_MAX];
	int64_t at;
	int64_t from;    /* the appointment before it */
	uint32_t branch; /* whose leg moved with it */
	int64_t leg_from;
	bool corrected;
};
/* How it came to the receiving one-stop. */
struct dossier_intake {
	char by[LT_AGENCY_MAX]; /* who registered it for the origin; "": the origin itself */
	enum lt_channel channel;
	char place[LT_PLACE_MAX * 4 + 1]; /* where the applicant was helped; "": not said */
	int64_t received;                 /* since when the one-stop has it; 0: it is registered, or was not received */
	int64_t since;                    /* the one-stop has to receive or reject it since then; 0: it has not */
	uint64_t since_by;                /* record that this began with */
	int64_t due;                      /* until then; 0: no calendar covers it */
};
/* A dossier of before. at 0: it is none. */
struct dossier_carried {
	int64_t at;    /* when it was carried over: nobody is told of what was over by then */
	int64_t since; /* when its first stay has begun, while it waits for that; else 0 */
};
struct dossier_field {
	char name[LT_FIELD_NAME_MAX + 1];
	char value[LT_FIELD_VALUE_MAX * 4 + 1];
};
struct dossier {
	uint64_t number; /* dense, from 1, given at OPEN; the key, not part of the bytes */
	char code[LT_DOSSIER_MAX];
	char procedure[LT_PROCEDURE_MAX];
	uint32_t procedure_version;
	enum status stage;  /* what the work has come to: 1 to 4, 8, 9 or 10 */
	enum status status; /* made of the stage and of what is asked for: custody_settle */
	char origin[LT_AGENCY_MAX];
	char lead[LT_AGENCY_MAX]; /* "" until one is known */
	int64_t opened_at;
	uint64_t last_sequence; /* of its newest record that took effect: where the walk back begins */
	uint64_t records;
	uint64_t refused_sequence, refused_records; /* the same of refused acts of its parties */
	struct legal_clock clock;
	struct dossier_apology apology;
	struct dossier_intake intake;
	uint8_t withdrawal_id[16]; /* an open WITHDRAW; zero: none */
	bool refused;              /* a result is a refusal */
	bool stopped;              /* its work was stopped, and has not gone on: nothing is judged */
	uint64_t stay_count;       /* rows in STORE_STAY */
	uint32_t past_count;
	uint64_t
		frozen; /* the record of it that was skipped last, until it is repaired or closed: frozen.h; 0: it goes on */
	char replaces[LT_DOSSIER_MAX]; /* the code that was opened in error; "": none */
	/* What one operator has proposed, until another confirms it: another verdict of a row of its stays; or, stay 0, that the offer of a
	 * branch, at this version, comes back to its holder. sequence 0: nothing. */
	struct dossier_proposal {
		uint64_t sequence, stay, version;
		uint32_t uid, verdict, branch;
	} proposal;
	struct dossier_carried carried;
	uint32_t request_count;
	uint32_t request_legs[DOSSIER_REQUESTS_MAX]; /* route leg of each request for supplements so far */
	uint32_t field_count;
	uint32_t consult_count;
	uint32_t branch_count;
	uint32_t party_count;
	/* Long arrays last: only what is used is read and written. */
	/* Not in the bytes: the work that its value has stood for since it was read (digest/tally.h). */
	uint32_t work_count;
	struct dossier_work {
		char agency[LT_AGENCY_MAX];
		bool late;
	} work[DOSSIER_BRANCHES_MAX];
	struct branch branches[DOSSIER_BRANCHES_MAX];
	char parties[DOSSIER_PARTIES_MAX][LT_AGENCY_MAX];
	struct past_leg past[DOSSIER_LEGS_MAX];
	struct dossier_field fields[LT_FIELDS_MAX];
	struct consult consults[DOSSIER_CONSULTS_MAX];
};

/* ---- in the store: dossier_store.c ---- */
/* LT_ENOENT: no dossier has this number, and out is as it was. LT_ECORRUPT: its value does not hold; out is of no use. */
enum lt_err dossier_load(struct store *store, uint64_t number, struct dossier *out);
/* The same for a number that stands elsewhere in the store: it is there, or the store is damaged. Then out->number is 0. */
enum lt_err dossier_load_known(struct store *store, uint64_t number, struct dossier *out);
/* By its code. LT_ENOENT, LT_ECORRUPT. */
enum lt_err dossier_find(struct store *store, const char *code, struct dossier *out);
/* A value of the table. LT_ECORRUPT. */
enum lt_err dossier_read(struct lt_bytes value, uint64_t number, struct dossier *out);
/* scratch: for the bytes, cleared before. Returns the layout of the value (the highest 8 bits) and 56 bits of its digest: what a record
 * says of it. */
uint64_t dossier_save(struct store *store, const struct dossier *dossier, struct lt_buf *scratch);
/* Its lists follow from it (owed/lists.h): once for each store that is flushed or checked, before. */
void dossier_derive(struct store *store);
/* The code of a new dossier. */
void dossier_register(struct store *store, const char *code, uint64_t number);

/* Its stays and waits that have ended. A row is written once, by the act that ends it, which also has it in its outcome; none is ever
 * changed. stay->number says which row. */
void dossier_put_stay(struct store *store, uint64_t dossier, const struct lt_stay *stay, struct lt_buf *scratch);
/* Texts in the arena. LT_ENOENT; LT_ECORRUPT; LT_ENOMEM: the arena is full. Whoever has a store. */
enum lt_err dossier_get_stay(struct store *store, uint64_t dossier, uint64_t number, struct lt_arena *arena,
			     struct lt_stay *out);

/* dossier_ask.c: who holds its open branches, and whether over the leg's time. Returns how many. */
uint32_t dossier_list_work(const struct dossier *dossier, struct dossier_work out[DOSSIER_BRANCHES_MAX]);

/* ---- its bytes: dossier.c ---- */
/* All but the long arrays zeroed. */
void dossier_clear(struct dossier *dossier);
/* Appends the bytes: what stands behind the layout byte of dossier_store.c. */
void dossier_encode(const struct dossier *dossier, struct lt_buf *out);
/* LT_ECORRUPT. Fields of unused branches and parties stay as they are. */
enum lt_err dossier_decode(struct lt_bytes bytes, uint64_t number, struct dossier *out);

/* ---- what is asked about it: dossier_ask.c ---- */
/* NULL when there is none. */
struct branch *dossier_branch(struct dossier *dossier, uint32_t number);
/* To whom the holder may return it: from whom it got it to work on; who gave it back is none. agency "": nobody is known. */
struct dossier_giver {
	const char *agency; /* of the branch */
	uint32_t leg, fork_leg;
};
struct dossier_giver dossier_branch_giver(const struct branch *branch);
/* Papers or a fee are asked for on it, for which its clock stands. */
bool dossier_branch_stands(const struct branch *branch);
/* NULL: no stay has ended at this leg; leg 0 is none. */
const struct past_leg *dossier_past_leg(const struct dossier *dossier, uint32_t leg);
/* Who does it since a TRANSFER; "": it was not transferred. */
const char *dossier_leg_by(const struct dossier *dossier, uint32_t leg);
/* agency "": who the route says. A stay has ended at this leg. */
void dossier_set_leg_by(struct dossier *dossier, uint32_t leg, const char *agency);
/* The clock with which a stay at this leg has ended. */
void dossier_keep_leg(struct dossier *dossier, uint32_t leg, uint8_t how, const struct legal_clock *clock);
bool dossier_closed(const struct dossier *dossier);
uint32_t dossier_open_branches(const struct dossier *dossier);
/* What waits for the applicant's answer to this id; NULL: nothing. */
struct branch *dossier_asked_supplement(struct dossier *dossier, const uint8_t id[16]);
struct branch *dossier_missed_papers(struct dossier *dossier, const uint8_t id[16]); /* that did not come in time */
bool dossier_owes_refusal(const struct branch *branch);
struct branch *dossier_asked_fee(struct dossier *dossier, const uint8_t id[16]);
/* What the status is made of; of one branch: as its holder sees it, who is not held up by what another branch asks for. NULL: of
 * all. */
struct status_facts dossier_facts(const struct dossier *dossier, const struct branch *branch);
/* The leg that the branch is on its way to, or at: of the open offer, of the fork's branch, else of the holder. */
uint32_t dossier_branch_leg(const struct branch *branch);
/* NULL when there is none. By the CONSULT's id. */
struct consult *dossier_consult(struct dossier *dossier, const uint8_t id[16]);
struct consult *dossier_consult_number(struct dossier *dossier, uint32_t number);
bool consult_awaits(const struct consult_answer *answer); /* neither an answer nor a silence yet */
bool consult_late(const struct consult_answer *answer);   /* answered, after its time had gone by in silence */
const char *dossier_field(const struct dossier *dossier, const char *name);
bool dossier_id_is(const uint8_t a[16], const uint8_t b[16]); /* equal and not zero */
bool dossier_has_party(const struct dossier *dossier, const char *agency);
/* Does nothing when it is one, or when DOSSIER_PARTIES_MAX are known. */
void dossier_add_party(struct dossier *dossier, const char *agency);
/* The view of queries, without hops; texts point into the dossier, the array lives in the arena. LT_ENOMEM. */
enum lt_err dossier_view(const struct dossier *dossier, struct lt_arena *arena, struct lt_dossier_view *out);

#endif
