/* adapter.h: what others ask of the adapter behind its link: its store and agencies, how it stands with the broker, a question to
 * the broker. START makes it (start/adapter.h); the HTTP side and the daemon use it.
 *
 * Threads: the store thread (vault.h), the link thread (the only user of the link client), and whoever calls. Functions
 * here may be called from any thread between adapter_start and adapter_free unless they say otherwise. */
#ifndef ADAPTER_LINK_ADAPTER_H
#define ADAPTER_LINK_ADAPTER_H

#include "carry.h"
#include "mail/inbox.h"
#include "store/part_files.h"
#include "mail/outbox.h"
#include "mail/verify.h"

#include <lienthong/link.h>

/* Called on the threads named; must be quick. Members may be NULL. */
struct adapter_events {
	void (*items)(void *ctx, uint64_t last);                         /* store thread: the inbox has grown */
	void (*answered)(void *ctx, const struct outbox_answer *answer); /* store thread: final and on disk */
	void (*changed)(void *ctx);                                      /* any thread: the feed has grown */
	void (*ended)(void *ctx, enum lt_reason reason);                 /* link thread: the link has ended for good */
};
struct adapter;

struct part_files *adapter_files(struct adapter *adapter); /* of large parts; any thread */
struct vault *adapter_vault(struct adapter *adapter);
const struct speaker *adapter_speaker(struct adapter *adapter);
/* The outbox has grown: the link looks at it. */
void adapter_wake(struct adapter *adapter);
/* The same, and whoever follows the feed is told, as events.changed. */
void adapter_changed(struct adapter *adapter);
/* Rounds of the store thread, of the link thread and of those that carry large parts: each rises between two calls as long as it lives. For
 * the watchdog. */
#define ADAPTER_ROUNDS (2u + CARRY_THREADS)
void adapter_rounds(struct adapter *adapter, uint64_t rounds[ADAPTER_ROUNDS]);
/* Reads CA and CRL again, on the link thread. */
void adapter_reload(struct adapter *adapter);
/* Reads key and certificate of agencies again, files in PEM, and takes the CURVE key; all of them or none. Those with another certificate, and
 * another CURVE key, are in use from the next session on, which begins at once; what waits is signed anew. *changed: how many;
 * *bad: whose does not hold (LT_ENOENT: we do not speak for it). One thread at a time. */
struct adapter_key {
	const char *agency, *key, *cert;
	bool pss;
};
enum lt_err adapter_renew(struct adapter *adapter, const struct adapter_key *keys, size_t count,
			  const struct lt_curve_key *curve, size_t *changed, const char **bad);
/* What the last reload did, for health. */
struct adapter_reload {
	int64_t at; /* 0: none yet */
	size_t keys;
	char error[256]; /* "": none */
};
void adapter_reloaded(struct adapter *adapter, size_t keys, const char *error);

/* checkpoints_accept is on disk: the link begins anew with the broker's ledger. */
void adapter_ledger_accepted(struct adapter *adapter);

/* What stands beside HTTP says of itself why it cannot go on; reason 0: it can. Any thread. */
enum adapter_way { ADAPTER_WAY_SPOOL, ADAPTER_WAY_HOOKS, ADAPTER_WAYS };
void adapter_say_way(struct adapter *adapter, enum adapter_way way, const struct lt_refusal *why);

