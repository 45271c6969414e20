/* link_thread.h: the thread that speaks with the broker. Between START's assemble.c and the link files only. */
#ifndef ADAPTER_LINK_THREAD_H
#define ADAPTER_LINK_THREAD_H

#include "adapter.h"
#include "carry.h"
#include "link_ledger.h"
#include "mail/held.h"
#include "sender.h"

#include <pthread.h>
#include <stdatomic.h>

#define LINK_AGENCIES_MAX 256u

struct held { /* a delivery that waits for a newer directory, which is under way */
	struct inbox_delivery *delivery;
	struct held *next;
};
/* How a job of the store goes through several: all at once; and when one of them meets damage, each by itself, so that it keeps no other
 * back. What its transaction does is done again. */
struct job_walk {
	size_t count, at;
	bool alone;
};
static inline size_t walk_from(const struct job_walk *walk)
{
	return walk->alone ? walk->at : 0;
}
static inline size_t walk_to(const struct job_walk *walk)
{
	return walk->alone ? walk->at + 1 : walk->count;
}
/* After a run that has ended so: whether the job is to run again. */
static inline bool walk_again(struct job_walk *walk, enum lt_err err)
{
	if (walk->alone)
		return ++walk->at < walk->count;
	walk->alone = err == LT_ECORRUPT;
	return walk->alone;
}
/* Of what met damage also alone: it is held, and whoever looks is told. */
void link_damaged(struct inbox_delivery *delivery);
struct question {
	uint64_t token;
	char agency[LT_AGENCY_MAX], dossier[LT_DOSSIER_MAX];
	adapter_query_answer *answer;
	/* Of a list instead of a dossier: */
	struct adapter_list list;
	adapter_list_answer *list_answer; /* NULL: it is about a dossier */
	/* Of procedures instead: */
	bool one;
	char procedure[LT_PROCEDURE_MAX];
	uint32_t version;
	adapter_procedures_answer *procedures_answer; /* NULL: it is about something else */
	adapter_applicant_answer *applicant_answer;   /* of a dossier, what its applicant is answered; else NULL */
	void *ctx;
	int64_t deadline;
	bool sent;
	struct question *next;
};

/* An agency that the broker does not take from us. */
struct link_away {
	struct lt_refusal why; /* none: it is spoken for, or there is no session */
	int64_t since;
};

struct renewal;
struct housekeeping;
struct adapter {
	struct adapter_events events;
	void *ctx;
	struct speaker speaker;
	struct broker_clock clock;
	struct directory_current *book;
	struct vault *vault;
	char *directory_path;
	int wake_fd;
	atomic_bool stopping, connected, ended, reload, answers_lost;
	atomic_int end_reason;
	atomic_llong certificate_ends, list_ends, list_margin, last_contact; /* times; 0: none */
	atomic_size_t certificate_agency;                                    /* whose ends first */
	atomic_ullong head, rounds;                                          /* rounds: of the link thread */
	atomic_ullong
		stored[LINK_AGENCIES_MAX]; /* highest mailbox number on disk, by agency; written by the store thread */

	/* link thread only */
	pthread_t thread;
	bool started;
	struct verifier *verifier;
	struct lt_link_client *client;
	struct lt_signer *link_signers[LINK_AGENCIES_MAX];
	struct sender *sender;
	struct part_files *files; /* of large parts; any thread */
	struct carry *carry;
	int64_t files_swept;
	struct lt_arena *arena;
	uint64_t acknowledged[LINK_AGENCIES_MAX];
	uint64_t excepted[LINK_AGENCIES_MAX];  /* told in this session, up to this number */
	atomic_bool except_more, except_again; /* there may be new ones; also with lower numbers */
	atomic_bool gap;                       /* an item is missing before one that was delivered */
	uint64_t wanted_directory, refused_directory;
	int64_t directory_asked, directory_missed, housekept; /* missed: since when the one announced is not here; 0 */
	uint8_t lists_wanted[LISTS_MAX][32];                  /* in force at the broker, by their SHA-256 */
	size_t lists_wanted_count;
	uint8_t lists_refused[LISTS_MAX][32]; /* of those, what we have looked at and do not take */
	size_t lists_refused_count;
	uint8_t list_asked[32];
	uint64_t definitions; /* the most that a PONG told; on disk too */
	int64_t clock_told;   /* CLOCK_BOOTTIME of the last log line about it; 0: the clocks agree */
	struct housekeeping *housekeeping;
	int64_t inbox_keep, outbox_keep; /* microseconds: what is dealt with goes after it */
	uint64_t epoch;                  /* of the session, and since when by our clock */
	int64_t session_began;
	atomic_bool alone;        /* the store is new and no WELCOME has come yet: questions wait for it */
	atomic_bool doubted;      /* what the broker says of its limits or its answers cannot be */
	uint64_t newest_sequence; /* of what was verified since the start, and its time */
	int64_t newest_time;
	struct held *held_first, **held_last;
	struct held_key held_cursor; /* of the items that are held in the store */
	bool held_walking;
	int64_t held_next_round, held_logged, own_looked, own_said;
	struct lt_cert *own_certs[LINK_AGENCIES_MAX];
	atomic_bool retrying, held_again;

	uint64_t arrivals_at; /* offer of the round that was asked about last; 0: a round begins */
	int64_t arrivals_next, arrivals_youngest, arrivals_second;
	unsigned arrivals_asked; /* in this second */
	bool arrivals_asking;
	atomic_bool arrivals_soon; /* an offer was admitted */

