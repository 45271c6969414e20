/* Jobs and outputs through the queues. */
#include "test.h"

#include <string.h>

#include "queue/input.h"

static const struct session_ref session = { 17, UINT64_C(0x1122334455667788) };

/* Through bytes and back, in front of another one. */
static struct input through(const struct input *input)
{
	static struct lt_buf buf;
	struct input lost = { .type = INPUT_LOST, .session = { 1, 2 } }, out, next;
	lt_buf_clear(&buf);
	assert_int_equal(input_encode(input, &buf), LT_OK);
	size_t len = buf.len;
	assert_int_equal(input_encode(&lost, &buf), LT_OK);
	assert_int_equal(input_decode(lt_buf_bytes(&buf), &out), len);
	assert_int_equal(out.type, input->type);
	assert_int_equal(out.session.slot, input->session.slot);
	assert_int_equal(out.session.serial, input->session.serial);
	assert_int_equal(input_decode(lt_bytes(buf.data + len, buf.len - len), &next), buf.len - len);
	assert_true(next.type == INPUT_LOST && next.session.slot == 1 && next.session.serial == 2);
	assert_int_equal(input_decode(lt_bytes(buf.data + buf.len, 0), &next), 0);
	return out;
}

static void test_submit(void **state)
{
	static uint8_t bytes[300000];
	struct input in = { .type = INPUT_SUBMIT, .session = session, .u.submit = { .index = 63, .bytes = 300000 } };
	(void)state;
	memset(bytes, 0x5a, sizeof(bytes));
	in.u.submit.command = lt_bytes(bytes, 900);
	in.u.submit.part_count = 3;
	in.u.submit.parts[0] = lt_bytes(bytes, 262144);
	in.u.submit.parts[1] = lt_bytes(bytes, 0);
	in.u.submit.parts[2] = lt_bytes(bytes, 1);
	struct input out = through(&in);
	assert_int_equal(out.u.submit.index, 63);
	assert_int_equal(out.u.submit.bytes, 300000);
	assert_int_equal(out.u.submit.refused.reason, LT_REASON_NONE);
	assert_int_equal(out.u.submit.id.len, 0);
	assert_true(lt_bytes_equal(out.u.submit.command, in.u.submit.command));
	assert_int_equal(out.u.submit.part_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(lt_bytes_equal(out.u.submit.parts[i], in.u.submit.parts[i]));
}

static void test_submit_refused(void **state)
{
	static const uint8_t id[16] = { 1, 2, 3 };
	struct input in = { .type = INPUT_SUBMIT, .session = session };
	(void)state;
	in.u.submit.id = lt_bytes(id, 16);
	char longest[300];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	lt_refuse(&in.u.submit.refused, LT_FRAME_MALFORMED, "%s", longest);
	struct input out = through(&in);
	assert_int_equal(out.u.submit.refused.reason, LT_FRAME_MALFORMED);
	assert_string_equal(out.u.submit.refused.detail, in.u.submit.refused.detail);
	assert_true(
		lt_bytes_equal(lt_refusal_sentence(&out.u.submit.refused), lt_refusal_sentence(&in.u.submit.refused)));
	assert_true(lt_bytes_equal(out.u.submit.id, in.u.submit.id));
	assert_int_equal(out.u.submit.command.len, 0);
	assert_int_equal(out.u.submit.part_count, 0);
}

static void test_small(void **state)
{
	(void)state;
	struct input out = through(&(struct input){
		INPUT_ACK, session, .u.ack = { .agency = "H37.02", .number = 5, .except = lt_bytes("abc", 3) } });
	assert_string_equal(out.u.ack.agency, "H37.02");
	assert_int_equal(out.u.ack.number, 5);
	assert_true(lt_bytes_equal(out.u.ack.except, lt_bytes("abc", 3)));
	out = through(&(struct input){ INPUT_CREDIT, session, .u.credit = { "H37.03", 6, UINT64_MAX } });
	assert_string_equal(out.u.credit.agency, "H37.03");
	assert_int_equal(out.u.credit.envelopes, 6);
	assert_true(out.u.credit.bytes == UINT64_MAX);
	out = through(
		&(struct input){ INPUT_QUERY, session, .u.query = { "H37.04", "H37.02-20261124-0000001", 7, 8 } });
	assert_string_equal(out.u.query.agency, "H37.04");
	assert_string_equal(out.u.query.dossier, "H37.02-20261124-0000001");
	assert_int_equal(out.u.query.min_seq, 7);
	assert_int_equal(out.u.query.token, 8);
	out = through(
		&(struct input){ INPUT_QUERY, session,
				 .u.query = { "H37.04", .procedures = 2, .procedure = "1.010828", .version = 9 } });
	assert_int_equal(out.u.query.procedures, 2);
	assert_string_equal(out.u.query.procedure, "1.010828");
	assert_int_equal(out.u.query.version, 9);
	const struct lt_adapter_report told = { 1, 2, 3, 4, 5, true, 6, 7, 8 };
	out = through(&(struct input){ INPUT_REPORT, session, .u.report = { .ahead = -8, .told = told } });
	assert_true(out.u.report.ahead == -8);
	struct lt_adapter_report *back = &out.u.report.told;
	assert_true(back->clock == 1 && back->disk_free == 2 && back->disk_size == 3 && back->disk_reserve == 4);
	assert_true(back->store_bytes == 5 && back->full && back->unsent == 6 && back->unsent_since == 7);
	assert_true(back->restored_at == 8);
	through(&(struct input){ INPUT_LOST, session, .u = { { 0 } } });
}

static void test_bytes(void **state)
{
	(void)state;
	struct lt_bytes bytes = lt_bytes("bytes", 5);
	struct input out = through(&(struct input){ .type = INPUT_SESSION, .session = session, .u.command = bytes });
	assert_true(lt_bytes_equal(out.u.command, bytes));
	out = through(&(struct input){ .type = INPUT_COMMAND, .u.command = bytes });
	assert_true(lt_bytes_equal(out.u.command, bytes));
	out = through(&(struct input){ .type = INPUT_CONTROL, .u.control = { UINT64_MAX, bytes } });
	assert_true(out.u.control.client == UINT64_MAX);
	assert_true(lt_bytes_equal(out.u.control.request, bytes));
}

static void test_outputs(void **state)
{
	struct output in = { .type = OUTPUT_BYE, .session = { 3, 4 }, .client = 5, .answered = 6, .answered_bytes = 7 },
		      out;
	struct lt_buf buf = { 0 };
	(void)state;
	in.data = lt_bytes("data", 4);
	assert_int_equal(output_encode(&in, &buf), LT_OK);
	assert_int_equal(output_decode(lt_buf_bytes(&buf), &out), buf.len);
	assert_int_equal(out.type, OUTPUT_BYE);
	assert_int_equal(out.session.slot, 3);
	assert_int_equal(out.session.serial, 4);
	assert_int_equal(out.client, 5);
	assert_int_equal(out.answered, 6);
	assert_int_equal(out.answered_bytes, 7);
	assert_true(lt_bytes_equal(out.data, in.data));
	assert_int_equal(output_decode((struct lt_bytes){ 0 }, &out), 0);
	lt_buf_fini(&buf);
}

TEST_MAIN(cmocka_unit_test(test_submit), cmocka_unit_test(test_submit_refused), cmocka_unit_test(test_small),
	  cmocka_unit_test(test_bytes), cmocka_unit_test(test_outputs))
