/* engine_damage.c: a value of the store that cannot be read is the misfortune of what it is about.
 *
 * What apply writes down must come out the same on another machine and after a rebuild, where the value is whole; so a command that needs
 * it is not made. A rule that sees it before it has written says so itself (apply_damaged: an envelope, a clock). The commands that
 * stand for many are looked at here before they are made: what can be read of them goes on, the rest waits for `store rebuild`. */
#include "engine_internal.h"

#include "state/definition_store.h"
#include "state/parts/large.h"

bool engine_can_acknowledge(struct engine *engine, uint32_t index, uint64_t number)
{
	const struct mailbox *mailbox = &engine->state.mailboxes.items[index];
	struct store *store = engine->store;
	uint64_t faults = store_faults(store);
	struct mailbox_entry entry;
	for (uint64_t i = mailbox->acknowledged + 1; i <= number && store_faults(store) == faults; i++) {
		if (mailbox_next_entry(mailbox, store, &i, &entry))
			break;
		if (entry.has_parts)
			part_expiry_holds(store, entry.sequence);
	}
	return store_faults(store) == faults;
}

bool engine_can_act(struct engine *engine, const struct lt_command *command)
{
	return state_holds(&engine->state) && definitions_hold(engine->store, command->type == LT_COMMAND_DEFINE);
}

bool engine_can_reorganise(struct engine *engine, uint32_t index)
{
	const struct mailbox *mailbox = &engine->state.mailboxes.items[index];
	struct store *store = engine->store;
	uint64_t faults = store_faults(store), number = mailbox->moved + 1;
	uint32_t limit = engine->act.rules->limits.reorganise_entries;
	struct mailbox_entry entry;
	for (uint32_t count = 0; count < limit && store_faults(store) == faults; count++, number++) {
		if (mailbox_next_entry(mailbox, store, &number, &entry))
			break;
		if (entry.dossier != 0)
			dossier_load_known(store, entry.dossier, &engine->dossier);
	}
	engine->dossier.number = 0;
	return store_faults(store) == faults;
}

uint32_t engine_can_elide(struct engine *engine, struct part_expiry *due)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < due->count; i++) {
		if (large_holds(engine->store, due->sequences[i]))
			due->sequences[kept++] = due->sequences[i];
		else
			due->some_stay = true;
	}
	return due->count = kept;
}
