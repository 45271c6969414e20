/* test_procedure_files.c: procedure files, each fault of a route, and the samples. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "law/procedure_check.h"
#include "command/procedure_files.h"

#define HEAD                                                                                              \
	"{\"code\": \"1.000001\", \"version\": 1, \"name\": \"Thủ tục\", \"name_en\": \"Procedure\"," \
	" \"valid_from\": \"2026-01-01\", \"total\": \"10 working_days\""
#define LEG(id, kind, agency, rest)                                                                               \
	"{\"id\": \"" id "\", \"name\": \"n\", \"name_en\": \"n\", \"agency\": \"" agency "\", \"kind\": \"" kind \
	"\"" rest "}"
#define A(rest) LEG("a", "receive", "origin", rest)
#define B(rest) LEG("b", "process", "H37", rest)
#define C(rest) LEG("c", "process", "H37.11", rest)
#define D(rest) LEG("d", "return", "origin", rest)
#define CHOICE(how, when, other) \
	A(TO("\"b\", \"c\"") ", \"choose\": \"" how "\", \"when\": {" when "}, \"else\": [" other "]")
#define TO(list) ", \"next\": [" list "]"
#define ASKS(consult) LEG("a", "consult", "H37", ", \"limit\": \"1 working_days\", \"consult\": " consult)
#define PAPERS(rules) ", \"supplements\": {" rules "}"
#define LEGS(list) HEAD ",\n\"legs\": [" list "]}"

static struct agencies agencies;
static struct procedure_faults faults;
static char path[64];

static int setup(void **state)
{
	char error[600];
	(void)state;
	return agencies_load(LT_SOURCE_DIR "/conf/agencies.json", &agencies, error, sizeof(error));
}

static int teardown(void **state)
{
	(void)state;
	agencies_fini(&agencies);
	return 0;
}

static enum lt_err load(const char *text, struct procedure_file *out)
{
	snprintf(path, sizeof(path), "/tmp/test-procedure-%d.json", (int)getpid());
	assert_int_equal(lt_file_write(path, lt_bytes(text, strlen(text)), 0600), LT_OK);
	enum lt_err err = procedure_load(path, out);
	unlink(path);
	return err;
}

/* The file is refused, and the message has the pointer and the words. */
static void refused(const char *text, const char *pointer, const char *words)
{
	struct procedure_file file;
	assert_int_equal(load(text, &file), LT_EINVAL);
	if (!strstr(file.file.error, pointer) || !strstr(file.file.error, words))
		fail_msg("\"%s\" does not say \"%s\" and \"%s\"", file.file.error, pointer, words);
	procedure_fini(&file);
}

/* The form holds; exactly this fault is found, or none (pointer NULL). */
static void checked(const char *text, const char *pointer, const char *words)
{
	struct procedure_file file;
	struct procedure_agencies known = procedure_agencies_of(&agencies);
	if (load(text, &file) != LT_OK)
		fail_msg("%s", file.file.error);
	faults.count = 0;
	procedure_check(&file.procedure, &known, &faults);
	procedure_fini(&file);
	for (size_t i = 0; i < faults.count; i++) {
		if (pointer && strcmp(faults.items[i].pointer, pointer) == 0 && strstr(faults.items[i].text, words))
			continue;
		fail_msg("%s: %s", faults.items[i].pointer, faults.items[i].text);
	}
	assert_int_equal(faults.count, pointer ? 1 : 0);
}

