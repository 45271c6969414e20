/* header_fixture.h: good headers, and what must be refused of them; after cmocka.h. */
#ifndef TESTS_HEADER_FIXTURE_H
#define TESTS_HEADER_FIXTURE_H

#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <stdio.h>

#include "kinds.h"

static struct lt_recipient recipients[LT_TO_MAX];
static struct lt_part_info parts[LT_PARTS_MAX];
static const uint8_t random_bits[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* A good header of the kind, with one recipient and two parts. */
static struct lt_header header_of(enum lt_kind kind)
{
	bool opens = kind == LT_KIND_OPEN;
	bool answers = kinds_answers(kind), explains = kinds_explains(kind);
	struct lt_header header = { .domain = "lienthong.example.vn",
				    .kind = kind,
				    .sender = "H22.01",
				    .to_count = 1,
				    .to = recipients,
				    .dossier = "H22.01-20261124-0000001",
				    .branch = opens ? 0 : 1,
				    .branch_version = opens ? 0 : 3,
				    .sent_at = 1795000000000000,
				    .procedure_version = opens ? 2 : 0,
				    .has_reply = answers,
				    .reason = explains ? "Thiếu giấy tờ:\n- bản sao" : "",
				    .subject = "Hồ sơ cấp phép",
				    .part_count = 2,
				    .parts = parts };
	memset(recipients, 0, sizeof(recipients));
	memset(parts, 0, sizeof(parts));
	lt_uuid_make(1795000000000000, random_bits, header.id);
	if (answers)
		lt_uuid_make(1794000000000000, random_bits, header.in_reply_to);
	if (opens)
		strcpy(header.procedure, "1.011442");
	for (size_t i = 0; i < LT_TO_MAX; i++)
		recipients[i] = (struct lt_recipient){ .agency = { 'H', (char)('0' + i / 10), (char)('0' + i % 10) },
						       .leg = "tham-dinh" };
	for (size_t i = 0; i < LT_PARTS_MAX; i++) {
		static char names[LT_PARTS_MAX][24];
		snprintf(names[i], sizeof(names[i]), "đơn %zu.pdf", i);
		parts[i] = (struct lt_part_info){
			.name = names[i], .media_type = "application/pdf", .size = 1000 + i, .sha256 = { 9, 8, 7 }
		};
	}
	kinds_fill(&header);
	return header;
}

static void encode_good(const struct lt_header *header, struct lt_buf *out)
{
	struct lt_refusal refusal = { 0 };
	lt_buf_clear(out);
	if (lt_header_encode(header, out, &refusal))
		fail_msg("%s: %s", lt_reason_name(refusal.reason), refusal.detail);
}

/* What cannot be encoded is refused by the encoder, and leaves its buffer as it was. */
static void assert_refused(const struct lt_header *header, enum lt_reason want, const char *field)
{
	struct lt_refusal refusal = { 0 };
	struct lt_buf out = { 0 };
	assert_int_equal(lt_buf_append(&out, "x", 1), LT_OK);
	assert_int_equal(lt_header_encode(header, &out, &refusal), LT_EINVAL);
	assert_string_equal(lt_reason_name(refusal.reason), lt_reason_name(want));
	if (!strstr(refusal.detail, field))
		fail_msg("\"%s\" does not name \"%s\"", refusal.detail, field);
	assert_int_equal(out.len, 1);
	assert_int_equal(lt_header_encode(header, &out, NULL), LT_EINVAL);
	lt_buf_fini(&out);
}

/* One member of a good header changed: the encoder refuses, and so does the parser, which runs the same checks. */
#define REFUSED(kind, change, want, field)                           \
	do {                                                         \
		struct lt_header header = header_of(LT_KIND_##kind); \
		change;                                              \
		assert_refused(&header, LT_##want, field);           \
	} while (0)

/* "ế" count times: three bytes, one character each. */
static const char *letters(size_t count)
{
	static char text[3 * 1001 + 1];
	for (size_t i = 0; i < count; i++)
		memcpy(text + 3 * i, "ế", 3);
	text[3 * count] = '\0';
	return text;
}

#endif
