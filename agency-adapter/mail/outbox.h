/* outbox.h: what we send. An envelope is built, signed and stored in one transaction with its Idempotency-Key, together with what
 * else came meanwhile: from OUTBOX_TOGETHER_MIN envelopes of an agency on one signature serves for all of them. It stays in the
 * queue until the broker has given its final answer, and a refusal of our certificate is none: such an act keeps its id and is signed
 * anew with the next key. It stays in the store for OUTBOX_KEEP_US after that, so that it can be
 * offered again to a broker that was restored from a backup. Store thread for what writes. */
#ifndef ADAPTER_OUTBOX_H
#define ADAPTER_OUTBOX_H

#include "speaker.h"
#include "store/vault.h"

#include <lienthong/envelope.h>
#include <lienthong/receipt.h>

#define OUTBOX_KEEP_US (30LL * 24 * 3600 * 1000000)
#define OUTBOX_QUEUE_MAX 1000000u               /* envelopes without an answer: a week of a nation's largest agency */
#define OUTBOX_REOFFER_US (10LL * 60 * 1000000) /* other adapters offer again too; after that an answer is final */
#define OUTBOX_KEY_MAX 64u                      /* characters of an Idempotency-Key */
#define OUTBOX_TOGETHER_MIN \
	4u /* in one transaction; below, each is signed by itself: evidence is plainest so, and it costs little */
#define OUTBOX_DETAIL_MAX LT_SENTENCE_TEXT
#define OUTBOX_SIGNATURES_MAX 4u /* of one envelope: a key that changes thrice while an act waits is no key */

/* What its recipients answer is apart from this: outbox_reply. */
enum outbox_status {
	OUTBOX_QUEUED = 1, /* on our disk */
	OUTBOX_ADMITTED,   /* on the broker's */
	OUTBOX_REJECTED,
	OUTBOX_DELIVERED, /* on that of every recipient */
	OUTBOX_STATUSES,
};
const char *outbox_status_name(enum outbox_status status); /* "queued" */
enum outbox_status outbox_status_find(const char *name);   /* 0: no such status */

/* Why the broker did not take it. */
struct outbox_rejection {
	enum lt_reason reason;
	int64_t at;
	char detail[OUTBOX_DETAIL_MAX], vietnamese[OUTBOX_DETAIL_MAX];
};

/* ---- a new envelope ---- */
/* A header as its sender knows it, and where its parts' bytes come from. outbox_add takes a copy and completes it: domain, the
 * sender when it is "" and we speak for one agency, canonical codes in place of aliases and old forms, the sizes of parts; unless
 * they are given, id and sent_at, and leg and branch_version from what we know of the dossier. */
struct outbox_request {
	const char *key;         /* Idempotency-Key; NULL: none (our own answers) */
	uint8_t body_digest[32]; /* of the whole request, compared on a repeat */
	struct lt_header header;
	const struct lt_bytes
		*part_data; /* one for each part: empty when it was put before under its digest; NULL: all were */
	bool has_leg;
	bool ask_unknown; /* of a dossier that is not known here: the broker is to be asked first, how it was opened */
	uint64_t
		item; /* of the inbox, that this ACCEPT or REFUSE answers; 0: it is none, or of an offer that is not here */
	bool has_identity; /* id and sent_at: for an answer that must come out the same twice */
};
struct outbox_receipt {
	struct lt_refusal refusal; /* reason 0: stored, or stored before under the same key */
	uint64_t number;
	uint8_t id[16];
	bool repeated;             /* number 0: it was sent before this store was restored, and is not here */
	bool ask;                  /* with NOT_YET: the broker is to be asked about the dossier first, once */
	enum outbox_status status; /* of what is stored, now */
};
/* LT_OK also when refused (see receipt). LT_EFULL. */
enum lt_err outbox_add(struct vault_tx *tx, const struct speaker *speaker, const struct outbox_request *request,
		       struct outbox_receipt *receipt);

/* What was stored under the request's key before, if it is the same request; LT_ENOENT: nothing, or it has no key. */
enum lt_err outbox_repeat(struct vault_tx *tx, const struct outbox_request *request, struct outbox_receipt *receipt);

/* ---- what became of it ---- */
struct outbox_state {
	enum outbox_status status;
	uint8_t id[16];
	enum lt_kind kind;
	char sender[LT_AGENCY_MAX], dossier[LT_DOSSIER_MAX];
	char key[OUTBOX_KEY_MAX + 1];
	uint64_t item;                              /* as in the request */
	int64_t created, admitted_at, delivered_at; /* 0: not yet; delivered: when we heard of it */
	uint64_t sequence;
	struct lt_receipt receipt;
	uint8_t leaf_hash[32]; /* of our own envelope and the receipt: what the ledger must hold */
	uint32_t branch;       /* after the act */
	uint64_t branch_version;
	struct outbox_rejection
		rejection; /* reason 0: it was not; while it is queued: why it waits for another key of ours */
};
enum lt_err outbox_get_state(struct vault_tx *tx, uint64_t number, struct outbox_state *out);
enum lt_err outbox_put_state(struct vault_tx *tx, uint64_t number, const struct outbox_state *state);
enum lt_err outbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *number); /* LT_ENOENT */
enum lt_err outbox_envelope(struct vault_tx *tx, uint64_t number, struct lt_bytes *header, struct lt_bytes *signature);
/* The leaves that its record can have by this receipt: one for each signature that it went out with, the one in use first. */
enum lt_err outbox_leaves(struct vault_tx *tx, uint64_t number, const struct lt_receipt *receipt,
			  uint8_t leaves[OUTBOX_SIGNATURES_MAX][32], size_t *count);
