/* The operator's requests and answers: there and back, equal to what protobuf-c packs. */
#include "test.h"

#include <string.h>

#include "record/record.h"
#include "record/control.h"
#include "roundtrip.h"

#define REQUEST (&lienthong__v1__control_request__descriptor)
#define ANSWER (&lienthong__v1__control_answer__descriptor)

static size_t requests_seen[LT_CONTROL_DELAYS + 1], answers_seen[LT_CONTROL_DELAYS + 1], answers_mixed;

/* Some numbers between are not given out. */
static bool named(size_t type)
{
	return type <= LT_CONTROL_FIND || type == LT_CONTROL_TIME || type == LT_CONTROL_DOSSIERS ||
	       type == LT_CONTROL_LEDGER || type == LT_CONTROL_ERASE || type == LT_CONTROL_CARRIES ||
	       type == LT_CONTROL_CHANGES || type == LT_CONTROL_COPY || type == LT_CONTROL_DEFINITIONS ||
	       type == LT_CONTROL_DELAYS;
}

static bool request_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_control_request request;
	assert_int_equal(lt_control_request_decode(bytes, roundtrip_arena, &request, NULL), LT_REASON_NONE);
	requests_seen[request.type]++;
	assert_int_equal(lt_control_request_encode(&request, out), LT_OK);
	return true;
}

static void random_requests(void **state)
{
	(void)state;
	roundtrip_random(REQUEST, 3000, request_again);
	for (size_t type = LT_CONTROL_STATUS; type <= LT_CONTROL_DELAYS; type++)
		assert_true(named(type) ? requests_seen[type] > 50 : requests_seen[type] == 0);
}

static bool answer_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_control_answer answer;
	enum lt_reason reason = lt_control_answer_decode(bytes, roundtrip_arena, &answer, NULL);
	if (bytes.data[0] == 0x08) { /* a reason and an answer */
		assert_int_equal(reason, LT_FRAME_MALFORMED);
		answers_mixed++;
		return false;
	}
	assert_int_equal(reason, LT_REASON_NONE);
	answers_seen[answer.type]++;
	assert_int_equal(lt_control_answer_encode(&answer, out), LT_OK);
	return true;
}

static void random_answers(void **state)
{
	(void)state;
	roundtrip_random(ANSWER, 6000, answer_again);
	assert_true(answers_mixed > 1000);
	for (size_t type = LT_CONTROL_STATUS; type <= LT_CONTROL_DELAYS; type++)
		assert_true(!named(type) || type == LT_CONTROL_ADMIN || type == LT_CONTROL_OUTAGE ||
					    type == LT_CONTROL_ACTIVATE || type == LT_CONTROL_ERASE
				    ? answers_seen[type] == 0
				    : answers_seen[type] > 50);
}

static void request_members(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 };
	struct lt_control_request back, admin = { .type = LT_CONTROL_ADMIN };
	admin.admin = (struct lt_admin_command){ .act = LT_ADMIN_SKIP,
						 .subject = "",
						 .number = 77,
						 .operator_name = "an.nguyen",
						 .reason = "bản ghi hỏng",
						 .time = 78,
						 .uid = 1001 };
	assert_int_equal(lt_control_request_encode(&admin, &bytes), LT_OK);
	roundtrip_packed_alike(REQUEST, &bytes);
	assert_int_equal(lt_control_request_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.type, LT_CONTROL_ADMIN);
	assert_int_equal(back.admin.act, LT_ADMIN_SKIP);
	assert_int_equal(back.admin.number, 77);
	assert_int_equal(back.admin.time, 78);
	assert_string_equal(back.admin.operator_name, "an.nguyen");
	assert_string_equal(back.admin.reason, "bản ghi hỏng");
	assert_int_equal(back.admin.uid, 1001);
	assert_string_equal(back.code, "");
	assert_string_equal(back.path, "");
	assert_string_equal(back.define.reason, "");

	struct lt_control_request status = { .type = LT_CONTROL_STATUS };
	lt_buf_clear(&bytes);
	assert_int_equal(lt_control_request_encode(&status, &bytes), LT_OK);
	assert_int_equal(bytes.len, 2);
	assert_int_equal(lt_control_request_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.type, LT_CONTROL_STATUS);
	lt_buf_fini(&bytes);
}

