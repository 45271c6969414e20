/* receipt.h: what an ADMITTED says of the broker's ledger, and how its owner rebuilds the leaf that stands there.
 *
 * A record of the broker's journal is a head and pieces; its leaf is a hash over the head and the digests of the pieces
 * (proto/SPEC.md, "The ledger"). Of an envelope's record the sender has header and signature itself, and ADMITTED tells head and
 * the two digests of what the broker found and decided: with these it can check any proof about its leaf, and nobody shows it
 * another agency's data. Pure functions. */
#ifndef LIENTHONG_RECEIPT_H
#define LIENTHONG_RECEIPT_H

#include <lienthong/base.h>

#define LT_RECORD_HEAD_LEN 48u

enum lt_record_form {
	LT_RECORD_SUBMIT = 1, /* pieces: header, signature, verdict, outcome */
	LT_RECORD_COMMAND,    /* pieces: command, outcome */
};
struct lt_record_head {
	enum lt_record_form form;
	uint32_t rules_version;
	uint64_t sequence;
	int64_t time;             /* microseconds since the epoch */
	uint64_t previous;        /* previous record of the same dossier; 0: none */
	uint64_t term;            /* of the broker among its standbys; 0: it has none */
	uint32_t time_generation; /* raised when an operator set the time; (generation, time) never falls */
	uint32_t flags;
};
/* The fixed layout, little-endian: the leaf is made of it, and the record begins with it. */
LT_API void lt_record_head_put(const struct lt_record_head *head, uint8_t out[LT_RECORD_HEAD_LEN]);
/* LT_EPARSE for another length, or a form that has no name. */
LT_API enum lt_err lt_record_head_get(struct lt_bytes bytes, struct lt_record_head *out);

struct lt_receipt {
	uint8_t head[LT_RECORD_HEAD_LEN];
	uint8_t verdict[32], outcome[32]; /* H(verdict), H(outcome): salted, the broker keeps the salts */
};
/* H(signature): what a leaf says of an encoded Signature message. Bytes that are no well-formed Signature, or no place in a batch,
 * have a digest too: refusals are recorded. */
LT_API void lt_signature_digest(struct lt_bytes signature, uint8_t out[32]);
/* What the leaf of an envelope of ours is made of: head and four digests; the leaf is SHA-256 of a zero byte and this. LT_EPARSE when
 * the receipt's head is not one of a SUBMIT. */
#define LT_RECEIPT_TEXT_LEN (LT_RECORD_HEAD_LEN + 4u * 32u)
LT_API enum lt_err lt_receipt_text(const struct lt_receipt *receipt, struct lt_bytes header, struct lt_bytes signature,
				   uint8_t out[LT_RECEIPT_TEXT_LEN]);
/* The leaf of an envelope of ours, as the ledger must hold it. header and signature are those that were sent. LT_EPARSE when the
 * receipt's head is not one of a SUBMIT. */
LT_API enum lt_err lt_receipt_leaf(const struct lt_receipt *receipt, struct lt_bytes header, struct lt_bytes signature,
				   uint8_t leaf[32]);

#endif
