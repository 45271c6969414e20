/* link.h: the messages between broker and adapters as plain records, and the functions for each. Schema: proto/link.proto.
 *
 * Generated code is touched by lib/wire and lib/record alone. Reading is strict: the bytes are walked against the
 * message's descriptor before anything is allocated (unknown fields, a singular field twice, wrong wire types, invalid
 * UTF-8, NUL in texts, counts, trailing bytes), then unpacked into the caller's capped arena. Plain records hold views
 * into that arena or into the bytes given; they live until the arena is reset.
 * Encoding appends to a buffer; it fails only with LT_ENOMEM. In-tree programs only; not installed. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include <lienthong/base.h>
#include <lienthong/dossier.h>
#include <lienthong/ledger.h>
#include <lienthong/envelope.h>
#include <lienthong/reason.h>

#define LT_LINK_VERSION 1u
#define LT_LINK_MESSAGE_MAX \
	(1280u * 1024u)           /* bytes of one ZeroMQ message: an envelope with 1 MiB of parts and its frame */
#define LT_LINK_BATCH_MAX 64u     /* envelopes in one SUBMIT, DELIVER, ANSWERS */
#define LT_LINK_AGENCIES_MAX 256u /* agencies of one session */
#define LT_LINK_SOFTWARE_MAX \
	100u /* bytes of HELLO's software: a name and a version; it is recorded with each session */
#define LT_DIRECTORY_CHUNK_MAX (512u * 1024u)

enum lt_link_type {
	LT_LINK_HELLO = 1,
	LT_LINK_CHALLENGE,
	LT_LINK_PROOF,
	LT_LINK_WELCOME,
	LT_LINK_SUBMIT,
	LT_LINK_ANSWERS,
	LT_LINK_DELIVER,
	LT_LINK_RECEIVED,
	LT_LINK_CREDIT,
	LT_LINK_PING,
	LT_LINK_PONG,
	LT_LINK_DIRECTORY_GET,
	LT_LINK_DIRECTORY_CHUNK,
	LT_LINK_QUERY,
	LT_LINK_QUERY_ANSWER,
	LT_LINK_BYE,
	LT_LINK_LIST_GET,
	LT_LINK_LIST_CHUNK,
	LT_LINK_PART_OPEN,
	LT_LINK_PART_STATE,
	LT_LINK_PART_CHUNK,
	LT_LINK_PART_GET,
};
#define LT_LINK_TYPE_MAX LT_LINK_PART_GET
#define LT_LINK_PART_CHUNK_MAX \
	(256u * 1024u)         /* bytes of one PART_CHUNK: measured, small envelopes beside it wait least */