static void answer_members(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 };
	struct lt_control_answer back;
	struct lt_control_answer act = { .type = LT_CONTROL_ADMIN, .act = { .sequence = 5, .time = 6, .version = 7 } };
	assert_int_equal(lt_control_answer_encode(&act, &bytes), LT_OK);
	roundtrip_packed_alike(ANSWER, &bytes);
	assert_int_equal(lt_control_answer_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.type, LT_CONTROL_DEFINE); /* both acts have one form of answer */
	assert_int_equal(back.act.version, 7);
	assert_string_equal(back.status.version, "");

	struct lt_control_answer refusal = { .reason = LT_ALREADY_SO, .detail = "đã vậy", .type = LT_CONTROL_ADMIN };
	lt_buf_clear(&bytes);
	assert_int_equal(lt_control_answer_encode(&refusal, &bytes), LT_OK);
	assert_int_equal(lt_control_answer_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.type, 0);
	assert_int_equal(back.reason, LT_ALREADY_SO);
	assert_string_equal(back.detail, "đã vậy");
	lt_buf_fini(&bytes);
}

/* A list as long as the largest directory goes through. */
static void large_list(void **state)
{
	(void)state;
	static struct lt_agency_view agencies[10000];
	struct lt_arena *large;
	struct lt_buf bytes = { 0 };
	struct lt_control_answer back, list = { .type = LT_CONTROL_AGENCIES };
	for (size_t i = 0; i < 10000; i++)
		agencies[i] = (struct lt_agency_view){ .code = "H22.01", .name = "Ủy ban", .level = 1 };
	list.agencies.count = 10000;
	list.agencies.agencies = agencies;
	assert_int_equal(lt_arena_new(16u << 20, &large), LT_OK);
	assert_int_equal(lt_control_answer_encode(&list, &bytes), LT_OK);
	assert_int_equal(lt_control_answer_decode(lt_buf_bytes(&bytes), large, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.agencies.count, 10000);
	assert_string_equal(back.agencies.agencies[9999].name, "Ủy ban");
	lt_arena_free(large);
	lt_buf_fini(&bytes);
}

static void refused(void **state)
{
	(void)state;
	struct lt_control_request request;
	struct lt_control_answer answer;
	struct lt_refusal refusal;
	assert_int_equal(lt_control_request_decode(lt_bytes("", 0), roundtrip_arena, &request, &refusal),
			 LT_REQUEST_UNKNOWN);
	assert_int_equal(refusal.reason, LT_REQUEST_UNKNOWN);
	assert_int_equal(lt_control_request_decode(lt_bytes("\xa2\x06\x00", 3), roundtrip_arena, &request, NULL),
			 LT_FIELD_UNKNOWN);
	assert_int_equal(lt_control_request_decode(lt_bytes("\x0a\x00\x0a\x00", 4), roundtrip_arena, &request, NULL),
			 LT_FIELD_REPEATED);
	assert_int_equal(
		lt_control_request_decode(lt_bytes("\x12\x03\x0a\x01\xff", 5), roundtrip_arena, &request, NULL),
		LT_TEXT_NOT_UTF8);
	/* An erasure of nothing: without its command, and with an empty one. */
	assert_int_equal(lt_control_request_decode(lt_bytes("\xc2\x02\x00", 3), roundtrip_arena, &request, NULL),
			 LT_COUNT_EXCEEDED);
	assert_int_equal(
		lt_control_request_decode(lt_bytes("\xc2\x02\x02\x0a\x00", 5), roundtrip_arena, &request, NULL),
		LT_COUNT_EXCEEDED);
	assert_int_equal(lt_control_answer_decode(lt_bytes("", 0), roundtrip_arena, &answer, NULL), LT_FRAME_MALFORMED);
	assert_int_equal(lt_control_answer_decode(lt_bytes("\x1a\x00\x22\x00", 4), roundtrip_arena, &answer, NULL),
			 LT_FIELD_REPEATED);
}

TEST_MAIN_AROUND(roundtrip_set_up, roundtrip_tear_down, cmocka_unit_test(random_requests),
		 cmocka_unit_test(random_answers), cmocka_unit_test(request_members), cmocka_unit_test(answer_members),
		 cmocka_unit_test(large_list), cmocka_unit_test(refused))
