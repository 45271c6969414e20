/* spool_sent.c: what became of what was sent through the spool. */
#include "spool_internal.h"

#include "spool_say.h"

#include "http/api_view.h"

#include <lienthong/time.h>

#include <errno.h>
#include <stdio.h>

/* The text first, then the entry; what is left of one that a crash has cut is done again. */
static enum lt_err move_rejected(struct spool *spool, const struct spool_row *row, const struct outbox_state *state)
{
	struct lt_buf text = { 0 };
	char id[LT_UUID_TEXT], told[SPOOL_NAME_MAX + 16];
	int sent = spool->folders.fd[SPOOL_SENT];
	lt_uuid_format(state->id, id);
	snprintf(told, sizeof(told), "%s" SPOOL_TOLD, row->name);
	enum lt_err err = LT_OK;
	if (spool_there(sent, row->name)) {
		err = spool_say_rejection(&text, row->name, adapter_speaker(spool->adapter)->now(), id,
					  &state->rejection);
		if (!err)
			err = spool_fail(spool, sent, row->name, lt_buf_bytes(&text));
	}
	lt_buf_fini(&text);
	return err ? err : spool_remove(sent, told);
}

enum lt_err spool_tell(struct spool *spool, struct vault_tx *tx, uint64_t number)
{
	struct spool_row row;
	struct outbox_state state;
	char told[SPOOL_NAME_MAX + 16];
	int sent = spool->folders.fd[SPOOL_SENT];
	enum lt_err err = spool_row_get(tx, number, &row);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	if (err || row.over)
		return err == LT_ENOENT ? LT_OK : err;
	if (state.status == OUTBOX_REJECTED) {
		err = move_rejected(spool, &row, &state);
		if (!err)
			spool->over[spool->over_count++] = number;
		return err;
	}
	snprintf(told, sizeof(told), "%s" SPOOL_TOLD, row.name);
	if (!spool_there(sent, row.name) && !spool_there(sent, told)) /* its owner has taken it away */
		return LT_OK;
	return spool_write_json(spool, sent, told, view_envelope(tx, number, &state, spool->arena, true));
}
