/* test_code.c: agency, dossier and procedure codes. */
#include "test.h"

#include <lienthong/code.h>
#include <lienthong/time.h>

#include <string.h>

typedef bool check_function(const char *code);

static void check_all(check_function *check, bool expected, const char *const *codes)
{
	for (; *codes; codes++)
		if (check(*codes) != expected)
			fail_msg("\"%s\" should be %s", *codes, expected ? "valid" : "refused");
}

static void new_agency_codes(void **state)
{
	(void)state;
	static const char *const good[] = { "H37.02.02", "H55.242", "G09.20",
					    "H22",       "A00.1",   "H12.345.678.901.234.567.890.123.456",
					    NULL };
	static const char *const bad[] = { "",
					   "H",
					   "H2",
					   "H222",
					   "h22",
					   "22",
					   "H22.",
					   "H22..1",
					   "H22.1234",
					   "H22.1.",
					   ".H22",
					   "H22 ",
					   " H22",
					   "H22.a",
					   "H22-1",
					   "H22\n",
					   "Đ22",
					   "000.00.00.H22",
					   "H12.3.3.3.3.3.3.3.3.3",
					   "H12.345.678.901.234.567.890.123.456.7",
					   NULL };
	check_all(lt_agency_code_valid, true, good);
	check_all(lt_agency_code_valid, false, bad);
	assert_int_equal(strlen(good[5]), LT_AGENCY_MAX - 1);
}

static void old_agency_codes(void **state)
{
	(void)state;
	static const char *const good[] = { "000.00.00.H22", "000.00.01.H22", "123.45.67.A89", NULL };
	static const char *const bad[] = { "",
					   "000.00.00.H2",
					   "000.00.00.H222",
					   "000.00.00.h22",
					   "00.00.00.H22",
					   "000.0.00.H22",
					   "0000.00.00.H22",
					   "000.00.H22",
					   "000-00-00-H22",
					   "H22",
					   "000.00.00.00.H22",
					   " 000.00.00.H22",
					   "000.00.00.H22.",
					   NULL };
	check_all(lt_agency_code_old_valid, true, good);
	check_all(lt_agency_code_old_valid, false, bad);
}

static void assert_from_old(const char *old, const char *expected)
{
	char out[LT_AGENCY_MAX];
	assert_int_equal(lt_agency_code_from_old(old, out), LT_OK);
	assert_string_equal(out, expected);
	assert_true(lt_agency_code_valid(out));
}

static void new_codes_are_guessed_from_old_ones(void **state)
{
	(void)state;
	char out[LT_AGENCY_MAX] = "same";
	assert_from_old("000.00.00.H22", "H22");
	assert_from_old("000.00.01.H22", "H22.01");
	assert_from_old("000.20.09.G09", "G09.09.20");
	assert_from_old("242.02.02.H37", "H37.02.02.242");
	assert_from_old("001.00.01.H22", "H22.01.001");
	assert_from_old("000.00.00.G00", "G00");
	assert_int_equal(lt_agency_code_from_old("H22.01", out), LT_EINVAL);
	assert_int_equal(lt_agency_code_from_old("", out), LT_EINVAL);
	assert_string_equal(out, "same");
}

static void dossier_codes(void **state)
{
	(void)state;
	static const char *const good[] = { "000.00.04.G18-190815-0001",
					    "H55.242-20261124-0000001",
					    "H22-240229-12345",
					    "H22-20000229-123456",
					    "H12.345.678.901.234.567.890.123.456-20261124-1234567",
					    NULL };
	static const char *const bad[] = { "",
					   "H22",
					   "H22-",
					   "H22-20261124",
					   "H22-20261124-",
					   "H22-20261124-123",
					   "H22-20261124-12345678",
					   "H22-2026112-1234",
					   "H22-202611240-1234",
					   "H22-20261324-1234",
					   "H22-20260230-1234",
					   "H22-230229-1234",
					   "H22-19000229-1234",
					   "H22-261100-1234",
					   "H22-261131-1234",
					   "h22-261124-1234",
					   "-261124-1234",
					   "H22-261124-1234 ",
					   "H22-261124-12a4",
					   "H22-261124--1234",
					   "00.00.04.G18-190815-0001",
					   "H22.-261124-1234",
					   "H22_261124_1234",
					   NULL };
	check_all(lt_dossier_code_valid, true, good);
	check_all(lt_dossier_code_valid, false, bad);
	assert_true(strlen(good[4]) < LT_DOSSIER_MAX);
}

