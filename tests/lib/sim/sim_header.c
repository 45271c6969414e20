/* sim_header.c: headers as the simulator's agencies write them. */
#include "sim_internal.h"
#include "wire/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

void sim_part_bytes(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + len);
}

/* As the simulator's procedures call them. */
static void name_leg(struct lt_recipient *to, uint32_t number)
{
	if (number != 0)
		snprintf(to->leg, sizeof(to->leg), "leg-%u", number);
}

static void fill_recipients(const struct sim_act *act, struct lt_header *header)
{
	struct lt_recipient *to = header->to;
	strcpy(to[0].agency, act->to_code ? act->to_code : sim_codes[act->to]);
	name_leg(&to[0], act->route_leg);
	header->to_count = 1;
	if (act->also_to > 0) {
		strcpy(to[1].agency, sim_codes[act->also_to]);
		header->to_count = 2;
	}
	for (size_t i = 0; i < act->to_count; i++) {
		strcpy(to[i].agency, sim_codes[act->recipients[i].agency]);
		name_leg(&to[i], act->recipients[i].leg);
		header->to_count = act->to_count;
	}
}

/* What the kind needs and the act does not say. */
static void fill_kind(struct sim *sim, const struct sim_act *act, struct lt_header *header)
{
	static const char *items[] = { "giay to" };
	const struct kind *kind = kind_find((int)act->kind);
	if (kind->agree == KIND_REQUIRED)
		header->agree = act->agree ? act->agree : LT_AGREE_YES;
	bool needs = kind->reason == KIND_REQUIRED || (kind->reason == KIND_UNLESS_YES && header->agree == LT_AGREE_NO);
	header->reason = act->reason ? act->reason : needs || act->kind == LT_KIND_FORWARD ? "ly do" : "";
	header->due_at = act->due_at == SIM_NO_TIME ? 0 : act->due_at;
	if (act->due_at == 0 && kind->sender == KIND_SENDER_AGENCY &&
	    (kind->due_at == KIND_REQUIRED || act->kind == LT_KIND_CONSULT))
		header->due_at = sim->now + sim->agency_off + 7 * SIM_DAY;
	if (kind->items == KIND_REQUIRED) {
		header->items = items;
		header->item_count = 1;
	}
	header->ground = act->ground ? act->ground : "";
	uint64_t amount = act->amount == 0 && kind->amount != KIND_ABSENT ? 100000 : act->amount;
	header->amount = amount == SIM_NOTHING ? 0 : amount;
	snprintf(header->replaces, sizeof(header->replaces), "%s", act->replaces ? act->replaces : "");
	header->trace = act->trace;
	header->received = act->kind == LT_KIND_OPEN && !act->registers;
	header->carried = act->carried;
}

const char *sim_code(const struct sim *sim, int agency, uint32_t number)
{
	static char codes[4][LT_DOSSIER_MAX];
	static unsigned next;
	char *code = codes[next++ % 4];
	assert_int_equal(lt_dossier_code_make(sim_codes[agency], sim->now + sim->agency_off, number, code), LT_OK);
	return code;
}

void sim_header(struct sim *sim, const struct sim_act *act, struct lt_buf *out)
{
	struct lt_recipient to[SIM_AGENCIES] = { 0 };
	struct lt_part_info part = { .name = "a.pdf", .media_type = "application/pdf", .size = act->part_bytes };
	struct lt_refusal refusal = { 0 };
	struct lt_header header = { .domain = "lienthong.test", .kind = act->kind, .to = to, .subject = "" };
	uint8_t random[8], *body = malloc(act->part_bytes + 1);
	bool opens = act->kind == LT_KIND_OPEN;
	sim_part_bytes(body, act->part_bytes);
	lt_sha256(lt_bytes(body, act->part_bytes), part.sha256);
	if (act->large_bytes > 0) {
		memset(part.sha256, 0x5a, sizeof(part.sha256));
		part.size = act->large_bytes;
	}
	for (size_t i = 0; i < 8; i++)
		random[i] = (uint8_t)sim_random(sim, 256);
	lt_uuid_make(sim->now + sim->agency_off, random, header.id);
	if (act->id)
		memcpy(header.id, act->id, 16);
	memcpy(sim->last_id, header.id, 16);
	strcpy(header.sender, sim_codes[act->sender]);
	fill_recipients(act, &header);
	strcpy(header.dossier, act->dossier);
	header.branch = opens ? 0 : act->branch ? act->branch : 1;
	header.branch_version = act->version;
	header.sent_at = sim->now + sim->agency_off;
	if (opens) {
		strcpy(header.procedure, act->procedure ? act->procedure : SIM_PROCEDURE);
		header.procedure_version = act->procedure_version ? act->procedure_version : 1;
	}
	if (act->reply) {
		header.has_reply = true;
		memcpy(header.in_reply_to, act->reply, 16);
	}
	fill_kind(sim, act, &header);
	static struct lt_digest week = { .from = 1, .until = 2 };
	if (act->kind == LT_KIND_DIGEST) {
		header.dossier[0] = '\0';
		header.branch = 0;
		header.branch_version = 0;
		header.digest = &week;
	}
	header.fields = header.facts = &(struct lt_field){ act->field, act->value };
	header.field_count = opens && act->field ? 1 : 0;
	header.fact_count = !opens && act->field ? 1 : 0;
	header.foreign_codes = (const char **)(uintptr_t)act->foreign;
	header.foreign_count = opens ? (size_t)(!!act->foreign[0] + !!act->foreign[1]) : 0;
	header.part_count = part.size > 0 ? 1 : 0;
	header.parts = &part;
	lt_buf_clear(out);
	if (lt_header_encode(&header, out, &refusal))
		fail_msg("header: %s: %s", lt_reason_name(refusal.reason), refusal.detail);
	free(body);
}

void sim_store_large(struct sim *sim, int agency, uint8_t fill, uint64_t size)
{
	uint8_t sha256[32];
	struct lt_buf buf = { 0 };
	struct lt_command command = { .type = LT_COMMAND_LARGE };
	memset(sha256, fill, sizeof(sha256));
	command.u.large = (struct lt_large_command){ .agency = sim_codes[agency],
						     .sha256 = lt_bytes(sha256, 32),
						     .chunks = lt_bytes(sha256, 32),
						     .size = size };
	assert_int_equal(lt_command_encode(&command, &buf), LT_OK);
	struct input input = { .type = INPUT_STORED,
			       .session = sim->agencies[agency].session,
			       .u.command = lt_buf_bytes(&buf) };
	unsigned told = sim->part_states;
	sim_take(sim, &input);
	assert_int_equal(sim->part_states, told); /* not before the sync */
	sim_run(sim);
	assert_int_equal(sim->part_states, told + 1);
	assert_true(sim->part_state.stored && sim->part_state.offset == size);
	lt_buf_fini(&buf);
}
