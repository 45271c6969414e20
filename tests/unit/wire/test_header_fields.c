/* test_header_fields.c: the header's fields that belong to single kinds. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "header_fixture.h"

/* The fields that belong to single kinds, each where it is missing, where it must not be, and with a bad value. */
static void single_kinds(void **state)
{
	(void)state;
	for (enum lt_kind kind = LT_KIND_OPEN; kind; kind = kinds_next(kind)) {
		struct lt_header header = header_of(kind);
		bool due = header.due_at != 0, items = header.item_count != 0, amount = header.amount != 0,
		     agree = header.agree != LT_AGREE_NONE, trace = header.trace != 0;
		if (kind_find((int)kind)->due_at != KIND_OPTIONAL) {
			header.due_at = due ? 0 : header.sent_at;
			assert_refused(&header, due ? LT_FIELD_REQUIRED : LT_FIELD_NOT_ALLOWED, "due_at");
		}
		header = header_of(kind);
		header.item_count = items ? 0 : 1;
		assert_refused(&header, items ? LT_FIELD_REQUIRED : LT_FIELD_NOT_ALLOWED, "items");
		header = header_of(kind);
		header.amount = amount ? 0 : 1;
		if (kind_find((int)kind)->amount != KIND_OPTIONAL)
			assert_refused(&header, amount ? LT_FIELD_REQUIRED : LT_FIELD_NOT_ALLOWED, "amount");
		header = header_of(kind);
		header.agree = agree ? LT_AGREE_NONE : LT_AGREE_YES;
		assert_refused(&header, agree ? LT_FIELD_REQUIRED : LT_FIELD_NOT_ALLOWED, "agree");
		header = header_of(kind);
		header.trace = trace ? 0 : 4;
		assert_refused(&header, trace ? LT_FIELD_REQUIRED : LT_FIELD_NOT_ALLOWED, "trace");
		header = header_of(kind);
		header.field_count = 1;
		if (kind_find((int)kind)->fields == KIND_ABSENT)
			assert_refused(&header, LT_FIELD_NOT_ALLOWED, "fields");
	}
	REFUSED(CONSULT, header.due_at = -1, HEADER_MALFORMED, "due_at");
	REFUSED(FEE_PAID, header.amount = UINT64_MAX, HEADER_MALFORMED, "amount");
	REFUSED(OPINION, header.agree = (enum lt_agreement)4, HEADER_MALFORMED, "agree");
	REFUSED(OPINION, header.agree = LT_AGREE_WITH_CONDITIONS, REASON_REQUIRED, "reason");
	REFUSED(OPINION,
		(header.agree = LT_AGREE_WITH_CONDITIONS, header.reason = "vì", header.kind = LT_KIND_RECALL_ANSWER),
		HEADER_MALFORMED, "agree");
	REFUSED(STATUS, header.trace = 3, HEADER_MALFORMED, "trace");
	REFUSED(STATUS, header.trace = 7, HEADER_MALFORMED, "trace");
	REFUSED(OPINION, header.agree = LT_AGREE_NO, REASON_REQUIRED, "reason");
	REFUSED(STATUS, header.reason = "vì", FIELD_NOT_ALLOWED, "reason");
	struct lt_buf bytes = { 0 };
	struct lt_header header = header_of(LT_KIND_RECALL_ANSWER);
	header.reason = "Đã phân công";
	encode_good(&header, &bytes);
	header = header_of(LT_KIND_REQUEST_SUPPLEMENT);
	header.due_at = header.sent_at;
	encode_good(&header, &bytes);
	lt_buf_fini(&bytes);
}

static struct lt_actor clerk = { "Bộ phận Một cửa", "cb-0147", "" };
static struct lt_late_reason late = { "thieu-ho-so", "" };

/* Who has what, by the list: a field that a kind has is taken, one that it will have is refused by one name, any other is not its. */
static void fields_by_kind(void **state)
{
	(void)state;
	for (enum lt_kind kind = LT_KIND_OPEN; kind; kind = kinds_next(kind)) {
		const struct kind *row = kind_find((int)kind);
		static const char *codes[] = { "01/TN" };
		static struct lt_field facts[] = { { "huyen", "H37.24" } };
		static struct lt_made_result results[] = { { "KQ.01", "tra-ket-qua" } };
		static struct lt_hand_over over = { LT_CHANNEL_POST, 1795000000000000 };
		static struct lt_digest digest = { .from = 1, .until = 2 };
		static struct lt_carried carried = { .opened_at = 1, .received_at = 2, .since = 3 };
		const struct {
			enum kind_presence rule;
			const char *name;
		} fields[] = { { row->sender == KIND_SENDER_AGENCY ? KIND_OPTIONAL : KIND_ABSENT, "actor" },
			       { row->channel, "channel" },
			       { row->place_of_help, "place_of_help" },
			       { row->foreign_codes, "foreign_codes" },
			       { row->replaces, "replaces" },
			       { row->facts, "facts" },
			       { row->results, "results" },
			       { row->hand_over, "hand_over" },
			       { row->ground, "ground" },
			       { row->late_reason, "late_reason" },
			       { row->received, "received" },
			       { row->carried, "carried" },
			       { row->digest, "digest" } };
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			struct lt_header header = header_of(kind);
			struct lt_buf bytes = { 0 };
			header.actor = i == 0 ? &clerk : NULL;
			header.channel = i == 1 ? LT_CHANNEL_ONLINE : LT_CHANNEL_NONE;
			header.place_of_help = i == 2 ? "H37.24.07" : "";
			header.foreign_codes = codes;
			header.foreign_count = i == 3;
			snprintf(header.replaces, sizeof(header.replaces), "%s", i == 4 ? "H22-20260101-0007" : "");
			header.facts = facts;
			header.fact_count = i == 5;
			header.results = results;
			header.result_count = i == 6;
			header.hand_over = i == 7 ? &over : NULL;
			header.ground = i == 8 ? "nd-118" : "";
			header.late_reason = i == 9 ? &late : NULL;
			header.received = i == 10;
			header.carried = i == 11 ? &carried : NULL;
			header.digest = i == 12 || row->digest == KIND_REQUIRED ? &digest : NULL;
			if (fields[i].rule == KIND_OPTIONAL || fields[i].rule == KIND_REQUIRED)
				encode_good(&header, &bytes);
			else
				assert_refused(&header,
					       fields[i].rule == KIND_LATER ? LT_FIELD_NOT_SUPPORTED
									    : LT_FIELD_NOT_ALLOWED,
					       fields[i].name);
			lt_buf_fini(&bytes);
		}
	}
}

