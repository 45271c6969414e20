/* link.h: the client side of the link to the broker, for adapters. States and limits: proto/SPEC.md, "Link".
 *
 * A client belongs to one thread, its I/O runs on two threads of libzmq with all signals blocked (so no SIGPIPE either). It never
 * blocks but in lt_link_client_poll, and up to 200 ms in lt_link_client_free. It does not live through fork(). It reconnects by
 * itself with back-off (200 ms doubling to 10 s) and jitter of a half; after each HELLO..WELCOME it reports `welcome`, and the owner
 * submits again what has no answer: the id stays the same, so nothing takes effect twice. BYE with SESSION_SUPERSEDED or
 * KEY_NOT_ENROLLED ends it for good (LT_ECLOSED): another process has taken the agency over, or its key is not in the directory.
 *
 * It asks for 16 free descriptors and refuses (LT_EFULL) below: libzmq ends the process when one of its threads gets none. It does
 * so too when memory is out, or when the system gives it no thread; nothing here can prevent that. */
#ifndef LIENTHONG_LINK_H
#define LIENTHONG_LINK_H

#include <lienthong/base.h>
#include <lienthong/dossier.h>
#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/ledger.h>
#include <lienthong/reason.h>
#include <lienthong/receipt.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lt_link_agency {
	const char *code;         /* canonical */
	struct lt_signer *signer; /* borrowed; used on the client's thread only; another one: lt_link_client_signer */
};
/* Copied by lt_link_client_new, but for the signers. */
struct lt_link_options {
	const char *endpoint;   /* "tcp://127.0.0.1:7700" */
	const char *domain;     /* the broker's domain that we expect */
	uint8_t broker_key[32]; /* pinned CURVE public key of the broker */
	struct lt_curve_key key;
	const char *software; /* for the operator's lists, at most 100 bytes; NULL: "liblienthong/VERSION" */
	size_t agency_count;  /* 1 to 256, each with this CURVE key in the directory */
	const struct lt_link_agency *agencies;
	uint32_t window_envelopes; /* deliveries in flight that we can take; 0: 512 */
	uint64_t window_bytes;     /* 0: 16 MiB */
	bool plain;                /* no CURVE: loopback endpoints alone, to measure what CURVE costs; else LT_EINVAL */
};
struct lt_link_welcome {
	uint64_t epoch;             /* sequence of the session's record */
	uint64_t head;              /* sequence of the broker's newest record */
	uint64_t directory_version; /* in force */
	uint8_t incarnation[16];    /* of the broker's data: another one after a restore from backup */
	struct lt_bytes checkpoint; /* newest of its ledger, a note that nobody has checked; empty: it keeps none */
	uint32_t max_envelopes;     /* in one submit */
	uint32_t credit_envelopes;  /* without an answer at the same time */
	uint64_t credit_bytes;
};
/* What became of one envelope. Admitted: it is on the broker's disk. */
struct lt_link_answer {
	enum lt_reason reason; /* 0: admitted */
	bool retry;            /* refused, but the same bytes may succeed later */
	uint8_t id[16];        /* of the envelope */
	bool has_id;           /* false: refused before its header could be read; for the oldest without an answer */
	const char *sender;
	uint64_t sequence; /* admitted: of its record */
	int64_t time;      /* admitted: by the broker's clock, microseconds */
	bool has_receipt;  /* admitted, and the receipt is one: its head says the same sequence and time */
	struct lt_receipt receipt;
	uint32_t
		branch; /* admitted: the thread of custody that it moved, and the version that the next act must name */
	uint64_t branch_version;
	const char *detail;       /* refused: what exactly, in English; never NULL */
	const char *vietnamese;   /* refused: the same in Vietnamese; never NULL */
	struct lt_bytes sentence; /* refused: the same for a program: lt_sentence_read */
};
/* One envelope out of an agency's mailbox. The broker forwards bytes: verify them (lt_header_parse, lt_signature_verify,
 * lt_trust_check at `time`, lt_envelope_check_parts) before anything is believed. It may come again: its number is the key. */
