/* gate_budget.h: what an agency may ask of the broker over time. One account an agency, whatever sessions and keys it uses, kept in
 * memory alone: after a start everybody has everything. The gate's thread. */
#ifndef GATE_BUDGET_H
#define GATE_BUDGET_H

#include <lienthong/base.h>
#include <lienthong/code.h>

enum budget_kind {
	BUDGET_ENVELOPES = 0,
	BUDGET_BYTES, /* of SUBMITs */
	BUDGET_HELLOS,
	BUDGET_PROOFS,
	BUDGET_KINDS,
};
enum {
	BUDGET_SECONDS =
		60, /* so much of its rate an agency may use at once: what gathers while it is cut off for an hour or two */
	BUDGET_HELLOS_RATE =
		20, /* a second: some 30 us each; back-off begins at 200 ms, in several adapters of one agency */
	BUDGET_PROOFS_RATE = 5, /* a second: a signature, and a synced record when it holds */
};
struct budgets;
/* Rates of envelopes and bytes a second. LT_ENOMEM. */
enum lt_err budgets_new(uint64_t envelopes, uint64_t bytes, struct budgets **out);
void budgets_free(struct budgets *budgets);
/* Microseconds until the agency is within its budget again; 0: it is. `now`: boot-time microseconds. */
int64_t budgets_over(struct budgets *budgets, const char *agency, enum budget_kind kind, int64_t now);
/* Counts, also what goes beyond it. */
void budgets_use(struct budgets *budgets, const char *agency, enum budget_kind kind, uint64_t amount, int64_t now);

#endif
