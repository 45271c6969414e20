/* outcome_same.c: see outcome_same.h. */
#include "outcome_same.h"

#include <string.h>

#include "program/log.h"
#include "wire/link.h"

static bool same_mail(const struct lt_outcome *a, const struct lt_outcome *b)
{
	if (a->mail_count != b->mail_count)
		return false;
	for (size_t i = 0; i < a->mail_count; i++) {
		if (a->mail[i].number != b->mail[i].number || a->mail[i].from != b->mail[i].from ||
		    strcmp(a->mail[i].agency, b->mail[i].agency) != 0)
			return false;
	}
	return true;
}

/* Bytes for bytes: nothing in them is a sentence. */
static bool same_stays(const struct lt_outcome *a, const struct lt_outcome *b)
{
	struct lt_buf one = { 0 }, other = { 0 };
	bool same = a->stay_count == b->stay_count;
	for (size_t i = 0; same && i < a->stay_count; i++) {
		lt_buf_clear(&one);
		lt_buf_clear(&other);
		LT_ASSERT(!lt_stay_encode(&a->stays[i], &one) && !lt_stay_encode(&b->stays[i], &other));
		same = lt_bytes_equal(lt_buf_bytes(&one), lt_buf_bytes(&other));
	}
	lt_buf_fini(&one);
	lt_buf_fini(&other);
	return same;
}

static bool same_recipients(const struct lt_header *a, const struct lt_header *b)
{
	if (a->to_count != b->to_count)
		return false;
	for (size_t i = 0; i < a->to_count; i++) {
		if (strcmp(a->to[i].leg, b->to[i].leg) != 0 || strcmp(a->to[i].agency, b->to[i].agency) != 0)
			return false;
	}
	return true;
}

/* All that notice.c fills, but subject and reason. */
static bool same_notice(const struct lt_header *a, const struct lt_header *b)
{
	return memcmp(a->id, b->id, sizeof(a->id)) == 0 && a->kind == b->kind && strcmp(a->domain, b->domain) == 0 &&
	       strcmp(a->sender, b->sender) == 0 && strcmp(a->dossier, b->dossier) == 0 && a->branch == b->branch &&
	       a->branch_version == b->branch_version && a->sent_at == b->sent_at && a->due_at == b->due_at &&
	       same_recipients(a, b);
}

static bool same_notices(const struct act *act, const struct lt_outcome *a, const struct lt_outcome *b)
{
	struct lt_refusal ignored;
	if (a->notice_count != b->notice_count)
		return false;
	for (size_t i = 0; i < a->notice_count; i++) {
		struct lt_header one, other;
		if (lt_bytes_equal(a->notices[i], b->notices[i]))
			continue;
		if (act->rules->read.header(a->notices[i], act->arena, &one, &ignored) ||
		    act->rules->read.header(b->notices[i], act->arena, &other, &ignored) || !same_notice(&one, &other))
			return false;
	}
	return true;
}

/* By another layout the same value has another digest. */
static bool same_value(uint64_t a, uint64_t b)
{
	return a == b || (a != 0 && b != 0 && a >> 56 != b >> 56);
}

bool outcome_same(const struct act *act, struct lt_bytes made, struct lt_bytes recorded)
{
	struct lt_outcome other;
	struct lt_refusal ignored;
	const struct lt_outcome *outcome = &act->outcome;
	if (lt_bytes_equal(made, recorded))
		return true;
	return lt_outcome_decode(recorded, act->arena, &other, &ignored) == LT_REASON_NONE &&
	       outcome->reason == other.reason && lt_bytes_equal(outcome->sentence, other.sentence) &&
	       outcome->dossier == other.dossier && outcome->branch == other.branch &&
	       outcome->branch_version == other.branch_version && outcome->status == other.status &&
	       outcome->version == other.version && outcome->due == other.due && outcome->legal == other.legal &&
	       same_value(outcome->value, other.value) && same_mail(outcome, &other) && same_stays(outcome, &other) &&
	       same_notices(act, outcome, &other);
}
