/* record.h: what stands in the journal: a record is a head and pieces, a command and its outcome. Schema of the pieces:
 * proto/record.proto; how they stand in a record and what its leaf is: docs/disk-format.md. Reading and writing as in wire/link.h.
 * In-tree programs only; not installed. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <lienthong/base.h>
#include <lienthong/dossier.h>
#include <lienthong/envelope.h>
#include <lienthong/reason.h>
#include <lienthong/receipt.h>

#include "base/digest.h"

enum lt_command_type {
	LT_COMMAND_SUBMIT = 1,
	LT_COMMAND_ACK,
	LT_COMMAND_SESSION,
	LT_COMMAND_DEFINE,
	LT_COMMAND_ADMIN,
	LT_COMMAND_GENESIS,
	LT_COMMAND_INCARNATION,
	LT_COMMAND_SNAPSHOT,
	LT_COMMAND_ELIDE,
	LT_COMMAND_PRUNE,
	LT_COMMAND_CLOCK,
	LT_COMMAND_NOTICES,
	LT_COMMAND_OUTAGE,
	LT_COMMAND_ACTIVATE,
	LT_COMMAND_ERASE = 20,
	LT_COMMAND_LARGE,
	LT_COMMAND_LARGE_GONE,
};
struct lt_verdict {
	enum lt_reason reason;
	struct lt_bytes sentence; /* encoded, lienthong/sentence.h; empty: none */
	struct lt_bytes certificate_sha256;
	uint64_t directory_version, trust_version;
	bool stale;
	uint32_t parts; /* number of part bytes that follow the record */
	uint32_t blobs; /* bit i: part i is large, and in a file of its own */
	const char *
		carrier; /* domain of the broker that brought it; "": a record with one is of a later version, and refused */
};
struct lt_submit_command {
	struct lt_bytes header, signature;
	struct lt_verdict verdict;
};
struct lt_ack_exception {
	uint64_t number;
	enum lt_reason reason;
	struct lt_bytes sha256;
};
struct lt_ack_item {
	const char *agency;
	uint64_t number;
	size_t except_count; /* ACK alone */
	struct lt_ack_exception *except;
};
struct lt_ack_command {
	size_t count;
	struct lt_ack_item *items;
};
struct lt_session_command {
	struct lt_bytes curve_key;
	const char *software;
	size_t count;
	struct lt_ack_item *agencies;
	uint64_t directory_version; /* what the adapter holds, as HELLO says */
	struct lt_bytes directory_sha256;
	uint64_t definitions;
};
enum lt_definition {
	LT_DEFINE_DIRECTORY = 1,
	LT_DEFINE_CRL,
	LT_DEFINE_PROCEDURE,
	LT_DEFINE_CALENDAR,
	LT_DEFINE_OFFICE
};
/* What the door read in a revocation list (trust/trust.h): apply and replay do not parse it. */
struct lt_crl_verdict {
	struct lt_bytes list;   /* 32 bytes: SHA-256 of its issuer and the id of its CA's key; empty: no verdict */
	struct lt_bytes number; /* cRLNumber, big-endian, shortest */
	int64_t made, ends;     /* thisUpdate, nextUpdate: microseconds */
};
struct lt_define_command {
	enum lt_definition type;
	struct lt_bytes data;
	const char *operator_name, *reason;
	uint32_t uid; /* who asked, by the kernel's word; the name beside it is a claim */
	const char *login;
	struct lt_crl_verdict crl; /* of a CRL; set by the broker */
};
enum lt_admin_act {
	LT_ADMIN_SUSPEND = 1,
	LT_ADMIN_RESUME,
	LT_ADMIN_TIME_CONFIRMED,
	LT_ADMIN_SKIP,
	LT_ADMIN_TIME_SET,
	LT_ADMIN_REDELIVER,
	LT_ADMIN_MAILBOX_BEGIN,
	LT_ADMIN_TRUST_GRACE = 20,
	LT_ADMIN_CRL_WITHDRAW,
	LT_ADMIN_RESTORE_CONFIRM,
	LT_ADMIN_DOSSIER_REPAIR = 30,
	LT_ADMIN_DOSSIER_CLOSE,
	LT_ADMIN_DOSSIER_CONFIRM,
	LT_ADMIN_STAY_CORRECT = 40,
	LT_ADMIN_CARRY_OPEN = 50,
	LT_ADMIN_CARRY_CONFIRM,
	LT_ADMIN_CARRY_CLOSE,
	LT_ADMIN_SANDBOX_CLOCK = 60,
	LT_ADMIN_DRAIN = 70,
	LT_ADMIN_CLOSURE,
	LT_ADMIN_REOPEN,
	LT_ADMIN_REMIND = 80,
	LT_ADMIN_OFFER_BACK,
	LT_ADMIN_AGENCY_REMIND,
};
struct lt_repair_branch {
	uint32_t number;
	const char *holder; /* "": closed */
	const char *leg;    /* its id */
};
struct lt_admin_command {
	enum lt_admin_act act;
	const char *subject;
	uint64_t number;
	const char *operator_name, *reason;
	int64_t time; /* TIME_SET: what the operator sees on another clock; CARRY_OPEN, CLOSURE: from; SANDBOX_CLOCK: legal time to go to */
	uint32_t uid; /* who asked, by the kernel's word; the name beside it is a claim */
	const char *login;
	uint64_t dossier; /* SKIP: dense number */
	size_t branch_count;
	struct lt_repair_branch *branches; /* REPAIR */
	uint32_t status;
	uint32_t verdict; /* STAY_CORRECT: enum lt_verdict_time; 0: it stays */
	int64_t until;    /* CARRY_OPEN, CLOSURE */
};
struct lt_genesis_command {
	const char *domain;
	struct lt_bytes registrar, ca, incarnation;
	bool sandbox; /* its legal time may be moved; for good */
};
struct lt_incarnation_command {
	struct lt_bytes incarnation;
};
struct lt_snapshot_command {
	uint64_t at;
	struct lt_bytes state_hash;
};
struct lt_elide_command {
	size_t count;
	uint64_t *sequences;
	bool some_stay; /* not the first that wait: what stands before or between them stays */
};
struct lt_mailbox_prune {
	const char *agency;
	size_t count;
	uint64_t *numbers; /* entries that go */
	uint64_t gone;     /* up to this number all have gone but those that somebody may still need */
};
struct lt_prune_command {
	int64_t before;         /* ids made before are forgotten: milliseconds since the epoch; 0: none */
	uint64_t answers_below; /* whole answers of the records below are forgotten; 0: none */
	size_t mailbox_count;
	struct lt_mailbox_prune *mailboxes;
};
/* What can be due: clock.def. */
enum lt_clock_kind {
#define LT_CLOCK(name, rule, number, ...) LT_CLOCK_##name = number,
#include "clock.def"
#undef LT_CLOCK
};
#define LT_CLOCKS_END 17u /* above all numbers */
struct lt_clock_command {
	enum lt_clock_kind kind;
	uint64_t dossier;
	uint32_t branch, generation;
	int64_t due;
	const char *subject;
	uint64_t armed; /* the record by which it falls due then */
};
struct lt_notice_signature {
	uint64_t sequence;
	uint32_t index;
	struct lt_bytes signature;
};
/* Signatures of one batch: their CMS is among roots, and they point to it (wire/frame_roots.h). */
struct lt_notices_command {
	size_t count;
	struct lt_notice_signature *notices;
	size_t root_count;
	struct lt_bytes *roots;
	struct lt_bytes certificate_sha256; /* that they were signed with; 32 bytes */
};
struct lt_outage_command {
	int64_t from, to;
	const char *operator_name, *reason;
	uint32_t uid; /* who asked, by the kernel's word; the name beside it is a claim */
	const char *login;
};
struct lt_activate_command {
	uint32_t rules_version;
	const char *operator_name, *reason;
	uint32_t uid; /* who asked, by the kernel's word; the name beside it is a claim */
	const char *login;
};
#define LT_ERASE_MAX 256u /* records of one ERASE: bounds its time */
struct lt_erase_command {
	size_t count;
	uint64_t *sequences; /* rising */
	uint64_t dossier;    /* dense number: theirs; 0: of none */
	size_t field_count;
	const char **fields; /* of that dossier, whose values go */
	const char *operator_name, *reason;
	uint32_t uid; /* who asked, by the kernel's word; the name beside it is a claim */
	const char *login;
};
struct lt_large_command {
	const char *agency;
	struct lt_bytes sha256, chunks; /* 32 bytes each */
	uint64_t size;
};
#define LT_LARGE_GONE_MAX 256u /* of one command: bounds its time */
struct lt_large_gone_command {
	size_t count;
	struct lt_bytes *sha256; /* 32 bytes each */
};
struct lt_command {
	enum lt_command_type type;
	union {
		struct lt_submit_command submit;
		struct lt_ack_command ack;
		struct lt_session_command session;
		struct lt_define_command define;
		struct lt_admin_command admin;
		struct lt_genesis_command genesis;
		struct lt_incarnation_command incarnation;
		struct lt_snapshot_command snapshot;
		struct lt_elide_command elide;
		struct lt_prune_command prune;
		struct lt_clock_command clock;
		struct lt_notices_command notices;
		struct lt_outage_command outage;
		struct lt_activate_command activate;
		struct lt_erase_command erase;
		struct lt_large_command large;
		struct lt_large_gone_command large_gone;
	} u;
};
struct lt_mailbox_item {
	const char *agency;
	uint64_t number;
	uint64_t from; /* of a reorganisation: its number in the closed agency's mailbox; else 0 */
};
struct lt_outcome {
	enum lt_reason reason;
	struct lt_bytes sentence; /* encoded, lienthong/sentence.h; empty: none */
	uint64_t dossier;
	uint32_t branch;
	uint64_t branch_version;
	uint32_t status;
	size_t mail_count;
	struct lt_mailbox_item *mail;
	uint64_t version;
	size_t notice_count;
	struct lt_bytes *notices; /* encoded headers, unsigned */
	uint64_t value;           /* layout and digest of the dossier's new value, for replay to compare; 0: none */
	size_t stay_count;
	struct lt_stay *stays; /* stays and waits that the act has ended */
	int64_t due;   /* until when what this record asks for has to come; of what comes, when it had to; 0: neither */
	int64_t legal; /* the legal time of it, in a sandbox whose own is ahead; 0: the record's */
};
/* When it was by law: what people are shown. */
static inline int64_t lt_outcome_time(const struct lt_outcome *outcome, int64_t time)
{
	return outcome->legal != 0 ? outcome->legal : time;
}
/* The broker did not believe its machine's clock when it made the record: the time is the last one that it trusted, and what has
 * passed since. */
