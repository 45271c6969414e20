/* What is registered with a one-stop: every kind before it is received, as docs/dossier.md has it; and who may register what. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "simroute.h"

#define NO(reason) (-(int)LT_##reason)
#define EDGE NO(STATUS_EDGE_ILLEGAL)
#define CLOSED NO(DOSSIER_CLOSED)
#define REPLY NO(REPLY_UNKNOWN)

static char code[LT_DOSSIER_MAX];
static unsigned next_code;
static uint8_t request[16]; /* for papers; else of nothing */

static void act(struct sim *sim, struct sim_act what, enum lt_reason reason)
{
	what.dossier = code;
	simroute_act(sim, what, reason);
}

static uint32_t status_of(struct sim *sim)
{
	return sim_dossier(sim, code)->status;
}

static struct sim_act registration(void)
{
	snprintf(code, sizeof(code), "H37.02-20261118-%07u", ++next_code);
	return ACT(.kind = LT_KIND_OPEN, .procedure = ROUTE_ALL, .sender = DISTRICT, .to = COMMUNE, .registers = true);
}

/* Registered by DISTRICT with COMMUNE; at 5 papers are asked for. */
static void register_at(struct sim *sim, unsigned status)
{
	act(sim, registration(), 0);
	memset(request, 0x71, sizeof(request));
	request[8] = 0x91; /* the form of a UUIDv7 */
	if (status == 5) {
		act(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = COMMUNE, .to = COMMUNE), 0);
		memcpy(request, sim->last_id, sizeof(request));
	}
	if (status == 3)
		act(sim, ACT(.kind = LT_KIND_REJECT, .sender = COMMUNE, .to = DISTRICT), 0);
	assert_int_equal(status_of(sim), status);
}

static const struct early_row {
	enum lt_kind kind;
	int sender, to;
	bool replies;
	int cells[3]; /* at 1, 5, 3: the status after it, or minus the reason */
} early[] = {
	{ LT_KIND_RECEIVE, COMMUNE, DISTRICT, false, { 2, EDGE, CLOSED } },
	{ LT_KIND_RECEIVE, COMMUNE, COMMUNE, false, { NO(RECIPIENTS_INVALID), EDGE, CLOSED } },
	{ LT_KIND_RECEIVE, DISTRICT, COMMUNE, false, { NO(NOT_HOLDER), NO(NOT_HOLDER), CLOSED } },
	{ LT_KIND_REJECT, COMMUNE, DISTRICT, false, { 3, EDGE, CLOSED } },
	{ LT_KIND_REJECT, DISTRICT, COMMUNE, false, { NO(NOT_HOLDER), NO(NOT_HOLDER), CLOSED } },
	{ LT_KIND_FORWARD, COMMUNE, DEPARTMENT, false, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_RETURN,
	  COMMUNE,
	  DISTRICT,
	  false,
	  { NO(RECIPIENTS_INVALID), NO(RECIPIENTS_INVALID), CLOSED } }, /* it came from nobody */
	{ LT_KIND_RESULT, COMMUNE, COMMUNE, false, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_HANDED_OVER, COMMUNE, COMMUNE, false, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_ACCEPT, COMMUNE, DISTRICT, true, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_REFUSE, COMMUNE, DISTRICT, true, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_REFUSE, DISTRICT, COMMUNE, true, { 1, 5, CLOSED } }, /* a notice */
	{ LT_KIND_RECALL_ANSWER, COMMUNE, DISTRICT, true, { REPLY, REPLY, CLOSED } },
	{ LT_KIND_CONSULT, COMMUNE, OTHER, false, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_REQUEST_SUPPLEMENT, COMMUNE, COMMUNE, false, { 5, EDGE, CLOSED } },
	{ LT_KIND_SUPPLEMENT, COMMUNE, COMMUNE, true, { EDGE, 1, CLOSED } },
	{ LT_KIND_REQUEST_FEE, COMMUNE, COMMUNE, false, { 6, EDGE, CLOSED } },
	{ LT_KIND_WITHDRAW, COMMUNE, DEPARTMENT, false, { 7, 7, CLOSED } },
	{ LT_KIND_STOP, COMMUNE, COMMUNE, false, { EDGE, 8, CLOSED } },
	{ LT_KIND_RESUME, COMMUNE, COMMUNE, false, { EDGE, EDGE, CLOSED } },
	{ LT_KIND_APOLOGY, COMMUNE, COMMUNE, false, { EDGE, EDGE, CLOSED } },
};

