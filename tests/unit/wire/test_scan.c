/* The strict walk: every way in which bytes may be wrong before anything is allocated. */
#include "test.h"

#include <string.h>

#include "wire/link.h"
#include "record/record.h"
#include "wire/scan.h"
#include "record/record_internal.h"
#include "wire.h"

#define LINK (&lienthong__v1__link__descriptor)
#define HEADER (&lienthong__v1__header__descriptor)
#define COMMAND (&lienthong__v1__command__descriptor)
#define OUTCOME (&lienthong__v1__outcome__descriptor)
#define BYE (&lienthong__v1__bye__descriptor)

static const struct codec_limit *limits_of(const ProtobufCMessageDescriptor *message)
{
	return message == &lienthong__v1__control_answer__descriptor ? codec_answer_limits : codec_record_limits;
}

static void assert_scan(const ProtobufCMessageDescriptor *message, struct lt_buf *bytes, enum lt_reason want,
			const char *detail)
{
	struct lt_refusal refusal = { 0 };
	assert_string_equal(lt_reason_name(codec_scan(message, limits_of(message), lt_buf_bytes(bytes), &refusal)),
			    lt_reason_name(want));
	assert_int_equal(refusal.reason, want);
	if (detail && !strstr(refusal.detail, detail))
		fail_msg("\"%s\" does not name \"%s\"", refusal.detail, detail);
	assert_int_equal(codec_scan(message, limits_of(message), lt_buf_bytes(bytes), NULL), want);
	lt_buf_fini(bytes);
}

static void assert_raw(const ProtobufCMessageDescriptor *message, const void *bytes, size_t len, enum lt_reason want,
		       const char *detail)
{
	struct lt_buf buf = { 0 };
	if (len > 0)
		assert_int_equal(lt_buf_append(&buf, bytes, len), LT_OK);
	assert_scan(message, &buf, want, detail);
}
#define RAW(message, text, want, detail) assert_raw(message, text, sizeof(text) - 1, want, detail)