#define ADAPTER_CAUSES_MAX 16u
/* Without a session for so long it is trouble by itself: a broker that is started anew is back sooner. */
#define ADAPTER_LINK_DOWN_US 5000000LL
struct adapter_health {
	bool connected, ended;
	struct lt_refusal link_trouble; /* why there is no session, as far as it is known */
	int64_t link_since;             /* of the session, or since there is none; 0: none yet, nothing is known */
	int64_t clock_ahead;            /* ours of the broker's, microseconds; 0 while it is not known */
	enum lt_reason end_reason;
	uint64_t directory_version, outbox_waiting, inbox_items, store_jobs, head;
	uint64_t held, untold; /* items that are held; exceptions that the broker has not said back */
	/* Why this adapter is in trouble; none: it is not. */
	size_t cause_count;
	struct lt_refusal causes[ADAPTER_CAUSES_MAX];
	/* What will be trouble unless somebody acts: 30 days before a certificate or list ends, and again from 7 days on; a hook whose target
	 * takes nothing. */
	size_t warning_count;
	struct lt_refusal warnings[ADAPTER_CAUSES_MAX];
	struct vault_space space;
	struct adapter_reload reload;
	int64_t oldest_queued, last_contact; /* times; 0: none */
	int64_t restored_at; /* the store was found empty or older than what was confirmed: comeback.h; 0: not these 30 days */
	int64_t certificate_ends, list_ends; /* the earliest of each; 0: none */
};
/* Whether the broker does not take an agency from this adapter, of which others go on: why, and since when. index: speaker's. */
bool adapter_agency_away(struct adapter *adapter, size_t index, struct lt_refusal *why, int64_t *since);
void adapter_get_health(struct adapter *adapter, struct adapter_health *out);

/* Asks the broker about a dossier. `answer` is called once, on the link thread; reason ADAPTER_OFFLINE when the link broke or
 * ADAPTER_QUERY_US passed. LT_EAGAIN: not in session, `answer` is not called; a new store's first session is waited for. LT_EFULL: ADAPTER_QUERIES_MAX wait. */
#define ADAPTER_QUERY_US 5000000LL
#define ADAPTER_QUERIES_MAX 256u
bool adapter_connected(const struct adapter *adapter); /* to the broker, at this moment; any thread */
bool adapter_asks(const struct adapter *adapter);      /* a question about a dossier would be taken; any thread */
typedef void adapter_query_answer(void *ctx, const struct lt_refusal *why, uint64_t sequence,
				  const struct lt_dossier_view *dossier);
enum lt_err adapter_query(struct adapter *adapter, const char *agency, const char *dossier,
			  adapter_query_answer *answer, void *ctx);

/* The signed answer to the applicant, on behalf of an agency: as lt_link_client_applicant says. The same errors; it lives until `answer`
 * returns, and its signature is not looked at here: who shows it does. */
typedef void adapter_applicant_answer(void *ctx, const struct lt_refusal *why,
				      const struct lt_applicant_answer *applicant);
enum lt_err adapter_applicant(struct adapter *adapter, const char *agency, const char *dossier,
			      adapter_applicant_answer *answer, void *ctx);

/* A page of an agency's own dossiers: as lt_dossiers_request says, with the agency in the place that `by` names. The same errors; rows live
 * until `answer` returns. */
enum adapter_list_by { ADAPTER_LIST_OWED_BY, ADAPTER_LIST_HOLDER, ADAPTER_LIST_LEAD, ADAPTER_LIST_PARTY };
struct adapter_list {
	enum adapter_list_by by;
	bool late, unanswered;
	uint32_t status, limit;
	int64_t due_within;
	char foreign[4 * LT_FOREIGN_CODE_MAX + 1]; /* by party: what another system calls them; "": not asked for */
	size_t after_len;                          /* 0: the first page */
	uint8_t after[LT_DOSSIERS_PLACE];
};
typedef void adapter_list_answer(void *ctx, const struct lt_refusal *why, const struct lt_dossiers_view *dossiers);
enum lt_err adapter_list(struct adapter *adapter, const char *agency, const struct adapter_list *list,
			 adapter_list_answer *answer, void *ctx);

/* Procedures, on behalf of an agency: as lt_link_client_procedures says. The same errors; the bytes live until `answer` returns. */
typedef void adapter_procedures_answer(void *ctx, const struct lt_refusal *why, const struct lt_bytes *procedures,
				       size_t count, bool more);
enum lt_err adapter_procedures(struct adapter *adapter, const char *agency, bool one, const char *code,
			       uint32_t version, adapter_procedures_answer *answer, void *ctx);

#endif