	_Atomic(struct renewal *) renewal;      /* keys that wait to be taken */
	uint8_t renewed[LINK_AGENCIES_MAX][32]; /* SHA-256 of the certificates that were given last; of who reloads */
	uint8_t renewed_curve[32];              /* the public key */
	uint8_t broker_keys[2][32];             /* pinned: the broker's key, and its next one */
	bool has_next_key, uses_next_key;       /* of the link's thread */
	struct lt_refusal ways[ADAPTER_WAYS];   /* under own_mutex */
	int64_t checked_at;                     /* the last table of the store; and which is next */
	unsigned check_next;
	struct lt_refusal damage; /* the same; met by an answer of the broker; until the next start */
	atomic_bool renewing;     /* what waits is being signed anew: nothing is submitted */
	atomic_llong renew_at;    /* when that is to begin; 0: it was done */

	struct link_ledger ledger;
	atomic_bool ledger_accepted; /* a person has looked at what was broken */

	pthread_mutex_t own_mutex; /* these are written by the link thread */
	struct lt_refusal own_trouble, ledger_trouble;
	struct link_away away[LINK_AGENCIES_MAX];
	int64_t away_logged;
	struct lt_refusal link_trouble; /* why there is no session; none: there is one, or nothing is known yet */
	int64_t down_logged, age_logged;
	int64_t link_since; /* of the session, or since there is none */
	struct adapter_reload reload_said;

	pthread_mutex_t queries_mutex;
	struct question *queries; /* oldest first */
	uint64_t query_token;
	size_t query_count;
};

void *link_thread_main(void *adapter);
extern const struct lt_link_events link_thread_events;
/* Index of an agency; LINK_AGENCIES_MAX when we do not speak for it. */
size_t link_agency_index(const struct adapter *adapter, const char *code);

void link_changed(struct adapter *adapter); /* the feed has grown; any thread */

void link_head(void *ctx, uint64_t sequence);
/* link_age.c */
void link_ages(struct adapter *adapter, int64_t now);
/* The same as warnings; any thread. */
size_t link_age_warnings(struct adapter *adapter, int64_t now, struct lt_refusal out[2]);
/* link_away.c */
void link_taken_away(void *ctx, const char *agency, const struct lt_refusal *why);
void link_spoken_for(struct adapter *adapter, size_t index);
void link_away_step(struct adapter *adapter, int64_t now);
/* link_down.c */
void link_down(void *ctx, const struct lt_refusal *why);
void link_said_bye(struct adapter *adapter, const struct lt_refusal *why);
void link_up(struct adapter *adapter, bool up);
void link_down_step(struct adapter *adapter, int64_t now);
/* link_arrivals.c */
void link_arrivals_soon(struct adapter *adapter); /* any thread */
void link_arrivals_step(struct adapter *adapter, int64_t now);
/* link_clock.c */
void link_clock(void *ctx, int64_t broker_time);
void link_legal_ahead(void *ctx, int64_t microseconds);
void link_clock_step(struct adapter *adapter, int64_t now);
/* link_deliver.c */
void link_deliver(void *ctx, const struct lt_link_item *items, size_t count);
void link_release_held(struct adapter *adapter);
void link_drop_held(struct adapter *adapter);
bool link_directory_missing(const struct adapter *adapter);
void link_verify(struct adapter *adapter, struct inbox_delivery *delivery);
/* link_held.c */
void link_held_again(struct adapter *adapter); /* something has changed: from the first on */
void link_held_step(struct adapter *adapter, int64_t now);
void link_own_trust(struct adapter *adapter, int64_t now);
/* link_lists.c */
void link_lists(void *ctx, const struct lt_bytes *sha256, size_t count);
void link_list(void *ctx, struct lt_bytes der);
/* link_holdings.c */
void link_holdings(void *ctx, struct lt_link_holdings *out);
void link_part_wanted(void *ctx, const char *agency, const uint8_t *sha256);
void link_give(void *ctx, const uint8_t *sha256, struct lt_buf *out);
void link_definitions(void *ctx, uint64_t count);
/* link_renew.c */
void link_renew(struct adapter *adapter); /* what waits is to be looked at: who signed it */
void link_renew_step(struct adapter *adapter, int64_t now);
void link_renew_drop(struct adapter *adapter); /* keys that were not taken */
/* link_report.c */
void link_report(void *ctx, struct lt_link_report *out);
/* link_query.c */
void link_query_answer(void *ctx, uint64_t token, const struct lt_refusal *why, uint64_t sequence,
		       const struct lt_dossier_view *dossier, const struct lt_ledger_view *ledger,
		       const struct lt_dossiers_view *dossiers);
void link_query_applicant(void *ctx, uint64_t token, const struct lt_applicant_answer *applicant);
void link_query_procedures(void *ctx, uint64_t token, const struct lt_bytes *procedures, size_t count, bool more);
void link_queries_step(struct adapter *adapter, int64_t now);
bool link_queries_asking(struct adapter *adapter); /* one is with the broker, which takes no second one */
void link_queries_fail(struct adapter *adapter);
/* housekeeping.c: old envelopes, loose parts, dead readers; once a minute. */
struct housekeeping *housekeeping_new(struct adapter *adapter);
void housekeeping_free(struct housekeeping *housekeeping);
/* Whether all rows of a table can be found; what is wrong is told by health. */
void link_check_table(struct adapter *adapter, enum vault_table table);
void link_housekeep(struct adapter *adapter, int64_t now);

#endif
