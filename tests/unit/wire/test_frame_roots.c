/* Roots: what a message says once comes out whole in each signature, and a pointer that points nowhere stays one. */
#include "test.h"

#include "wire/frame_roots.h"
#include "wire/link.h"
#include "wire/signature.h"
#include "wire.h"

#include <string.h>

enum { COUNT = 6 };

static struct lt_arena *arena;

static int setup(void **state)
{
	(void)state;
	return lt_arena_new(1 << 20, &arena);
}

static int teardown(void **state)
{
	(void)state;
	lt_arena_free(arena);
	return 0;
}

static struct lt_buf batch_signature(const char *cms, uint32_t index)
{
	static uint8_t hash[3][32] = { { 1 }, { 2 }, { 3 } };
	struct lt_bytes path[3];
	struct lt_buf out = { 0 };
	for (size_t i = 0; i < 3; i++)
		path[i] = lt_bytes(hash[i], 32);
	struct lt_signature signature = {
		.batch = true,
		.tree = { .cms = lt_bytes(cms, strlen(cms)), .index = index, .count = 8, .path_count = 3, .path = path }
	};
	assert_int_equal(lt_signature_encode(&signature, &out), LT_OK);
	return out;
}

static struct lt_buf single_signature(const char *cms)
{
	struct lt_buf out = { 0 };
	assert_int_equal(lt_signature_encode(&(struct lt_signature){ .cms = lt_bytes(cms, strlen(cms)) }, &out), LT_OK);
	return out;
}

static size_t times_in(const struct lt_buf *buf, const char *text)
{
	size_t count = 0;
	struct lt_bytes rest = lt_buf_bytes(buf);
	for (uint8_t *at; (at = memmem(rest.data, rest.len, text, strlen(text))) != NULL; count++)
		rest = lt_bytes(at + 1, (size_t)(rest.data + rest.len - at - 1));
	return count;
}

static const char first_cms[] = "the CMS of the first batch, as long as it may be";
static const char second_cms[] = "the CMS of the second batch, which is another one";

static void make_signatures(struct lt_buf out[COUNT])
{
	for (uint32_t i = 0; i < 3; i++)
		out[i] = batch_signature(first_cms, i);
	out[3] = single_signature("a CMS of its own");
	out[4] = batch_signature(second_cms, 0);
	out[5] = batch_signature(first_cms, 5);
}

static void a_message_says_each_root_once(void **state)
{
	(void)state;
	struct lt_buf signatures[COUNT], submit = { 0 }, deliver = { 0 };
	struct lt_envelope envelopes[COUNT];
	struct lt_delivery items[COUNT];
	struct lt_link link;
	make_signatures(signatures);
	for (size_t i = 0; i < COUNT; i++) {
		envelopes[i] = (struct lt_envelope){ .header = lt_bytes("header", 6),
						     .signature = lt_buf_bytes(&signatures[i]) };
		items[i] = (struct lt_delivery){ .number = i + 1, .sequence = i + 1, .envelope = envelopes[i] };
	}
	assert_int_equal(lt_link_encode(&(struct lt_link){ .type = LT_LINK_SUBMIT,
							   .u.submit = { .count = COUNT, .envelopes = envelopes } },
					&submit),
			 LT_OK);
	assert_int_equal(times_in(&submit, first_cms), 1);
	assert_int_equal(times_in(&submit, second_cms), 1);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&submit), arena, &link, NULL), LT_REASON_NONE);
	assert_int_equal(link.u.submit.root_count, 2);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(lt_bytes_equal(link.u.submit.envelopes[i].signature, lt_buf_bytes(&signatures[i])));
	lt_arena_reset(arena);
	assert_int_equal(
		lt_link_encode(&(struct lt_link){ .type = LT_LINK_DELIVER,
						  .u.deliver = { .agency = "H37", .count = COUNT, .items = items } },
			       &deliver),
		LT_OK);
	assert_int_equal(times_in(&deliver, first_cms), 1);
	assert_int_equal(lt_link_decode(lt_buf_bytes(&deliver), arena, &link, NULL), LT_REASON_NONE);
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(lt_bytes_equal(link.u.deliver.items[i].envelope.signature, lt_buf_bytes(&signatures[i])));
		lt_buf_fini(&signatures[i]);
	}
	lt_buf_fini(&submit);
	lt_buf_fini(&deliver);
}

