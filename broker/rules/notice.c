/* notice.c: headers of the broker's notices. */
#include "notice.h"

#include <string.h>

#include <lienthong/time.h>

#include "program/log.h"
#include "state/succession.h"

enum { ABOVE_MAX = 16 }; /* steps upwards: a directory with more is refused */

void notice_to(struct act *act, struct notice *notice, const char *agency)
{
	if (agency[0] == '\0')
		return;
	const char *acting = act->rules->succession.of(act->state->rulebook, agency, act->dossier, act->time);
	for (size_t i = 0; i < notice->to_count; i++) {
		if (strcmp(notice->to[i], acting) == 0)
			return;
	}
	if (notice->to_count < NOTICE_TO_MAX)
		notice->to[notice->to_count++] = acting;
}

const struct lt_agency *notice_above(const struct act *act, const char *agency)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const struct lt_agency *at = rulebook_agency(rulebook, agency);
	for (unsigned steps = 0; at && at->parent[0] != '\0' && steps < ABOVE_MAX; steps++) {
		at = rulebook_agency(rulebook, at->parent);
		if (at && at->level != LT_LEVEL_BROKER && at->curve_count > 0)
			return at;
	}
	return NULL;
}

void notice_to_above(struct act *act, struct notice *notice, const char *agency)
{
	const char *acting = act->rules->succession.of(act->state->rulebook, agency, act->dossier, act->time);
	const struct lt_agency *above = notice_above(act, acting);
	if (above)
		notice_to(act, notice, above->code);
}

/* Never the same for two notices: 54 bits of the sequence and the index. Nobody has to guess it: it is signed. */
static void make_id(const struct act *act, uint32_t index, uint8_t out[16])
{
	uint8_t bytes[8];
	uint64_t number = act->sequence << 8 | index;
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	lt_uuid_make(act->time, bytes, out);
}

static void encode(struct act *act, const struct lt_header *header, uint32_t index)
{
	struct lt_refusal refusal = { 0 };
	struct lt_buf *scratch = &act->state->scratch;
	lt_buf_clear(scratch);
	if (lt_header_encode(header, scratch, &refusal))
		lt_fatal("record %llu: a notice does not hold: %s", (unsigned long long)act->sequence, refusal.detail);
	uint8_t *copy = lt_arena_alloc(act->arena, scratch->len);
	LT_ASSERT(copy);
	memcpy(copy, scratch->data, scratch->len);
	act->notices[index] = lt_bytes(copy, scratch->len);
}

void notice_add(struct act *act, const struct notice *notice)
{
	const struct lt_agency *broker = rulebook_broker(act->state->rulebook);
	struct lt_recipient to[NOTICE_TO_MAX];
	uint32_t index = (uint32_t)act->outcome.notice_count;
	if (notice->to_count == 0)
		return;
	if (!broker) {
		act->state->counts.notices_without_sender++;
		return;
	}
	LT_ASSERT(index < APPLY_NOTICES_MAX);
	memset(to, 0, sizeof(to));
	for (size_t i = 0; i < notice->to_count; i++)
		memcpy(to[i].agency, notice->to[i], strlen(notice->to[i]) + 1);
	struct lt_header header = {
		.domain = rulebook_domain(act->state->rulebook),
		.kind = notice->kind,
		.to_count = notice->to_count,
		.to = to,
		.branch = notice->branch ? notice->branch->number : 0,
		.branch_version = notice->branch ? notice->branch->version : 0,
		.sent_at = act->time,
		.reason = notice->reason,
		.subject = notice->subject,
		.due_at = notice->due_at,
		.digest = notice->digest,
	};
	make_id(act, index, header.id);
	memcpy(header.sender, broker->code, sizeof(header.sender));
	memcpy(header.dossier, act->dossier->code, sizeof(header.dossier));
	encode(act, &header, index);
	notices_put(act->state->store, act->sequence, index, act->dossier->number, notice->to, notice->to_count);
	act->state->unsigned_notices++;
	act->outcome.notice_count++;
}
