/* engine_open.c: from nothing, or from store and journal, to an engine that takes jobs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"
#include "program/log.h"
#include "queue/env.h"

enum { CONTROL_ARENA = 80 << 20 }; /* a control request: a directory of 32 MiB, twice */

/* The rulebook of genesis before its record, so that definitions can be checked against it. */
static enum lt_err prepare_genesis(struct engine *engine, const struct engine_genesis *genesis, char *error,
				   size_t error_size)
{
	uint8_t incarnation[16];
	struct lt_refusal refusal = { 0 };
	struct rulebook_parts parts = { .domain = genesis->domain, .registrar = genesis->registrar, .ca = genesis->ca };
	if (rulebook_new(&parts, NULL, &engine->state.rulebook, &refusal)) {
		snprintf(error, error_size, "genesis: %s", refusal.detail);
		return LT_EINVAL;
	}
	engine->env.random(engine->env.ctx, incarnation, sizeof(incarnation));
	struct lt_command command = { .type = LT_COMMAND_GENESIS };
	command.u.genesis = (struct lt_genesis_command){
		.domain = genesis->domain,
		.registrar = genesis->registrar,
		.ca = genesis->ca,
		.sandbox = genesis->sandbox,
		.incarnation = lt_bytes(incarnation, sizeof(incarnation)),
	};
	engine->genesis_due = true;
	return lt_command_encode(&command, &engine->genesis);
}

/* What everything is decided by cannot be read: nobody can be served. */
static enum lt_err tell_damage(const struct engine *engine, char *error, size_t error_size)
{
	const struct store_fault *faults;
	char hex[2 * STORE_KEY_MAX + 1] = "";
	if (store_fault_list(engine->store, &faults) > 0)
		lt_hex(lt_bytes(faults[0].key, faults[0].key_len), hex);
	snprintf(
		error, error_size,
		"the store is damaged: table %s, key %s; remedy: `lienthong store rebuild`: the journal has everything",
		store_table_name(faults[0].table), hex);
	return LT_ECORRUPT;
}

static enum lt_err load(struct engine *engine, const struct engine_genesis *genesis, bool restored, char *error,
			size_t error_size)
{
	const struct rules *rules;
	enum lt_err err = engine_load_rules(engine, &rules, error, error_size);
	if (err)
		return err;
	state_load(&engine->state, engine->store, rules->law);
	if (store_faults(engine->store) > 0)
		return tell_damage(engine, error, error_size);
	rules_use(&engine->state, rules);
	engine->act.state = &engine->state;
	engine->act.arena = engine->arena;
	engine->act.dossier = &engine->dossier;
	engine->act.rules = rules;
	err = engine_replay(engine, error, error_size);
	if (err)
		return err;
	engine_check_start_time(engine);
	if (engine->options.rebuild)
		return LT_OK;
	if (engine->state.sequence == 0) {
		if (genesis)
			return prepare_genesis(engine, genesis, error, error_size);
		snprintf(error, error_size, "the journal is empty and no genesis is given");
		return LT_EINVAL;
	}
	engine->incarnation_due = restored;
	if (restored || engine->state.restoring)
		engine_restored_begin(engine);
	return LT_OK;
}

static void load_courier(struct engine *engine)
{
	const struct mailboxes *mailboxes = &engine->state.mailboxes;
	courier_grow(&engine->courier, mailboxes->count, engine->env.boottime(engine->env.ctx));
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		struct courier_mailbox *mailbox = &engine->courier.mailboxes[i];
		mailbox->head = mailboxes->items[i].head;
		mailbox->acknowledged = mailboxes->items[i].acknowledged;
		mailbox->next = mailbox->acknowledged + 1;
	}
}

enum lt_err engine_open(const struct env *env, const struct engine_options *options, const struct engine_hooks *hooks,
			struct journal *journal, struct store *store, const struct engine_genesis *genesis,
			bool restored, char *error, size_t error_size, struct engine **out)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	if (!engine)
		return LT_ENOMEM;
	error[0] = '\0';
	engine->env = *env;
	engine->options = *options;
	if (!engine->options.rules)
		engine->options.rules = rules_of;
	if (hooks)
		engine->hooks = *hooks;
	engine->journal = journal;
	engine->store = store;
	courier_init(&engine->courier);
	engine->room = COURIER_WHOLE;
	engine->parcel = parcel_new();
	engine->salts_used = sizeof(engine->salts); /* none is there yet */
	enum lt_err err = lt_arena_new(ENGINE_ARENA, &engine->arena);
	if (!err)
		err = lt_arena_new(CONTROL_ARENA, &engine->control_arena);
	if (!err)
		err = lt_arena_new(ENGINE_ARENA, &engine->pump_arena);
	struct reader_options reading = { .journal = journal, .store = store };
	if (!err)
		err = reader_new(&reading, &engine->reader);
	if (!err)
		err = load(engine, genesis, restored, error, error_size);
	if (err) {
		engine_close(engine);
		return err;
	}
	load_courier(engine);
	engine->erased = state_get_number(&engine->state, "erased");
	if (engine->hooks.publish && engine->state.rulebook && !options->rebuild)
		engine->hooks.publish(engine->hooks.ctx, engine->state.rulebook);
	*out = engine;
	return LT_OK;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	state_fini(&engine->state);
	courier_fini(&engine->courier);
	reader_free(engine->reader);
	lt_arena_free(engine->arena);
	lt_arena_free(engine->control_arena);
	lt_arena_free(engine->pump_arena);
	lt_buf_fini(&engine->command);
	lt_buf_fini(&engine->verdict);
	digest_last_fini(&engine->cms);
	lt_buf_fini(&engine->checkpoint);
	lt_buf_fini(&engine->outcome);
	lt_buf_fini(&engine->record);
	lt_buf_fini(&engine->message);
	lt_buf_fini(&engine->genesis);
	parcel_free(engine->parcel);
	lt_buf_fini(&engine->made);
	lt_buf_fini(&engine->read);
	lt_buf_fini(&engine->punches);
	free(engine);
}

void engine_incarnation(const struct engine *engine, uint8_t out[16])
{
	memcpy(out, engine->state.incarnation, sizeof engine->state.incarnation);
}
