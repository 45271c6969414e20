/* Every cell of the table in docs/dossier.md: each kind at each status, by each agency, in each custody. */
#include "test.h"

#include "flow_kinds.h"
#include "kinds.h"
#include "time_fixture.h"

/* ---- each kind at each status ---- */

#define NO(reason) (-(int)LT_##reason)
#define EDGE NO(STATUS_EDGE_ILLEGAL)
#define CLOSED NO(DOSSIER_CLOSED)
#define REPLY NO(REPLY_UNKNOWN)

enum { HOLDER = -2, RESULT_ID = 1, ACCEPTED_ID, REQUEST_ID, CONSULT_ID, STRANGER_ID };
static const struct row {
	enum lt_kind kind;
	int sender, to, reply;
	int cells[8]; /* at 2, 4, 5, 6, 7, 8, 9, 10: the status after it, or minus the reason */
} rows[] = {
	{ LT_KIND_FORWARD, HOLDER, MINISTRY, 0, { 4, 4, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_RETURN,
	  HOLDER,
	  COMMUNE,
	  0,
	  { NO(RECIPIENTS_INVALID), 4, EDGE, EDGE, EDGE, EDGE, NO(RECIPIENTS_INVALID), CLOSED } },
	{ LT_KIND_TRANSFER, HOLDER, MINISTRY, 0, { 2, 4, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_RESULT,
	  HOLDER,
	  HOLDER,
	  0,
	  { NO(NOT_AT_THIS_LEG), 9, EDGE, EDGE, EDGE, EDGE, NO(NOT_AT_THIS_LEG), CLOSED } },
	{ LT_KIND_HANDED_OVER, HOLDER, COMMUNE, 0, { EDGE, EDGE, EDGE, EDGE, EDGE, 10, 10, CLOSED } },
	{ LT_KIND_ACCEPT,
	  DEPARTMENT,
	  COMMUNE,
	  STRANGER_ID,
	  { REPLY, REPLY, REPLY, REPLY, REPLY, REPLY, REPLY, CLOSED } },
	{ LT_KIND_REFUSE, OTHER, COMMUNE, STRANGER_ID, { 2, 4, 5, 6, 7, 8, 9, CLOSED } }, /* a notice */
	{ LT_KIND_RECALL, COMMUNE, HOLDER, ACCEPTED_ID, { REPLY, 4, EDGE, EDGE, EDGE, EDGE, NO(NOT_HOLDER), CLOSED } },
	{ LT_KIND_RECALL,
	  DEPARTMENT,
	  COMMUNE,
	  RESULT_ID,
	  { NO(NOT_HOLDER), REPLY, REPLY, REPLY, REPLY, REPLY, 4, CLOSED } },
	{ LT_KIND_RECALL_ANSWER,
	  HOLDER,
	  COMMUNE,
	  STRANGER_ID,
	  { REPLY, REPLY, REPLY, REPLY, REPLY, REPLY, REPLY, CLOSED } },
	{ LT_KIND_CONSULT, HOLDER, MINISTRY, 0, { 2, 4, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_OPINION, OTHER, COMMUNE, CONSULT_ID, { 2, 4, 5, 6, 7, 8, 9, CLOSED } },
	{ LT_KIND_REQUEST_SUPPLEMENT, HOLDER, COMMUNE, 0, { 5, 5, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_SUPPLEMENT, COMMUNE, DEPARTMENT, REQUEST_ID, { EDGE, EDGE, 4, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_REQUEST_FEE, HOLDER, COMMUNE, 0, { 6, 6, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_FEE_PAID, COMMUNE, DEPARTMENT, REQUEST_ID, { EDGE, EDGE, EDGE, 4, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_WITHDRAW, COMMUNE, DEPARTMENT, 0, { 7, 7, 7, 7, EDGE, EDGE, NO(WITHDRAWAL_TOO_LATE), CLOSED } },
	{ LT_KIND_STOP, DEPARTMENT, COMMUNE, 0, { 8, 8, 8, 8, 8, EDGE, EDGE, CLOSED } },
	{ LT_KIND_RESUME, DEPARTMENT, COMMUNE, 0, { EDGE, EDGE, EDGE, EDGE, 4, 4, EDGE, CLOSED } },
	{ LT_KIND_APOLOGY, HOLDER, COMMUNE, 0, { 2, 4, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_STATUS, HOLDER, COMMUNE, 0, { 2, 4, 5, 6, 7, 8, 9, CLOSED } },
	{ LT_KIND_RECEIVE, HOLDER, COMMUNE, 0, { EDGE, EDGE, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_REJECT, HOLDER, COMMUNE, 0, { EDGE, EDGE, EDGE, EDGE, EDGE, EDGE, EDGE, CLOSED } },
	{ LT_KIND_DUE_SOON, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_OVERDUE, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_REROUTED, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_UNDELIVERABLE, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_DUE_MOVED, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_SILENT, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_REMINDER, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_AWAY, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
	{ LT_KIND_DIGEST, HOLDER, COMMUNE, 0, { NO(KIND_NOT_SUPPORTED) } },
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

static const uint8_t *reply_of(const struct row *row)
{
	const uint8_t *all[] = { NULL, ids.result, ids.accepted, ids.request, ids.consult, ids.stranger };
	return all[row->reply];
}

static struct sim_act act_of(const struct row *row, unsigned status)
{
	int holder = status == 2 ? COMMUNE : DEPARTMENT;
	struct sim_act what = ACT(.kind = row->kind, .sender = row->sender == HOLDER ? holder : row->sender);
	what.to = row->to == HOLDER ? holder : row->to;
	what.reply = reply_of(row);
	if (row->kind == LT_KIND_FORWARD) {
		what.to = DEPARTMENT;
		what.to_count = status == 2 ? 0 : 2;
		what.recipients[0].agency = MINISTRY;
		what.recipients[0].leg = 3;
		what.recipients[1].agency = OTHER;
		what.recipients[1].leg = 4;
	}
	what.trace = row->kind == LT_KIND_STATUS ? 4 : 0;
	if (row->kind != LT_KIND_CONSULT && kind_find((int)row->kind)->due_at == KIND_REQUIRED)
		what.due_at = at("2027-01-06T10:00"); /* a working moment, within the limit once more */
	return what;
}

static void test_each_kind_has_a_row(void **state)
{
	(void)state;
	for (enum lt_kind kind = LT_KIND_OPEN; (kind = kinds_next(kind));) {
		size_t i = 0;
		while (i < ROWS && rows[i].kind != kind)
			i++;
		if (i == ROWS)
			fail_msg("%s has no row", lt_kind_name(kind));
	}
}

static void test_each_status(void **state)
{
	static const unsigned statuses[8] = { 2, 4, 5, 6, 7, 8, 9, 10 };
	struct sim *sim = simroute_new(1);
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t k = 0; k < 8 && (k == 0 || !kind_is_notice(rows[i].kind)); k++) {
			int cell = rows[i].cells[k];
			route = rows[i].kind == LT_KIND_RESULT ? ROUTE_SHORT : ROUTE_ALL;
			bring_to(sim, statuses[k]);
			act(sim, act_of(&rows[i], statuses[k]), cell < 0 ? (enum lt_reason) - cell : 0);
			assert_int_equal(status_of(sim), cell < 0 ? statuses[k] : (unsigned)cell);
		}
	}
	bring_to(sim, 10);
	act(sim, ACT(.kind = LT_KIND_OPEN, .procedure = ROUTE_ALL, .sender = COMMUNE, .to = COMMUNE),
	    LT_DOSSIER_EXISTS);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* ---- each kind by each agency ---- */

static const struct sender_row {
	enum lt_kind kind;
	unsigned status;
	int reply;
	int to;
	int cells[SIM_AGENCIES]; /* by COMMUNE, DISTRICT, DEPARTMENT, MINISTRY, OTHER: 0 or the reason */
} senders[] = {
#define UNKNOWN LT_DOSSIER_UNKNOWN /* DISTRICT and MINISTRY have no part in it */
#define ONLY_HOLDER                                               \
	{                                                         \
		LT_NOT_HOLDER, UNKNOWN, 0, UNKNOWN, LT_NOT_HOLDER \
	}
#define ONLY_ORIGIN                                               \
	{                                                         \
		0, UNKNOWN, LT_NOT_ORIGIN, UNKNOWN, LT_NOT_ORIGIN \
	}
	{ LT_KIND_FORWARD, 4, 0, MINISTRY, ONLY_HOLDER },
	{ LT_KIND_RETURN, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_TRANSFER, 4, 0, OTHER, { LT_NOT_HOLDER, UNKNOWN, 0, UNKNOWN, LT_NOT_HOLDER } },
	{ LT_KIND_RESULT, 4, 0, DEPARTMENT, ONLY_HOLDER },
	{ LT_KIND_HANDED_OVER, 9, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_CONSULT, 4, 0, DISTRICT, ONLY_HOLDER },
	{ LT_KIND_REQUEST_SUPPLEMENT, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_REQUEST_FEE, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_APOLOGY, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_STATUS, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_STOP, 4, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_RESUME, 7, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_RESUME, 8, 0, COMMUNE, ONLY_HOLDER },
	{ LT_KIND_SUPPLEMENT, 5, REQUEST_ID, DEPARTMENT, ONLY_ORIGIN },
	{ LT_KIND_WITHDRAW, 4, 0, DEPARTMENT, ONLY_ORIGIN },
	/* OTHER does the leg where one pays */
	{ LT_KIND_FEE_PAID, 6, REQUEST_ID, DEPARTMENT, { 0, UNKNOWN, 0, UNKNOWN, 0 } },
	{ LT_KIND_OPINION, 4, CONSULT_ID, COMMUNE, { LT_NOT_CONSULTED, UNKNOWN, LT_NOT_CONSULTED, UNKNOWN, 0 } },
	{ LT_KIND_RECALL, 4, ACCEPTED_ID, DEPARTMENT, { 0, UNKNOWN, LT_REPLY_UNKNOWN, UNKNOWN, LT_NOT_HOLDER } },
	{ LT_KIND_RECALL, 9, RESULT_ID, COMMUNE, { LT_NOT_LEAD, UNKNOWN, 0, UNKNOWN, LT_NOT_LEAD } },
	{ LT_KIND_REFUSE, 4, STRANGER_ID, COMMUNE, { 0, UNKNOWN, 0, UNKNOWN, 0 } },
};

static void test_each_sender(void **state)
{
	struct sim *sim = simroute_new(2);
	(void)state;
	for (size_t i = 0; i < sizeof(senders) / sizeof(*senders); i++) {
		const struct sender_row *row = &senders[i];
		const struct row as = { row->kind, 0, row->to, row->reply, { 0 } };
		for (int sender = 0; sender < SIM_AGENCIES; sender++) {
			route = row->kind == LT_KIND_RESULT ? ROUTE_SHORT : ROUTE_ALL;
			bring_to(sim, row->status);
			struct sim_act what = act_of(&as, row->status);
			what.sender = sender;
			act(sim, what, (enum lt_reason)row->cells[sender]);
		}
	}
	sim_free(sim);
}

/* ---- each custody ---- */

static const enum lt_kind of_holder[] = {
	LT_KIND_FORWARD,     LT_KIND_RETURN,  LT_KIND_TRANSFER,           LT_KIND_RESULT,
	LT_KIND_HANDED_OVER, LT_KIND_CONSULT, LT_KIND_REQUEST_SUPPLEMENT, LT_KIND_APOLOGY,
	LT_KIND_REQUEST_FEE, LT_KIND_STATUS,
};

static void refuse_all(struct sim *sim, uint32_t leg, enum lt_reason reason)
{
	for (size_t i = 0; i < sizeof(of_holder) / sizeof(*of_holder); i++) {
		struct sim_act what = ACT(.kind = of_holder[i], .sender = DEPARTMENT, .to = COMMUNE, .branch = leg);
		what.trace = what.kind == LT_KIND_STATUS ? 4 : 0;
		act(sim, what, reason);
	}
}

static void test_each_custody(void **state)
{
	struct sim *sim = simroute_new(3);
	(void)state;
	bring_to(sim, 4);
	for (size_t i = 0; i < 5; i++) /* what moves custody is compare-and-set */
		act(sim, ACT(.kind = of_holder[i], .sender = DEPARTMENT, .to = COMMUNE, .version = 1),
		    LT_STALE_VERSION);
	act(sim, ACT(.kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = COMMUNE), 0);
	refuse_all(sim, 1, LT_OFFER_OPEN);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_OFFERED, DEPARTMENT);
	bring_to(sim, 4);
	act(sim,
	    ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to_count = 2,
		.recipients = { { MINISTRY, 3 }, { OTHER, 4 } }),
	    0);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_CLOSED, DEPARTMENT);
	refuse_all(sim, 1, LT_BRANCH_CLOSED);
	act(sim, ACT(.kind = LT_KIND_STATUS, .sender = MINISTRY, .to = COMMUNE, .branch = 9, .trace = 4),
	    LT_BRANCH_UNKNOWN);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_each_kind_has_a_row), cmocka_unit_test(test_each_status),
	  cmocka_unit_test(test_each_sender), cmocka_unit_test(test_each_custody))
