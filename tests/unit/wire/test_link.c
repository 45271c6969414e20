/* The messages of the link: there and back, equal to what protobuf-c packs, views instead of copies. */
#include "test.h"

#include <string.h>

#include "wire/link.h"
#include "roundtrip.h"

#define LINK (&lienthong__v1__link__descriptor)

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static void assert_bytes(struct lt_bytes have, const char *want)
{
	assert_int_equal(have.len, strlen(want));
	assert_memory_equal(have.data, want, have.len);
}

static bool inside(struct lt_bytes view, const struct lt_buf *whole)
{
	return view.data >= whole->data && view.data + view.len <= whole->data + whole->len;
}

static void encode(const struct lt_link *link, struct lt_buf *out)
{
	lt_buf_clear(out);
	assert_int_equal(lt_link_encode(link, out), LT_OK);
	roundtrip_packed_alike(LINK, out);
}

static void decode(const struct lt_buf *bytes, struct lt_link *out)
{
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(roundtrip_arena);
	enum lt_reason reason = lt_link_decode(lt_buf_bytes(bytes), roundtrip_arena, out, &refusal);
	if (reason)
		fail_msg("%s: %s", lt_reason_name(reason), refusal.detail);
}

/* Every message with random content, thousands of times: what we read and write again is the same bytes, and so is what
 * protobuf-c makes of them. */
static size_t seen[LT_LINK_TYPE_MAX + 1];

static bool message_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_link link;
	struct lt_refusal refusal;
	if (lt_link_decode(bytes, roundtrip_arena, &link, &refusal)) { /* only a refusal without a reason is refused */
		assert_int_equal(bytes.data[0], LT_LINK_ANSWERS << 3 | 2);
		assert_non_null(strstr(refusal.detail, "which one"));
		return false;
	}
	seen[link.type]++;
	assert_int_equal(lt_link_encode(&link, out), LT_OK);
	return true;
}

static void random_messages(void **state)
{
	(void)state;
	roundtrip_random(LINK, 8000, message_again);
	for (size_t type = LT_LINK_HELLO; type <= LT_LINK_TYPE_MAX; type++)
		assert_true(seen[type] > 50);
}

static void empty_messages(void **state)
{
	(void)state;
	for (unsigned type = LT_LINK_HELLO; type <= LT_LINK_TYPE_MAX; type++) {
		struct lt_link link = { .type = (enum lt_link_type)type }, back;
		struct lt_buf bytes = { 0 };
		encode(&link, &bytes);
		assert_int_equal(bytes.len, type < 16 ? 2 : 3);
		bool needs_list = type == LT_LINK_HELLO || type == LT_LINK_PROOF || type == LT_LINK_SUBMIT ||
				  type == LT_LINK_ANSWERS || type == LT_LINK_DELIVER;
		lt_arena_reset(roundtrip_arena);
		assert_int_equal(lt_link_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL),
				 needs_list ? LT_COUNT_EXCEEDED : LT_REASON_NONE);
		if (type == LT_LINK_BYE)
			assert_string_equal(back.u.bye.said.detail, "");
		if (type == LT_LINK_QUERY_ANSWER)
			assert_null(back.u.query_answer.dossier);
		lt_buf_fini(&bytes);
	}
}

static void session_messages(void **state)
{
	(void)state;
	const char *codes[] = { "H22.01", "H22.01.02" };
	struct lt_buf bytes = { 0 };
	struct lt_link back, hello = { .type = LT_LINK_HELLO };
	hello.u.hello = (struct lt_hello){ .version_min = 1,
					   .version_max = 2,
					   .nonce = bytes_of("nonce"),
					   .agency_count = 2,
					   .agencies = codes,
					   .software = "thử/1" };
	encode(&hello, &bytes);
	decode(&bytes, &back);
	assert_int_equal(back.type, LT_LINK_HELLO);
	assert_int_equal(back.u.hello.version_max, 2);
	assert_bytes(back.u.hello.nonce, "nonce");
	assert_int_equal(back.u.hello.agency_count, 2);
	assert_string_equal(back.u.hello.agencies[0], codes[0]);
	assert_string_equal(back.u.hello.agencies[1], codes[1]);
	assert_string_equal(back.u.hello.software, "thử/1");

	struct lt_agency_proof proofs[] = { { "H22", bytes_of("cms"), 7 }, { "H23", bytes_of(""), UINT64_MAX } };
	struct lt_link proof = { .type = LT_LINK_PROOF };
	proof.u.proof = (struct lt_proof){ .count = 2, .agencies = proofs };
	encode(&proof, &bytes);
	decode(&bytes, &back);
	assert_int_equal(back.u.proof.count, 2);
	assert_string_equal(back.u.proof.agencies[1].agency, "H23");
	assert_true(back.u.proof.agencies[1].resume == UINT64_MAX);
	assert_int_equal(back.u.proof.agencies[1].cms.len, 0);
	lt_buf_fini(&bytes);
}

