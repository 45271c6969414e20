/* record_proof.c: the path comes from the ledger, what the leaf is made of from the record. */
#include "record_proof.h"

#include "cli/cli_output.h"

#include <lienthong/ledger.h>
#include <string.h>

/* What the leaf is made of: digests alone. */
static int fill_extra(struct control_client *control, uint64_t sequence, struct lt_ledger_proof *proof)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence };
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_record_digests digests;
	struct lt_refusal refusal = { 0 };
	int code = control_call(control, &request, &answer);
	if (code != EX_OK)
		return code;
	if (lt_record_decode(answer.record.record, &record, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", output_u64(sequence), refusal.detail);
	lt_record_digest(&record, NULL, &digests);
	memcpy(proof->extra, digests.text, digests.text_len);
	proof->extra_len = digests.text_len;
	return EX_OK;
}

static int fill_path(const struct lt_ledger_view *view, struct lt_ledger_proof *proof)
{
	uint8_t hashes[LT_MERKLE_PATH_MAX + 1][32];
	if (view->proof_count != 1 || !lt_ledger_hashes(view->proofs[0].hashes, view->proofs[0].count, hashes))
		return say_fail(EX_PROTOCOL, "the broker's proof is none");
	proof->path_count = view->proofs[0].count;
	memcpy(proof->path, hashes, 32 * proof->path_count);
	proof->checkpoint = view->checkpoint;
	return EX_OK;
}

int record_proof_make(struct control_client *control, uint64_t sequence, struct lt_buf *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER, .sequence = sequence };
	struct lt_control_answer answer;
	struct lt_ledger_proof proof = { .index = sequence - 1 };
	int code = control_call(control, &request, &answer);
	if (code == EX_OK)
		code = fill_path(&answer.ledger, &proof);
	if (code == EX_OK)
		code = fill_extra(control, sequence, &proof);
	enum lt_err err = code == EX_OK ? lt_ledger_proof_text(&proof, out) : LT_OK;
	return err ? say_fail_err(err, "write the proof") : code;
}