static void forms(void **state)
{
	(void)state;
	refused("[]", "whole file", "object");
	refused(HEAD "}", "/legs", "list of 1 to 64");
	refused(LEGS(""), "/legs", "list of 1 to 64");
	refused(HEAD ", \"colour\": 1, \"legs\": []}", "/colour", "unknown key");
	refused(HEAD ", \"lead\": \"lead\", \"legs\": []}", "/lead", "cannot be");
	refused(HEAD ", \"lead\": \"mayor\", \"legs\": []}", "/lead", "nor a role");
	refused(HEAD ", \"valid_to\": \"2026-01-01\", \"legs\": []}", "/valid_to", "after valid_from");
	refused(HEAD ", \"valid_to\": \"2026-02-30\", \"legs\": []}", "/valid_to", "not a day");
	refused(HEAD ", \"due_soon\": \"1 calendar_days\", \"legs\": []}", "/due_soon", "working");
	refused(HEAD ", \"handoff_limit\": \"8 hours\", \"legs\": []}", "/handoff_limit", "no limit");
	refused("{\"code\": \"1.01\", \"version\": 1, \"name\": \"n\", \"name_en\": \"n\"}", "/code", "procedure code");
	refused("{\"code\": \"1.000001\", \"version\": 0, \"name\": \"n\", \"name_en\": \"n\"}", "/version",
		"begin at 1");
	refused("{\"code\": \"1.000001\", \"version\": 1, \"name_en\": \"n\"}", "whole file", "\"name\" is missing");
	refused(LEGS(LEG("A", "receive", "origin", "")), "/legs/0/id", "lower-case");
	refused(LEGS(A("") "," A("")), "/legs/1/id", "another leg");
	refused(LEGS(LEG("a", "carry", "origin", "")), "/legs/0/kind", "receive, process");
	refused(LEGS(LEG("a", "receive", "sibling(origin)", "")), "/legs/0/agency", "field:NAME");
	refused(LEGS(A(", \"limit\": \"2.3 working_days\"")), "/legs/0/limit", "quarters");
	refused(LEGS(A(TO("\"z\""))), "/legs/0/next/0", "no leg has the id");
	refused(LEGS(A(TO("\"b\", \"b\"")) "," B("")), "/legs/0/next/1", "twice");
	refused(LEGS(A(", \"on_refusal\": \"q\"")), "/legs/0/on_refusal", "no leg has the id");
	refused(LEGS(A(", \"on_refusal\": \"a\"")), "/legs/0/on_refusal", "itself");
	refused(LEGS(A(", \"on_supplement\": \"q\"")), "/legs/0/on_supplement", "no leg has the id");
	refused(LEGS(A(", \"supplements\": 10")), "/legs/0/supplements", "0 to 9");
	refused(LEGS(A(", \"policy\": \"WAIT\"")), "/legs/0/policy", "RESTART, SUSPEND");
	refused(LEGS(A(", \"choose\": \"any\"")), "/legs/0/choose", "all, one, some");
	refused(LEGS(A(", \"makes\": []")), "/legs/0/makes", "1 to 16");
	refused(LEGS(A(", \"makes\": [\"G P\"]")), "/legs/0/makes", "letters, digits");
	refused(LEGS(A(", \"makes\": [\"GP\", \"GP\"]")), "/legs/0/makes", "twice");
	refused(LEGS(A(", \"makes\": [\"GP\"], \"transfer_to\": [\"H37\"]")), "/legs/0/transfer_to",
		"never transferred");
	refused(LEGS(A(", \"transfer_to\": [\"mayor\"]")), "/legs/0/transfer_to/0", "nor a role");
	refused(LEGS(A(", \"again\": \"soon\"")), "/legs/0/again", "no limit");
	refused(LEGS(A(", \"sets\": []")), "/legs/0/sets", "1 to 32");
	refused(LEGS(A(", \"sets\": [\"Xa\"]")), "/legs/0/sets", "lower-case");
	refused(LEGS(A(", \"sets\": [\"xa\", \"xa\"]")), "/legs/0/sets", "twice");
	refused(LEGS(A(", \"fee_stops_clock\": 1")), "/legs/0/fee_stops_clock", "true or false");
	refused(LEGS(A(", \"consult\": {\"ask\": [\"H37\"]}")), "/legs/0/consult", "kind consult");
	refused(LEGS(LEG("a", "consult", "H37", ", \"limit\": \"1 working_days\"")), "/legs/0", "needs \"consult\"");
	refused(LEGS(LEG("a", "consult", "H37", ", \"consult\": {\"ask\": [\"G09\"]}")), "/legs/0", "needs \"limit\"");
	refused(LEGS(ASKS("{\"ask\": [\"G09\", \"G09\"]}")), "/legs/0/consult/ask/1", "twice");
	refused(LEGS(ASKS("[\"G09\"]")), "/legs/0/consult", "an object");
	refused(LEGS(ASKS("{\"limit\": \"1 working_days\"}")), "/legs/0/consult", "\"ask\" is missing");
	refused(LEGS(ASKS("{\"ask\": [\"G09\"], \"until\": \"1 working_days\"}")), "/legs/0/consult/until", "");
	refused(LEGS(ASKS("{\"ask\": [\"G09\"]}, \"on_silence\": \"DEEMED_CONSENT\"")), "/legs/0/on_silence",
		"the time of the law");
	refused(LEGS(A(PAPERS("\"times\": 10"))), "/legs/0/supplements/times", "0 to 9");
	refused(LEGS(A(PAPERS("\"limit\": \"2 working_days\""))), "/legs/0/supplements", "\"times\" is missing");
	refused(LEGS(A(PAPERS("\"times\": 1, \"ask_within\": \"3 calendar_days\""))), "/legs/0/supplements/ask_within",
		"working_days");
	refused(LEGS(A(PAPERS("\"times\": 1, \"on_missed\": \"refuse\""))), "/legs/0/supplements/on_missed",
		"refuse_within");
	refused(LEGS(A(PAPERS("\"times\": 1, \"on_missed\": {\"refuse_within\": \"soon\"}"))),
		"/legs/0/supplements/on_missed/refuse_within", "no limit");
	refused(HEAD ", \"apology_before\": \"1 calendar_days\", \"legs\": [" A("") "]}", "/apology_before",
		"working_days");
	refused(HEAD ", \"withdraw\": {\"until\": \"z\"}, \"legs\": [" A("") "]}", "/withdraw/until",
		"no leg has the id");
	refused(HEAD ", \"withdraw\": {\"by\": []}, \"legs\": [" A("") "]}", "/withdraw/by", "1 to 64");
}

