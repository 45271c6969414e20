/* Entries of mailboxes go some weeks after they were received: not those of dossiers that are open, nor what was not received; who comes back with
 * less than is kept is told so by name, and begins where the broker's operator says. The same out of the journal alone. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "state/mailbox.h"

#define OF(...) ((struct sim_act){ .dossier = code, __VA_ARGS__ })
enum { CLOSED = 5, OPEN = 2, DOSSIERS = CLOSED + OPEN };

static void held(struct sim *sim, struct sim_act what)
{
	assert_int_equal(sim_do(sim, &what)->reason, 0);
}

static void hand_off(struct sim *sim, const char *code, enum lt_kind kind, int from, int to, uint64_t version)
{
	held(sim, OF(.kind = kind, .sender = from, .to = to, .version = version));
	const uint8_t *id = sim_last_item(sim, to)->id;
	held(sim, OF(.kind = LT_KIND_ACCEPT, .sender = to, .to = from, .version = version + 1, .reply = id));
}

/* The department gets three items of a dossier that ends: FORWARD, the ACCEPT of its RESULT, HANDED_OVER; of an open one FORWARD alone. */
static void run_dossier(struct sim *sim, int number, bool ends)
{
	char code[LT_DOSSIER_MAX];
	snprintf(code, sizeof(code), "H37.02-%s-%07d",
		 number < 100    ? "20261118"
		 : number == 100 ? "20261219"
				 : "20270119",
		 number);
	held(sim, OF(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .route_leg = 1));
	hand_off(sim, code, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 1);
	if (!ends)
		return;
	hand_off(sim, code, LT_KIND_RESULT, DEPARTMENT, DISTRICT, 3);
	held(sim, OF(.kind = LT_KIND_HANDED_OVER, .sender = DISTRICT, .to = DEPARTMENT, .version = 5));
}

/* The entries that the store has. */
static uint64_t entries(struct sim *sim, uint64_t *head)
{
	struct mailboxes mailboxes = { 0 };
	struct mailbox_entry entry;
	uint64_t count = 0, number = 1;
	mailboxes_load(&mailboxes, sim->store);
	const struct mailbox *mailbox = &mailboxes.items[mailboxes_find(&mailboxes, sim_codes[DEPARTMENT])];
	*head = mailbox->head;
	for (; mailbox_next_entry(mailbox, sim->store, &number, &entry) == LT_OK; number++)
		count++;
	mailboxes_fini(&mailboxes);
	return count;
}

static enum lt_reason begin_at(struct sim *sim, uint64_t number)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = LT_ADMIN_MAILBOX_BEGIN,
						   .subject = sim_codes[DEPARTMENT],
						   .number = number,
						   .operator_name = "an",
						   .reason = "test" };
	return sim_control(sim, &request)->reason;
}

static void same_out_of_the_journal(struct sim *sim)
{
	uint8_t before[32], after[32];
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, sizeof(before));
}

static void pass_days(struct sim *sim, int days)
{
	for (int i = 0; i < days; i++)
		sim_advance(sim, SIM_DAY);
}

/* A mailbox a command, one after the other. */
static void forget(struct sim *sim)
{
	run_dossier(sim, 101, false);
	pass_days(sim, 1);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_advance(sim, SIM_SECOND);
}

static struct sim *old_mailbox(void)
{
	struct sim *sim = sim_new(1);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	for (int i = 0; i < DOSSIERS; i++)
		run_dossier(sim, i, i < CLOSED);
	pass_days(sim, 31);
	run_dossier(sim, 100, false); /* what was received before is marked with this */
	pass_days(sim, 31);
	return sim;
}

static void test_what_goes(void **state)
{
	struct sim *sim = old_mailbox();
	uint64_t head, count = entries(sim, &head);
	(void)state;
	assert_int_equal(count, head); /* nothing has gone yet */
	forget(sim);
	uint64_t left = entries(sim, &head);
	assert_true(left < head - 2 * CLOSED);
	assert_true(left >= OPEN + 2); /* of the open ones, and what came lately */
	same_out_of_the_journal(sim);
	sim_free(sim);
}

static void connect_at(struct sim *sim, uint64_t resume, uint32_t window)
{
	sim_lost(sim, DEPARTMENT);
	sim->agencies[DEPARTMENT].received = resume;
	sim->agencies[DEPARTMENT].bye = 0;
	sim_connect_window(sim, DEPARTMENT, window);
}

static void test_who_comes_with_less(void **state)
{
	struct sim *sim = old_mailbox();
	const struct sim_agency *to = &sim->agencies[DEPARTMENT];
	uint64_t head;
	(void)state;
	forget(sim);
	entries(sim, &head);
	connect_at(sim, 0, 0);
	assert_int_equal(to->bye, LT_RESUME_TOO_OLD);
	assert_int_equal(begin_at(sim, 1), LT_RECORD_UNKNOWN);        /* it has gone */
	assert_int_equal(begin_at(sim, head + 2), LT_RECORD_UNKNOWN); /* nobody has received what stands before */
	assert_int_equal(begin_at(sim, head), 0);
	connect_at(sim, 0, 512);
	assert_int_equal(to->bye, 0);
	assert_int_equal(to->welcome.acknowledged, head - 1);
	assert_int_equal(to->received, head); /* the last one comes again */
	connect_at(sim, 0, 0);                /* for one session */
	assert_int_equal(to->bye, LT_RESUME_TOO_OLD);
	connect_at(sim, head, 512); /* the old one goes on as ever */
	assert_int_equal(to->bye, 0);
	same_out_of_the_journal(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_what_goes), cmocka_unit_test(test_who_comes_with_less))