/* Two parts of 200 KiB with an arena of 1 KiB: nothing can have been copied. */
static void submit_is_views(void **state)
{
	(void)state;
	static uint8_t large[200 * 1024];
	static const uint8_t signature[] = { 0x0a, 3, 'c', 'm', 's' };
	struct lt_bytes parts[] = { lt_bytes(large, sizeof(large)), lt_bytes(large, sizeof(large)) };
	struct lt_envelope envelopes[] = {
		{ bytes_of("header"), lt_bytes(signature, sizeof(signature)), 2, parts },
		{ bytes_of("other"), lt_bytes(signature, sizeof(signature)), 0, NULL },
	};
	struct lt_link link = { .type = LT_LINK_SUBMIT }, back;
	struct lt_buf bytes = { 0 };
	struct lt_arena *small;
	enum lt_link_type type;
	size_t count;
	memset(large, 0xa5, sizeof(large));
	link.u.submit = (struct lt_submit){ .count = 2, .envelopes = envelopes };
	encode(&link, &bytes);
	assert_int_equal(lt_link_peek(lt_buf_bytes(&bytes), &type, &count), LT_REASON_NONE);
	assert_int_equal(type, LT_LINK_SUBMIT);
	assert_int_equal(count, 2);
	assert_int_equal(lt_arena_new(1024, &small), LT_OK);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&bytes), small, &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.u.submit.count, 2);
	const struct lt_envelope *first = &back.u.submit.envelopes[0];
	assert_bytes(first->header, "header");
	assert_true(lt_bytes_equal(first->signature, envelopes[0].signature));
	assert_int_equal(first->part_count, 2);
	assert_true(lt_bytes_equal(first->parts[1], parts[1]));
	assert_true(inside(first->header, &bytes) && inside(first->signature, &bytes));
	assert_true(inside(first->parts[0], &bytes) && inside(first->parts[1], &bytes));
	assert_bytes(back.u.submit.envelopes[1].header, "other");
	assert_int_equal(back.u.submit.envelopes[1].part_count, 0);
	lt_arena_free(small);
	lt_buf_fini(&bytes);
}

static void deliver(void **state)
{
	(void)state;
	static const uint8_t signature[] = { 0x0a, 3, 'c', 'm', 's' };
	struct lt_delivery items[] = {
		{ .number = 4,
		  .sequence = 9,
		  .time = -1,
		  .branch = 2,
		  .branch_version = 3,
		  .parts_elided = true,
		  .previous = 3 },
		{ .number = 5 },
	};
	struct lt_link link = { .type = LT_LINK_DELIVER }, back;
	struct lt_buf bytes = { 0 };
	items[0].envelope.header = bytes_of("header");
	items[0].envelope.signature = lt_bytes(signature, sizeof(signature));
	link.u.deliver = (struct lt_deliver){ .agency = "H22", .count = 2, .items = items };
	encode(&link, &bytes);
	decode(&bytes, &back);
	assert_string_equal(back.u.deliver.agency, "H22");
	assert_int_equal(back.u.deliver.count, 2);
	const struct lt_delivery *item = &back.u.deliver.items[0];
	assert_int_equal(item->number, 4);
	assert_int_equal(item->sequence, 9);
	assert_int_equal(item->time, -1);
	assert_int_equal(item->branch, 2);
	assert_int_equal(item->branch_version, 3);
	assert_true(item->parts_elided);
	assert_int_equal(item->previous, 3);
	assert_bytes(item->envelope.header, "header");
	assert_true(inside(item->envelope.signature, &bytes));
	assert_int_equal(back.u.deliver.items[1].envelope.header.len, 0);
	lt_buf_fini(&bytes);
}

