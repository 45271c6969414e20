/* link_revoked.c: the broker says that our certificate is revoked. What waits was signed with it and can never be admitted: it ends as
 * that, and its system knows, instead of waiting in the outbox for a session that does not come. It is the broker's word, as every
 * refusal is; nothing is signed for it. With the next session of the agency all is as before. */
#include "link_thread.h"

#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_A_TIME 64u /* in one transaction */

struct ending {
	struct adapter *adapter;
	size_t count;
	struct outbox_answer answers[AT_A_TIME];
};

void link_revoked(struct adapter *adapter, const char *agency)
{
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		if (!agency || strcmp(adapter->speaker.agencies[i].code, agency) == 0)
			adapter->revoked[i] = true;
	}
}

void link_not_revoked(struct adapter *adapter, const char *agency)
{
	size_t index = link_agency_index(adapter, agency);
	if (index < LINK_AGENCIES_MAX)
		adapter->revoked[index] = false;
}

static bool is_revoked(const struct adapter *adapter, const char *agency)
{
	size_t index = link_agency_index(adapter, agency);
	return index < LINK_AGENCIES_MAX && adapter->revoked[index];
}

static enum lt_err find(struct adapter *adapter, struct ending *ending)
{
	struct vault_tx *tx;
	struct lt_bytes value;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (err)
		return err;
	for (uint64_t number = 0; !err && ending->count < AT_A_TIME; number++) {
		struct outbox_state state;
		err = vault_seek_u64(tx, VAULT_QUEUE, number, &number, &value);
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (err || !is_revoked(adapter, state.sender))
			continue;
		struct outbox_answer *answer = &ending->answers[ending->count++];
		*answer = (struct outbox_answer){ .reason = LT_CERTIFICATE_REVOKED };
		memcpy(answer->id, state.id, sizeof(answer->id));
		snprintf(answer->sender, sizeof(answer->sender), "%s", state.sender);
		struct lt_refusal refusal;
		lt_refuse(&refusal, LT_CERTIFICATE_REVOKED, "the broker says that the certificate of %s is revoked",
			  state.sender);
		lt_refusal_say(&refusal, LT_ENGLISH, answer->detail, sizeof(answer->detail));
		lt_refusal_say(&refusal, LT_VIETNAMESE, answer->vietnamese, sizeof(answer->vietnamese));
	}
	vault_read_end(tx);
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err run(void *ctx, struct vault_tx *tx)
{
	struct ending *ending = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < ending->count && !err; i++)
		err = outbox_answered(tx, &ending->adapter->speaker, &ending->answers[i]);
	return err;
}

static void done(void *ctx, enum lt_err err)
{
	struct ending *ending = ctx;
	struct adapter *adapter = ending->adapter;
	if (err)
		lt_log(LT_LOG_ERROR, "what waits cannot be ended", "error", lt_err_text(err), NULL);
	for (size_t i = 0; i < ending->count && !err && adapter->events.answered; i++)
		adapter->events.answered(adapter->ctx, &ending->answers[i]);
	free(ending);
	link_changed(adapter);
	atomic_store(&adapter->ending, false);
	adapter_wake(adapter);
}

void link_revoked_step(struct adapter *adapter)
{
	bool any = false;
	for (size_t i = 0; i < adapter->speaker.agency_count; i++)
		any = any || adapter->revoked[i];
	if (!any || atomic_load(&adapter->ending))
		return;
	struct ending *ending = calloc(1, sizeof(*ending));
	if (!ending)
		lt_fatal("out of memory");
	ending->adapter = adapter;
	enum lt_err err = find(adapter, ending);
	if (err)
		lt_log(LT_LOG_ERROR, "the outbox cannot be read", "error", lt_err_text(err), NULL);
	if (err || ending->count == 0) {
		free(ending);
		return;
	}
	for (size_t i = 0; i < ending->count; i++)
		sender_forget(adapter->sender, ending->answers[i].id);
	atomic_store(&adapter->ending, true);
	vault_post(adapter->vault, &(struct vault_job){ .run = run, .done = done, .ctx = ending });
}