struct lt_link_item {
	const char *agency; /* whose mailbox */
	uint64_t number;    /* in that mailbox; numbers rise and may have gaps */
	uint64_t
		previous; /* of the item before it in this session; the first has the resume point: above what is stored, one is missing */
	uint64_t sequence; /* of its record */
	int64_t time;      /* when it was admitted, by the broker's clock, microseconds */
	struct lt_envelope envelope;
	uint32_t branch;
	uint64_t branch_version;
	/* Of a fork: the n-th of the header's recipients, from 1, for whose leg it is; else 0. Several legs for one agency are as many items
	 * of one envelope. */
	uint32_t recipient;
	bool parts_elided; /* the broker no longer keeps the part bytes: envelope.parts are empty */
	uint64_t
		erased_by; /* the broker's record of the act by which it was erased: envelope is empty; 0: it is there */
};
/* What the owner holds of directory and revocation lists, and the count of definitions that it was told last: so that a broker that was
 * restored from a backup learns what it has lost. */
#define LT_LINK_HELD_LISTS 64u
struct lt_link_holdings {
	uint64_t directory_version; /* 0: none */
	uint8_t directory_sha256[32];
	size_t list_count;
	uint8_t lists[LT_LINK_HELD_LISTS][32]; /* SHA-256 */
	uint64_t definitions;
};
/* How the owner is, told to the broker with each PING for operators to see. */
struct lt_link_report {
	int64_t clock;                 /* its clock, microseconds since 1970; 0: nothing is told */
	uint64_t disk_free, disk_size; /* bytes, of the disk that its store is on */
	uint64_t disk_reserve;         /* with fewer free bytes it takes no new work */
	uint64_t store_bytes;          /* that its store has on that disk */
	bool full;                     /* it takes no new work */
	uint64_t unsent;               /* envelopes without a final answer */
	int64_t unsent_since;          /* since when, by its clock, the oldest of them waits; 0: there is none */
	int64_t restored_at;           /* when, by its clock, it found its store empty or an older one; 0: not lately */
};
/* Called from lt_link_client_poll on the client's thread; views live until the callback returns. Members may be NULL. A callback may
 * call everything here but lt_link_client_poll and lt_link_client_free. */
