/* test_operators.c: which user may do what at the control socket, request by request and role by role. */
#include <string.h>

#include "gate/operators.h"
#include "test.h"

enum {
	SELF = 998,
	OBSERVER = 1001,
	OPERATOR,
	REGISTRAR,
	AUDITOR,
	STRANGER = 2000,
	OPERATORS_GROUP = 500,
	OTHER_GROUP = 501
};

static struct operators good(void)
{
	struct operators operators = { .self = SELF };
	assert_int_equal(operators_add(&operators, false, OBSERVER, operators_role("observer")), LT_OK);
	assert_int_equal(operators_add(&operators, false, OPERATOR, operators_role("operator")), LT_OK);
	assert_int_equal(operators_add(&operators, false, REGISTRAR, operators_role("registrar")), LT_OK);
	assert_int_equal(operators_add(&operators, false, AUDITOR, operators_role("auditor")), LT_OK);
	assert_int_equal(operators_add(&operators, true, OPERATORS_GROUP, operators_role("operator")), LT_OK);
	return operators;
}

static bool may(uint32_t uid, struct lt_control_request request)
{
	struct operators operators = good();
	struct control_peer peer = { .uid = uid, .gid = OTHER_GROUP };
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = operators_check(&operators, &peer, &request, &refusal);
	assert_true(reason == LT_REASON_NONE || reason == LT_OPERATOR_NOT_ADMITTED);
	return !reason;
}

static void each_role_may_what_is_its_own(void **state)
{
	(void)state;
	static const struct {
		struct lt_control_request request;
		const char *may; /* of observer, operator, registrar, auditor */
	} rows[] = {
		{ { .type = LT_CONTROL_STATUS }, "yyyy" },
		{ { .type = LT_CONTROL_AGENCIES }, "yyyy" },
		{ { .type = LT_CONTROL_DOSSIER }, "yyyy" },
		{ { .type = LT_CONTROL_MAILBOXES }, "yyyy" },
		{ { .type = LT_CONTROL_DIRECTORY }, "yyyy" },
		{ { .type = LT_CONTROL_PROCEDURES }, "yyyy" },
		{ { .type = LT_CONTROL_REORGANISATION }, "yyyy" },
		{ { .type = LT_CONTROL_FIND }, "yyyy" },
		{ { .type = LT_CONTROL_RULES }, "yyyy" },
		{ { .type = LT_CONTROL_TIME }, "yyyy" },
		{ { .type = LT_CONTROL_DOSSIERS }, "yyyy" },
		{ { .type = LT_CONTROL_LEDGER }, "yyyy" },
		{ { .type = LT_CONTROL_CARRIES }, "yyyy" },
		{ { .type = LT_CONTROL_CHANGES }, "yyyy" },
		{ { .type = LT_CONTROL_COPY }, "yyyy" },
		{ { .type = LT_CONTROL_DEFINITIONS }, "yyyy" },
		{ { .type = LT_CONTROL_DELAYS }, "yyyy" },
		{ { .type = LT_CONTROL_RECORD }, "nyny" },
		{ { .type = LT_CONTROL_RECORD, .parts = true }, "nnny" },
		{ { .type = LT_CONTROL_JOURNAL }, "nyny" },
		{ { .type = LT_CONTROL_BACKUP }, "nynn" },
		{ { .type = LT_CONTROL_OUTAGE }, "nynn" },
		{ { .type = LT_CONTROL_ACTIVATE }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_SUSPEND }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_DRAIN }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_CLOSURE }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_AGENCY_REMIND }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_REDELIVER }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_TIME_SET }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_CARRY_OPEN }, "nynn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_TRUST_GRACE }, "nnyn" },
		{ { .type = LT_CONTROL_ADMIN, .admin.act = LT_ADMIN_CRL_WITHDRAW }, "nnyn" },
		{ { .type = LT_CONTROL_DEFINE, .define.type = LT_DEFINE_DIRECTORY }, "nnyn" },
		{ { .type = LT_CONTROL_DEFINE, .define.type = LT_DEFINE_CRL }, "nnyn" },
		{ { .type = LT_CONTROL_DEFINE, .define.type = LT_DEFINE_CALENDAR }, "nnyn" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t role = 0; role < 4; role++)
			assert_int_equal(may(OBSERVER + role, rows[i].request), rows[i].may[role] == 'y');
		assert_true(may(0, rows[i].request));
		assert_true(may(SELF, rows[i].request));
		assert_false(may(STRANGER, rows[i].request));
	}
}

static void groups_give_roles_too(void **state)
{
	(void)state;
	struct operators operators = good();
	struct control_peer peer = { .uid = STRANGER, .gid = OPERATORS_GROUP };
	assert_int_equal(operators_roles(&operators, &peer), OPERATOR_OPERATOR);
	peer.gid = OTHER_GROUP;
	assert_int_equal(operators_roles(&operators, &peer), 0);
	peer.groups[0] = OTHER_GROUP;
	peer.groups[1] = OPERATORS_GROUP;
	peer.group_count = 2;
	assert_int_equal(operators_roles(&operators, &peer), OPERATOR_OPERATOR);
	assert_int_equal(operators_add(&operators, true, OPERATORS_GROUP, OPERATOR_AUDITOR), LT_OK);
	assert_int_equal(operators_roles(&operators, &peer), OPERATOR_OPERATOR | OPERATOR_AUDITOR);
	peer.uid = OPERATORS_GROUP; /* a user with the group's number */
	peer.group_count = 0;
	assert_int_equal(operators_roles(&operators, &peer), 0);
}

static void a_refusal_names_user_and_roles(void **state)
{
	(void)state;
	struct operators operators = good();
	struct control_peer peer = { .uid = STRANGER };
	struct lt_refusal refusal = { 0 };
	struct lt_control_request record = { .type = LT_CONTROL_RECORD };
	assert_int_equal(operators_check(&operators, &peer, &record, &refusal), LT_OPERATOR_NOT_ADMITTED);
	assert_string_equal(refusal.detail, "user 2000 is not operator or auditor");
}

static void the_table_has_an_end(void **state)
{
	(void)state;
	struct operators operators = { .self = SELF };
	for (uint32_t i = 0; i < OPERATORS_MAX; i++)
		assert_int_equal(operators_add(&operators, i % 2, i, OPERATOR_OBSERVER), LT_OK);
	assert_int_equal(operators_add(&operators, false, 9999, OPERATOR_OBSERVER), LT_EFULL);
	assert_int_equal(operators_add(&operators, false, 0, OPERATOR_AUDITOR), LT_OK);
	assert_int_equal(operators_role("root"), 0);
}

TEST_MAIN(cmocka_unit_test(each_role_may_what_is_its_own), cmocka_unit_test(groups_give_roles_too),
	  cmocka_unit_test(a_refusal_names_user_and_roles), cmocka_unit_test(the_table_has_an_end))