static void lines_are_named(void **state)
{
	(void)state;
	struct procedure_file file;
	char want[128];
	assert_int_equal(load(HEAD ",\n\"legs\": [\n" A(TO("\"b\"")) ",\n\n" B(TO("\"x\"")) "]}", &file), LT_EINVAL);
	snprintf(want, sizeof(want), "%s:5: /legs/1/next/0: ", path);
	if (!strstr(file.file.error, want))
		fail_msg("\"%s\" does not say \"%s\"", file.file.error, want);
	procedure_fini(&file);
}

static void good_routes(void **state)
{
	(void)state;
	checked(LEGS(A("")), NULL, NULL);
	checked(LEGS(A(TO("\"b\"")) "," B(TO("\"c\"") ", \"on_refusal\": \"a\"") "," C("")), NULL, NULL);
	checked(LEGS(A(TO("\"b\", \"c\"")) "," B(TO("\"d\"")) "," C(TO("\"d\"")) "," D("")), NULL, NULL);
	/* two legs of a fork at one agency: each is offered by itself */
	checked(LEGS(A(TO("\"b\", \"c\"")) "," B(TO("\"d\"")) "," LEG("c", "process", "H37", TO("\"d\"")) "," D("")),
		NULL, NULL);
	/* a plain list: each leads to the one after it */
	checked(LEGS(A("") "," B("") "," C("") "," D("")), NULL, NULL);
	/* of a choice one is taken: the ways need not meet */
	checked(LEGS(A(TO("\"b\", \"c\"") ", \"choose\": \"one\"") "," B("") "," C("")), NULL, NULL);
	checked(LEGS(CHOICE("one", "\"b\": {\"loai\": [\"nha\", \"kho\"]}", "\"c\"") "," B("") "," C("")), NULL, NULL);
	/* one way of a fork goes to the join at once */
	checked(LEGS(A(TO("\"b\", \"d\"")) "," B(TO("\"d\"")) "," D(", \"makes\": [\"GP\"]")), NULL, NULL);
}

