/* Operators' acts in words: each number that the schema has is named, in both languages, by a name of its own; and of whom an act is. */
#include "test.h"

#include <string.h>

#include "record/act.h"
#include "wire.h"

extern const ProtobufCEnumDescriptor lienthong__v1__definition_type__descriptor, lienthong__v1__admin_act__descriptor;

static struct lt_act named(const struct lt_command *command)
{
	struct lt_act act;
	assert_true(lt_act_of(command, &act));
	assert_string_not_equal(act.name, "?");
	assert_string_not_equal(act.vietnamese, "?");
	return act;
}

static void each_number_of_the_schema_has_a_name(void **state)
{
	const ProtobufCEnumDescriptor *admins = &lienthong__v1__admin_act__descriptor;
	const ProtobufCEnumDescriptor *defines = &lienthong__v1__definition_type__descriptor;
	struct lt_act act, all[64];
	size_t count = 0;
	(void)state;
	for (unsigned i = 0; i < admins->n_values + defines->n_values; i++) {
		bool admin = i < admins->n_values;
		int number = admin ? admins->values[i].value : defines->values[i - admins->n_values].value;
		struct lt_command command = { .type = admin ? LT_COMMAND_ADMIN : LT_COMMAND_DEFINE };
		if (admin)
			command.u.admin.act = (enum lt_admin_act)number;
		else
			command.u.define.type = (enum lt_definition)number;
		if (number == 0)
			continue;
		act = named(&command);
		for (size_t k = 0; k < count; k++) {
			assert_string_not_equal(act.name, all[k].name);
			assert_string_not_equal(act.vietnamese, all[k].vietnamese);
		}
		all[count++] = act;
	}
	assert_int_equal(count, admins->n_values + defines->n_values - 2);
	struct lt_command later = { .type = LT_COMMAND_ADMIN, .u.admin = { .act = (enum lt_admin_act)9999 } };
	assert_true(lt_act_of(&later, &act));
	assert_string_equal(act.name, "?");
	assert_string_equal(act.subject, "");
}

static void who_what_and_why(void **state)
{
	uint64_t records[] = { 7, 9 };
	const struct lt_command commands[] = {
		{ LT_COMMAND_ADMIN,
		  { .admin = { LT_ADMIN_REMIND, "000.00.01.H37-261130-0001", 41, "Mai", "gấp", .uid = 5,
			       .login = "mai" } } },
		{ LT_COMMAND_OUTAGE, { .outage = { 10, 20, "Mai", "mất điện", 5, NULL } } },
		{ LT_COMMAND_ACTIVATE, { .activate = { 3, "Mai", "bản mới", 5, "mai" } } },
		{ LT_COMMAND_ERASE,
		  { .erase = { 2, records, .operator_name = "Mai", .reason = "yêu cầu", .uid = 5 } } },
	};
	struct lt_act act;
	(void)state;
	act = named(&commands[0]);
	assert_int_equal(act.about, LT_ACT_ABOUT_DOSSIER);
	assert_string_equal(act.subject, "000.00.01.H37-261130-0001");
	assert_string_equal(act.operator_name, "Mai");
	assert_string_equal(act.reason, "gấp");
	assert_string_equal(act.login, "mai");
	assert_int_equal(act.uid, 5);
	act = named(&commands[1]);
	assert_int_equal(act.time, 10);
	assert_string_equal(act.login, "");
	assert_int_equal(named(&commands[2]).number, 3);
	assert_int_equal(named(&commands[3]).number, 7);
}

static void what_is_no_operators_is_none(void **state)
{
	(void)state;
	for (int type = LT_COMMAND_SUBMIT; type <= LT_COMMAND_LARGE_GONE; type++) {
		struct lt_command command = { .type = (enum lt_command_type)type };
		struct lt_act act;
		bool operators = type == LT_COMMAND_DEFINE || type == LT_COMMAND_ADMIN || type == LT_COMMAND_OUTAGE ||
				 type == LT_COMMAND_ACTIVATE || type == LT_COMMAND_ERASE;
		assert_int_equal(lt_act_of(&command, &act), operators);
	}
}

TEST_MAIN(cmocka_unit_test(each_number_of_the_schema_has_a_name), cmocka_unit_test(who_what_and_why),
	  cmocka_unit_test(what_is_no_operators_is_none))
