/* apply.h: apply(state, command) -> outcome. Deterministic: reads the state, the command and the time it carries, nothing else.
 * apply.c holds the switch; each command and each kind of envelope has a file of its own. */
#ifndef BROKER_APPLY_H
#define BROKER_APPLY_H

#include "deadline.h"
#include "rules.h"
#include "state/dossier.h"
#include "state/state.h"

enum {
	APPLY_MAIL_MAX =
		1024, /* mailbox numbers that one record gives: an envelope's recipients, or those of many notices */
	APPLY_NOTICES_MAX = 16,                     /* notices that one record makes */
	APPLY_STAYS_MAX = 2 * DOSSIER_BRANCHES_MAX, /* stays and waits that one record ends */
};
/* One act under way. Callers fill the first part. */
struct act {
	struct state *state;
	const struct rules *rules; /* that the record is made by: state->rules */
	struct lt_arena *arena;
	uint64_t sequence;
	int64_t time;
	uint32_t time_generation; /* the state's, or one higher with a TIME_SET */
	const struct lt_command *command;
	bool tried; /* an operator's act that is only tried: its rule answers as it would, and ends before its first change */
	bool unrecorded; /* SUBMIT: a refusal leaves no record and no trace: the budget for it or the disk is used up */
	const struct lt_header *header; /* SUBMIT: when it could be read, else NULL */
	uint8_t header_sha256[32];      /* SUBMIT with a good verdict */
	bool fresh; /* SUBMIT: who asks has looked, and nothing is remembered of this id; false: it is looked for */
	/* Replay, where effects of records were skipped (recorded.h): what the record says; else NULL. What is about a frozen dossier goes
	 * by it: it was made when the dossier had moved on. */
	const struct lt_outcome *recorded;
	/* Outcome. */
	uint64_t faults; /* store_faults when it began */
	struct lt_refusal refusal;
	struct lt_outcome outcome; /* mail and notices point to the arrays below */
	struct lt_mailbox_item mail[APPLY_MAIL_MAX];
	uint32_t mail_index[APPLY_MAIL_MAX]; /* indices of the mailboxes */
	struct lt_bytes notices[APPLY_NOTICES_MAX];
	struct lt_stay stays[APPLY_STAYS_MAX]; /* what they point to is in the arena */
	uint64_t previous; /* newest earlier record of the dossier that took effect; of a refusal, that was refused */
	bool rulebook_changed;
	bool remember; /* SUBMIT: its answer is the answer to its id for ever: apply_remember */
	/* SUBMIT: the dossier that the header names, when the sender has a part in it (dossier->number != 0). The engine's scratch
	 * record. taken: there is one of this code, whoever has a part in it. known_as: it is the sender's too, but was opened under this
	 * spelling of the code, and is not the act's therefore; "" else. */
	bool taken;
	char known_as[LT_DOSSIER_MAX];
	struct dossier *dossier;
	const struct lt_procedure
		*procedure; /* its procedure, once route_at_procedure has found it; the procedures's */
	uint32_t about;     /* branch that the outcome names; 0: the header's */
	uint32_t fork;      /* first of the branches that a fork made, one for each recipient; 0: none */
};
/* The time that the law counts by: calendar, clocks, the day of a code, due_at. It is the record's; in a sandbox it runs ahead. Ids,
 * trust, the directory and what goes with age count by act->time. */
static inline int64_t act_legal(const struct act *act)
{
	return state_legal(act->state, act->time);
}
/* What is counted from a moment of before is counted as of then; the caller puts act->time back. */
static inline void act_go_to(struct act *act, int64_t legal)
{
	act->time = legal - act->state->legal_ahead;
}
/* How its clocks count. */
static inline const struct law_worktime *worktime_of(const struct act *act)
{
	return &act->rules->law->worktime;
}

/* Applies act->command by act->state->rules; outcome and previous are filled. On a refusal nothing but the record's own traces has
 * changed. apply_comes_again: nothing has, and there must be no record. When a rule has met damage and went on, the process ends by name
 * (store_end): what it has written is made of a guess. */
void apply(struct act *act);
/* What an operator's act (DEFINE, ADMIN, OUTAGE, ACTIVATE, ERASE) would be answered now: outcome.reason and refusal, by the same rule. Nothing has
 * changed afterwards. */
void apply_try(struct act *act);
/* Whether a record may follow: (generation, time) never falls, and no generation is left out. */
bool apply_in_order(const struct state *state, uint32_t generation, int64_t time);
/* Refusals that leave no record and no trace: STORE_DAMAGED, DOSSIER_FROZEN. The same comes again. */
bool apply_comes_again(enum lt_reason reason);
/* For a rule that has written nothing yet: what it needs cannot be read on this machine. There is no record of that: elsewhere, and
 * after a rebuild, it can be. Fills the refusal and returns STORE_DAMAGED. */
enum lt_reason apply_damaged(struct act *act);

/* After the record is made, or read: what a repetition of the envelope will be told. */
void apply_remember(struct act *act, const struct lt_receipt *receipt);

/* The switches of version 1, for its table in rules.c. */
enum lt_reason apply_command(struct act *act);
enum lt_reason apply_kind(struct act *act);

/* Commands. Each returns the reason and fills act->refusal. */
enum lt_reason apply_submit(struct act *act);
enum lt_reason apply_ack(struct act *act);
enum lt_reason apply_session(struct act *act);
enum lt_reason apply_define(struct act *act);
enum lt_reason apply_admin(struct act *act);
enum lt_reason apply_genesis(struct act *act);
enum lt_reason apply_incarnation(struct act *act);
enum lt_reason apply_elide(struct act *act);
enum lt_reason apply_prune(struct act *act);
enum lt_reason apply_notices(struct act *act);
void apply_time_set(struct act *act); /* before the command that raises the time generation: apply_time.c */
enum lt_reason apply_outage(struct act *act);
enum lt_reason apply_activate(struct act *act);
enum lt_reason apply_erase(struct act *act);
enum lt_reason apply_sandbox_clock(struct act *act);
enum lt_reason apply_large(struct act *act);
enum lt_reason apply_large_gone(struct act *act);
/* apply_open.c: the dossier of an OPEN, where it is found, and who has a part in it unasked; for recorded.h and repair.h too. */
struct branch *open_make_dossier(struct act *act, const char *origin);
void open_register_codes(struct act *act);
void open_name_parties(struct act *act);
/* apply_define_time.c */
enum lt_reason apply_define_calendar(struct act *act);
enum lt_reason apply_define_office(struct act *act);
/* Mailbox numbers up to this one are on the adapter's disk: counts each once. */
void apply_fetched(struct act *act, struct mailbox *mailbox, uint64_t number);

/* Kinds of envelopes, as kind.def lists them. They change act->dossier; apply_submit saves it, or reads it again after a refusal. */
#define LT_KIND(name, rule, ...) enum lt_reason apply_##rule(struct act *act);
#include <lienthong/kind.def>
#undef LT_KIND

#endif