static void each_fault(void **state)
{
	(void)state;
	checked(LEGS(LEG("a", "receive", "H99.01", "")), "/legs/0/agency", "unknown agency");
	checked(HEAD ", \"lead\": \"H98\", \"legs\": [" A("") "]}", "/lead", "unknown agency");
	checked(HEAD ", \"withdraw\": {\"by\": [\"origin\", \"H98\"]}, \"legs\": [" A("") "]}", "/withdraw/by/1",
		"unknown agency");
	checked(LEGS(LEG("a", "consult", "H37",
			 ", \"limit\": \"1 working_days\", \"consult\": {\"ask\": [\"field:xa\", \"H97\"]}")),
		"/legs/0/consult/ask/1", "unknown agency");
	checked(LEGS(A(TO("")) "," B("")), "/legs/1", "never reached");
	checked(LEGS(A(TO("\"b\"")) "," B(TO("\"a\""))), "/legs/0/next", "circle");
	checked(LEGS(A(TO("\"b\"")) "," B(TO("\"c\"")) "," C(TO("\"b\""))), "/legs/0/next", "circle");
	/* a circle that a fork feeds for ever, though there is an end too */
	checked(LEGS(A(TO("\"b\"")) "," B(TO("\"a\", \"d\"")) "," D("")), "/legs/0/next", "circle");
	checked(LEGS(A(TO("\"b\", \"c\"")) "," B("") "," C("")), "/legs/0/next", "fork without join");
	checked(LEGS(A(TO("\"b\", \"c\"")) "," B(TO("\"d\"")) "," C("") "," D("")), "/legs/0/next",
		"fork without join");
	/* b is reached by its result and after a's refusal: the two are never under way together */
	checked(LEGS(A(TO("\"b\"") ", \"on_refusal\": \"c\"") "," B("") "," C(TO("\"b\""))), "/legs/1/id",
		"join without fork");
	checked(LEGS(A(TO("\"b\", \"c\"") ", \"choose\": \"some\"") "," B("") "," C("")), "/legs/0/next",
		"fork without join");
	checked(LEGS(A(TO("\"b\", \"c\"") ", \"choose\": \"one\"") "," B("") "," C(", \"makes\": [\"GP\"]")), "/legs/1",
		"a way without a result: from leg a one comes to the end b past no leg");
	checked(LEGS(LEG("a", "pay", "origin", TO("\"d\"")) "," D("")), "/legs/1", "a way without a result");
	checked(LEGS(A("") "," B(", \"transfer_to\": [\"H37\"]")), "/legs/1/transfer_to", "makes a result");
	checked(LEGS(A(", \"again\": \"1 working_days\"") "," B("")), "/legs/0/again", "without a limit");
	checked(LEGS(A(TO("\"b\"") ", \"limit\": \"6 working_days\"") "," B(", \"limit\": \"4.5 working_days\"")),
		"/total", "a > b, takes 10.5 working days");
	checked(LEGS(A(", \"on_supplement\": \"a\"")), "/legs/0/on_supplement", "no supplement");
}

#define BY(values, other) "{\"by\": \"loai\", \"is\": {" values "}, \"else\": \"" other "\"}"
#define LIMITED(limit) ", \"limit\": " limit
#define TOTAL(total, rest)                                                                              \
	"{\"code\": \"1.000001\", \"version\": 1, \"name\": \"n\", \"name_en\": \"n\", \"valid_from\":" \
	" \"2026-01-01\", \"total\": " total rest ", \"legs\": ["
