/* inbox.h: what arrives. Every delivery is stored, good or bad, before RECEIVED says so. What is wrong whoever looks goes to quarantine
 * (quarantine.h); what may be our own trouble is held (held.h) and comes into the inbox when it holds; an agency gets the items of a
 * dossier in order, so later ones wait for both (wait.h). Nothing here signs but inbox_answer, which the agency's system asks for.
 * Items have a rising number of this adapter's own; the broker's mailbox numbers serve to find gaps only. Store thread for what
 * writes. */
#ifndef ADAPTER_INBOX_H
#define ADAPTER_INBOX_H

#include "speaker.h"
#include "outbox.h"
#include "store/vault.h"

#include <lienthong/envelope.h>

/* A checked delivery on its way to the store; owns its bytes. */
struct inbox_delivery {
	char agency[LT_AGENCY_MAX];
	uint64_t number, previous, sequence;
	int64_t time;   /* as the broker says */
	int64_t judged; /* at which it was verified */
	uint32_t branch;
	uint64_t branch_version;
	uint32_t recipient; /* of a fork: for whose leg it is, by its place in the header, from 1; else 0 */
	bool parts_elided, readable;
	uint64_t erased_by;      /* the broker's act by which it is gone: nothing came; 0: it is here */
	struct lt_refusal fault; /* reason 0: good */
	bool ours;               /* the fault may be our own trouble: it is held */
	struct lt_buf bytes;     /* behind the views */
	struct lt_envelope envelope;
	struct lt_bytes part_views[LT_PARTS_MAX];
};
void inbox_delivery_free(struct inbox_delivery *delivery); /* of one on the heap */
enum inbox_outcome { INBOX_STORED = 1, INBOX_SEEN, INBOX_GAP, INBOX_HELD, INBOX_ERASED };
/* INBOX_GAP: the item before it is missing, nothing was stored. ERASED: nothing came, and its number counts as received; what came of
 * it earlier stays. *item: the number here. */
enum lt_err inbox_add(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
		      enum inbox_outcome *outcome, uint64_t *item);
/* Highest mailbox number on disk. */
enum lt_err inbox_received(struct vault_tx *tx, const char *agency, uint64_t *out);
/* The broker, restored, counts lower than we do: go on from there. */
enum lt_err inbox_rewind(struct vault_tx *tx, const char *agency, uint64_t number);

/* An offer: new -> answering (our answer waits for the broker) -> accepted or refused when the broker has admitted it, new again when it
 * has not. Gone before that: recalled by its sender, or lapsed: the branch has moved on, was stopped, the fork has ended. What asks
 * and offers nothing (CONSULT, a request, a RECALL) is answered when the broker has admitted our answer, and other notices stay new. Stuck: it failed the check, and nobody can answer it. The edges are a table of inbox_state.c. */
enum inbox_status {
	INBOX_NEW = 1,
	INBOX_ANSWERING,
	INBOX_ACCEPTED,
	INBOX_REFUSED,
	INBOX_RECALLED,
	INBOX_LAPSED,
	INBOX_STUCK,
	INBOX_ANSWERED,
	INBOX_STATUSES,
};
const char *inbox_status_name(enum inbox_status status); /* "new" */
enum inbox_status inbox_status_find(const char *name);   /* 0: no such status */

struct inbox_item {
	char agency[LT_AGENCY_MAX];
	uint64_t number, sequence; /* the broker's */
	int64_t time, received_at;
	uint32_t branch;
	uint64_t branch_version;
	uint32_t recipient; /* as in inbox_delivery */
	bool parts_elided, readable;
	struct lt_refusal fault;
	struct lt_bytes header, signature; /* views */
	size_t part_count;
	uint8_t parts[LT_PARTS_MAX][32]; /* digests of what came, whatever the header says */
};
struct inbox_state {
	enum inbox_status status;
	bool accepts; /* what was answered last, when answer != 0 */
	enum inbox_status
		gone;        /* answering: RECALLED or LAPSED when the broker does not take our answer; 0: new again */
	int64_t answered_at; /* as we said it */
	uint64_t answer;     /* outbox number of our last answer; 0: none */
	uint8_t answer_id[16];        /* when answer != 0 */
	struct outbox_rejection last; /* why the broker did not take an answer; reason 0: it has rejected none */
};
enum lt_err inbox_get(struct vault_tx *tx, uint64_t item, struct inbox_item *out);
enum lt_err inbox_get_state(struct vault_tx *tx, uint64_t item, struct inbox_state *out);
enum lt_err inbox_put_state(struct vault_tx *tx, uint64_t item, const struct inbox_state *state);
enum lt_err inbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *item); /* LT_ENOENT */
/* The same of one of our agencies; "": of any. */
enum lt_err inbox_find_of(struct vault_tx *tx, const uint8_t id[16], const char *agency, uint64_t *item);

/* ACCEPT or REFUSE by the agency's system, as the request's kind says: its words, parts, actor and key are in it; to whom, about what and for
 * whom is the item's to say and is filled in here. A repeat gives the same receipt, until the broker has rejected it: then a new one is
 * made, unless the key says that it is the old one. The contrary ANSWERED_OTHERWISE; an item that offers nothing NOT_AN_OFFER, one
 * whose offer is gone OFFER_GONE. LT_ENOENT: no such item. */
enum lt_err inbox_answer(struct vault_tx *tx, const struct speaker *speaker, uint64_t item,
			 struct outbox_request *request, struct outbox_receipt *receipt);

/* Looks at up to `limit` items from number *from on and drops those that are over and older than `keep` (microseconds). *from moves on, and is
 * 0 again when all that are old enough were looked at. */
#define INBOX_KEEP_US (90LL * 24 * 3600 * 1000000) /* a dossier's longest limits, and time to look back */
#define INBOX_KEEP_MIN_US OUTBOX_KEEP_US           /* what an envelope of ours or the feed still names is here */
enum lt_err inbox_purge(struct vault_tx *tx, int64_t now, int64_t keep, size_t limit, uint64_t *from);

/* ---- what becomes of an offer: inbox_offer.c ---- */
/* The broker has decided about our answer, which is entry `answer` of the outbox; rejection NULL: admitted. */
enum lt_err inbox_answer_decided(struct vault_tx *tx, const struct speaker *speaker, uint64_t item, uint64_t answer,
				 const struct outbox_rejection *rejection);
/* The broker has admitted `ours`, entry `answer` of the outbox: when it answers what was asked of us and offers nothing, that item is answered. */
enum lt_err inbox_asked_answered(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *ours,
				 uint64_t answer);
/* The branch is known to be at this version, with an open offer or not: offers that are not of it are gone. */
enum lt_err inbox_branch_at(struct vault_tx *tx, const struct speaker *speaker, const char *dossier, uint32_t branch,
			    uint64_t version, bool offered);

#endif