static void varints(void **state)
{
	(void)state;
	uint64_t value;
	struct lt_bytes most = lt_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	assert_true(codec_next_varint(&most, &value));
	assert_true(value == UINT64_MAX);
	assert_int_equal(most.len, 0);
	struct lt_bytes over = lt_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	assert_false(codec_next_varint(&over, &value));
	struct lt_bytes longer = lt_bytes("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11);
	assert_false(codec_next_varint(&longer, &value));
	struct lt_bytes cut = lt_bytes("\x80", 1);
	assert_false(codec_next_varint(&cut, &value));
	struct lt_bytes none = lt_bytes(NULL, 0);
	assert_false(codec_next_varint(&none, &value));
}

static void empty_is_a_message(void **state)
{
	(void)state;
	RAW(OUTCOME, "", LT_REASON_NONE, NULL);
}

static void tags(void **state)
{
	(void)state;
	RAW(OUTCOME, "\x00\x00", LT_FRAME_MALFORMED, "Outcome");             /* number 0 */
	RAW(OUTCOME, "\x0b\x0c", LT_FRAME_MALFORMED, "Outcome");             /* group */
	RAW(OUTCOME, "\x0e\x01", LT_FRAME_MALFORMED, "Outcome");             /* type 6 */
	RAW(OUTCOME, "\x08", LT_FRAME_MALFORMED, "Outcome");                 /* value missing */
	RAW(OUTCOME, "\x12\x05qua", LT_FRAME_MALFORMED, "Outcome");          /* cut off */
	RAW(OUTCOME, "\xff\xff\xff\xff\x7f", LT_FRAME_MALFORMED, "Outcome"); /* number over 29 bits */
	RAW(OUTCOME, "\x09\x01\x02\x03", LT_FRAME_MALFORMED, "Outcome");     /* eight bytes cut off */
	RAW(OUTCOME, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01q", LT_FRAME_MALFORMED, NULL); /* length 2^64-1 */
	RAW(OUTCOME, "\x12\x80\x80\x80\x80\x08q", LT_FRAME_MALFORMED, NULL);                     /* length 2^31 */
}

static void unknown_fields(void **state)
{
	(void)state;
	RAW(OUTCOME, "\x78\x01", LT_FIELD_UNKNOWN, "Outcome: field 15");
	RAW(OUTCOME, "\x7d\x01\x02\x03\x04", LT_FIELD_UNKNOWN, "Outcome: field 15");
	struct lt_buf inner = { 0 }, outer = { 0 };
	wire_number(&inner, 3, 7); /* Ping has one field */
	wire_nest(&outer, 10, &inner);
	assert_scan(LINK, &outer, LT_FIELD_UNKNOWN, "Ping: field 3");
	lt_buf_fini(&inner);
}

static void wire_types(void **state)
{
	(void)state;
	RAW(BYE, "\x10\x01", LT_FRAME_MALFORMED, "detail");                 /* text as number */
	RAW(OUTCOME, "\x0a\x01\x01", LT_FRAME_MALFORMED, "reason");         /* number as text */
	RAW(OUTCOME, "\x0d\x01\x00\x00\x00", LT_FRAME_MALFORMED, "reason"); /* number as four bytes */
	RAW(OUTCOME, "\x38\x01", LT_FRAME_MALFORMED, "mail");               /* message as number */
}

static void twice(void **state)
{
	(void)state;
	RAW(OUTCOME, "\x08\x01\x08\x01", LT_FIELD_REPEATED, "Outcome.reason");
	RAW(BYE, "\x12\x00\x12\x00", LT_FIELD_REPEATED, "Bye.detail");
	RAW(LINK, "\x52\x00\x52\x00", LT_FIELD_REPEATED, "Link.ping");
	RAW(LINK, "\x52\x00\x5a\x00", LT_FIELD_REPEATED, "Link.pong"); /* two members of the oneof */
	struct lt_buf signature = { 0 };
	wire_text(&signature, 1, "cms");
	wire_text(&signature, 2, "");
	assert_scan(&lienthong__v1__signature__descriptor, &signature, LT_FIELD_REPEATED, "Signature.batch");
}

static void numbers_that_do_not_fit(void **state)
{
	(void)state;
	RAW(OUTCOME, "\x08\xff\xff\xff\xff\x0f", LT_REASON_NONE, NULL);         /* 2^32-1 */
	RAW(OUTCOME, "\x08\x80\x80\x80\x80\x10", LT_FRAME_MALFORMED, "reason"); /* 2^32 */
	RAW(OUTCOME, "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", LT_FRAME_MALFORMED, NULL);
	RAW(HEADER, "\x20\xff\xff\xff\xff\x07", LT_REASON_NONE, NULL);                     /* enum 2^31-1 */
	RAW(HEADER, "\x20\x80\x80\x80\x80\x08", LT_FRAME_MALFORMED, "kind");               /* enum 2^31 */
	RAW(HEADER, "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", LT_REASON_NONE, NULL); /* enum -1 */
	struct lt_buf item = { 0 }, deliver = { 0 }, link = { 0 };
	wire_number(&item, 7, 2); /* a bool of 2 */
	wire_nest(&deliver, 2, &item);
	wire_nest(&link, 7, &deliver);
	assert_scan(LINK, &link, LT_FRAME_MALFORMED, "parts_elided");
	lt_buf_fini(&item);
	lt_buf_fini(&deliver);
}

static void texts(void **state)
{
	(void)state;
	RAW(BYE, "\x12\x06h\xe1\xbb\x93 s", LT_REASON_NONE, NULL);
	RAW(BYE, "\x12\x02\xc3\x28", LT_TEXT_NOT_UTF8, "Bye.detail");
	RAW(BYE, "\x12\x03\xed\xa0\x80", LT_TEXT_NOT_UTF8, NULL); /* surrogate */
	RAW(BYE, "\x12\x02\xc0\xaf", LT_TEXT_NOT_UTF8, NULL);     /* overlong */
	RAW(BYE, "\x12\x03q\x00r", LT_TEXT_HAS_NUL, "Bye.detail");
	RAW(BYE, "\x12\x01\x00", LT_TEXT_HAS_NUL, NULL);
}

static void packed_and_unpacked(void **state)
{
	(void)state;
	struct lt_buf elide = { 0 }, command = { 0 };
	wire_text(&elide, 1, "\x01\x02\x03");
	wire_number(&elide, 1, 4);
	wire_text(&elide, 1, "\x05");
	wire_nest(&command, 9, &elide);
	struct lt_arena *arena;
	struct lt_command out;
	assert_int_equal(lt_arena_new(4096, &arena), LT_OK);
	assert_int_equal(lt_command_decode(lt_buf_bytes(&command), arena, &out, NULL), LT_REASON_NONE);
	assert_int_equal(out.u.elide.count, 5);
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(out.u.elide.sequences[i], i + 1);
	lt_arena_free(arena);
	lt_buf_fini(&command);
	lt_buf_clear(&elide);
	wire_text(&elide, 1, "\x01\x80"); /* the second number is cut off */
	wire_nest(&command, 9, &elide);
	assert_scan(COMMAND, &command, LT_FRAME_MALFORMED, "ElideCommand.sequences");
	lt_buf_fini(&elide);
}

static void list_of(struct lt_buf *out, uint32_t id, size_t count)
{
	for (size_t i = 0; i < count; i++)
		wire_text(out, id, "");
}

static void one_limit(const ProtobufCMessageDescriptor *message, const uint32_t *path, size_t depth, size_t count,
		      enum lt_reason want)
{
	struct lt_buf inner = { 0 };
	list_of(&inner, path[depth - 1], count);
	for (size_t i = depth - 1; i-- > 0;) {
		struct lt_buf outer = { 0 };
		wire_nest(&outer, path[i], &inner);
		lt_buf_fini(&inner);
		inner = outer;
	}
	assert_scan(message, &inner, want, NULL);
}

static void counts(void **state)
{
	(void)state;
	static const struct {
		const ProtobufCMessageDescriptor *message;
		uint32_t path[4];
		size_t depth, min, max;
	} rows[] = {
		{ HEADER, { 6 }, 1, 0, 64 },
		{ HEADER, { 16 }, 1, 0, 32 },
		{ LINK, { 5, 1 }, 2, 1, 64 },
		{ LINK, { 5, 1, 3 }, 3, 0, 32 },
		{ LINK, { 6, 1 }, 2, 1, 64 },
		{ LINK, { 7, 2 }, 2, 1, 64 },
		{ LINK, { 1, 4 }, 2, 1, 256 },
		{ LINK, { 3, 1 }, 2, 1, 256 },
		{ LINK, { 4, 9 }, 2, 0, 256 },
		{ LINK, { 15, 5, 9 }, 3, 0, 256 },
		{ LINK, { 15, 5, 8 }, 3, 0, 256 },
		{ LINK, { 15, 5, 9, 5 }, 4, 0, 64 },
		{ COMMAND, { 2, 1 }, 2, 0, 4096 },
		{ COMMAND, { 3, 3 }, 2, 0, 256 },
		{ OUTCOME, { 7 }, 1, 0, 1024 },
		{ &lienthong__v1__directory__descriptor, { 5 }, 1, 0, 10000 },
		{ &lienthong__v1__directory__descriptor, { 5, 2 }, 2, 0, 64 },
		{ &lienthong__v1__procedure__descriptor, { 6 }, 1, 0, 64 },
		{ &lienthong__v1__procedure__descriptor, { 6, 13 }, 2, 0, 64 },
		{ HEADER, { 19 }, 1, 0, 32 },
		{ HEADER, { 23 }, 1, 0, 32 },
		{ OUTCOME, { 9 }, 1, 0, 256 },
		{ COMMAND, { 12, 1 }, 2, 1, 256 },
		{ &lienthong__v1__calendar_year__descriptor, { 4 }, 1, 0, 366 },
		{ &lienthong__v1__directory__descriptor, { 5, 13 }, 2, 0, 1024 },
		{ &lienthong__v1__control_answer__descriptor, { 12, 1 }, 2, 0, 10000 },
		{ &lienthong__v1__control_answer__descriptor, { 11, 2 }, 2, 0, 1024 },
		{ &lienthong__v1__control_answer__descriptor, { 4, 2 }, 2, 0, 10000 },
		{ &lienthong__v1__control_answer__descriptor, { 6, 1 }, 2, 0, 10000 },
		{ &lienthong__v1__control_answer__descriptor, { 8, 2 }, 2, 0, 32 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		one_limit(rows[i].message, rows[i].path, rows[i].depth, rows[i].max, LT_REASON_NONE);
		one_limit(rows[i].message, rows[i].path, rows[i].depth, rows[i].max + 1, LT_COUNT_EXCEEDED);
		if (rows[i].min > 0)
			one_limit(rows[i].message, rows[i].path, rows[i].depth, 0, LT_COUNT_EXCEEDED);
	}
}

static void elide_count(void **state)
{
	(void)state;
	for (size_t count = 4096; count <= 4097; count++) {
		struct lt_buf packed = { 0 }, elide = { 0 }, command = { 0 };
		for (size_t i = 0; i < count; i++)
			wire_varint(&packed, i);
		wire_nest(&elide, 1, &packed);
		wire_nest(&command, 9, &elide);
		assert_scan(COMMAND, &command, count > 4096 ? LT_COUNT_EXCEEDED : LT_REASON_NONE, NULL);
		lt_buf_fini(&packed);
		lt_buf_fini(&elide);
	}
}

static void batch_path(void **state)
{
	(void)state;
	static const uint32_t path[] = { 2, 4 };
	one_limit(&lienthong__v1__signature__descriptor, path, 2, 8, LT_REASON_NONE);
	one_limit(&lienthong__v1__signature__descriptor, path, 2, 9, LT_COUNT_EXCEEDED);
}

/* No message of ours is recursive, so depth is tested on one that is made here. */
static void depth(void **state)
{
	(void)state;
	static ProtobufCMessageDescriptor self;
	static const ProtobufCFieldDescriptor fields[] = {
		{ .name = "self",
		  .id = 1,
		  .label = PROTOBUF_C_LABEL_NONE,
		  .type = PROTOBUF_C_TYPE_MESSAGE,
		  .descriptor = &self },
	};
	static const ProtobufCIntRange ranges[] = { { 1, 0 }, { 0, 1 } };
	self = (ProtobufCMessageDescriptor){ .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
					     .short_name = "Self",
					     .n_fields = 1,
					     .fields = fields,
					     .n_field_ranges = 1,
					     .field_ranges = ranges };
	for (unsigned levels = 7; levels <= 8; levels++) {
		struct lt_buf inner = { 0 };
		for (unsigned i = 0; i < levels; i++) {
			struct lt_buf outer = { 0 };
			wire_nest(&outer, 1, &inner);
			lt_buf_fini(&inner);
			inner = outer;
		}
		assert_scan(&self, &inner, levels > 7 ? LT_FRAME_MALFORMED : LT_REASON_NONE,
			    levels > 7 ? "too deep" : NULL);
	}
}

/* 64 envelopes with 32 empty parts each are small on the wire and large unpacked: the arena ends it. */
static void memory_cap(void **state)
{
	(void)state;
	struct lt_buf envelope = { 0 }, submit = { 0 }, link = { 0 };
	list_of(&envelope, 3, 32);
	for (size_t i = 0; i < 64; i++)
		wire_nest(&submit, 1, &envelope);
	wire_nest(&link, 5, &submit);
	static const size_t caps[] = { 0, 64, 4096, 16384 };
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		struct lt_arena *arena;
		struct lt_refusal refusal;
		struct lt_link out;
		void *unpacked;
		assert_int_equal(lt_arena_new(caps[i], &arena), LT_OK);
		assert_int_equal(wire_unpack(LINK, lt_buf_bytes(&link), arena, &unpacked, &refusal),
				 LT_FRAME_MALFORMED);
		assert_non_null(strstr(refusal.detail, "memory"));
		lt_arena_reset(arena);
		assert_int_equal(lt_link_decode(lt_buf_bytes(&link), arena, &out, &refusal), LT_FRAME_MALFORMED);
		assert_non_null(strstr(refusal.detail, "memory"));
		lt_arena_free(arena);
	}
	lt_buf_fini(&envelope);
	lt_buf_fini(&submit);
	lt_buf_fini(&link);
}

static void unpack_and_pack(void **state)
{
	(void)state;
	struct lt_arena *arena;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	for (uint64_t i = 0; i < 300; i++) {
		struct lt_buf bytes = { 0 }, again = { 0 };
		void *message;
		uint64_t seed = i;
		wire_random(&lienthong__v1__directory__descriptor, &seed, &bytes);
		lt_arena_reset(arena);
		assert_int_equal(
			wire_unpack(&lienthong__v1__directory__descriptor, lt_buf_bytes(&bytes), arena, &message, NULL),
			LT_REASON_NONE);
		assert_int_equal(lt_buf_append(&again, "before", 6), LT_OK);
		assert_int_equal(wire_pack(message, &again), LT_OK);
		assert_int_equal(again.len, bytes.len + 6);
		assert_memory_equal(again.data, "before", 6);
		assert_memory_equal(again.data + 6, bytes.data, bytes.len);
		lt_buf_fini(&bytes);
		lt_buf_fini(&again);
	}
	lt_arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(varints), cmocka_unit_test(empty_is_a_message), cmocka_unit_test(tags),
	  cmocka_unit_test(unknown_fields), cmocka_unit_test(wire_types), cmocka_unit_test(twice),
	  cmocka_unit_test(texts), cmocka_unit_test(numbers_that_do_not_fit), cmocka_unit_test(counts),
	  cmocka_unit_test(packed_and_unpacked), cmocka_unit_test(elide_count), cmocka_unit_test(batch_path),
	  cmocka_unit_test(depth), cmocka_unit_test(memory_cap), cmocka_unit_test(unpack_and_pack))