static void limits_by_a_field(void **state)
{
	(void)state;
#define NHA "\"nha\": \"3 working_days\""
	checked(TOTAL(BY(NHA, "9 working_days"), "") A(LIMITED(BY(NHA, "9 working_days"))) "]}", NULL, NULL);
	checked(TOTAL(BY(NHA, "9 working_days"), "") A(", \"limit\": \"4 working_days\"") "]}", "/total",
		"4.0 working days, more than the published 3 working_days (when loai is nha)");
	checked(TOTAL("\"8 working_days\"", "") A(LIMITED(BY(NHA, "9 working_days"))) "]}", "/total",
		"(when loai is anything else)");
	/* the field also chooses: for a house, c is not on the way */
	checked(TOTAL(BY(NHA, "9 working_days"), "") CHOICE("one", "\"b\": {\"loai\": [\"nha\"]}", "\"c\"") "," B(
			", \"limit\": \"3 working_days\"") "," C(", \"limit\": \"9 working_days\"") "]}",
		NULL, NULL);
	/* without else there is no other value, and nothing is said of one */
	checked(TOTAL("\"3 working_days\"", "") A(LIMITED("{\"by\": \"loai\", \"is\": {" NHA "}}")) "]}", NULL, NULL);
	checked(TOTAL("\"2 working_days\"", "") A(LIMITED("{\"by\": \"loai\", \"is\": {" NHA "}}")) "]}", "/total",
		"(when loai is nha)");
	refused(LEGS(A(LIMITED(BY("", "1 working_days")))), "/legs/0/limit/is", "1 to 64 values");
	refused(LEGS(A(LIMITED(BY("\"nha\": 3", "1 working_days")))), "/legs/0/limit/is/nha", "must be a limit");
	refused(LEGS(A(LIMITED("{\"by\": \"Loai\", \"is\": {" NHA "}, \"else\": \"1 working_days\"}"))),
		"/legs/0/limit/by", "a field's name");
	refused(LEGS(A(LIMITED("{\"for\": \"loai\"}"))), "/legs/0/limit/for", "unknown key");
}

static void until_uncounted_promised(void **state)
{
	(void)state;
#define UNTIL(limit) ", \"until\": \"" limit "\""
	/* 2 days, then until the 8th, then 2: 10 in all */
	checked(LEGS(A(", \"limit\": \"2 working_days\"" TO("\"b\"")) "," B(UNTIL("8 working_days") TO("\"c\"")) "," C(
			", \"limit\": \"2 working_days\"")),
		NULL, NULL);
	checked(LEGS(A(", \"limit\": \"2 working_days\"" TO("\"b\"")) "," B(UNTIL("9 working_days") TO("\"c\"")) "," C(
			", \"limit\": \"2 working_days\"")),
		"/total", "takes 11.0 working days");
	checked(LEGS(A(", \"limit\": \"2 working_days\"" TO("\"b\"")) "," B(UNTIL("2 working_days"))), "/legs/1/until",
		"is over when leg b begins");
	refused(LEGS(A(", \"limit\": \"2 working_days\"" UNTIL("2 working_days"))), "/legs/0/until", "in place of");
#define UNCOUNTED ", \"counts\": false, \"ground\": \"Điều 7\""
	checked(LEGS(A(", \"limit\": \"15 working_days\"" UNCOUNTED)), NULL, NULL);
	refused(LEGS(A(", \"counts\": false")), "/legs/0/counts", "needs \"ground\"");
	refused(LEGS(A(", \"ground\": \"Điều 7\"")), "/legs/0/ground", "goes with");
	refused(LEGS(A(UNTIL("2 working_days") UNCOUNTED)), "/legs/0/until", "does not count");
	checked(TOTAL("\"10 working_days\"", ", \"promised\": \"7 working_days\"") A("") "]}", NULL, NULL);
	checked(TOTAL("\"10 working_days\"", ", \"promised\": \"11 working_days\"") A("") "]}", "/promised",
		"more than the total");
	refused(HEAD ", \"same_day_until\": \"15h\", \"legs\": [" A("") "]}", "/same_day_until", "no time of day");
}