#define LT_LINK_PART_FLIGHT 2u /* chunks on their way at once for one part */
#define LT_LINK_LISTS_MAX 64u  /* revocation lists: one of each CA; a nation has a handful */
struct lt_hello {
	uint32_t version_min, version_max;
	struct lt_bytes nonce;
	size_t agency_count;
	const char **agencies;
	const char *software;
	uint64_t directory_version; /* what the adapter holds */
	struct lt_bytes directory_sha256;
	size_t list_count;
	struct lt_bytes *lists; /* SHA-256 each */
	uint64_t definitions;
};
struct lt_challenge {
	uint32_t version;
	struct lt_bytes nonce;
	const char *domain;
	struct lt_bytes incarnation, broker_key;
	int64_t time;
};
struct lt_agency_proof {
	const char *agency;
	struct lt_bytes cms;
	uint64_t resume;
};
struct lt_proof {
	size_t count;
	struct lt_agency_proof *agencies;
};
#define LT_LINK_EXCEPTED_MAX 256u /* told back in WELCOME for one agency; the rest is told again */
#define LT_LINK_EXCEPT_MAX 64u    /* exceptions in one RECEIVED */
struct lt_exception {
	uint64_t number;
	enum lt_reason reason;
	struct lt_bytes sha256;
};
struct lt_agency_welcome {
	const char *agency;
	uint64_t acknowledged, head;
	uint64_t received; /* the highest that it was ever RECEIVED */
	size_t excepted_count;
	struct lt_exception *excepted;
};
struct lt_welcome {
	uint64_t epoch, head, directory_version;
	uint32_t max_message, max_envelopes, credit_envelopes;
	uint64_t credit_bytes;
	uint32_t ping_interval_ms;
	struct lt_bytes checkpoint; /* the newest signed note; empty: none */
	size_t count;
	struct lt_agency_welcome *agencies;
};
/* Signatures are whole here, those in the bytes of a message point to its roots: both functions below see to that. */
struct lt_submit {
	size_t count;
	struct lt_envelope *envelopes;
	size_t root_count; /* decoded: what the message held; encoding adds those that it needs */
	struct lt_bytes *roots;
};
struct lt_answer { /* Admitted when reason == 0, else Rejected */
	enum lt_reason reason;
	struct lt_bytes id; /* 16 bytes, or empty in a refusal without a readable header */
	const char *sender;
	uint64_t sequence;
	int64_t time;                                   /* admitted */
	struct lt_bytes head;                           /* admitted: LT_RECORD_HEAD_LEN bytes, lienthong/receipt.h */
	struct lt_bytes verdict_digest, outcome_digest; /* admitted: 32 bytes each */
	uint32_t branch;
	uint64_t branch_version;
	const char *detail, *vietnamese; /* rejected: the sentence in both languages */
	struct lt_bytes sentence;        /* rejected: encoded, lienthong/sentence.h */
	bool retry;
	uint32_t index;
};
struct lt_answers {
	size_t count;
	struct lt_answer *answers;
};
struct lt_delivery {
	uint64_t number, sequence;
	uint64_t previous; /* number of the item before it in this session; the first has the resume point */
	int64_t time;
	struct lt_envelope envelope;
	uint32_t branch;
	uint64_t branch_version;
	bool parts_elided;
	uint64_t erased_by; /* the ERASE record by which it is gone: no envelope stands here; 0: it does */
	uint32_t recipient; /* of a fork: the n-th of the header's recipients, from 1, for whose leg it is; else 0 */
};
struct lt_deliver {
	const char *agency;
	size_t count;
	struct lt_delivery *items;
	size_t root_count; /* as above */
	struct lt_bytes *roots;
};
struct lt_received {
	const char *agency;
	uint64_t number;
	size_t except_count;
	struct lt_exception *except;
};
struct lt_credit {
	const char *agency;
	uint32_t envelopes;
	uint64_t bytes;
};
/* What an adapter tells of itself. */
struct lt_adapter_report {
	int64_t clock;                                            /* its own, microseconds since 1970 */
	uint64_t disk_free, disk_size, disk_reserve, store_bytes; /* bytes */
	bool full;                                                /* it takes no new work */
	uint64_t unsent;                                          /* envelopes without a final answer */
	int64_t unsent_since; /* the oldest of them, by its clock; 0: there is none */
	int64_t restored_at;  /* it found its store empty or an older one, by its clock; 0: not these 30 days */
};
struct lt_ping {
	uint64_t token;
	struct lt_adapter_report *report; /* NULL: it tells nothing */
};
struct lt_pong {
	uint64_t token, head;
	int64_t time;
	uint64_t directory_version;
	size_t list_count;
	struct lt_bytes *lists; /* SHA-256 each */
	uint64_t definitions;
	int64_t legal_ahead; /* microseconds that a sandbox's legal time is ahead of `time`; elsewhere 0 */
};
/* What stands beside a reason: the sentence in both languages, ready to show, and encoded (lienthong/sentence.h). */
struct lt_said {
	const char *detail, *vietnamese;
	struct lt_bytes sentence;
};
/* Views into the refusal and into room, which holds the Vietnamese. A reason of 0: nothing. */
struct lt_said lt_link_said(const struct lt_refusal *why, char room[LT_SENTENCE_TEXT]);
/* As it came from a peer: its sentence, or, when this catalogue does not have it, the peer's English. */
void lt_link_heard(enum lt_reason reason, const struct lt_said *said, struct lt_refusal *out);
struct lt_list_get {
	struct lt_bytes sha256;
	uint64_t offset;
};
struct lt_list_chunk {
	struct lt_bytes sha256;
	uint64_t offset, size;
	struct lt_bytes data;
};
struct lt_directory_get {
	uint64_t version, offset;
};
struct lt_directory_chunk {
	uint64_t version, offset, size;
	struct lt_bytes data;
};
struct lt_part_open {
	const char *agency;
	struct lt_bytes sha256;
	uint64_t size;
	uint64_t number; /* of the mailbox: to be read; 0: to be written */
};
struct lt_part_state {
	const char *agency; /* in a session: who is asked to bring it again; else "" or NULL */
	struct lt_bytes sha256;
	uint64_t offset;
	bool stored;
	enum lt_reason reason;
	struct lt_said said;
	bool retry;
};
struct lt_part_chunk {
	struct lt_bytes sha256;
	uint64_t offset;
	struct lt_bytes data;
};
struct lt_part_get {
	struct lt_bytes sha256;
	uint64_t offset;
};
struct lt_query {
	uint64_t token, min_seq;
	const char *dossier, *agency;
	bool ledger; /* no dossier: a question about the ledger */
	size_t sequence_count;
	uint64_t *sequences;                  /* prove these records */
	uint64_t old_size;                    /* and how the ledger has grown from then; 0: do not */
	struct lt_dossiers_request *dossiers; /* no dossier: a list of the agency's own; else NULL */
	uint32_t procedures;                  /* no dossier: LT_LINK_PROCEDURES_*; 0: not about them */
	const char *procedure;                /* code; of a list: it begins behind this version; "": at the first */
	uint32_t version;                     /* of the one: 0 is the one in force */
	bool applicant;                       /* the dossier's signed answer to the applicant */
};
#define LT_LINK_PROCEDURES_LIST 1u
#define LT_LINK_PROCEDURES_ONE 2u
#define LT_LINK_PROCEDURES_MAX 256u /* of one answer */
enum lt_reason lt_dossiers_request_decode(struct lt_bytes bytes, struct lt_arena *arena,
					  struct lt_dossiers_request *out, struct lt_refusal *refusal);
