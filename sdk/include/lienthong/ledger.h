/* ledger.h: checkpoints of the broker's ledger, and proofs about it, in the forms that c2sp.org gives: a checkpoint is a signed note
 * (signed-note, tlog-checkpoint), a proof of one record is a tlog-proof. Any tool that reads these reads ours. Pure functions. */
#ifndef LIENTHONG_LEDGER_H
#define LIENTHONG_LEDGER_H

#include <lienthong/base.h>
#include <lienthong/merkle.h>
#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_ORIGIN_MAX 192u       /* bytes with NUL: a domain, a slash and 32 hexadecimal digits */
#define LT_LEDGER_EXTRA_MAX 256u /* bytes: head and four digests are 176 */
#define LT_CHECKPOINT_MAX 4096u  /* bytes of a note; room for 16 witnesses */

/* The ledger as it was at one moment. Signed, it can never be taken back. */
struct lt_checkpoint {
	char origin[LT_ORIGIN_MAX]; /* domain "/" incarnation in hexadecimal */
	uint64_t size;              /* records; the newest one's sequence */
	uint8_t root[32];
	int64_t time; /* of the newest record, microseconds: the extension line "time N"; 0: there is none */
};
/* "lienthong.example.vn/0123…": LT_EINVAL when the domain does not fit. */
LT_API enum lt_err lt_ledger_origin(const char *domain, const uint8_t incarnation[16], char out[LT_ORIGIN_MAX]);
/* Appends the text that is signed. */
LT_API enum lt_err lt_checkpoint_text(const struct lt_checkpoint *checkpoint, struct lt_buf *out);
/* Reads a note's text; its signatures are not looked at. Strict: LT_EPARSE. */
LT_API enum lt_err lt_checkpoint_parse(struct lt_bytes note, struct lt_checkpoint *out);
/* The same when one of the note's signatures is by this Ed25519 key under the origin's name; CHECKPOINT_INVALID. */
LT_API enum lt_reason lt_checkpoint_verify(struct lt_bytes note, const uint8_t key[32], struct lt_checkpoint *out,
					   struct lt_refusal *refusal);

/* Who signs checkpoints: an Ed25519 key in a PEM file of mode 0600 or stricter (LT_EDENIED). */
struct lt_ledger_signer;
LT_API enum lt_err lt_ledger_signer_open(const char *key_path, struct lt_ledger_signer **out);
LT_API void lt_ledger_signer_free(struct lt_ledger_signer *signer);
LT_API const uint8_t *lt_ledger_signer_key(const struct lt_ledger_signer *signer); /* 32 bytes, public */
/* Appends the signed note. */
LT_API enum lt_err lt_checkpoint_sign(struct lt_ledger_signer *signer, const struct lt_checkpoint *checkpoint,
				      struct lt_buf *out);
/* Makes a new key and its file. LT_EEXIST. */
LT_API enum lt_err lt_ledger_key_new(const char *key_path, uint8_t public_key[32]);

/* One record's place in a checkpoint's tree. */
struct lt_ledger_proof {
	uint64_t index; /* sequence - 1 */
	size_t extra_len;
	uint8_t extra
		[LT_LEDGER_EXTRA_MAX]; /* what the leaf is made of: the leaf is SHA-256 of 00 and this; may be empty */
	size_t path_count;
	uint8_t path[LT_MERKLE_PATH_MAX][32];
	struct lt_bytes checkpoint; /* the signed note; a view */
};
LT_API enum lt_err lt_ledger_proof_text(const struct lt_ledger_proof *proof, struct lt_buf *out);
LT_API enum lt_err lt_ledger_proof_parse(struct lt_bytes text, struct lt_ledger_proof *out); /* LT_EPARSE */

/* What a broker answers about its ledger (proto/SPEC.md section 6). Nothing of it is checked. Views; hashes of 32 bytes each. */
#define LT_LEDGER_PROOFS_MAX 64u
struct lt_ledger_path {
	uint64_t sequence;
	size_t count;
	struct lt_bytes *hashes; /* inclusion path of the record in the checkpoint's tree, from the leaf up */
};
/* A ledger that the broker's goes on from, since a restore; the broker's word. */
struct lt_ledger_end {
	const char *origin;
	uint64_t size; /* records up to which both are the same, and their root */
	struct lt_bytes root;
};
struct lt_ledger_view {
	struct lt_bytes checkpoint; /* the newest, a signed note */
	size_t proof_count;
	struct lt_ledger_path *proofs; /* in the order in which they were asked for */
	uint64_t old_size;
	size_t grown_count;
	struct lt_bytes *grown; /* consistency proof from the tree of old_size; RFC 9162 section 2.1.4 */
	size_t before_count;
	struct lt_ledger_end *before; /* oldest first */
};
/* Copies a proof's hashes. False: too many, or one that is not of 32 bytes. */
LT_API bool lt_ledger_hashes(const struct lt_bytes *hashes, size_t count, uint8_t out[LT_MERKLE_PATH_MAX + 1][32]);

#ifdef __cplusplus
}
#endif

#endif