#define LT_RECORD_TIME_UNCONFIRMED 1u
#define LT_RECORD_SALT 16u /* bytes */
/* Digests of what the sender does not have itself are salted: a mailbox number or a word is soon guessed. */
struct lt_record {
	uint64_t sequence;
	int64_t time;
	uint64_t previous;
	uint32_t rules_version;
	uint64_t term;
	uint32_t time_generation, flags;
	bool submit; /* an envelope: header, signature, verdict; else command */
	/* The ERASE record by which header and signature, or the command, are gone: their digests are below. 0: they are there. */
	uint64_t erased_by;
	struct lt_bytes header, signature;
	struct lt_bytes verdict;    /* encoded Verdict */
	struct lt_bytes command;    /* encoded Command, never a SUBMIT */
	struct lt_bytes outcome;    /* encoded Outcome */
	struct lt_bytes salts[2];   /* LT_RECORD_SALT each: of verdict or command, of the outcome */
	struct lt_bytes digests[2]; /* erased: 32 bytes each, of header and signature, or of the command alone */
	struct digest_last *cms;    /* of the batch before, of whoever digests many records; NULL: none is remembered */
};
/* What a leaf is made of. */
struct lt_record_digests {
	struct lt_receipt receipt; /* of a SUBMIT: what ADMITTED tells */
	uint8_t leaf[32];
	uint8_t text[LT_RECORD_HEAD_LEN + 4 * 32]; /* the leaf is SHA-256 of 00 and this */
	size_t text_len;
	/* Where the CMS of a batch signature stands in the encoded record, from its first byte: other envelopes of the batch have the
	 * same. Length 0: none. And how far behind it the second step of its path stands, with how many are there from it on
	 * (FRAME_ROOTS_STEP bytes each): others have the last of them, the first only this one's neighbour. The signature's area is 32
	 * bytes at least without all that too. lt_record_encode alone sets them. */
	size_t root_at, root_len, path_gap, path_steps;
};
enum lt_reason lt_command_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_command *out,
				 struct lt_refusal *refusal);
