/* query.h: the questions of adapters and operators, one file a question.
 *
 * A question reads the state through a read view, records through a journal, and what is no state (who is connected, what was counted)
 * from figures that were made before. It writes nothing but its own scratch, in struct query, and its answer, in the arena; so any
 * thread that has a store and a journal of its own may ask it (reader.h). */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "journal/journal.h"
#include "journal/ledger.h"
#include "record/control.h"
#include "rules/apply.h"

struct query {
	/* Set by who asks. All borrowed. */
	const struct state *state; /* of tables there are those of its store */
	int64_t now;               /* the record time that the answer is of */
	int64_t legal;             /* and the law's: what is late is late by it */
	struct journal *journal;   /* everything that the state was made of */
	struct lt_bytes procedure; /* that query->dossier keeps to, as it is stored; empty: it cannot be read */
	size_t stay_count;         /* of query->dossier: the newest stays and waits that have ended */
	const struct lt_stay *stays;
	struct lt_bytes incarnations; /* before this one, as the state has them: state.h */
	const struct ledger *ledger;  /* NULL: none is kept */
	struct lt_bytes checkpoint;   /* the newest signed note; empty: none */
	uint64_t checkpoint_size;     /* what it covers */
	struct lt_arena *arena;       /* of request and answer; who asks resets it */
	/* Scratch. */
	struct dossier dossier;
	struct mailboxes mailboxes; /* of lists: as the store has them */
	struct stuck_list stuck;
	struct lt_buf buf;
};
/* Ends the scratch. */
void query_fini(struct query *query);

/* What is no state, as it was at one moment; nothing in it changes afterwards. In the arena of the question. */
struct mailbox_alarm {
	const char *agency;
	int64_t unanswered_since; /* 0: it answers */
	uint64_t unreadable;      /* 0: none */
	int64_t unreadable_since;
};
/* An agency whose session went. */
struct agency_away {
	const char *agency;
	int64_t since; /* record time */
};
/* What is known of an agency's adapter, and what of the agency was refused. */
struct agency_figures {
	const char *agency;
	bool online;
	struct lt_adapter_view *adapter; /* NULL: none has spoken for it since the start */
	size_t refused_count;
	struct lt_refused_count *refused;
};
/* How much of the figures: each has what those before it have. */
enum figures_extent { FIGURES_MAIL, FIGURES_AGENCIES, FIGURES_WHOLE };
struct figures {
	/* Version, times, counts of envelopes, marks, and of a whole one sessions and the counters of other stages. What is state
	 * is zero: status.c adds it. */
	struct lt_status_view status;
	size_t online_count;
	const char **online; /* agencies that a session speaks for; sorted */
	size_t alarm_count;
	struct mailbox_alarm *alarms; /* mailboxes that do not go on */
	size_t agency_count;
	struct agency_figures *agencies; /* of whom anything is known; sorted; not with FIGURES_MAIL */
	size_t away_count;
	struct agency_away *away; /* whole figures alone */
	bool no_signer;           /* nobody signs notices here */
	size_t stuck_count;       /* items that their receivers could not take */
	size_t frozen_count;      /* dossiers of which a record was skipped; whole figures alone */
	size_t large_fault_count;
	const char **large_faults; /* the first digits of large parts whose file is not whole; whole figures alone */
};

/* ---- one dossier, one proof ---- */
/* The view of query->dossier, with its hops; what cannot be read is shown as that. Never NULL. The store is read for who signed notices. */
struct lt_dossier_view *query_view(struct query *query);

/* What the applicant is answered about query->dossier, as JSON without its signature: SPEC.md section 7. In the arena. */
struct lt_bytes query_applicant(struct query *query, uint64_t sequence);

/* The newest checkpoint, the places of these records in it (at most LT_LEDGER_PROOFS_MAX), and with `old_size` how it has grown from
 * then. In the arena. LEDGER_SHORTER: it does not reach so far; RECORD_UNKNOWN: 0 is no record. */
enum lt_reason query_ledger(struct query *query, const uint64_t *sequences, size_t count, uint64_t old_size,
			    struct lt_ledger_view *out, struct lt_refusal *refusal);

/* Procedures for an adapter: all versions of one, the one that is meant whole, or some of all of them behind a version, without legs.
 * PROCEDURE_UNKNOWN; FRAME_TOO_LARGE: it is too long for a message of the link. */
struct lt_query_answer;
enum lt_reason query_procedures_linked(struct query *query, bool one, const char *code, uint32_t version,
				       struct lt_query_answer *out, struct lt_refusal *refusal);

/* ---- operators: each fills its part of the answer, or reason and detail ---- */
void query_status(struct query *query, const struct figures *figures, const struct lt_asker *asker,
		  struct lt_control_answer *out);
void query_agencies(struct query *query, const struct figures *figures, const char *code,
		    struct lt_control_answer *out);
/* The SignedDirectory of a version, an older one out of its record; 0: the one in force. RECORD_UNKNOWN. */
void query_directory(struct query *query, uint64_t version, struct lt_control_answer *out);
void query_mailboxes(struct query *query, const struct figures *figures, const char *code,
		     struct lt_control_answer *out);
void query_record(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
/* Only what is published: a follower never sees what a crash could take back. */
void query_journal(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
/* Adds to out->time what is state; who asks has filled the clocks in. */
void query_time(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
void query_procedures(struct query *query, const char *code, struct lt_control_answer *out);
/* Revocation lists, calendars or office hours in force, a page. */
void query_definitions(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
/* The windows for dossiers of before, LT_CARRIES_MAX at most. */
void query_carries(struct query *query, struct lt_control_answer *out);
/* What has changed since a record, and dossiers as a copy has them. */
void query_changes(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
void query_copy(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);
/* One page of the dossiers with a code of another system. LT_STORE_DAMAGED: some of it cannot be read. */
void query_find(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out,
		struct lt_refusal *refusal);
/* One page of a list, true at the record that the store holds. LT_STORE_DAMAGED: some of it cannot be read. */
enum lt_reason query_dossiers(struct query *query, const struct lt_dossiers_request *request,
			      struct lt_dossiers_view *out, struct lt_refusal *refusal);
/* Who caused each delay, as text to be signed (docs/evidence.md). In the arena. DOSSIER_UNKNOWN; LT_STORE_DAMAGED; FRAME_TOO_LARGE: over
 * DELAYS_ROWS_MAX rows. */
#define DELAYS_ROWS_MAX 50000u /* stays and waits of one extract: about 20 MiB, a third of a control message */
enum lt_reason query_delays(struct query *query, const struct lt_delays_request *request, struct lt_bytes *text,
			    struct lt_refusal *refusal);
/* One page of what would pass on from an agency. */
void query_reorganisation(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out);

#endif