static void answers(void **state)
{
	(void)state;
	struct lt_answer list[] = {
		{ .id = bytes_of("0123456789abcdef"), .sender = "H22", .sequence = 7, .head = bytes_of("hash") },
		{ .reason = LT_STALE_VERSION, .detail = "phiên bản 4", .index = 1 },
		{ .reason = LT_STORE_FULL, .retry = true, .sequence = 3 },
	};
	struct lt_link link = { .type = LT_LINK_ANSWERS }, back;
	struct lt_buf bytes = { 0 };
	link.u.answers = (struct lt_answers){ .count = 3, .answers = list };
	encode(&link, &bytes);
	decode(&bytes, &back);
	const struct lt_answer *read = back.u.answers.answers;
	assert_int_equal(read[0].reason, 0);
	assert_int_equal(read[0].sequence, 7);
	assert_string_equal(read[0].detail, "");
	assert_bytes(read[0].head, "hash");
	assert_int_equal(read[1].reason, LT_STALE_VERSION);
	assert_string_equal(read[1].detail, "phiên bản 4");
	assert_string_equal(read[1].sender, "");
	assert_int_equal(read[1].index, 1);
	assert_true(read[2].retry);
	lt_buf_fini(&bytes);

	struct lt_buf rejected = { 0 }, answer = { 0 }, all = { 0 }, frame = { 0 };
	wire_text(&rejected, 4, "no reason given");
	wire_nest(&answer, 2, &rejected);
	wire_nest(&all, 1, &answer);
	wire_nest(&frame, 6, &all);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&frame), roundtrip_arena, &back, NULL), LT_FRAME_MALFORMED);
	lt_buf_clear(&all);
	lt_buf_clear(&frame);
	wire_text(&all, 1, ""); /* neither admitted nor rejected */
	wire_nest(&frame, 6, &all);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&frame), roundtrip_arena, &back, NULL), LT_FRAME_MALFORMED);
	lt_buf_fini(&rejected);
	lt_buf_fini(&answer);
	lt_buf_fini(&all);
	lt_buf_fini(&frame);
}

static void query_answer(void **state)
{
	(void)state;
	struct lt_recipient to[] = { { "H22.01", "tham-dinh" }, { "G05", "" } };
	struct lt_hop hops[] = { { .sequence = 5, .kind = LT_KIND_FORWARD, .to_count = 2, .to = to, .reason = "vì" } };
	struct lt_branch_view legs[] = { { .branch = 1, .custody = LT_CUSTODY_OFFERED, .holder = "H22" } };
	struct lt_dossier_view dossier = { .code = "H22-20260101-0001",
					   .branch_count = 1,
					   .branches = legs,
					   .hop_count = 1,
					   .hops = hops,
					   .hops_total = 300 };
	struct lt_link link = { .type = LT_LINK_QUERY_ANSWER }, back;
	struct lt_buf bytes = { 0 };
	link.u.query_answer = (struct lt_query_answer){ .token = 1, .dossier = &dossier };
	encode(&link, &bytes);
	decode(&bytes, &back);
	const struct lt_dossier_view *view = back.u.query_answer.dossier;
	assert_non_null(view);
	assert_string_equal(view->code, dossier.code);
	assert_string_equal(view->lead, "");
	assert_int_equal(view->hops_total, 300);
	assert_int_equal(view->hops[0].kind, LT_KIND_FORWARD);
	assert_int_equal(view->hops[0].to_count, 2);
	assert_string_equal(view->hops[0].to[0].agency, "H22.01");
	assert_string_equal(view->hops[0].to[0].leg, "tham-dinh");
	assert_string_equal(view->hops[0].reason, "vì");
	assert_int_equal(view->branches[0].custody, LT_CUSTODY_OFFERED);
	assert_string_equal(view->branches[0].offered_to, "");
	lt_buf_fini(&bytes);
}

