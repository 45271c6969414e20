/* post_again.c: {"again": ID}: an act of ours that the broker has rejected, made anew: what its agency decided is the same, the id is another,
 * and where the dossier is by now is looked up. */
#include "post.h"

#include "program/json.h"

#include <lienthong/time.h>

#include <string.h>

#define ARENA_MAX (1u << 20) /* bytes: a header of LT_HEADER_MAX, and its records */

static void refuse(struct post *post, const char *id, const char *what)
{
	json_refuse_as(&post->reader, "/again", LT_FIELD_NOT_ALLOWED,
		       "again: %.40s is %.20s; only what the broker has rejected is sent again", id, what);
}

/* The bytes live as long as the post. */
static enum lt_err copy(struct post *post, struct lt_bytes header, struct lt_refusal *refusal)
{
	enum lt_err err = lt_arena_new(ARENA_MAX, &post->again);
	void *bytes = err ? NULL : lt_arena_alloc(post->again, header.len);
	if (!bytes)
		return LT_ENOMEM;
	memcpy(bytes, header.data, header.len);
	return lt_header_parse(lt_bytes(bytes, header.len), post->again, &post->draft.header, refusal) ? LT_ECORRUPT
												       : LT_OK;
}

static enum lt_err load(struct post *post, struct vault_tx *tx, const char *text)
{
	uint8_t id[16];
	uint64_t number;
	struct outbox_state state;
	struct lt_bytes header, signature;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_uuid_parse(text, id) ? LT_ENOENT : outbox_find(tx, id, &number);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	if (!err && state.status != OUTBOX_REJECTED) {
		refuse(post, text, outbox_status_name(state.status));
		return LT_OK;
	}
	if (!err)
		err = outbox_envelope(tx, number, &header, &signature);
	return err ? err : copy(post, header, &refusal);
}

void post_read_again(struct post *post)
{
	static const char *const known[] = { "again", "idempotency_key", NULL };
	struct vault_tx *tx;
	const char *text = "";
	json_check_keys(&post->reader, post->reader.root, "", known);
	json_read_text(&post->reader, post->reader.root, "", "again", true, &text);
	if (post->reader.refusal.reason)
		return;
	enum lt_err err = post->vault ? vault_read_begin(post->vault, &tx) : LT_ENOENT;
	if (!err) {
		err = load(post, tx, text);
		vault_read_end(tx);
	}
	if (err == LT_ENOENT)
		refuse(post, text, "not here");
	else if (err)
		json_refuse_as(&post->reader, "/again", LT_INTERNAL_ERROR, "again: %s", lt_err_text(err));
	struct lt_header *header = &post->draft.header;
	memset(header->id, 0, sizeof(header->id));
	header->sent_at = 0;
	header->branch = 0;
	header->branch_version = 0;
	post->request.header = *header;
}