/* Its texts are codes, its numbers in their bounds; an agency lists what it owes, holds or leads itself (NULL: an operator asks).
 * REQUEST_UNKNOWN names what is not so. */
enum lt_reason lt_dossiers_request_check(const struct lt_dossiers_request *request, const char *agency,
					 struct lt_refusal *refusal);
enum lt_err lt_dossiers_request_encode(const struct lt_dossiers_request *request, struct lt_buf *out);
struct lt_query_answer {
	uint64_t token, sequence;
	enum lt_reason reason;
	struct lt_said said; /* why there is no answer */
	struct lt_dossier_view *dossier;
	struct lt_ledger_view *ledger;
	struct lt_dossiers_view *dossiers;
	size_t procedure_count;
	struct lt_bytes *procedures; /* encoded; of one the version that is meant, which alone has legs, is the first */
	bool more;                   /* there are more behind them */
	struct lt_applicant_answer *applicant;
};
/* "handed on"; "unknown" for a number that is none. */
const char *lt_stay_end_name(uint32_t how);
/* The open row of an offer that waits for this act: at which leg, and what its receiver has used. NULL: the act is another. */
const struct lt_stay *lt_owed_wait(const struct lt_dossier_view *view, const struct lt_owed *owed);
/* A stay by itself, as rows and outcomes have it. */
enum lt_err lt_stay_encode(const struct lt_stay *stay, struct lt_buf *out);
enum lt_reason lt_stay_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_stay *out,
			      struct lt_refusal *refusal);
struct lt_bye {
	enum lt_reason reason;
	struct lt_said said;
	size_t agency_count;
	const char **agencies; /* the session goes on without these; none: it is over */
};

struct lt_link {
	enum lt_link_type type;
	union {
		struct lt_hello hello;
		struct lt_challenge challenge;
		struct lt_proof proof;
		struct lt_welcome welcome;
		struct lt_submit submit;
		struct lt_answers answers;
		struct lt_deliver deliver;
		struct lt_received received;
		struct lt_credit credit;
		struct lt_ping ping;
		struct lt_pong pong;
		struct lt_directory_get directory_get;
		struct lt_directory_chunk directory_chunk;
		struct lt_query query;
		struct lt_query_answer query_answer;
		struct lt_bye bye;
		struct lt_list_get list_get;
		struct lt_list_chunk list_chunk;
		struct lt_part_open part_open;
		struct lt_part_state part_state;
		struct lt_part_chunk part_chunk;
		struct lt_part_get part_get;
	} u;
};
/* Type of a message and, for SUBMIT, the number of its envelopes, from the outermost bytes alone: no allocation. */
enum lt_reason lt_link_peek(struct lt_bytes bytes, enum lt_link_type *type, size_t *envelopes);
enum lt_reason lt_link_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_link *out,
			      struct lt_refusal *refusal);
/* What an envelope of a SUBMIT costs whoever checks it. */
struct lt_link_weight {
	size_t bytes;
	bool own_check; /* its signature, or its root: false when it points to the root of the envelope before it */
};
/* Of a SUBMIT that lt_link_peek took: its first envelopes, LT_LINK_BATCH_MAX at most; returns how many. No allocation. */
size_t lt_link_weigh(struct lt_bytes bytes, struct lt_link_weight out[LT_LINK_BATCH_MAX]);
/* Some envelopes, with all roots, of a SUBMIT that lt_link_decode took. */
enum lt_reason lt_link_decode_slice(struct lt_bytes bytes, size_t first, size_t count, struct lt_arena *arena,
				    struct lt_submit *out, struct lt_refusal *refusal);
enum lt_err lt_link_encode(const struct lt_link *link, struct lt_buf *out);

/* The bytes that PROOF signs for one agency (SPEC.md, "Proof"). */
enum lt_err lt_proof_text(const char *domain, const char *agency, struct lt_bytes broker_nonce,
			  struct lt_bytes adapter_nonce, struct lt_bytes broker_key, struct lt_bytes adapter_key,
			  uint64_t resume, struct lt_buf *out);

#endif