/* The ledger holds the leaf of this one: it is the envelope's from now on. */
enum lt_err outbox_signature_was(struct vault_tx *tx, uint64_t number, struct outbox_state *state, size_t index);
/* Envelope with its parts as views; `parts` has room for LT_PARTS_MAX; header is parsed into the arena. */
enum lt_err outbox_load(struct vault_tx *tx, uint64_t number, struct lt_arena *arena, struct lt_bytes *parts,
			struct lt_envelope *out);

/* What one of its recipients did: took it to its disk, answered: an offer by ACCEPT or REFUSE, the first stands; a CONSULT by OPINION, a
 * request by what was asked for, a RECALL by RECALL_ANSWER. */
struct outbox_reply {
	int64_t delivered_at; /* when we heard of it; 0: not yet */
	enum lt_kind kind;    /* 0: no answer */
	enum lt_agreement agree;
	uint8_t id[16];
	char by[LT_AGENCY_MAX]; /* who acts for the recipient, or itself */
	int64_t at;
	char words[LT_REASON_TEXT_MAX * 4 + 1];
};
/* Of recipient `index` of the header; empty while nothing is known. */
enum lt_err outbox_get_reply(struct vault_tx *tx, uint64_t number, size_t index, struct outbox_reply *out);
enum lt_err outbox_put_reply(struct vault_tx *tx, uint64_t number, size_t index, const struct outbox_reply *reply);

/* What a view of a dossier says of an offer: when it came to the receiver's disk; 0: not yet, and never when it is over. */
struct outbox_arrival {
	uint64_t sequence; /* of the offer's record */
	uint32_t branch;
	char agency[LT_AGENCY_MAX]; /* the receiver */
	int64_t at;
	bool over;
};
#define OUTBOX_ARRIVING_US \
	INT64_C(2000000) /* a receiver's disk takes some hundred milliseconds, and who is a program has answered by then */
/* Behind outbox number *number, which moves on: the next offer that was admitted that long ago and that not every recipient is known to
 * have. LT_ENOENT: the others are younger. */
enum lt_err outbox_arriving_next(struct vault_tx *tx, int64_t now, uint64_t *number, struct outbox_state *out);
/* Those of offers that are not ours, or not here, change nothing. */
enum lt_err outbox_arrived(struct vault_tx *tx, const struct speaker *speaker, const char *dossier,
			   const struct outbox_arrival *arrivals, size_t count);

/* Whether an envelope of the kind `reply` answers one of the kind `asked`. */
bool outbox_kind_answers(enum lt_kind reply, enum lt_kind asked);
/* What answers an envelope that asks and offers nothing; 0: it asks nothing. */
enum lt_kind outbox_answer_to(enum lt_kind asked);

/* ---- answers ---- */
struct outbox_answer {
	uint8_t id[16];
	char sender[LT_AGENCY_MAX];
	enum lt_reason reason; /* 0: admitted */
	uint64_t sequence;
	int64_t time;
	bool has_receipt;
	struct lt_receipt receipt;
	uint32_t branch;
	uint64_t branch_version;
	char detail[OUTBOX_DETAIL_MAX], vietnamese[OUTBOX_DETAIL_MAX];
	uint64_t epoch; /* of the session in which it came, and since when that is, by our clock; 0: not known */
	int64_t began;
};
/* What is wrong is our certificate, not the act. */
bool outbox_of_our_key(enum lt_reason reason);
/* A final answer of the broker. An envelope that was admitted once never becomes rejected. With a reason of our key it stays in the queue
 * until outbox_sign_stale has signed it anew. */
enum lt_err outbox_answered(struct vault_tx *tx, const struct speaker *speaker, const struct outbox_answer *answer);
/* An envelope of a recipient has arrived that answers one of ours; one that does not come from a recipient changes nothing. */
enum lt_err outbox_replied(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *reply,
			   int64_t time);

/* Looks at up to `limit` envelopes of the queue from number *from on, and signs anew what another certificate than the one in use has
 * signed. *from moves on, and is 0 when all were looked at; *count rises by those signed. */
enum lt_err outbox_sign_stale(struct vault_tx *tx, const struct speaker *speaker, size_t limit, uint64_t *from,
			      uint64_t *count);

/* ---- the broker was restored, and old age ---- */
/* Notes the broker's incarnation and head. When the incarnation is another or the head is below what was admitted to us,
 * everything kept is queued again, in order: *again is then true. */
enum lt_err outbox_meet(struct vault_tx *tx, const struct speaker *speaker, const uint8_t incarnation[16],
			uint64_t head, bool *again);
/* Looks at up to `limit` envelopes from number *from on and drops those that are answered and older than `keep` (microseconds). *from moves
 * on, past those that must stay, and is 0 again when all that are old enough were looked at. */
enum lt_err outbox_purge(struct vault_tx *tx, int64_t now, int64_t keep, size_t limit, uint64_t *from);

#endif
