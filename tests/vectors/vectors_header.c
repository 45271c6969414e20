/* vectors_header.c: a good header of each kind, and one bad header for each reason. */
#include "vectors.h"

#include <lienthong/time.h>
#include <stdio.h>
#include <string.h>

#include "kinds.h"
#include "wire.h"

static const uint8_t random_bits[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static struct lt_recipient recipients[LT_TO_MAX + 1];
static struct lt_part_info infos[LT_PARTS_MAX + 1];
static const char *const part_texts[2] = { "Đơn đề nghị cấp phép\n", "%PDF-1.7 một bản vẽ\n" };

struct lt_bytes vectors_part(size_t index)
{
	return lt_bytes(part_texts[index % 2], strlen(part_texts[index % 2]));
}

struct lt_header vectors_header(enum lt_kind kind)
{
	bool opens = kind == LT_KIND_OPEN;
	bool answers = kinds_answers(kind), explains = kinds_explains(kind);
	struct lt_header header = { .domain = VECTORS_DOMAIN,
				    .kind = kind,
				    .sender = "H37.24",
				    .to_count = 1,
				    .to = recipients,
				    .dossier = "H37.24-20261124-0000001",
				    .branch = opens ? 0 : 1,
				    .branch_version = opens ? 0 : 3,
				    .sent_at = VECTORS_AT,
				    .procedure_version = opens ? 1 : 0,
				    .has_reply = answers,
				    .reason = explains ? "Thiếu giấy tờ:\n- bản sao" : "",
				    .subject = "Hồ sơ cấp phép",
				    .part_count = 2,
				    .parts = infos };
	memset(recipients, 0, sizeof(recipients));
	memset(infos, 0, sizeof(infos));
	lt_uuid_make(VECTORS_AT, random_bits, header.id);
	if (answers)
		lt_uuid_make(VECTORS_AT - 60000000, random_bits, header.in_reply_to);
	if (opens)
		strcpy(header.procedure, "1.010828");
	for (size_t i = 0; i <= LT_TO_MAX; i++) {
		snprintf(recipients[i].agency, sizeof recipients[i].agency, "H%02u.11", (unsigned)(i + 37) % 100);
		strcpy(recipients[i].leg, "tham-dinh");
	}
	for (size_t i = 0; i <= LT_PARTS_MAX; i++) {
		static char names[LT_PARTS_MAX + 1][24];
		if (i < 2)
			strcpy(names[i], i ? "bản vẽ.pdf" : "đơn.txt");
		else
			snprintf(names[i], sizeof names[i], "%zu.pdf", i);
		infos[i] = (struct lt_part_info){ .name = names[i],
						  .media_type = i ? "application/pdf" : "text/plain",
						  .size = vectors_part(i).len };
		lt_sha256(vectors_part(i), infos[i].sha256);
	}
	kinds_fill(&header);
	return header;
}

/* An entry over header bytes. Session: domain, agencies that it speaks for, the time. */
static void begin(const char *name, const char *expect, struct lt_bytes bytes)
{
	vectors_begin("header", name, expect);
	vectors_file("file", bytes, "header/%s.bin", name);
	vectors_text("domain", VECTORS_DOMAIN);
	vectors_list("agencies", (const char *const[]){ "H37.24" }, 1);
	vectors_number("at", VECTORS_AT);
}

void vectors_bad_header(const char *name, const char *expect, const struct lt_header *header)
{
	struct lt_buf bytes = { 0 };
	vectors_encode(header, &bytes);
	begin(name, expect, lt_buf_bytes(&bytes));
	vectors_end();
	lt_buf_fini(&bytes);
}

static void good(const char *name, const struct lt_header *header)
{
	char id[33];
	struct lt_buf bytes = { 0 }, again = { 0 };
	vectors_encode(header, &bytes);
	VECTORS_NEED(lt_header_encode(header, &again, NULL) == LT_OK);
	VECTORS_NEED(lt_bytes_equal(lt_buf_bytes(&bytes), lt_buf_bytes(&again)));
	begin(name, "OK", lt_buf_bytes(&bytes));
	lt_hex(lt_bytes(header->id, 16), id);
	vectors_text("id", id);
	vectors_text("kind", lt_kind_name(header->kind));
	vectors_text("sender", header->sender);
	vectors_text("dossier", header->dossier);
	vectors_text("reason", header->reason);
	vectors_text("subject", header->subject);
	vectors_number("branch", header->branch);
	vectors_number("branch_version", (int64_t)header->branch_version);
	vectors_number("to_count", (int64_t)header->to_count);
	vectors_number("part_count", (int64_t)header->part_count);
	vectors_end();
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

#define BAD(name, kind, change, reason)                                   \
	do {                                                              \
		struct lt_header header = vectors_header(LT_KIND_##kind); \
		change;                                                   \
		vectors_bad_header(name, #reason, &header);               \
	} while (0)

/* "ế" count times: three bytes, one character each. */
static const char *letters(size_t count)
{
	static char out[3 * 1001 + 1];
	for (size_t i = 0; i < count; i++)
		memcpy(out + 3 * i, "ế", 3);
	out[3 * count] = 0;
	return out;
}

/* Good dates of a dossier of before, in the header; to be changed. */
#define before() (header.carried = make_before())
static struct lt_carried *make_before(void)
{
	static struct lt_carried carried;
	carried = (struct lt_carried){ .opened_at = VECTORS_AT,
				       .received_at = VECTORS_AT + 1,
				       .since = VECTORS_AT + 2,
				       .appointment = VECTORS_AT + 3 };
	return &carried;
}

/* To an agency, about a matter of its own. */
static struct lt_header reminder_of_agency(void)
{
	struct lt_header header = vectors_header(LT_KIND_REMINDER);
	header.dossier[0] = 0;
	header.branch = 0;
	header.branch_version = 0;
	header.part_count = 0;
	return header;
}

static void good_ones(void)
{
	for (enum lt_kind kind = LT_KIND_OPEN; kind; kind = kinds_next(kind)) {
		struct lt_header header = vectors_header(kind);
		char name[40];
		snprintf(name, sizeof name, "good-%s", lt_kind_name(kind));
		good(name, &header);
	}
	struct lt_header header = vectors_header(LT_KIND_REFUSE);
	header.to_count = LT_TO_MAX;
	header.part_count = LT_PARTS_MAX;
	header.reason = letters(LT_REASON_TEXT_MAX);
	good("good-largest", &header);
	header = vectors_header(LT_KIND_FORWARD);
	header.part_count = 0;
	header.subject = "";
	good("good-smallest", &header);
	header = vectors_header(LT_KIND_FORWARD);
	uint64_t size = infos[0].size;
	infos[0].size = LT_LARGE_PART_MAX; /* its bytes do not travel with the envelope, nor count with those that do */
	good("good-large-part", &header);
	infos[0].size = size;
	header = vectors_header(LT_KIND_FORWARD);
	header.to_count = 3;
	for (uint32_t i = 0; i < 3; i++)
		snprintf(recipients[i].leg, sizeof recipients[i].leg, "tham-dinh-%u", i + 1);
	good("good-fork", &header);
	strcpy(recipients[2].agency, recipients[1].agency); /* who does two legs */
	good("good-fork-of-one-agency", &header);
	header = vectors_header(LT_KIND_OPEN);
	before()->done_at = VECTORS_AT + 2;
	snprintf(recipients[0].leg, sizeof recipients[0].leg, "tra-ket-qua");
	good("good-carried", &header);
	header = vectors_header(LT_KIND_OPINION);
	header.agree = LT_AGREE_NO;
	header.reason = "Chưa phù hợp quy hoạch";
	good("good-OPINION-no", &header);
	header = vectors_header(LT_KIND_RESULT);
	header.results = &(struct lt_made_result){ "KQ.G15.000031", "khai-sinh" };
	header.result_count = 1;
	good("good-RESULT-papers", &header);
	header = reminder_of_agency();
	good("good-REMINDER-agency", &header);
}

static void bad_parties(void)
{
	static char long_domain[LT_DOMAIN_MAX + 1];
	memset(long_domain, 'd', LT_DOMAIN_MAX);
	BAD("domain-other", OPEN, header.domain = "another.example.vn", DOMAIN_WRONG);
	BAD("domain-missing", OPEN, header.domain = "", FIELD_REQUIRED);
	BAD("domain-long", OPEN, header.domain = long_domain, TEXT_TOO_LONG);
	BAD("id-version-4", OPEN, header.id[6] = 0x40, ID_INVALID);
	BAD("id-old", OPEN, lt_uuid_make(VECTORS_AT - 401 * 86400000000ll, random_bits, header.id), ID_TOO_OLD);
	BAD("id-future", OPEN, lt_uuid_make(VECTORS_AT + 601000000, random_bits, header.id), ID_IN_FUTURE);
	BAD("sender-not-session", OPEN, strcpy(header.sender, "H37.11"), SENDER_NOT_SESSION);
	BAD("sender-old-form", OPEN, strcpy(header.sender, "000.00.24.H37"), AGENCY_CODE_INVALID);
	BAD("to-not-a-code", ACCEPT, strcpy(recipients[0].agency, "h37"), RECIPIENTS_INVALID);
	BAD("to-twice", ACCEPT, (header.to_count = 2, recipients[1] = recipients[0]), RECIPIENTS_INVALID);
	BAD("to-two-in-return", RETURN, header.to_count = 2, RECIPIENTS_INVALID);
	BAD("to-fork-leg-twice", FORWARD, header.to_count = 2, RECIPIENTS_INVALID);
	BAD("to-fork-leg-missing", FORWARD, (header.to_count = 2, recipients[0].leg[0] = 0), RECIPIENTS_INVALID);
	BAD("to-leg-form", FORWARD, strcpy(recipients[0].leg, "Thẩm định"), RECIPIENTS_INVALID);
	BAD("to-none", ACCEPT, header.to_count = 0, COUNT_EXCEEDED);
	BAD("to-65", ACCEPT, header.to_count = 65, COUNT_EXCEEDED);
	BAD("dossier-year-0", OPEN, strcpy(header.dossier, "H37.24-00000230-0000001"), DOSSIER_CODE_INVALID);
	BAD("dossier-none", OPEN, header.dossier[0] = 0, DOSSIER_CODE_INVALID);
	BAD("dossier-none-overdue", OVERDUE, header.dossier[0] = 0, DOSSIER_CODE_INVALID);
	BAD("sender-none", OPEN, header.sender[0] = 0, AGENCY_CODE_INVALID);
	BAD("dossier-30-february", OPEN, strcpy(header.dossier, "H37.24-20260230-0000001"), DOSSIER_CODE_INVALID);
	BAD("kind-99", FORWARD, header.kind = (enum lt_kind)99, KIND_NOT_SUPPORTED);
	BAD("kind-0", FORWARD, header.kind = (enum lt_kind)0, KIND_NOT_SUPPORTED);
	BAD("kind-1000", FORWARD, header.kind = (enum lt_kind)1000, KIND_NOT_SUPPORTED);
}

static void bad_fields(void)
{
	BAD("branch-in-open", OPEN, header.branch = 1, FIELD_NOT_ALLOWED);
	BAD("branch-of-no-dossier", REMINDER, header.dossier[0] = 0, FIELD_NOT_ALLOWED);
	BAD("branch-version-of-no-dossier", REMINDER, (header = reminder_of_agency(), header.branch_version = 1),
	    FIELD_NOT_ALLOWED);
	BAD("reply-of-no-dossier", REMINDER, (header = reminder_of_agency(), header.has_reply = true),
	    FIELD_NOT_ALLOWED);
	BAD("branch-missing", FORWARD, header.branch = 0, FIELD_REQUIRED);
	BAD("branch-version-missing", FORWARD, header.branch_version = 0, FIELD_REQUIRED);
	BAD("sent-at-missing", FORWARD, header.sent_at = 0, FIELD_REQUIRED);
	BAD("procedure-missing", OPEN, header.procedure[0] = 0, FIELD_REQUIRED);
	BAD("procedure-not-a-code", OPEN, strcpy(header.procedure, "1.0108"), PROCEDURE_CODE_INVALID);
	BAD("procedure-in-forward", FORWARD, strcpy(header.procedure, "1.010828"), FIELD_NOT_ALLOWED);
	BAD("reply-missing", ACCEPT, header.has_reply = false, FIELD_REQUIRED);
	BAD("reply-in-forward", FORWARD, header.has_reply = true, FIELD_NOT_ALLOWED);
	BAD("reply-not-an-id", ACCEPT, header.in_reply_to[6] = 0, ID_INVALID);
	BAD("reason-missing", REFUSE, header.reason = "", REASON_REQUIRED);
	BAD("reason-blank", RETURN, header.reason = " \n\t ", REASON_REQUIRED);
	BAD("reason-blank-result", RESULT, header.reason = " ", REASON_REQUIRED);
	BAD("reason-blank-unicode", RESULT, header.reason = "\u00a0\u3000\u2028\u200b\ufeff", REASON_REQUIRED);
	BAD("reason-in-accept", ACCEPT, header.reason = "vì", FIELD_NOT_ALLOWED);
	BAD("reason-long", REFUSE, header.reason = letters(1001), TEXT_TOO_LONG);
	BAD("subject-long", OPEN, header.subject = letters(251), TEXT_TOO_LONG);
	BAD("part-name-path", OPEN, infos[0].name = "../đơn.txt", PART_NAME_INVALID);
	BAD("part-name-dots", OPEN, infos[0].name = "..", PART_NAME_INVALID);
	BAD("part-name-device", OPEN, infos[0].name = "aux.pdf", PART_NAME_INVALID);
	BAD("part-name-device-numbered", OPEN, infos[0].name = "Com1", PART_NAME_INVALID);
	BAD("part-name-dot-at-end", OPEN, infos[0].name = "đơn.txt.", PART_NAME_INVALID);
	BAD("part-name-twice", FORWARD, (infos[0].name = "don.PDF", infos[1].name = "Don.pdf"), PART_NAME_INVALID);
	BAD("part-media-type", OPEN, infos[0].media_type = "text", PART_NAME_INVALID);
	BAD("part-large", OPEN, infos[0].size = LT_LARGE_PART_MAX + 1, PART_TOO_LARGE);
	BAD(
		"parts-large-together", OPEN,
		do {
			header.part_count = 5;
			for (size_t i = 0; i < 5; i++)
				infos[i].size = LT_PART_MAX;
		} while (0),
		PART_TOO_LARGE);
	BAD("part-empty", OPEN, infos[0].size = 0, FIELD_REQUIRED);
	BAD("parts-33", OPEN, header.part_count = 33, COUNT_EXCEEDED);
}

static void bad_single_kinds(void)
{
	BAD("due-missing", APOLOGY, header.due_at = 0, FIELD_REQUIRED);
	BAD("due-negative", APOLOGY, header.due_at = -1, HEADER_MALFORMED);
	BAD("due-in-forward", FORWARD, header.due_at = VECTORS_AT, FIELD_NOT_ALLOWED);
	BAD("items-missing", REQUEST_SUPPLEMENT, header.item_count = 0, FIELD_REQUIRED);
	BAD("items-blank", REQUEST_SUPPLEMENT, header.items = ((const char *[]){ "Đơn", " " }), FIELD_REQUIRED);
	BAD("items-long", REQUEST_SUPPLEMENT, header.items = ((const char *[]){ "Đơn", letters(251) }), TEXT_TOO_LONG);
	BAD("items-in-supplement", SUPPLEMENT, header.item_count = 1, FIELD_NOT_ALLOWED);
	BAD("amount-missing", REQUEST_FEE, header.amount = 0, FIELD_REQUIRED);
	BAD("amount-large", FEE_PAID, header.amount = UINT64_C(1000000000000001), HEADER_MALFORMED);
	BAD("amount-in-open", OPEN, header.amount = 1, FIELD_NOT_ALLOWED);
	BAD("agree-missing", OPINION, header.agree = LT_AGREE_NONE, FIELD_REQUIRED);
	BAD("agree-with-conditions", RECALL_ANSWER,
	    (header.agree = LT_AGREE_WITH_CONDITIONS, header.reason = "Với điều kiện"), HEADER_MALFORMED);
	BAD("agree-conditions-without-reason", OPINION, header.agree = LT_AGREE_WITH_CONDITIONS, REASON_REQUIRED);
	BAD("agree-4", OPINION, (header.agree = (enum lt_agreement)4, header.reason = "vì"), HEADER_MALFORMED);
	BAD("agree-no-without-reason", RECALL_ANSWER, header.agree = LT_AGREE_NO, REASON_REQUIRED);
	BAD("agree-in-accept", ACCEPT, header.agree = LT_AGREE_YES, FIELD_NOT_ALLOWED);
	BAD("trace-missing", STATUS, header.trace = 0, FIELD_REQUIRED);
	BAD("trace-3", STATUS, header.trace = 3, HEADER_MALFORMED);
	BAD("trace-in-forward", FORWARD, header.trace = 5, FIELD_NOT_ALLOWED);
	BAD("field-name", OPEN, header.fields = ((struct lt_field[]){ { "Huyen", "" }, { "xa", "" } }),
	    HEADER_MALFORMED);
	BAD("field-twice", OPEN, header.fields = ((struct lt_field[]){ { "xa", "1" }, { "xa", "" } }),
	    HEADER_MALFORMED);
	BAD("field-value-long", OPEN, header.fields = ((struct lt_field[]){ { "xa", "1" }, { "b", letters(251) } }),
	    TEXT_TOO_LONG);
	BAD("fields-in-forward", FORWARD, header.field_count = 1, FIELD_NOT_ALLOWED);
}

static char *many(char letter, size_t count)
{
	static char out[300];
	memset(out, letter, count);
	out[count] = 0;
	return out;
}

#define ACTOR(...) (header.actor = &(struct lt_actor){ __VA_ARGS__ })
#define LATE(...) (header.late_reason = &(struct lt_late_reason){ __VA_ARGS__ })

static void bad_more(void)
{
	BAD("actor-empty", ACCEPT, ACTOR(.unit = ""), FIELD_REQUIRED);
	BAD("actor-unit-control", ACCEPT, ACTOR(.unit = "a\033b"), TEXT_NOT_IN_FORM);
	BAD("actor-unit-long", ACCEPT, ACTOR(.unit = letters(251)), TEXT_TOO_LONG);
	BAD("actor-officer-name", ACCEPT, ACTOR(.officer = "Nguyen Van A"), HEADER_MALFORMED);
	BAD("actor-officer-long", ACCEPT, ACTOR(.officer = many('1', 65)), HEADER_MALFORMED);
	BAD("actor-title-long", ACCEPT, ACTOR(.title = letters(251)), TEXT_TOO_LONG);
	BAD("actor-in-notice", DUE_SOON, ACTOR(.unit = "x"), FIELD_NOT_ALLOWED);
	BAD("channel-4", OPEN, header.channel = (enum lt_channel)4, HEADER_MALFORMED);
	BAD("channel-in-accept", ACCEPT, header.channel = LT_CHANNEL_POST, FIELD_NOT_ALLOWED);
	BAD("place-of-help-long", OPEN, header.place_of_help = letters(251), TEXT_TOO_LONG);
	BAD("received-in-forward", FORWARD, header.received = true, FIELD_NOT_ALLOWED);
	BAD("place-of-help-in-forward", FORWARD, header.place_of_help = "H37.24.07", FIELD_NOT_ALLOWED);
	BAD("foreign-codes-9", OPEN, header.foreign_count = 9, COUNT_EXCEEDED);
	BAD("foreign-code-empty", OPEN, header.foreign_codes = ((const char *[]){ "a", "" }), FIELD_REQUIRED);
	BAD("foreign-code-twice", OPEN, header.foreign_codes = ((const char *[]){ "a", "a" }), HEADER_MALFORMED);
	BAD("foreign-code-long", OPEN, header.foreign_codes = ((const char *[]){ "a", many('b', 101) }), TEXT_TOO_LONG);
	BAD("foreign-code-in-accept", ACCEPT, header.foreign_count = 1, FIELD_NOT_ALLOWED);
	BAD("replaces-itself", OPEN, strcpy(header.replaces, header.dossier), DOSSIER_CODE_INVALID);
	BAD("replaces-form", OPEN, strcpy(header.replaces, "H37.24-2026-1"), DOSSIER_CODE_INVALID);
	BAD("replaces-in-forward", FORWARD, strcpy(header.replaces, "H37.24-20261124-0000002"), FIELD_NOT_ALLOWED);
	BAD("facts-name", FORWARD, (header.facts = &(struct lt_field){ "Cu tru", "ro" }, header.fact_count = 1),
	    HEADER_MALFORMED);
	BAD("facts-value-long", RESULT,
	    (header.facts = &(struct lt_field){ "cu_tru", letters(251) }, header.fact_count = 1), TEXT_TOO_LONG);
	BAD("facts-in-return", RETURN, (header.facts = &(struct lt_field){ "cu_tru", "ro" }, header.fact_count = 1),
	    FIELD_NOT_ALLOWED);
	BAD("results-code", RESULT,
	    (header.results = &(struct lt_made_result){ "KQ 01", "tra-ket-qua" }, header.result_count = 1),
	    HEADER_MALFORMED);
	BAD("results-leg", RESULT,
	    (header.results = &(struct lt_made_result){ "KQ.01", "Trả" }, header.result_count = 1), HEADER_MALFORMED);
	BAD("results-twice", RESULT,
	    (header.results = ((struct lt_made_result[]){ { "KQ.01", "a" }, { "KQ.01", "b" } }),
	     header.result_count = 2),
	    HEADER_MALFORMED);
	BAD("results-in-forward", FORWARD,
	    (header.results = &(struct lt_made_result){ "KQ.01", "tra-ket-qua" }, header.result_count = 1),
	    FIELD_NOT_ALLOWED);
	BAD("hand-over", RESULT, header.hand_over = (&(struct lt_hand_over){ LT_CHANNEL_POST, VECTORS_AT }),
	    FIELD_NOT_ALLOWED);
	BAD("hand-over-manner", HANDED_OVER, header.hand_over = (&(struct lt_hand_over){ LT_CHANNEL_NONE, VECTORS_AT }),
	    FIELD_REQUIRED);
	BAD("hand-over-manner-4", HANDED_OVER,
	    header.hand_over = (&(struct lt_hand_over){ (enum lt_channel)4, VECTORS_AT }), HEADER_MALFORMED);
	BAD("hand-over-when", HANDED_OVER, header.hand_over = (&(struct lt_hand_over){ LT_CHANNEL_POST, 0 }),
	    FIELD_REQUIRED);
	BAD("ground-form", STOP, header.ground = "Điều 9", HEADER_MALFORMED);
	BAD("ground-long", STOP, header.ground = many('a', 33), HEADER_MALFORMED);
	BAD("ground-in-accept", ACCEPT, header.ground = "a", FIELD_NOT_ALLOWED);
	BAD("late-without-code", FORWARD, LATE(.words = "vì"), FIELD_REQUIRED);
	BAD("late-code-form", FORWARD, LATE(.code = "A"), HEADER_MALFORMED);
	BAD("late-words-long", FORWARD, LATE(.code = "a", .words = letters(251)), TEXT_TOO_LONG);
	BAD("late-in-accept", ACCEPT, LATE(.code = "a"), FIELD_NOT_ALLOWED);
	BAD("carried-in-forward", FORWARD, before(), FIELD_NOT_ALLOWED);
	BAD("carried-without-leg", OPEN, (before(), header.to[0].leg[0] = '\0'), FIELD_REQUIRED);
	BAD("carried-without-since", OPEN, before()->since = 0, FIELD_REQUIRED);
	BAD("carried-received-before", OPEN, before()->received_at = VECTORS_AT - 1, HEADER_MALFORMED);
	BAD("carried-since-before", OPEN, before()->since = VECTORS_AT, HEADER_MALFORMED);
	BAD("carried-appointment-before", OPEN, before()->appointment = VECTORS_AT, HEADER_MALFORMED);
	BAD("carried-counted-before", OPEN, before()->counted_from = -1, HEADER_MALFORMED);
	BAD("carried-done-before", OPEN, before()->done_at = VECTORS_AT, HEADER_MALFORMED);
	BAD("carried-done-after", OPEN, before()->done_at = VECTORS_AT + 3, HEADER_MALFORMED);
}

#define BYTES(name, change, reason)                                       \
	do {                                                              \
		struct lt_header header = vectors_header(LT_KIND_REFUSE); \
		vectors_encode(&header, &bytes);                          \
		change;                                                   \
		begin(name, #reason, lt_buf_bytes(&bytes));               \
		vectors_end();                                            \
	} while (0)

/* A type and one number; the walk is over all before the rules look at one. */
static void with_type(struct lt_buf *out, uint32_t field, uint64_t value)
{
	lt_buf_clear(out);
	wire_text(out, 1, LT_HEADER_TYPE);
	wire_number(out, field, value);
}

static void raw(struct lt_buf *out, const char *field, size_t len)
{
	lt_buf_clear(out);
	wire_text(out, 1, LT_HEADER_TYPE);
	VECTORS_NEED(!lt_buf_append(out, field, len));
}

static void bad_bytes(void)
{
	struct lt_buf bytes = { 0 };
	BYTES("bytes-none", lt_buf_clear(&bytes), HEADER_TYPE_UNKNOWN);
	BYTES("bytes-cut", bytes.len--, HEADER_MALFORMED);
	BYTES("bytes-nul-behind", VECTORS_NEED(!lt_buf_append(&bytes, "\0", 1)), HEADER_MALFORMED);
	BYTES("bytes-garbage", memset(bytes.data, 0xff, bytes.len), HEADER_MALFORMED);
	BYTES("bytes-large",
	      (VECTORS_NEED(!lt_buf_reserve(&bytes, 20000)), memset(bytes.data + bytes.len, 0, 20000),
	       bytes.len = 16385),
	      HEADER_TOO_LARGE);
	BYTES("field-99", wire_number(&bytes, 99, 1), FIELD_UNKNOWN);
	BYTES("actor-again", wire_text(&bytes, 24, ""), FIELD_REPEATED);
	BYTES("actor-cut", (lt_buf_clear(&bytes), wire_text(&bytes, 1, LT_HEADER_TYPE), wire_text(&bytes, 24, "\x22")),
	      HEADER_MALFORMED);
	BYTES("sender-again", wire_text(&bytes, 5, "H37.24"), FIELD_REPEATED);
	BYTES("sent-at-again", wire_number(&bytes, 10, 5), FIELD_REPEATED);
	BYTES("body", wire_blob(&bytes, 17, "12345678901234567890123456789012", 32), FIELD_NOT_ALLOWED);
	BYTES("branch-as-text", (lt_buf_clear(&bytes), wire_text(&bytes, 1, LT_HEADER_TYPE), wire_text(&bytes, 8, "1")),
	      HEADER_MALFORMED);
	BYTES("kind-of-33-bits", with_type(&bytes, 4, (UINT64_C(1) << 32) + 2), HEADER_MALFORMED);
	BYTES("kind-negative", with_type(&bytes, 4, UINT64_MAX), KIND_NOT_SUPPORTED);
	BYTES("branch-of-33-bits", with_type(&bytes, 8, (UINT64_C(1) << 32) + 1), HEADER_MALFORMED);
	BYTES("sent-at-of-65-bits", raw(&bytes, "\x50\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11), HEADER_MALFORMED);
	BYTES("sent-at-of-11-bytes", raw(&bytes, "\x50\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12),
	      HEADER_MALFORMED);
	BYTES("zero-in-long-form", VECTORS_NEED(!lt_buf_append(&bytes, "\xc8\x01\x80\x00", 4)), OK);
	BYTES("type-v2", (lt_buf_clear(&bytes), wire_text(&bytes, 1, "lienthong.header.v2")), HEADER_TYPE_UNKNOWN);
	BYTES("type-second",
	      (lt_buf_clear(&bytes), wire_text(&bytes, 2, VECTORS_DOMAIN), wire_text(&bytes, 1, LT_HEADER_TYPE)),
	      HEADER_TYPE_UNKNOWN);
	BYTES("text-latin-1",
	      (bytes.data[(size_t)((uint8_t *)memmem(bytes.data, bytes.len, "Thi", 3) - bytes.data)] = 0xe9),
	      TEXT_NOT_UTF8);
	BYTES("text-nul", (bytes.data[(size_t)((uint8_t *)memmem(bytes.data, bytes.len, "Thi", 3) - bytes.data)] = 0),
	      TEXT_HAS_NUL);
	lt_buf_fini(&bytes);
}

static void with_parts(const char *name, const char *expect, const struct lt_header *header, size_t sent)
{
	struct lt_buf bytes = { 0 };
	char part_name[2][80];
	const char *names[2] = { part_name[0], part_name[1] };
	vectors_encode(header, &bytes);
	begin(name, expect, lt_buf_bytes(&bytes));
	for (size_t i = 0; i < sent; i++) {
		snprintf(part_name[i], sizeof part_name[i], "header/part-%zu.bin", i);
		vectors_write(vectors_part(i), "%s", part_name[i]);
	}
	vectors_list("parts", names, sent);
	vectors_end();
	lt_buf_fini(&bytes);
}

static void parts(void)
{
	struct lt_header header = vectors_header(LT_KIND_OPEN);
	with_parts("parts-good", "OK", &header, 2);
	with_parts("parts-one-missing", "PART_COUNT_WRONG", &header, 1);
	header.parts[1].size++;
	with_parts("parts-size", "PART_SIZE_WRONG", &header, 2);
	header = vectors_header(LT_KIND_OPEN);
	header.parts[1].sha256[31] ^= 1;
	with_parts("parts-digest", "PART_DIGEST_WRONG", &header, 2);
}

void vectors_headers(void)
{
	good_ones();
	bad_parties();
	bad_fields();
	vectors_bad_texts();
	bad_single_kinds();
	bad_more();
	bad_bytes();
	parts();
}