/* Their bytes come back as they went. */
static void they_travel(void **state)
{
	(void)state;
	struct lt_header header = header_of(LT_KIND_OPEN), back;
	struct lt_arena *arena;
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal = { 0 };
	encode_good(&header, &bytes);
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	assert_int_equal(lt_header_parse(lt_buf_bytes(&bytes), arena, &back, &refusal), LT_REASON_NONE);
	assert_string_equal(back.actor->unit, header.actor->unit);
	assert_string_equal(back.actor->officer, header.actor->officer);
	assert_string_equal(back.actor->title, header.actor->title);
	assert_int_equal(back.channel, header.channel);
	assert_int_equal(back.foreign_count, 2);
	assert_string_equal(back.foreign_codes[1], header.foreign_codes[1]);
	assert_null(back.late_reason);
	assert_string_equal(back.ground, "");
	header = header_of(LT_KIND_RESULT);
	encode_good(&header, &bytes);
	assert_int_equal(lt_header_parse(lt_buf_bytes(&bytes), arena, &back, &refusal), LT_REASON_NONE);
	assert_string_equal(back.ground, header.ground);
	assert_string_equal(back.late_reason->code, header.late_reason->code);
	assert_string_equal(back.late_reason->words, header.late_reason->words);
	lt_arena_free(arena);
	lt_buf_fini(&bytes);
}

static void items_and_fields(void **state)
{
	(void)state;
	const char *items[LT_ITEMS_MAX + 1];
	struct lt_field fields[LT_FIELDS_MAX + 1];
	char names[LT_FIELDS_MAX + 1][8];
	for (size_t i = 0; i <= LT_ITEMS_MAX; i++)
		items[i] = "Bản sao";
	for (size_t i = 0; i <= LT_FIELDS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "f_%zu", i);
		fields[i] = (struct lt_field){ names[i], "H37" };
	}
	struct lt_buf bytes = { 0 };
	struct lt_header header = header_of(LT_KIND_REQUEST_SUPPLEMENT);
	header.items = items;
	header.item_count = LT_ITEMS_MAX;
	items[3] = letters(LT_ITEM_MAX);
	encode_good(&header, &bytes);
	header.item_count++;
	assert_refused(&header, LT_COUNT_EXCEEDED, "items");
	header.item_count = 4;
	items[3] = letters(LT_ITEM_MAX + 1);
	assert_refused(&header, LT_TEXT_TOO_LONG, "items");
	items[3] = " ";
	assert_refused(&header, LT_FIELD_REQUIRED, "items[3]");
	items[3] = "a\nb";
	assert_refused(&header, LT_TEXT_NOT_IN_FORM, "items[3]: U+000A at character 2 is a line feed");
	header = header_of(LT_KIND_OPEN);
	header.fields = fields;
	header.field_count = LT_FIELDS_MAX;
	encode_good(&header, &bytes);
	header.field_count++;
	assert_refused(&header, LT_COUNT_EXCEEDED, "fields");
	header.field_count = 2;
	static const char *const bad[] = {
		"", "Huyen", "huyen-1", "huyện", "f_0", "a23456789012345678901234567890123"
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fields[1].name = bad[i];
		assert_refused(&header, LT_HEADER_MALFORMED, "fields[1].name");
	}
	fields[1] = (struct lt_field){ "x", "a\tb" };
	assert_refused(&header, LT_TEXT_NOT_IN_FORM, "fields[1].value");
	static const char *const values[] = { "Đồng Đăng ", "Đồng  Đăng", "\u0110o\u0302\u0300ng Đăng",
					      "Đồng\u00a0Đăng", "Đồng\u200b Đăng" };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		fields[1].value = values[i];
		assert_refused(&header, LT_TEXT_NOT_IN_FORM, "fields[1].value: U+");
	}
	fields[1].value = letters(LT_FIELD_VALUE_MAX + 1);
	assert_refused(&header, LT_TEXT_TOO_LONG, "fields");
	fields[1].value = letters(LT_FIELD_VALUE_MAX);
	encode_good(&header, &bytes);
	lt_buf_fini(&bytes);
}

TEST_MAIN(cmocka_unit_test(single_kinds), cmocka_unit_test(fields_by_kind), cmocka_unit_test(they_travel),
	  cmocka_unit_test(items_and_fields))
