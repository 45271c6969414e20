/* apply_notices.c: NOTICES: signatures of notices that earlier records made: now they go into the mailboxes, once. */
#include <string.h>

#include "program/field.h"
#include "rules/notice.h"
#include "rules/reorganise.h"

static void load_dossier(struct act *act, uint64_t number)
{
	uint8_t key[8];
	struct lt_bytes value;
	if (act->dossier->number == number)
		return;
	field_key_u64(key, number);
	if (store_get(act->state->store, STORE_DOSSIER, lt_bytes(key, 8), &value))
		lt_fatal("the store has no dossier %llu; remedy: `lienthong store rebuild`",
			 (unsigned long long)number);
	dossier_decode(value, number, act->dossier);
}

static void post(struct act *act, const char *to, uint32_t at)
{
	struct lt_outcome *outcome = &act->outcome;
	uint32_t index = mailboxes_get(&act->state->mailboxes, reorganise_mailbox(act, to));
	struct mailbox *mailbox = &act->state->mailboxes.items[index];
	struct mailbox_entry entry = { .sequence = act->sequence, .dossier = act->dossier->number, .notice = at + 1 };
	LT_ASSERT(outcome->mail_count < APPLY_MAIL_MAX);
	act->mail_index[outcome->mail_count] = index;
	act->mail[outcome->mail_count++].number = mailbox_append(mailbox, act->state->store, &entry);
}

/* A signature of what is not waiting is passed over: it came before. */
static void post_notice(struct act *act, const struct lt_notice_signature *notice, uint32_t at)
{
	struct state *state = act->state;
	char to[NOTICE_TO_MAX][LT_AGENCY_MAX];
	struct lt_bytes value;
	struct store_key key = store_key_notice(notice->sequence, notice->index);
	if (store_get(state->store, STORE_NOTICE, store_key_bytes(&key), &value))
		return;
	struct field_reader in = { .bytes = value };
	uint64_t dossier = field_get_u64(&in);
	size_t count = field_get_u8(&in);
	LT_ASSERT(count <= NOTICE_TO_MAX);
	for (size_t i = 0; i < count; i++)
		field_get_code(&in, to[i], sizeof(to[i]));
	field_end(&in);
	store_del(state->store, STORE_NOTICE, store_key_bytes(&key));
	state->unsigned_notices--;
	load_dossier(act, dossier);
	for (size_t i = 0; i < count; i++)
		post(act, to[i], at);
}

enum lt_reason apply_notices(struct act *act)
{
	const struct lt_notices_command *command = &act->command->u.notices;
	act->dossier->number = 0;
	for (size_t i = 0; i < command->count; i++)
		post_notice(act, &command->notices[i], (uint32_t)i);
	for (size_t i = 0; i < act->outcome.mail_count; i++) /* mailboxes may have moved in memory */
		act->mail[i].agency = act->state->mailboxes.items[act->mail_index[i]].code;
	return LT_REASON_NONE;
}