static void code_too_long(void **state)
{
	(void)state;
	struct lt_buf to = { 0 }, hop = { 0 }, view = { 0 }, answer = { 0 }, frame = { 0 };
	struct lt_link back;
	wire_text(&to, 1, "H22.001.001.001.001.001.001.001.0012"); /* 36 characters */
	wire_nest(&hop, 5, &to);
	wire_nest(&view, 9, &hop);
	wire_nest(&answer, 5, &view);
	wire_nest(&frame, 15, &answer);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&frame), roundtrip_arena, &back, NULL), LT_FRAME_MALFORMED);
	lt_buf_fini(&to);
	lt_buf_fini(&hop);
	lt_buf_fini(&view);
	lt_buf_fini(&answer);
	lt_buf_fini(&frame);
}

static void outermost(const char *bytes, size_t len, enum lt_reason want)
{
	enum lt_link_type type;
	size_t count;
	struct lt_link back;
	struct lt_refusal refusal;
	assert_string_equal(lt_reason_name(lt_link_peek(lt_bytes(bytes, len), &type, &count)), lt_reason_name(want));
	lt_arena_reset(roundtrip_arena);
	assert_int_equal(lt_link_decode(lt_bytes(bytes, len), roundtrip_arena, &back, &refusal), want);
	if (want)
		assert_int_equal(refusal.reason, want);
}
#define OUTERMOST(text, want) outermost(text, sizeof(text) - 1, want)

static void frames(void **state)
{
	(void)state;
	OUTERMOST("\x52\x00", LT_REASON_NONE);
	OUTERMOST("", LT_FRAME_MALFORMED);
	OUTERMOST("\x52\x02\x08\x01\x00", LT_TRAILING_BYTES);
	OUTERMOST("\x52\x00rest of something", LT_TRAILING_BYTES);
	OUTERMOST("\x52\x00\x52\x00", LT_FIELD_REPEATED);
	OUTERMOST("\x52\x00\x5a\x00", LT_FIELD_REPEATED);
	OUTERMOST("\x52\x00\xb2\x01\x00", LT_FIELD_REPEATED); /* field 22 */
	OUTERMOST("\x52\x00\xba\x01\x00", LT_FIELD_UNKNOWN);
	OUTERMOST("\xba\x01\x00", LT_FIELD_UNKNOWN); /* field 23 */
	OUTERMOST("\x50\x00", LT_FRAME_MALFORMED);   /* a number where a message belongs */
	OUTERMOST("\x52\x05\x08\x01", LT_FRAME_MALFORMED);
	OUTERMOST("\x52\xff\xff\xff\xff\x0f", LT_FRAME_MALFORMED);
	OUTERMOST("\x2a\x02\x08\x01", LT_FRAME_MALFORMED);
	OUTERMOST("\x2a\x02\x1a\x00", LT_FIELD_UNKNOWN);
}

static void peek_counts(void **state)
{
	(void)state;
	struct lt_buf submit = { 0 }, frame = { 0 };
	enum lt_link_type type;
	size_t count;
	for (size_t i = 0; i < 100; i++)
		wire_text(&submit, 1, "");
	for (size_t i = 0; i < 7; i++)
		wire_text(&submit, 2, "root");
	wire_nest(&frame, 5, &submit);
	assert_int_equal(lt_link_peek(lt_buf_bytes(&frame), &type, &count), LT_REASON_NONE);
	assert_int_equal(count, 100); /* the gate may refuse it before it is decoded */
	lt_buf_clear(&frame);
	wire_nest(&frame, 7, &submit);
	assert_int_equal(lt_link_peek(lt_buf_bytes(&frame), &type, &count), LT_REASON_NONE);
	assert_int_equal(type, LT_LINK_DELIVER);
	assert_int_equal(count, 0);
	lt_buf_fini(&submit);
	lt_buf_fini(&frame);
}

