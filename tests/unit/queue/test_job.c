/* Jobs and outputs through the queues. */
#include "test.h"

#include <string.h>

#include "queue/job.h"

static void fill(struct job *job)
{
	static uint8_t bytes[300000];
	memset(job, 0, sizeof(*job));
	memset(bytes, 0x5a, sizeof(bytes));
	job->type = JOB_SUBMIT;
	job->session = (struct session_ref){ 17, UINT64_C(0x1122334455667788) };
	job->client = UINT64_MAX;
	job->index = 63;
	job->bytes = 300000;
	job->id = lt_bytes(bytes, 16);
	job->command = lt_bytes(bytes, 900);
	job->part_count = 3;
	job->parts[0] = lt_bytes(bytes, 262144);
	job->parts[1] = lt_bytes(bytes, 0);
	job->parts[2] = lt_bytes(bytes, 1);
	job->data = lt_bytes(bytes, 5);
	strcpy(job->agency, "H37.02");
	job->number = 5;
	job->envelopes = 6;
	job->token = 7;
	strcpy(job->dossier, "H37.02-20261124-0000001");
	job->received_at = -8;
}

static void same(const struct job *a, const struct job *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->session.slot, b->session.slot);
	assert_int_equal(a->session.serial, b->session.serial);
	assert_int_equal(a->client, b->client);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->refused.reason, b->refused.reason);
	assert_string_equal(a->refused.detail, b->refused.detail);
	assert_true(lt_bytes_equal(a->id, b->id));
	assert_true(lt_bytes_equal(a->command, b->command));
	assert_int_equal(a->part_count, b->part_count);
	for (size_t i = 0; i < a->part_count; i++)
		assert_true(lt_bytes_equal(a->parts[i], b->parts[i]));
	assert_true(lt_bytes_equal(a->data, b->data));
	assert_string_equal(a->agency, b->agency);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->envelopes, b->envelopes);
	assert_int_equal(a->token, b->token);
	assert_string_equal(a->dossier, b->dossier);
	assert_int_equal(a->received_at, b->received_at);
}

static void test_jobs(void **state)
{
	struct job first, second = { .type = JOB_LOST, .session = { 1, 2 } }, out;
	struct lt_buf buf = { 0 };
	(void)state;
	fill(&first);
	second.refused.reason = LT_FRAME_MALFORMED;
	memset(second.refused.detail, 'x', sizeof(second.refused.detail) - 1); /* the longest */
	assert_int_equal(job_encode(&first, &buf), LT_OK);
	size_t len = buf.len;
	assert_int_equal(job_encode(&second, &buf), LT_OK);
	assert_int_equal(job_decode(lt_buf_bytes(&buf), &out), len);
	same(&first, &out);
	assert_int_equal(job_decode(lt_bytes(buf.data + len, buf.len - len), &out), buf.len - len);
	same(&second, &out);
	assert_int_equal(job_decode(lt_bytes(buf.data + buf.len, 0), &out), 0);
	lt_buf_fini(&buf);
}

static void test_outputs(void **state)
{
	struct out in = { .type = OUT_BYE, .session = { 3, 4 }, .client = 5, .answered = 6, .answered_bytes = 7 }, out;
	struct lt_buf buf = { 0 };
	(void)state;
	in.data = lt_bytes("data", 4);
	assert_int_equal(out_encode(&in, &buf), LT_OK);
	assert_int_equal(out_decode(lt_buf_bytes(&buf), &out), buf.len);
	assert_int_equal(out.type, OUT_BYE);
	assert_int_equal(out.session.slot, 3);
	assert_int_equal(out.session.serial, 4);
	assert_int_equal(out.client, 5);
	assert_int_equal(out.answered, 6);
	assert_int_equal(out.answered_bytes, 7);
	assert_true(lt_bytes_equal(out.data, in.data));
	assert_int_equal(out_decode((struct lt_bytes){ 0 }, &out), 0);
	lt_buf_fini(&buf);
}

TEST_MAIN(cmocka_unit_test(test_jobs), cmocka_unit_test(test_outputs))