/* A choice of which it would not always be clear who goes on. */
static void choices(void **state)
{
	(void)state;
	refused(LEGS(A(TO("\"b\"") ", \"choose\": \"one\"") "," B("")), "/legs/0/choose", "two legs");
	refused(LEGS(A(TO("\"b\", \"c\"") ", \"else\": [\"b\"]") "," B("") "," C("")), "/legs/0/else",
		"goes with \"choose\"");
	refused(LEGS(A(TO("\"b\", \"c\"") ", \"choose\": \"one\", \"else\": [\"b\"]") "," B("") "," C("")),
		"/legs/0/else", "goes with \"when\"");
	refused(LEGS(CHOICE("one", "\"b\": {\"x\": [\"1\"]}, \"c\": {\"x\": [\"2\"]}", "") "," B("") "," C("")),
		"/legs/0/when", "needs \"else\"");
	refused(LEGS(CHOICE("one", "\"b\": {\"x\": [\"1\"]}", "\"b\", \"c\"") "," B("") "," C("")), "/legs/0/else",
		"a single leg");
	refused(LEGS(CHOICE("some", "\"b\": {\"x\": [\"1\"]}", "\"b\", \"c\"") "," B("") "," C("")), "/legs/0/next",
		"stands once");
	refused(LEGS(CHOICE("some", "\"b\": {\"x\": [\"1\"]}", "\"b\"") "," B("") "," C("")), "/legs/0/next",
		"stands once");
	refused(LEGS(CHOICE("one", "\"z\": {\"x\": [\"1\"]}", "\"c\"") "," B("") "," C("")), "/legs/0/when/z",
		"no leg");
	refused(LEGS(CHOICE("one", "\"b\": {\"x\": []}", "\"c\"") "," B("") "," C("")), "/legs/0/when/b/x", "1 to 64");
	refused(LEGS(CHOICE("one", "\"b\": {\"X\": [\"1\"]}", "\"c\"") "," B("") "," C("")), "/legs/0/when",
		"a field's name");
	refused(LEGS(CHOICE("one", "\"b\": \"x\"", "\"c\"") "," B("") "," C("")), "/legs/0/when/b", "one field");
}

/* A file with many faults of its form tells them all. */
static void all_faults_of_a_form(void **state)
{
	(void)state;
	static const char *const words[] = { "/legs/0/supplements", "/legs/0/next/0", "/legs/1/kind", "/legs/1/agency",
					     "/open_by/0" };
	struct procedure_file file;
	assert_int_equal(load(HEAD ", \"lead\": \"mayor\", \"open_by\": [\"mayor\"], \"legs\": [" A(
				      ", \"supplements\": 99" TO("\"z\"")) "," LEG("b", "carry", "mayor", "") "]}",
			      &file),
			 LT_EINVAL);
	assert_non_null(strstr(file.file.error, "/lead: "));
	assert_int_equal(lt_buf_append(&file.file.others, "", 1), LT_OK);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strstr((const char *)file.file.others.data, words[i]))
			fail_msg("%s is not told: %s", words[i], (const char *)file.file.others.data);
	}
	procedure_fini(&file);
}

static void several_faults_together(void **state)
{
	(void)state;
	struct procedure_file file;
	assert_int_equal(load(LEGS(LEG("a", "receive", "H99.01", TO("")) "," B("") "," C("")), &file), LT_OK);
	faults.count = 0;
	procedure_check(&file.procedure,
			&(struct procedure_agencies){ procedure_agencies_of(&agencies).find,
						      procedure_agencies_of(&agencies).at, &agencies },
			&faults);
	assert_int_equal(faults.count, 3);
	faults.count = 0;
	procedure_check(&file.procedure, NULL, &faults); /* without agencies: the route alone */
	assert_int_equal(faults.count, 2);
	procedure_fini(&file);
}

static uint32_t minutes_of(const char *text, size_t legs)
{
	struct procedure_file file;
	static const struct route_facts none;
	struct procedure_path way;
	if (load(text, &file) != LT_OK)
		fail_msg("%s", file.file.error);
	procedure_critical_path(&file.procedure, &none, &way);
	assert_int_equal(way.count, legs);
	procedure_fini(&file);
	return way.minutes;
}

#define LIMIT(text) ", \"limit\": \"" text "\""
static void longest_ways(void **state)
{
	(void)state;
	assert_int_equal(minutes_of(LEGS(A(LIMIT("3 working_hours"))), 1), 180);
	assert_int_equal(minutes_of(LEGS(A(LIMIT("2.5 working_days"))), 1), 1200);
	assert_int_equal(minutes_of(LEGS(A(LIMIT("7 calendar_days"))), 1), 5 * 480);
	assert_int_equal(minutes_of(LEGS(A(LIMIT("same_day"))), 1), 480);
	assert_int_equal(minutes_of(LEGS(LEG("a", "pay", "origin", LIMIT("9 working_days"))), 1), 0);
#define WAYS(makes)                                                                                          \
	LEGS(A(TO("\"b\", \"c\"") LIMIT("1 working_days")) "," B(TO("\"d\"") LIMIT("2 working_days")) "," C( \
		TO("\"d\"") LIMIT("4 working_hours")) "," D(LIMIT("1 working_hours") makes))
	assert_int_equal(minutes_of(WAYS(", \"makes\": [\"GP\"]"), 3), 480 + 960 + 60);
	assert_int_equal(minutes_of(WAYS(""), 3), 480 + 960); /* what comes after the result is not of the total */
	assert_int_equal(minutes_of(LEGS(A(TO("\"b\"")) "," B(TO("\"a\""))), 0), 0);
}

