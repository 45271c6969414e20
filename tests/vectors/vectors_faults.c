/* vectors_faults.c: headers with two faults each, for the order of the rules: of any two that can stand together the first one in the
 * order of SPEC.md is the reason. The list below is in that order; a pair is made for each two rows of other fields that the kind
 * allows. They go to a file of their own, since there are many. */
#include "vectors.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

#include "wire.h"
#include "wire/kind.h"

/* One header on its way, and what comes with it. */
struct subject {
	struct lt_header header;
	struct lt_recipient to[2];
	struct lt_part_info part;
	struct lt_buf behind; /* bytes after the encoded fields */
	bool other_type, lose_part, change_part;
};

static const char part_bytes[] = "Tờ khai\n";
static char texts[4][1100];

static const char *letters(size_t place, size_t count)
{
	memset(texts[place], 'a', count);
	texts[place][count] = 0;
	return texts[place];
}

/* The rows, in SPEC.md's order. `field` is what two rows must not share; `when` says which kinds can have the fault: ANY, or a field that
 * the kind requires (NEEDS), has (HAS) or has not (LACKS). */
enum when { ANY, NEEDS, HAS, LACKS };
#define FAULTS(F)                                                                                                      \
	F(unknown_field, 100, ANY, branch, FIELD_UNKNOWN, wire_number(&s->behind, 99, 1))                              \
	F(domain_again, 101, ANY, branch, FIELD_REPEATED, wire_text(&s->behind, 2, "x"))                               \
	F(text_latin, 102, ANY, branch, TEXT_NOT_UTF8, wire_text(&s->behind, 26, "\xe9"))                              \
	F(number_large, 104, ANY, branch, HEADER_MALFORMED, large_number(&s->behind))                                  \
	F(type_other, 1, ANY, branch, HEADER_TYPE_UNKNOWN, s->other_type = true)                                       \
	F(kind_99, 4, ANY, branch, KIND_NOT_SUPPORTED, s->header.kind = (enum lt_kind)99)                              \
	F(domain_capital, 2, ANY, branch, HEADER_MALFORMED, s->header.domain = "Lienthong.example.vn")                 \
	F(id_version_4, 3, ANY, branch, ID_INVALID, s->header.id[6] = 0x40)                                            \
	F(sender_none, 5, ANY, branch, AGENCY_CODE_INVALID, s->header.sender[0] = 0)                                   \
	F(to_no_code, 6, ANY, branch, RECIPIENTS_INVALID, strcpy(s->to[0].agency, "h37"))                              \
	F(dossier_none, 7, LACKS, digest, DOSSIER_CODE_INVALID, s->header.dossier[0] = 0)                              \
	F(branch_none, 8, NEEDS, branch, FIELD_REQUIRED, s->header.branch = 0)                                         \
	F(branch_too, 8, LACKS, branch, FIELD_NOT_ALLOWED, s->header.branch = 1)                                       \
	F(version_none, 9, NEEDS, branch, FIELD_REQUIRED, s->header.branch_version = 0)                                \
	F(sent_at_none, 10, ANY, branch, FIELD_REQUIRED, s->header.sent_at = 0)                                        \
	F(procedure_form, 11, NEEDS, procedure, PROCEDURE_CODE_INVALID, strcpy(s->header.procedure, "1.01"))           \
	F(procedure_too, 11, LACKS, procedure, FIELD_NOT_ALLOWED, strcpy(s->header.procedure, "1.010828"))             \
	F(reply_no_id, 13, NEEDS, in_reply_to, ID_INVALID, s->header.in_reply_to[6] = 0x40)                            \
	F(reply_too, 13, LACKS, in_reply_to, FIELD_NOT_ALLOWED, s->header.has_reply = true)                            \
	F(reason_none, 14, NEEDS, reason, REASON_REQUIRED, s->header.reason = "")                                      \
	F(reason_too, 14, LACKS, reason, FIELD_NOT_ALLOWED, s->header.reason = "vì")                                   \
	F(subject_long, 15, ANY, branch, TEXT_TOO_LONG, s->header.subject = letters(0, 251))                           \
	F(part_name, 16, ANY, branch, PART_NAME_INVALID, s->part.name = "..")                                          \
	F(body, 17, ANY, branch, FIELD_NOT_ALLOWED, wire_blob(&s->behind, 17, "12345678901234567890123456789012", 32)) \
	F(due_negative, 18, NEEDS, due_at, HEADER_MALFORMED, s->header.due_at = -1)                                    \
	F(due_too, 18, LACKS, due_at, FIELD_NOT_ALLOWED, s->header.due_at = VECTORS_AT)                                \
	F(items_none, 19, NEEDS, items, FIELD_REQUIRED, s->header.item_count = 0)                                      \
	F(items_too, 19, LACKS, items, FIELD_NOT_ALLOWED, s->header.item_count = 1)                                    \
	F(amount_none, 20, NEEDS, amount, FIELD_REQUIRED, s->header.amount = 0)                                        \
	F(amount_too, 20, LACKS, amount, FIELD_NOT_ALLOWED, s->header.amount = 1)                                      \
	F(agree_4, 21, NEEDS, agree, HEADER_MALFORMED, s->header.agree = (enum lt_agreement)4)                         \
	F(trace_3, 22, NEEDS, trace, HEADER_MALFORMED, s->header.trace = 3)                                            \
	F(trace_too, 22, LACKS, trace, FIELD_NOT_ALLOWED, s->header.trace = 4)                                         \
	F(field_name, 23, HAS, fields, HEADER_MALFORMED, s->header.fields = &bad_field)                                \
	F(actor_empty, 24, ANY, branch, FIELD_REQUIRED, s->header.actor = &nobody)                                     \
	F(channel_4, 25, HAS, channel, HEADER_MALFORMED, s->header.channel = (enum lt_channel)4)                       \
	F(channel_too, 25, LACKS, channel, FIELD_NOT_ALLOWED, s->header.channel = LT_CHANNEL_POST)                     \
	F(foreign_long, 27, HAS, foreign_codes, TEXT_TOO_LONG, s->header.foreign_codes = long_code())                  \
	F(ground_form, 32, HAS, ground, HEADER_MALFORMED, s->header.ground = "A")                                      \
	F(late_without_code, 33, HAS, late_reason, FIELD_REQUIRED, s->header.late_reason = &no_code)                   \
	F(received_too, 34, LACKS, received, FIELD_NOT_ALLOWED, s->header.received = true)                             \
	F(digest_too, 36, LACKS, digest, FIELD_NOT_ALLOWED, s->header.digest = &week)                                  \
	F(part_missing, 16, ANY, branch, PART_COUNT_WRONG, s->lose_part = true)                                        \
	F(part_changed, 103, ANY, branch, PART_DIGEST_WRONG, s->change_part = true)                                    \
	F(sender_other, 5, ANY, branch, SENDER_NOT_SESSION, strcpy(s->header.sender, "H37.11"))                        \
	F(domain_other, 2, ANY, branch, DOMAIN_WRONG, s->header.domain = "another.example.vn")                         \
	F(id_old, 3, ANY, branch, ID_TOO_OLD, set_id(&s->header, VECTORS_AT - 401 * 86400000000ll))