/* What each envelope costs, and a SUBMIT read piece by piece as it is read whole. */
static void slices(void **state)
{
	(void)state;
	static const char one[] = "\x12\x05\x0a\x03one", two[] = "\x12\x05\x0a\x03two", single[] = "\x0a\x03cms";
	const char *const signatures[] = { single, one, one, two, two, one, single, "", "\x12\x02\x28\x09" };
	static const bool own[] = { true, true, false, true, false, true, true, true, true };
	enum { COUNT = sizeof own };
	struct lt_envelope envelopes[COUNT];
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = COUNT, .envelopes = envelopes } }, whole;
	struct lt_link_weight weights[LT_LINK_BATCH_MAX];
	struct lt_refusal refusal;
	struct lt_buf bytes = { 0 };
	for (size_t i = 0; i < COUNT; i++)
		envelopes[i] = (struct lt_envelope){ .header = lt_bytes("headers", i % 7),
						     .signature = lt_bytes(signatures[i], strlen(signatures[i])) };
	assert_int_equal(lt_link_encode(&link, &bytes), LT_OK);
	lt_arena_reset(roundtrip_arena);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&bytes), roundtrip_arena, &whole, &refusal), LT_REASON_NONE);
	assert_int_equal(whole.u.submit.root_count, 2);
	assert_int_equal(lt_link_weigh(lt_buf_bytes(&bytes), weights), COUNT);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(weights[i].own_check, own[i]);
	for (size_t first = 0; first < COUNT; first++) {
		for (size_t count = 1; first + count <= COUNT; count++) {
			struct lt_submit part;
			assert_int_equal(lt_link_decode_slice(lt_buf_bytes(&bytes), first, count, roundtrip_arena,
							      &part, &refusal),
					 LT_REASON_NONE);
			assert_int_equal(part.count, count);
			for (size_t i = 0; i < count; i++) {
				const struct lt_envelope *a = &part.envelopes[i],
							 *b = &whole.u.submit.envelopes[first + i];
				assert_true(lt_bytes_equal(a->header, b->header));
				assert_true(lt_bytes_equal(a->signature, b->signature));
			}
		}
	}
	lt_buf_fini(&bytes);
}

/* Each byte of a good message altered, and each prefix: never a crash, and what is accepted can be written again. */
static void altered(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 60; i++) {
		uint64_t seed = i;
		struct lt_link back;
		lt_buf_clear(&bytes);
		wire_random(LINK, &seed, &bytes);
		for (size_t at = 0; at < bytes.len; at++) {
			uint8_t before = bytes.data[at];
			bytes.data[at] = (uint8_t)wire_draw(&seed, 256);
			lt_arena_reset(roundtrip_arena);
			lt_buf_clear(&again);
			if (lt_link_decode(lt_buf_bytes(&bytes), roundtrip_arena, &back, NULL) == LT_REASON_NONE)
				assert_int_equal(lt_link_encode(&back, &again), LT_OK);
			bytes.data[at] = before;
			lt_arena_reset(roundtrip_arena);
			assert_true(lt_link_decode(lt_bytes(bytes.data, at), roundtrip_arena, &back, NULL) !=
				    LT_REASON_NONE);
		}
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void proof_text(void **state)
{
	(void)state;
	static const char want[] = "lienthong.proof.v1\n"
				   "\0\0\0\4d.vn"
				   "\0\0\0\3H22"
				   "\0\0\0\2bn"
				   "\0\0\0\3adn"
				   "\0\0\0\0"
				   "\0\0\0\2ak"
				   "\1\2\3\4\5\6\7\x08";
	struct lt_buf out = { 0 };
	assert_int_equal(lt_proof_text("d.vn", "H22", bytes_of("bn"), bytes_of("adn"), bytes_of(""), bytes_of("ak"),
				       UINT64_C(0x0102030405060708), &out),
			 LT_OK);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
	lt_buf_fini(&out);
}

TEST_MAIN_AROUND(roundtrip_set_up, roundtrip_tear_down, cmocka_unit_test(random_messages),
		 cmocka_unit_test(empty_messages), cmocka_unit_test(session_messages),
		 cmocka_unit_test(submit_is_views), cmocka_unit_test(deliver), cmocka_unit_test(answers),
		 cmocka_unit_test(query_answer), cmocka_unit_test(code_too_long), cmocka_unit_test(frames),
		 cmocka_unit_test(peek_counts), cmocka_unit_test(slices), cmocka_unit_test(altered),
		 cmocka_unit_test(proof_text))
