/* engine_prune.c: what is old goes, by a PRUNE of an hour: ids over the horizon, whole answers, entries of mailboxes that were received long
 * ago. What needs a look at the state is looked at here and stands in the command, so that apply reads nothing. */
#include "engine_internal.h"

#include "state/dedup.h"
#include "state/stuck.h"

#define PRUNE_PAUSE_US INT64_C(3600000000) /* between two looks for what may be forgotten: a PRUNE is a record */
enum {
	PRUNE_LOOK = 200,     /* entries of one command: a dossier is read for each, 2 ms together */
	PRUNE_LOT_US = 50000, /* between two commands of a backlog: 4,000 entries a second, a nation has 140 */
};

/* A successor gets the items of what it goes on with, so they stay as long as the dossier is open; a stuck one may be sent again. */
static bool is_needed(struct engine *engine, const struct mailbox *mailbox, uint64_t number,
		      const struct mailbox_entry *entry)
{
	if (stuck_find(&engine->state.stuck, mailbox->code, number))
		return true;
	return entry->dossier != 0 && (dossier_load_known(engine->store, entry->dossier, &engine->dossier) ||
				       !dossier_closed(&engine->dossier));
}

/* False: there is nothing that could go, or the next entry cannot be read. */
static bool look_through(struct engine *engine, const struct mailbox *mailbox, struct lt_mailbox_prune *out)
{
	uint64_t number = mailbox->gone + 1;
	*out = (struct lt_mailbox_prune){ .agency = mailbox->code, .gone = mailbox->gone };
	out->numbers = lt_arena_alloc(engine->arena, PRUNE_LOOK * sizeof(*out->numbers));
	LT_ASSERT(out->numbers);
	for (unsigned looked = 0; looked < PRUNE_LOOK && out->gone < mailbox->goes; looked++) {
		struct mailbox_entry entry;
		enum lt_err err = mailbox_next_entry(mailbox, engine->store, &number, &entry);
		if (err == LT_ECORRUPT)
			break;
		if (err || number > mailbox->goes) {
			out->gone = mailbox->goes;
			break;
		}
		if (!is_needed(engine, mailbox, number, &entry))
			out->numbers[out->count++] = number;
		out->gone = number++;
	}
	return out->gone > mailbox->gone;
}

/* Of one mailbox: the next one is another command's. */
static bool find_mailbox(struct engine *engine, struct lt_mailbox_prune *out)
{
	const struct mailboxes *mailboxes = &engine->state.mailboxes;
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		const struct mailbox *mailbox = &mailboxes->items[i];
		if (mailbox->goes > mailbox->gone && look_through(engine, mailbox, out))
			return true;
	}
	return false;
}

void engine_prune(struct engine *engine, struct batch *batch, int64_t now)
{
	struct lt_mailbox_prune mailbox;
	struct lt_command command = { .type = LT_COMMAND_PRUNE };
	struct lt_prune_command *prune = &command.u.prune;
	prune->before =
		dedup_ids_from(engine->store, (now - (int64_t)engine->options.horizon_days * ENGINE_DAY_US) / 1000);
	prune->answers_below =
		dedup_answers_from(engine->store, now - ANSWER_DAYS * ENGINE_DAY_US, engine->state.sequence);
	engine->prune_at = now + PRUNE_PAUSE_US;
	if (find_mailbox(engine, &mailbox)) {
		prune->mailbox_count = 1;
		prune->mailboxes = &mailbox;
		engine->prune_at = now; /* perhaps there are more: soon, but others' work between */
		engine->tick_at = engine->env.boottime(engine->env.ctx) + PRUNE_LOT_US;
	}
	if (prune->before > 0 || prune->answers_below > dedup_answers_floor(engine->store) || prune->mailbox_count > 0)
		engine_record_own(engine, batch, &command);
}