static void dossier_codes_are_made_plain(void **state)
{
	static const char *const codes[][2] = {
		{ "H37.24-261130-0001", "H37.24-20261130-0000001" },
		{ "H37.24-20261130-0000001", "H37.24-20261130-0000001" },
		{ "H37.24-20261130-00012", "H37.24-20261130-0000012" },
		{ "000.00.01.H22-000101-123456", "000.00.01.H22-20000101-0123456" },
		{ "H12.345.678.901.234.567.890.123.456-991231-9999",
		  "H12.345.678.901.234.567.890.123.456-20991231-0009999" },
	};
	char out[LT_DOSSIER_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_int_equal(lt_dossier_code_plain(codes[i][0], out), LT_OK);
		assert_string_equal(out, codes[i][1]);
	}
	assert_int_equal(lt_dossier_code_plain("H37.24-261301-0001", out), LT_EINVAL);
	assert_int_equal(lt_dossier_code_plain("H37.24", out), LT_EINVAL);
	assert_int_equal(lt_dossier_code_plain("", out), LT_EINVAL);
}

static void dossier_codes_are_made(void **state)
{
	(void)state;
	char out[LT_DOSSIER_MAX] = "same";
	int64_t time;
	assert_int_equal(lt_time_parse("2026-11-24T23:59:59+07:00", &time), LT_OK);
	assert_int_equal(lt_dossier_code_make("H", time, 1, out), LT_EINVAL);
	assert_int_equal(lt_dossier_code_make("H22", time, 10000000, out), LT_EINVAL);
	assert_int_equal(lt_dossier_code_make("H22", INT64_MAX, 1, out), LT_EINVAL);
	assert_int_equal(lt_dossier_code_make("H22", INT64_MIN, 1, out), LT_EINVAL);
	assert_string_equal(out, "same");
	assert_int_equal(lt_dossier_code_make("H22.01", time, 42, out), LT_OK);
	assert_string_equal(out, "H22.01-20261124-0000042");
	assert_int_equal(lt_dossier_code_make("000.00.01.H22", time + 1000000, 9999999, out), LT_OK);
	assert_string_equal(out, "000.00.01.H22-20261125-9999999"); /* the day turns at midnight +07:00 */
	assert_int_equal(lt_dossier_code_make("H12.345.678.901.234.567.890.123.456", time, 1, out), LT_OK);
	assert_true(lt_dossier_code_valid(out));
	assert_int_equal(lt_dossier_code_make("H22", -1, 1, out), LT_OK);
	assert_string_equal(out, "H22-19700101-0000001");
}

static void procedure_codes(void **state)
{
	(void)state;
	static const char *const good[] = {
		"1.011442", "9.000000", "1.011442.000.00.00.H38", "2.000815.000.00.00.H55.02", "2.000815.000.00.00.G03",
		NULL
	};
	static const char *const bad[] = { "",
					   "0.011442",
					   "1.01144",
					   "1.0114422",
					   "1-011442",
					   "1.011442.",
					   "1.011442.000.00.00",
					   "1.011442.000.00.00.A38",
					   "1.011442.000.00.01.H38",
					   "1.011442.000.00.00.H3",
					   "1.011442.000.00.00.H38.",
					   "1.011442.000.00.00.H38.2",
					   "1.011442.000.00.00.H38.022",
					   "11.011442",
					   "a.011442",
					   "1.011442 ",
					   NULL };
	check_all(lt_procedure_code_valid, true, good);
	check_all(lt_procedure_code_valid, false, bad);
	assert_true(strlen(good[3]) < LT_PROCEDURE_MAX);
}

static void agencies_have_uris(void **state)
{
	(void)state;
	char uri[LT_AGENCY_URI_MAX];
	assert_int_equal(lt_agency_code_uri("H37.24", uri), LT_OK);
	assert_string_equal(uri, "urn:lienthong:agency:H37.24");
	assert_int_equal(lt_agency_code_uri("H37.111.222.333.444.555.666.777.888", uri), LT_OK); /* the longest */
	assert_int_equal(strlen(uri), strlen("urn:lienthong:agency:") + 35);
	assert_int_equal(lt_agency_code_uri("000.00.24.H37", uri), LT_EINVAL);
	assert_int_equal(lt_agency_code_uri("", uri), LT_EINVAL);
}

static void leg_ids(void **state)
{
	(void)state;
	static const char *const good[] = { "a", "tham-dinh", "0-9", "abcdefghijklmnopqrstuvwxyz012345", NULL };
	static const char *const bad[] = {
		"", "A", "thẩm-định", "a b", "a_b", "abcdefghijklmnopqrstuvwxyz0123456", NULL
	};
	check_all(lt_leg_id_valid, true, good);
	check_all(lt_leg_id_valid, false, bad);
}

TEST_MAIN(cmocka_unit_test(new_agency_codes), cmocka_unit_test(old_agency_codes),
	  cmocka_unit_test(new_codes_are_guessed_from_old_ones), cmocka_unit_test(dossier_codes),
	  cmocka_unit_test(dossier_codes_are_made), cmocka_unit_test(dossier_codes_are_made_plain),
	  cmocka_unit_test(procedure_codes), cmocka_unit_test(agencies_have_uris), cmocka_unit_test(leg_ids))
