/* engine_skip.c: the record of a skip, made by a tool on a stopped broker: behind a replay that went as if it stood in the journal. */
#include "engine_internal.h"

#include "program/log.h"
#include "queue/input.h"

enum lt_reason engine_skip(struct engine *engine, struct batch *batch, const struct lt_admin_command *by,
			   struct lt_refusal *refusal)
{
	struct lt_command command = { .type = LT_COMMAND_ADMIN };
	struct lt_buf encoded = { 0 };
	LT_ASSERT(engine->options.skip != 0);
	*refusal = (struct lt_refusal){ 0 };
	if (dossier_load(engine->store, engine->skip_dossier, &engine->dossier))
		return lt_refuse(refusal, LT_STORE_DAMAGED, "dossier %llu", (unsigned long long)engine->skip_dossier);
	command.u.admin = *by;
	command.u.admin.act = LT_ADMIN_SKIP;
	command.u.admin.number = engine->options.skip;
	command.u.admin.dossier = engine->skip_dossier;
	command.u.admin.subject = engine->dossier.code;
	LT_ASSERT(lt_command_encode(&command, &encoded) == LT_OK);
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&encoded) };
	engine_take(engine, batch, &input);
	engine_seal(engine, batch);
	lt_buf_fini(&encoded);
	*refusal = engine->act.refusal;
	return engine->act.outcome.reason;
}