static void test_before_it_is_received(void **state)
{
	static const unsigned statuses[3] = { 1, 5, 3 };
	struct sim *sim = simroute_new(1);
	(void)state;
	for (size_t i = 0; i < sizeof(early) / sizeof(*early); i++) {
		for (size_t k = 0; k < 3; k++) {
			int cell = early[i].cells[k];
			struct sim_act what = ACT(.kind = early[i].kind, .sender = early[i].sender, .to = early[i].to);
			register_at(sim, statuses[k]);
			what.reply = early[i].replies ? request : NULL;
			act(sim, what, cell < 0 ? (enum lt_reason) - cell : 0);
			assert_int_equal(status_of(sim), cell < 0 ? statuses[k] : (unsigned)cell);
		}
	}
	simroute_rebuild(sim);
	sim_free(sim);
}

/* The one-stop is the origin, and holds it; who registered it is a party. Its clocks start when it is received. */
static void test_registered_for_another(void **state)
{
	struct sim *sim = simroute_new(2);
	(void)state;
	act(sim, registration(), 0);
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_string_equal(view->origin, sim_codes[COMMUNE]);
	assert_string_equal(view->registered_by, sim_codes[DISTRICT]);
	assert_string_equal(view->place_of_help, sim_codes[DISTRICT]);
	assert_int_equal(view->received_at, 0);
	assert_null(view->clock);
	assert_int_equal(view->owed_count, 1);
	assert_int_equal(view->owed[0].what, LT_OWED_RECEIVE);
	assert_string_equal(view->owed[0].who, sim_codes[COMMUNE]);
	assert_true(view->owed[0].until > view->owed[0].since);
	assert_int_equal(sim_last_item(sim, COMMUNE)->branch, 1);
	simroute_is(sim, code, 1, 1, LT_CUSTODY_HELD, COMMUNE);
	act(sim, ACT(.kind = LT_KIND_RECEIVE, .sender = COMMUNE, .to = DISTRICT), 0);
	view = sim_dossier(sim, code);
	assert_int_equal(view->received_at, view->clock->started);
	assert_non_null(view->branches[0].clock);
	assert_int_equal(view->owed[0].what, LT_OWED_WORK);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	simroute_accept(sim, code, 1, DEPARTMENT);
	assert_int_equal(status_of(sim), 4);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* With itself as well; handing on says that it was received. */
static void test_registered_with_itself(void **state)
{
	struct sim *sim = simroute_new(3);
	(void)state;
	struct sim_act open = registration();
	open.to = DISTRICT;
	act(sim, open, 0);
	assert_int_equal(status_of(sim), 1);
	assert_string_equal(sim_dossier(sim, code)->registered_by, "");
	act(sim, ACT(.kind = LT_KIND_REJECT, .sender = DISTRICT, .to = DISTRICT, .version = 7), LT_STALE_VERSION);
	act(sim, ACT(.kind = LT_KIND_REJECT, .sender = DISTRICT, .to = DISTRICT), 0);
	simroute_is(sim, code, 1, 3, LT_CUSTODY_CLOSED, DISTRICT);
	assert_int_equal(sim_dossier(sim, code)->owed_count, 0);
	open = registration();
	open.to = DEPARTMENT; /* who does what follows */
	act(sim, open, 0);
	simroute_is(sim, code, 1, 2, LT_CUSTODY_OFFERED, DISTRICT);
	open = registration();
	open.registers = false;
	open.to = DISTRICT;
	act(sim, open, 0);
	assert_int_equal(status_of(sim), 2);
	sim_free(sim);
}

/* Stopped before it was received: by going on it is received, and its clocks start. */
static void test_stopped_and_resumed(void **state)
{
	struct sim *sim = simroute_new(4);
	(void)state;
	register_at(sim, 5);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = COMMUNE, .to = COMMUNE), 0);
	assert_int_equal(status_of(sim), 8);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), 0);
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_int_equal(view->status, 4);
	assert_true(view->received_at > 0 && view->clock != NULL && view->branches[0].clock != NULL);
	simroute_rebuild(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_before_it_is_received), cmocka_unit_test(test_registered_for_another),
	  cmocka_unit_test(test_registered_with_itself), cmocka_unit_test(test_stopped_and_resumed))