struct lt_link_events {
	void (*welcome)(void *ctx, const struct lt_link_welcome *welcome);
	/* Asked while connecting: the highest mailbox number that is on disk. NULL means 0: the broker delivers from the start. */
	uint64_t (*resume)(void *ctx, const char *agency);
	/* Asked before HELLO; *out is all zeros. NULL: nothing is held. */
	void (*holdings)(void *ctx, struct lt_link_holdings *out);
	/* Asked before each PING, every ten seconds or so; *out is all zeros. NULL: nothing is told. */
	void (*report)(void *ctx, struct lt_link_report *out);
	/* A restored broker wants the signed directory (sha256 NULL) or a list back: append it, or nothing. */
	void (*give)(void *ctx, const uint8_t *sha256, struct lt_buf *out);
	void (*head)(void *ctx, uint64_t head);         /* sequence of the broker's newest record; seen in PONG */
	void (*definitions)(void *ctx, uint64_t count); /* seen in PONG: to be kept, the highest */
	/* Part of WELCOME. received: the highest that the agency ever said RECEIVED for; above what `resume` gave, the store is empty or older
	 * than what was confirmed: it comes again, and what was to be sent may be lost. */
	void (*acknowledged)(void *ctx, const char *agency, uint64_t acknowledged, uint64_t head, uint64_t received);
	/* The broker's file of a large part (SHA-256, 32 bytes) that the agency has brought or got is damaged or gone: who has the bytes brings
	 * them again, over a connection for large parts. */
	void (*part_wanted)(void *ctx, const char *agency, const uint8_t *sha256);
	/* Part of WELCOME: exceptions that the broker's journal holds. */
	void (*excepted)(void *ctx, const char *agency, const uint64_t *numbers, size_t count);
	void (*answers)(void *ctx, const struct lt_link_answer *answers, size_t count);
	void (*deliver)(void *ctx, const struct lt_link_item *items, size_t count);
	void (*directory)(void *ctx, uint64_t version, struct lt_bytes signed_directory); /* for lt_directory_open */
	void (*directory_version)(void *ctx, uint64_t version);                           /* seen in WELCOME or PONG */
	/* The revocation lists in force at the broker, by their SHA-256: what is lacking is asked for (lt_link_client_list). Seen in PONG. */
	void (*lists)(void *ctx, const struct lt_bytes *sha256, size_t count);
	/* One of them, as it came, in DER: check who signed it (lt_trust_add_crl). Empty: the broker does not have it any more. */
	void (*list)(void *ctx, struct lt_bytes der);
	/* The answer to lt_link_client_query, _ledger or _dossiers, true at `sequence` (a list: at its own); what was not asked for is NULL, and
	 * all are when why->reason is not 0 and says why there is no answer. */
	void (*query)(void *ctx, uint64_t token, const struct lt_refusal *why, uint64_t sequence,
		      const struct lt_dossier_view *dossier, const struct lt_ledger_view *ledger,
		      const struct lt_dossiers_view *dossiers);
	/* The answer to lt_link_client_procedures: encoded Procedures (directory.proto) by code and version; more: there are some behind them.
	 * None at all, or why not, comes as `query`. */
	void (*procedures)(void *ctx, uint64_t token, const struct lt_bytes *procedures, size_t count, bool more);
	/* The answer to lt_link_client_applicant. Why not comes as `query`. */
	void (*applicant)(void *ctx, uint64_t token, const struct lt_applicant_answer *answer);
	void (*lost)(void *ctx); /* session lost; a new HELLO follows by itself */
	/* An attempt to open a session failed, and another one follows: BROKER_NOT_REACHED, BROKER_KEY_WRONG, KEY_NOT_ENROLLED (the broker
	 * does not know our CURVE key), BROKER_SILENT. What the broker itself says comes as `bye`. */
	void (*down)(void *ctx, const struct lt_refusal *why);
	/* The broker's time, microseconds, as CHALLENGE and each PONG tell it. Whose own clock is over 60 s away makes no ids: those of
	 * the future are refused for good. */
	void (*clock)(void *ctx, int64_t broker_time);
	/* How far the legal time of a sandbox is ahead of the broker's, microseconds, with each PONG: the day of a new dossier's code and
	 * due_at are held against it. A real broker tells 0. */
	void (*legal_ahead)(void *ctx, int64_t microseconds);
	void (*bye)(void *ctx, const struct lt_refusal *why); /* why the broker, or we, ended the session */
	/* The broker does not take this agency from us, the session goes on for the others, or is begun anew without it: another
	 * process has taken it over (SESSION_SUPERSEDED: it is not spoken for again as long as the client lives), it is closed, or its
	 * key or its proof does not hold. Those are named again with each new session, and when the directory changes; `acknowledged`
	 * tells that one is spoken for. When it was the last one, `bye` follows and the client ends. */
	void (*taken_away)(void *ctx, const char *agency, const struct lt_refusal *why);
};
struct lt_link_client;
/* Connects with the first poll. ctx is given to the callbacks, which are copied.
 * LT_EINVAL (an option), LT_EFULL (descriptors), LT_EIO, LT_ENOMEM. */
LT_API enum lt_err lt_link_client_new(const struct lt_link_options *options, const struct lt_link_events *events,
				      void *ctx, struct lt_link_client **out);
LT_API void lt_link_client_free(struct lt_link_client *client); /* says BYE when in session */
/* From now on the agency proves itself with another key and certificate, borrowed as the one before, which is not used any more: the session
 * ends, and one with all agencies begins at once. LT_ENOENT: not our agency. */
LT_API enum lt_err lt_link_client_signer(struct lt_link_client *client, const char *agency, struct lt_signer *signer);
/* The same with another CURVE key, which is copied. */
LT_API void lt_link_client_key(struct lt_link_client *client, const struct lt_curve_key *key);
/* Another pinned key of the broker, from the next connection on; also within events.down. */
LT_API void lt_link_client_broker_key(struct lt_link_client *client, const uint8_t broker_key[32]);
/* The session ends, and another begins at once: what was delivered and is not on disk, as behind a gap, comes again. */
LT_API void lt_link_client_anew(struct lt_link_client *client);
/* Runs the link for at most timeout_ms; also returns when wake_fd (or -1) is readable. LT_ECLOSED: ended for good; trouble of the
 * network is none, it is tried again. Call it at least once a second: pings are sent from here. */