static struct lt_field bad_field = { "Huyen", "" };
static struct lt_actor nobody;
static struct lt_digest week = { .from = 1, .until = 2 };
static struct lt_late_reason no_code = { "", "vì" };

/* manner, of 32 bits, as 2^32 + 1. */
static void large_number(struct lt_buf *out)
{
	struct lt_buf child = { 0 };
	wire_number(&child, 1, (UINT64_C(1) << 32) + 1);
	wire_nest(out, 31, &child);
	lt_buf_fini(&child);
}

static const char **long_code(void)
{
	static const char *codes[1];
	codes[0] = letters(1, 101);
	return codes;
}

static void set_id(struct lt_header *header, int64_t at)
{
	static const uint8_t bits[8] = { 0x7a, 0xb3, 0x11, 0x4e, 0x8a, 0x4a, 0x5d, 0x21 };
	lt_uuid_make(at, bits, header->id);
}

#define F(name, field, when, of, reason, change)   \
	static void make_##name(struct subject *s) \
	{                                          \
		(void)s;                           \
		change;                            \
	}
FAULTS(F)
#undef F

struct fault {
	const char *name, *reason;
	unsigned field;
	enum when when;
	size_t of; /* place in struct kind */
	void (*make)(struct subject *s);
};
static const struct fault faults[] = {
#define F(name_, field_, when_, of_, reason_, change) \
	{ #name_, #reason_, field_, when_, offsetof(struct kind, of_), make_##name_ },
	FAULTS(F)
#undef F
};
enum { COUNT = sizeof(faults) / sizeof(faults[0]) };

static bool possible(const struct fault *fault, const struct kind *kind)
{
	const enum kind_presence *rule = (const enum kind_presence *)(const void *)((const char *)kind + fault->of);
	switch (fault->when) {
	case ANY:
		return true;
	case NEEDS:
		return *rule == KIND_REQUIRED;
	case HAS:
		return *rule == KIND_REQUIRED || *rule == KIND_OPTIONAL;
	case LACKS:
		return *rule == KIND_ABSENT;
	}
	return false;
}

/* A small good header: one recipient, one part, no more than the kind needs. */
static void begin(struct subject *s, enum lt_kind kind)
{
	struct lt_header good = vectors_header(kind);
	static const char *items[] = { "Đơn" };
	memset(s, 0, sizeof *s);
	s->header = good;
	s->to[0] = good.to[0];
	s->to[0].leg[0] = 0;
	s->part = (struct lt_part_info){ .name = "a.txt", .media_type = "text/plain", .size = sizeof part_bytes - 1 };
	lt_sha256(lt_bytes(part_bytes, sizeof part_bytes - 1), s->part.sha256);
	s->header.to = s->to;
	s->header.to_count = 1;
	s->header.parts = &s->part;
	s->header.part_count = 1;
	s->header.subject = "";
	s->header.items = items;
	s->header.item_count = good.item_count > 0;
	s->header.field_count = good.field_count > 0;
	s->header.foreign_count = good.foreign_count > 0;
	s->header.actor = NULL;
	set_id(&s->header, VECTORS_AT);
}

static void put(FILE *out, const struct fault *a, const struct fault *b, enum lt_kind kind)
{
	struct subject s;
	struct lt_buf bytes = { 0 };
	begin(&s, kind);
	b->make(&s);
	a->make(&s); /* the walk meets what stands first: of two faults behind the fields the first comes first */
	if (a->field >= 100 && b->field >= 100 && s.behind.len > 0) {
		lt_buf_clear(&s.behind);
		a->make(&s);
		b->make(&s);
	}
	vectors_encode(&s.header, &bytes);
	if (s.other_type)
		bytes.data[2 + strlen(LT_HEADER_TYPE) - 1] = '2';
	VECTORS_NEED(lt_buf_append(&bytes, s.behind.data, s.behind.len) == LT_OK);
	fprintf(out, "{\"name\": \"%s-%s-%s\", \"expect\": \"%s\", \"header\": \"", lt_kind_name(kind), a->name,
		b->name, a->reason);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(out, "%02x", bytes.data[i]);
	fprintf(out, "\", \"parts\": [");
	if (!s.lose_part) {
		fputc('"', out);
		for (size_t i = 0; i + 1 < sizeof part_bytes; i++)
			fprintf(out, "%02x", (unsigned)(uint8_t)part_bytes[i] ^ (s.change_part && i == 0 ? 1u : 0u));
		fputc('"', out);
	}
	fprintf(out, "]}");
	lt_buf_fini(&s.behind);
	lt_buf_fini(&bytes);
}

void vectors_faults(FILE *out)
{
	static const enum lt_kind kinds[] = { LT_KIND_OPEN,    LT_KIND_REQUEST_SUPPLEMENT,
					      LT_KIND_OPINION, LT_KIND_FEE_PAID,
					      LT_KIND_STATUS,  LT_KIND_APOLOGY };
	bool pairs[COUNT][COUNT] = { { false } };
	const char *separator = "";
	fprintf(out, "{\"domain\": \"%s\", \"agencies\": [\"H37.24\"], \"at\": %lld,\n\"cases\": [", VECTORS_DOMAIN,
		VECTORS_AT);
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		const struct kind *kind = kind_find((int)kinds[k]);
		for (size_t i = 0; i < COUNT; i++) {
			for (size_t j = i + 1; j < COUNT; j++) {
				/* Each pair once, by the first kind that can have it. */
				if (pairs[i][j] || faults[i].field == faults[j].field || !possible(&faults[i], kind) ||
				    !possible(&faults[j], kind))
					continue;
				pairs[i][j] = true;
				fprintf(out, "%s\n", separator);
				put(out, &faults[i], &faults[j], kinds[k]);
				separator = ",";
			}
		}
	}
	fprintf(out, "\n]}\n");
}