/* BatchSignature of raw fields in a Signature. */
static struct lt_buf raw(const char *cms, uint64_t root, bool root_first)
{
	struct lt_buf batch = { 0 }, out = { 0 };
	if (root_first)
		wire_number(&batch, 5, root);
	if (cms)
		wire_text(&batch, 1, cms);
	wire_number(&batch, 2, 4);
	wire_number(&batch, 3, 8);
	if (!root_first && root)
		wire_number(&batch, 5, root);
	wire_nest(&out, 2, &batch);
	lt_buf_fini(&batch);
	return out;
}

static void stays(struct lt_buf signature, const struct lt_bytes *roots, size_t count)
{
	struct lt_bytes view = lt_buf_bytes(&signature);
	struct lt_signature record = { 0 };
	assert_int_equal(frame_roots_restore(roots, count, arena, &view), LT_OK);
	assert_ptr_equal(view.data, signature.data);
	assert_int_equal(lt_signature_decode(view, arena, &record, NULL), LT_SIGNATURE_MALFORMED);
	lt_buf_fini(&signature);
}

static void a_pointer_holds_in_its_message_alone(void **state)
{
	(void)state;
	static const uint8_t large[4097];
	const struct lt_bytes roots[2] = { lt_bytes("one", 3), lt_bytes(large, sizeof large) };
	stays(raw(NULL, 1, false), NULL, 0);
	stays(raw(NULL, 3, false), roots, 2);
	stays(raw(NULL, UINT64_MAX, false), roots, 2);
	stays(raw(NULL, 2, false), roots, 2);  /* would multiply what the message holds */
	stays(raw("cms", 1, false), roots, 2); /* both */
	stays(raw("cms", 1, true), roots, 2);
	struct lt_buf whole = raw("one", 0, false);
	for (int first = 0; first < 2; first++) { /* fields may stand in any order */
		struct lt_buf short_one = raw(NULL, 1, first == 1);
		struct lt_bytes view = lt_buf_bytes(&short_one);
		assert_int_equal(frame_roots_restore(roots, 2, arena, &view), LT_OK);
		assert_true(lt_bytes_equal(view, lt_buf_bytes(&whole)));
		lt_buf_fini(&short_one);
	}
	lt_buf_fini(&whole);
}

static void what_is_no_batch_travels_as_it_is(void **state)
{
	(void)state;
	struct frame_roots roots;
	static const struct lt_bytes odd[] = { { (const uint8_t *)"", 0 },
					       { (const uint8_t *)"\x12", 1 },
					       { (const uint8_t *)"\x12\x05\x0a\x09xy", 6 },
					       { (const uint8_t *)"\x12\x02\x0a\x00", 4 },
					       { (const uint8_t *)"\x12\x00\x12\x00", 4 },
					       { (const uint8_t *)"\x12\x0a\x0a\x03"
								  "abc\x0a\x03"
								  "abc",
						 12 } };
	assert_int_equal(frame_roots_init(&roots, 100), LT_OK);
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		assert_ptr_equal(frame_roots_shorten(&roots, odd[i]).data, odd[i].data);
	assert_int_equal(roots.count, 0);
	frame_roots_fini(&roots);
}

/* A path is told of only in the form that encoders make: whatever byte of it is another, it is none, or one of as many steps. */
static void a_path_stands_at_the_end(void **state)
{
	(void)state;
	struct lt_buf signature = batch_signature(first_cms, 5);
	struct lt_bytes path, cms = frame_roots_cms(lt_buf_bytes(&signature), &path);
	assert_int_equal(cms.len, strlen(first_cms));
	assert_int_equal(path.len, 3 * FRAME_ROOTS_STEP);
	assert_ptr_equal(path.data + path.len, signature.data + signature.len);
	for (uint8_t step = 0; step < 3; step++)
		assert_int_equal(path.data[FRAME_ROOTS_STEP * step + 2], step + 1);
	for (size_t at = 0; at < signature.len; at++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			signature.data[at] ^= (uint8_t)bit;
			path = lt_bytes(NULL, 0);
			if (frame_roots_cms(lt_buf_bytes(&signature), &path).len > 0 && path.len > 0) {
				assert_int_equal(path.len % FRAME_ROOTS_STEP, 0);
				assert_ptr_equal(path.data + path.len, signature.data + signature.len);
			}
			signature.data[at] ^= (uint8_t)bit;
		}
	}
	lt_buf_fini(&signature);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(a_message_says_each_root_once),
		 cmocka_unit_test(a_pointer_holds_in_its_message_alone),
		 cmocka_unit_test(what_is_no_batch_travels_as_it_is), cmocka_unit_test(a_path_stands_at_the_end))