static size_t clash(int64_t from_a, int64_t to_a, int64_t from_b, int64_t to_b)
{
	struct lt_procedure a = { .code = "1.000001", .version = 1, .valid_from = from_a, .valid_to = to_a };
	struct lt_procedure b = { .code = "1.000001", .version = 2, .valid_from = from_b, .valid_to = to_b };
	faults.count = 0;
	procedure_check_versions(&a, &b, "b.json", &faults);
	size_t found = faults.count;
	procedure_check_versions(&b, &a, "a.json", &faults);
	assert_int_equal(faults.count, 2 * found);
	return found;
}

static void versions(void **state)
{
	(void)state;
	assert_int_equal(clash(100, 200, 200, 0), 0);
	assert_int_equal(clash(300, 0, 100, 300), 0);
	assert_int_equal(clash(100, 201, 200, 0), 1);
	assert_int_equal(clash(100, 0, 200, 0), 1);
	assert_int_equal(clash(100, 0, 100, 0), 1);
	assert_string_equal(faults.items[0].pointer, "/valid_to");
	assert_string_equal(faults.items[1].pointer, "/valid_from");
	struct lt_procedure a = { .code = "1.000001", .version = 1, .valid_from = 1 }, other = a;
	faults.count = 0;
	procedure_check_versions(&a, &other, "b.json", &faults);
	assert_int_equal(faults.count, 1);
	assert_string_equal(faults.items[0].pointer, "/version");
	other.code = "1.000002";
	procedure_check_versions(&a, &other, "b.json", &faults);
	assert_int_equal(faults.count, 1);
}

static void samples_hold(void **state)
{
	(void)state;
	assert_int_equal(procedure_check_folder(LT_SOURCE_DIR "/conf/procedures", &agencies), EX_OK);
}

/* What is written is what was read. */
static void there_and_back(void **state)
{
	(void)state;
	struct procedure_file file, again;
	assert_int_equal(procedure_load(LT_SOURCE_DIR "/conf/procedures/1.009645-v1.json", &file), LT_OK);
	assert_int_equal(file.procedure.legs[1].on_silence, LT_SILENCE_DEEMED_CONSENT);
	assert_int_equal(file.procedure.legs[1].consult_count, 4);
	assert_int_equal(file.procedure.legs[2].on_refusal, 2);
	assert_int_equal(file.procedure.withdraw_until, 3);
	assert_int_equal(file.procedure.legs[0].next[0], 2);
	json_t *json = procedure_to_json(&file.procedure);
	char *text = json_dumps(json, 0);
	assert_int_equal(load(text, &again), LT_OK);
	struct lt_buf one = { 0 }, two = { 0 };
	assert_int_equal(lt_procedure_encode(&file.procedure, &one), LT_OK);
	assert_int_equal(lt_procedure_encode(&again.procedure, &two), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&one), lt_buf_bytes(&two)));
	lt_buf_fini(&one);
	lt_buf_fini(&two);
	free(text);
	json_decref(json);
	procedure_fini(&again);
	procedure_fini(&file);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(forms), cmocka_unit_test(lines_are_named),
		 cmocka_unit_test(good_routes), cmocka_unit_test(each_fault), cmocka_unit_test(choices),
		 cmocka_unit_test(limits_by_a_field), cmocka_unit_test(until_uncounted_promised),
		 cmocka_unit_test(all_faults_of_a_form), cmocka_unit_test(longest_ways),
		 cmocka_unit_test(several_faults_together), cmocka_unit_test(versions), cmocka_unit_test(samples_hold),
		 cmocka_unit_test(there_and_back))