enum lt_err lt_command_encode(const struct lt_command *command, struct lt_buf *out);
enum lt_reason lt_outcome_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_outcome *out,
				 struct lt_refusal *refusal);
/* Of an outcome's bytes these two alone, for who needs nothing else of it. False: they are no outcome's. */
bool lt_outcome_branch(struct lt_bytes bytes, uint32_t *branch, uint64_t *version);
enum lt_err lt_outcome_encode(const struct lt_outcome *outcome, struct lt_buf *out);
enum lt_err lt_verdict_encode(const struct lt_verdict *verdict, struct lt_buf *out);
/* No arena: views into bytes. The pieces are read by the functions above. */
enum lt_reason lt_record_decode(struct lt_bytes bytes, struct lt_record *out, struct lt_refusal *refusal);
/* header_sha256 may be NULL; who has it already spares the work. digests may be NULL. LT_ENOMEM. */
enum lt_err lt_record_encode(const struct lt_record *record, const uint8_t *header_sha256, struct lt_buf *out,
			     struct lt_record_digests *digests);
void lt_record_digest(const struct lt_record *record, const uint8_t *header_sha256, struct lt_record_digests *out);
/* The leaf of a record's bytes; false when they are no record. */
bool lt_record_leaf(struct lt_bytes bytes, uint8_t leaf[32]);
/* The command of a record, SUBMIT or other. An erased one has none: RECORD_ERASED. */
enum lt_reason lt_record_command(const struct lt_record *record, struct lt_arena *arena, struct lt_command *out,
				 struct lt_refusal *refusal);
/* Appends the record without header and signature, or without its command: their digests stand there, and `act`, the ERASE record by
 * which they went. The leaf stays, and so does the length, but for `shorter` bytes, by which the signature's area shrinks (a root that
 * stands elsewhere). One that is erased is appended as it is. LT_EPARSE, LT_ENOMEM; LT_EINVAL: the act is not behind it, or so much is
 * not there. */
enum lt_err lt_record_erase(struct lt_bytes bytes, uint64_t act, size_t shorter, struct lt_buf *out);

#endif
