/* checkpoints.c: one checkpoint, and evidence. */
#include "checkpoints.h"

#include "base/fields.h"
#include "program/log.h"
#include "receipts.h"

#include <stdio.h>
#include <string.h>

static struct lt_bytes name_of(const char *name)
{
	return lt_bytes(name, strlen(name));
}

static enum lt_err load_note(struct vault_tx *tx, struct checkpoints_kept *out)
{
	struct lt_bytes note;
	enum lt_err err = vault_get(tx, VAULT_META, name_of("checkpoint"), &note);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	if (note.len > sizeof(out->note) || lt_checkpoint_parse(note, &out->checkpoint))
		return LT_ECORRUPT;
	memcpy(out->note, note.data, note.len);
	out->note_len = note.len;
	out->any = true;
	return LT_OK;
}

enum lt_err checkpoints_load(struct vault_tx *tx, struct checkpoints_kept *out)
{
	struct lt_bytes why;
	memset(out, 0, sizeof(*out));
	enum lt_err err = load_note(tx, out);
	if (err)
		return err;
	err = vault_get(tx, VAULT_META, name_of("ledger_broken"), &why);
	if (!err)
		lt_refuse(&out->broken, LT_CHECKPOINT_INVALID, "%.*s", (int)why.len, (const char *)why.data);
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err checkpoints_keep(struct vault_tx *tx, struct lt_bytes note)
{
	return vault_put(tx, VAULT_META, name_of("checkpoint"), note);
}

enum lt_err checkpoints_follow(struct vault_tx *tx, const struct checkpoints_kept *kept, struct lt_bytes note,
			       int64_t now)
{
	enum lt_err err = receipts_evidence(tx, NULL, kept->checkpoint.size, lt_bytes(kept->note, kept->note_len), now);
	if (!err)
		err = vault_delete(tx, VAULT_META, name_of("ledger_broken"));
	return err ? err : checkpoints_keep(tx, note);
}

enum lt_err checkpoints_break(struct vault_tx *tx, const struct checkpoints_kept *kept, struct lt_bytes note,
			      const char *why, int64_t now)
{
	struct lt_buf value = { 0 };
	struct fields_writer writer = { .buf = &value };
	fields_put_text(&writer, why);
	fields_put_bytes(&writer, lt_bytes(kept->note, kept->note_len));
	fields_put_bytes(&writer, note);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = receipts_evidence(tx, NULL, kept->checkpoint.size, lt_buf_bytes(&value), now);
	if (!err)
		err = vault_put(tx, VAULT_META, name_of("ledger_broken"), name_of(why));
	lt_buf_fini(&value);
	lt_log(LT_LOG_ERROR, "the broker's ledger does not agree with what it has signed: nothing is submitted", "why",
	       why, "kept", kept->checkpoint.origin, "kept_size", lt_log_u64(kept->checkpoint.size), NULL);
	return err;
}

enum lt_err checkpoints_accept(struct vault_tx *tx)
{
	struct lt_bytes why;
	enum lt_err err = vault_get(tx, VAULT_META, name_of("ledger_broken"), &why);
	if (!err)
		err = vault_delete(tx, VAULT_META, name_of("ledger_broken"));
	return err ? err : vault_delete(tx, VAULT_META, name_of("checkpoint"));
}

bool checkpoints_signed(struct directory_current *book, struct lt_bytes note, struct lt_checkpoint *out,
			struct lt_refusal *refusal)
{
	struct directory_page *page = directory_current_ref(book);
	const struct lt_directory *directory = directory_current_directory(page);
	enum lt_reason reason = directory ? lt_directory_checkpoint(directory, note, out, refusal)
					  : lt_refuse(refusal, LT_CHECKPOINT_INVALID, "there is no directory yet");
	directory_current_unref(page);
	return reason == LT_REASON_NONE;
}

/* The smaller of what both ledgers have in common and what we have seen. */
static enum checkpoints_verdict judge_other(struct directory_current *book, const struct lt_checkpoint *ours,
					    const struct lt_checkpoint *next, struct checkpoints_base *base, char *why)
{
	struct directory_page *page = directory_current_ref(book);
	const struct lt_directory *directory = directory_current_directory(page);
	bool joined = directory && lt_directory_origins(directory, ours->origin, next->origin, &base->size, base->root);
	directory_current_unref(page);
	if (!joined || next->size < base->size) {
		snprintf(why, 160, "the registrar has not signed that its ledger goes on as %.100s", next->origin);
		return CHECKPOINTS_OTHER;
	}
	base->other = true;
	if (ours->size < base->size) {
		base->size = ours->size;
		memcpy(base->root, ours->root, sizeof(base->root));
	}
	return CHECKPOINTS_ASK;
}

enum checkpoints_verdict checkpoints_judge(struct directory_current *book, const struct checkpoints_kept *kept,
					   const struct lt_checkpoint *next, struct checkpoints_base *base, char *why)
{
	const struct lt_checkpoint *ours = &kept->checkpoint;
	*base = (struct checkpoints_base){ .size = ours->size };
	memcpy(base->root, ours->root, sizeof(base->root));
	if (!kept->any)
		return CHECKPOINTS_AGREE;
	if (strcmp(ours->origin, next->origin) != 0)
		return judge_other(book, ours, next, base, why);
	if (next->size > ours->size)
		return CHECKPOINTS_ASK;
	bool same = next->size == ours->size && memcmp(next->root, ours->root, sizeof(ours->root)) == 0;
	if (same)
		return CHECKPOINTS_AGREE;
	if (next->size == ours->size)
		snprintf(why, 160, "two roots are signed for the same %llu records", (unsigned long long)next->size);
	else
		snprintf(why, 160, "it ends at record %llu, and record %llu was signed for before",
			 (unsigned long long)next->size, (unsigned long long)ours->size);
	return CHECKPOINTS_BREAK;
}

bool checkpoints_grown(const struct checkpoints_base *base, const struct lt_checkpoint *next,
		       const struct lt_bytes *hashes, size_t count)
{
	uint8_t proof[LT_MERKLE_PATH_MAX + 1][32];
	return lt_ledger_hashes(hashes, count, proof) &&
	       lt_merkle_verify_consistency(base->size, base->root, next->size, next->root, (const uint8_t(*)[32])proof,
					    count);
}
