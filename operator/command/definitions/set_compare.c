/* set_compare.c: see set_compare.h. */
#include "set_compare.h"

#include <stdlib.h>
#include <string.h>

#include "identity/lint.h"

/* What `agency import` leaves as it is when a file does not have it. */
static void take_over(struct definition *ours, const struct definition *theirs)
{
	static const char *const kept[] = { "certificates", "curve_keys", "ended_keys", "ledger_keys" };
	for (size_t i = 0; ours->kind == SET_AGENCY && i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *before = json_object_get(theirs->json, kept[i]);
		if (before && json_array_size(json_object_get(ours->json, kept[i])) == 0)
			json_object_set(ours->json, kept[i], before);
	}
}

#define CAS_MAX \
	256u /* certificates of both sides by which lists are told to be of one CA; the directory has 64, and 64 of before */

static size_t collect_cas(const struct definition_set *set, struct lt_bytes *cas, size_t count)
{
	for (size_t i = 0; i < set->count && count < CAS_MAX; i++) {
		if (set->items[i].kind == SET_CA)
			cas[count++] = lt_buf_bytes(&set->items[i].bytes);
	}
	return count;
}

/* The broker's list of the same CA. */
static struct definition *list_in_place(const struct definition *list, const struct definition_set *ours,
					const struct definition_set *theirs)
{
	struct lt_bytes cas[CAS_MAX];
	size_t count = collect_cas(ours, cas, collect_cas(theirs, cas, 0));
	for (size_t i = 0; i < theirs->count; i++) {
		struct definition *other = &theirs->items[i];
		if (other->kind == SET_CRL &&
		    lint_crl_same_ca(lt_buf_bytes(&list->bytes), lt_buf_bytes(&other->bytes), cas, count))
			return other;
	}
	return NULL;
}

static struct set_step compare(struct definition *item, const struct definition_set *ours,
			       const struct definition_set *theirs)
{
	struct definition *other = definition_set_find(theirs, item);
	struct lt_refusal refusal = { 0 };
	struct set_step step = { .ours = item, .theirs = other };
	if (other && item->kind == SET_CA && other->over) {
		step.change = SET_LEFT;
		step.why = "the broker has withdrawn it";
	} else if (other) {
		take_over(item, other);
		step.change = json_equal(item->json, other->json) ? SET_SAME : SET_OTHER;
	} else if (item->kind == SET_CRL && (step.theirs = list_in_place(item, ours, theirs)) != NULL) {
		bool older = lint_crl_next(lt_buf_bytes(&step.theirs->bytes), lt_buf_bytes(&item->bytes), &refusal);
		step.change = older ? SET_LEFT : SET_OTHER;
		step.why = "the broker's of the same CA is not older";
	} else {
		step.change = SET_NEW;
	}
	return step;
}

/* Years in force follow each other without a gap: those behind the broker's first rise, those before it fall. */
static uint64_t order(const struct set_step *step, uint32_t first)
{
	const struct definition *item = step->ours;
	if (!item || step->change == SET_LEFT)
		return UINT64_MAX;
	if (item->kind != SET_CALENDAR)
		return (uint64_t)item->kind << 32;
	return (uint64_t)item->kind << 32 |
	       (item->number >= first ? item->number - first : (1u << 16) + first - item->number);
}

/* Stable: within one place they stay sorted by name. */
static void arrange(struct set_plan *plan, uint32_t first)
{
	for (size_t i = 1; i < plan->count; i++) {
		struct set_step step = plan->steps[i];
		size_t at = i;
		for (; at > 0 && order(&plan->steps[at - 1], first) > order(&step, first); at--)
			plan->steps[at] = plan->steps[at - 1];
		plan->steps[at] = step;
	}
}

static void add_absent(const struct definition_set *ours, struct definition_set *theirs, struct set_plan *plan)
{
	size_t known = plan->count;
	for (size_t i = 0; i < theirs->count; i++) {
		struct definition *item = &theirs->items[i];
		bool replaced = false;
		for (size_t k = 0; k < known && item->kind == SET_CRL; k++)
			replaced |= plan->steps[k].theirs == item;
		if (ours->known[item->kind] && !item->over && !replaced && !definition_set_find(ours, item))
			plan->steps[plan->count++] = (struct set_step){ .change = SET_ABSENT, .theirs = item };
	}
}

enum lt_err set_plan_make(struct definition_set *ours, struct definition_set *theirs, struct set_plan *out)
{
	uint32_t first = 0;
	out->steps = calloc(ours->count + theirs->count + 1, sizeof(*out->steps));
	if (!out->steps)
		return LT_ENOMEM;
	for (size_t i = 0; i < theirs->count && first == 0; i++)
		first = theirs->items[i].kind == SET_CALENDAR ? theirs->items[i].number : 0;
	for (size_t i = 0; i < ours->count; i++) {
		struct set_step step = compare(&ours->items[i], ours, theirs);
		if (step.change != SET_SAME)
			out->steps[out->count++] = step;
	}
	arrange(out, first);
	add_absent(ours, theirs, out);
	return LT_OK;
}

void set_plan_fini(struct set_plan *plan)
{
	free(plan->steps);
	*plan = (struct set_plan){ 0 };
}

size_t set_plan_acts(const struct set_plan *plan)
{
	size_t acts = 0;
	for (size_t i = 0; i < plan->count; i++)
		acts += plan->steps[i].change == SET_NEW || plan->steps[i].change == SET_OTHER;
	return acts;
}
