/* gate_budget.c: for each agency and kind the time at which all that it used would have been earned at its rate. An account that
 * lies in the past is empty, and nothing has to be filled up as time goes by. */
#include "gate_budget.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"

enum { BUCKETS = 4096, SECOND_US = 1000000 };

struct account {
	struct account *next;
	char agency[LT_AGENCY_MAX];
	int64_t earned_at[BUDGET_KINDS];
};
struct budgets {
	uint64_t rates[BUDGET_KINDS];
	struct account *buckets[BUCKETS];
};

enum lt_err budgets_new(uint64_t envelopes, uint64_t bytes, struct budgets **out)
{
	struct budgets *budgets = calloc(1, sizeof *budgets);
	if (!budgets)
		return LT_ENOMEM;
	budgets->rates[BUDGET_ENVELOPES] = envelopes;
	budgets->rates[BUDGET_BYTES] = bytes;
	budgets->rates[BUDGET_HELLOS] = BUDGET_HELLOS_RATE;
	budgets->rates[BUDGET_PROOFS] = BUDGET_PROOFS_RATE;
	*out = budgets;
	return LT_OK;
}

void budgets_free(struct budgets *budgets)
{
	for (size_t i = 0; budgets && i < BUCKETS; i++) {
		for (struct account *next, *account = budgets->buckets[i]; account; account = next) {
			next = account->next;
			free(account);
		}
	}
	free(budgets);
}

/* There are no more than the directory has ever listed: who is not in it says no HELLO. */
static struct account *find(struct budgets *budgets, const char *agency)
{
	uint32_t hash = 2166136261u;
	for (const char *at = agency; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	struct account **head = &budgets->buckets[hash % BUCKETS];
	for (struct account *account = *head; account; account = account->next) {
		if (strcmp(account->agency, agency) == 0)
			return account;
	}
	struct account *account = calloc(1, sizeof *account);
	if (!account)
		lt_fatal("out of memory: budget");
	LT_ASSERT(strlen(agency) < sizeof account->agency);
	strcpy(account->agency, agency);
	account->next = *head;
	*head = account;
	return account;
}

int64_t budgets_over(struct budgets *budgets, const char *agency, enum budget_kind kind, int64_t now)
{
	int64_t over = find(budgets, agency)->earned_at[kind] - now - (int64_t)BUDGET_SECONDS * SECOND_US;
	return over > 0 ? over : 0;
}

void budgets_use(struct budgets *budgets, const char *agency, enum budget_kind kind, uint64_t amount, int64_t now)
{
	int64_t *earned_at = &find(budgets, agency)->earned_at[kind];
	if (*earned_at < now)
		*earned_at = now;
	*earned_at += (int64_t)(amount * SECOND_US / budgets->rates[kind]);
}