LT_API enum lt_err lt_link_client_poll(struct lt_link_client *client, int wake_fd, int timeout_ms);
LT_API bool lt_link_client_ready(const struct lt_link_client *client); /* in session */
/* Envelopes and bytes that may be submitted now within the credit. */
LT_API void lt_link_client_credit(const struct lt_link_client *client, uint32_t *envelopes, uint64_t *bytes);
/* 1..64 envelopes in one message; the bytes are copied. LT_EAGAIN when not in session, LT_EFULL over the credit or when the socket
 * takes no more, LT_EINVAL when there are too many or a header is none. `answers` tells what became of each. */
LT_API enum lt_err lt_link_client_submit(struct lt_link_client *client, const struct lt_envelope *envelopes,
					 size_t count);
/* Everything up to number is on the owner's disk: the broker may forget it. Sent with the next poll, merged. LT_ENOENT: not our agency. */
LT_API enum lt_err lt_link_client_received(struct lt_link_client *client, const char *agency, uint64_t number);
/* What came under these numbers of the mailbox is wrong whoever looks, and `number` (as above) covers them: it has no legal effect,
 * custody stays, a person decides. At most 64; tell them again in each session until `excepted` has named them. LT_EAGAIN, LT_EFULL
 * as with submit, LT_EINVAL. */
struct lt_link_exception {
	uint64_t number;
	enum lt_reason reason;
	uint8_t sha256[32]; /* over the SHA-256 of header, of signature and of each part, as they came */
};
LT_API enum lt_err lt_link_client_except(struct lt_link_client *client, const char *agency, uint64_t number,
					 const struct lt_link_exception *exceptions, size_t count);
/* Asks for the directory in force. LT_EAGAIN when not in session. */
LT_API enum lt_err lt_link_client_directory(struct lt_link_client *client);
/* Asks for one of the revocation lists in force. LT_EAGAIN when not in session, LT_EFULL while another one is under way. */
LT_API enum lt_err lt_link_client_list(struct lt_link_client *client, const uint8_t sha256[32]);
/* Asks where a dossier stands, on behalf of an agency that is party to it, once the broker's state has reached record min_seq (0: as
 * it is). token comes back with the answer; no answer comes when the session is lost. LT_EAGAIN, LT_EFULL as with submit. */
LT_API enum lt_err lt_link_client_query(struct lt_link_client *client, const char *agency, const char *dossier,
					uint64_t min_seq, uint64_t token);
/* Asks for a page of the dossiers in which the agency owes something, that it holds or that it leads: request->owed_by, holder or lead
 * is the agency. As above. */
LT_API enum lt_err lt_link_client_dossiers(struct lt_link_client *client, const char *agency,
					   const struct lt_dossiers_request *request, uint64_t min_seq, uint64_t token);
/* Asks for procedures. One: this version of this code (0: the one in force today, if any), which alone has its legs, and behind it the others. Else
 * a page of all of them without legs, behind this version of this code (code "": from the first on). As above. */
LT_API enum lt_err lt_link_client_procedures(struct lt_link_client *client, const char *agency, bool one,
					     const char *code, uint32_t version, uint64_t token);
/* Asks for the signed answer to the applicant, on behalf of the agency that has received the dossier, or of one that the directory lets answer
 * for it. As above. */
LT_API enum lt_err lt_link_client_applicant(struct lt_link_client *client, const char *agency, const char *dossier,
					    uint64_t token);
/* Asks for the newest checkpoint of the ledger, for the inclusion paths of at most LT_LEDGER_PROOFS_MAX records in it, and for proof
 * that it has grown out of the tree of old_size (0: none). The broker takes one question of either sort at a time. As above, and
 * LT_EINVAL. */
LT_API enum lt_err lt_link_client_ledger(struct lt_link_client *client, const char *agency, const uint64_t *sequences,
					 size_t count, uint64_t old_size, uint64_t token);

#ifdef __cplusplus
}
#endif

#endif
