/* codec_scan.c: the strict walk of wire bytes against a descriptor, then protobuf-c for what passed. */
#include "codec_scan.h"

#include <string.h>

#include "codec.h"
#include "control.pb-c.h"
#include "directory.pb-c.h"
#include "envelope.pb-c.h"
#include "link.pb-c.h"
#include "log.h"
#include "record.pb-c.h"
#include <lienthong/directory.h>

#define LIST_DEFAULT 64u   /* entries of a list without a row below */
#define LIST_LARGE 10000u  /* lists that the operator reads: as many as there may be agencies */
#define LIST_RECORDS 1024u /* records of one JOURNAL answer */
#define LIST_COMMAND 4096u /* entries of one internal command */
#define LIST_MAIL 256u     /* mailboxes that one act reaches: 64 recipients, and holders, leads and origins */
#define LIST_NOTICES 256u  /* headers under one batch signature */
#define LIST_DAYS 366u     /* days of a year */
#define LIST_SPLIT 1024u   /* values of the field that splits an agency: a province has fewer communes */
#define BATCH_PATH_MAX 8u  /* a tree of 256 leaves */

/* The limits of repeated fields, with their minimum. Source: SPEC.md, "Limits". */
struct list_limit {
	const ProtobufCMessageDescriptor *message;
	uint32_t field, min, max;
};
static const struct list_limit list_limits[] = {
	{ &lienthong__v1__envelope__descriptor, 3, 0, LT_PARTS_MAX },
	{ &lienthong__v1__header__descriptor, 6, 0, LT_TO_MAX },
	{ &lienthong__v1__header__descriptor, 16, 0, LT_PARTS_MAX },
	{ &lienthong__v1__header__descriptor, 19, 0, LT_ITEMS_MAX },
	{ &lienthong__v1__header__descriptor, 23, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__batch_signature__descriptor, 4, 0, BATCH_PATH_MAX },
	{ &lienthong__v1__submit__descriptor, 1, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__answers__descriptor, 1, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__deliver__descriptor, 2, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__hello__descriptor, 4, 1, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__proof__descriptor, 1, 1, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__welcome__descriptor, 9, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__hop__descriptor, 5, 0, LT_TO_MAX },
	{ &lienthong__v1__leg_view__descriptor, 14, 0, LT_TO_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 8, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 9, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 12, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 13, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__consult_view__descriptor, 6, 0, LT_TO_MAX },
	{ &lienthong__v1__ack_command__descriptor, 1, 0, LIST_COMMAND },
	{ &lienthong__v1__elide_command__descriptor, 1, 0, LIST_COMMAND },
	{ &lienthong__v1__session_command__descriptor, 3, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__outcome__descriptor, 7, 0, LIST_MAIL },
	{ &lienthong__v1__outcome__descriptor, 9, 0, LIST_MAIL },
	{ &lienthong__v1__notices_command__descriptor, 1, 1, LIST_NOTICES },
	{ &lienthong__v1__calendar_year__descriptor, 4, 0, LIST_DAYS },
	{ &lienthong__v1__agency__descriptor, 13, 0, LIST_SPLIT },
	{ &lienthong__v1__directory__descriptor, 5, 0, LT_AGENCIES_MAX },
	{ &lienthong__v1__session_view__descriptor, 6, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__status_answer__descriptor, 17, 0, LIST_LARGE },
	{ &lienthong__v1__status_answer__descriptor, 19, 0, LIST_LARGE },
	{ &lienthong__v1__agency_list_answer__descriptor, 2, 0, LT_AGENCIES_MAX },
	{ &lienthong__v1__mailbox_list_answer__descriptor, 1, 0, LT_AGENCIES_MAX },
	{ &lienthong__v1__procedure_list_answer__descriptor, 1, 0, LIST_LARGE },
	{ &lienthong__v1__reorganisation_page__descriptor, 3, 0, LT_REORGANISATION_VALUES },
	{ &lienthong__v1__record_answer__descriptor, 2, 0, LT_PARTS_MAX },
	{ &lienthong__v1__journal_answer__descriptor, 2, 0, LIST_RECORDS },
};

static void limit_find(const ProtobufCMessageDescriptor *message, uint32_t field, size_t *min, size_t *max)
{
	*min = 0;
	*max = LIST_DEFAULT;
	for (size_t i = 0; i < sizeof(list_limits) / sizeof(list_limits[0]); i++) {
		if (list_limits[i].message == message && list_limits[i].field == field) {
			*min = list_limits[i].min;
			*max = list_limits[i].max;
			return;
		}
	}
}

/* ---- the wire ---- */

static void skip(struct lt_bytes *rest, size_t count)
{
	rest->data += count;
	rest->len -= count;
}

bool codec_next_varint(struct lt_bytes *rest, uint64_t *out)
{
	uint64_t value = 0;
	for (size_t i = 0; i < 10 && i < rest->len; i++) {
		uint8_t byte = rest->data[i];
		if (i == 9 && byte > 1) /* the tenth byte has room for one bit */
			return false;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			skip(rest, i + 1);
			*out = value;
			return true;
		}
	}
	return false;
}

static bool next_fixed(struct lt_bytes *rest, size_t size, uint64_t *out)
{
	if (rest->len < size)
		return false;
	*out = 0;
	for (size_t i = 0; i < size; i++)
		*out |= (uint64_t)rest->data[i] << (8 * i);
	skip(rest, size);
	return true;
}

bool codec_next(struct lt_bytes *rest, struct codec_wire *out)
{
	uint64_t tag, length;
	if (!codec_next_varint(rest, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
		return false;
	out->id = (uint32_t)(tag >> 3);
	out->type = (uint8_t)(tag & 7);
	out->number = 0;
	out->bytes = lt_bytes(NULL, 0);
	switch (out->type) {
	case 0:
		return codec_next_varint(rest, &out->number);
	case 1:
		return next_fixed(rest, 8, &out->number);
	case 5:
		return next_fixed(rest, 4, &out->number);
	case 2:
		if (!codec_next_varint(rest, &length) || length > rest->len)
			return false;
		out->bytes = lt_bytes(rest->data, (size_t)length);
		skip(rest, (size_t)length);
		return true;
	default: /* groups, and numbers that mean nothing */
		return false;
	}
}

/* ---- the walk ---- */

struct walk {
	const ProtobufCMessageDescriptor *message;
	struct lt_refusal *refusal;
	unsigned depth;
	uint32_t seen; /* bit i: message->fields[i] */
	size_t counts[CODEC_FIELDS_MAX];
};

static enum lt_reason scan_message(const ProtobufCMessageDescriptor *message, struct lt_bytes bytes, unsigned depth,
				   struct lt_refusal *refusal);

static enum lt_reason refuse_field(const struct walk *walk, const ProtobufCFieldDescriptor *field,
				   enum lt_reason reason, const char *what)
{
	return lt_refuse(walk->refusal, reason, "%s.%s: %s", walk->message->short_name, field->name, what);
}

static uint8_t wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 1;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return 2;
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return 5;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
	default:
		return 0;
	}
}

/* protobuf-c would cut a number that is too large for its field, so that two texts would mean the same. */
static bool number_fits(ProtobufCType type, uint64_t number)
{
	if (type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_SINT32)
		return number <= UINT32_MAX;
	if (type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_ENUM)
		return number <= INT32_MAX || number >= (uint64_t)INT32_MIN;
	if (type == PROTOBUF_C_TYPE_BOOL)
		return number <= 1;
	return true;
}

static enum lt_reason scan_packed(struct walk *walk, const ProtobufCFieldDescriptor *field, struct lt_bytes bytes,
				  size_t *count)
{
	uint8_t type = wire_type_of(field->type);
	uint64_t number;
	while (bytes.len > 0) {
		bool read =
			type == 0 ? codec_next_varint(&bytes, &number) : next_fixed(&bytes, type == 1 ? 8 : 4, &number);
		if (!read || !number_fits(field->type, number))
			return refuse_field(walk, field, LT_FRAME_MALFORMED, "a number is cut off or too large");
		++*count;
	}
	return LT_REASON_NONE;
}

static enum lt_reason scan_text(const struct walk *walk, const ProtobufCFieldDescriptor *field, struct lt_bytes bytes)
{
	if (bytes.len == 0 || lt_text_valid((const char *)bytes.data, bytes.len))
		return LT_REASON_NONE;
	if (memchr(bytes.data, 0, bytes.len))
		return refuse_field(walk, field, LT_TEXT_HAS_NUL, "holds a NUL byte");
	return refuse_field(walk, field, LT_TEXT_NOT_UTF8, "is not UTF-8");
}

/* A field that may stand once stands once; of a oneof one member may stand (they share their quantifier). */
static enum lt_reason note_singular(struct walk *walk, const ProtobufCFieldDescriptor *field, unsigned index)
{
	if (walk->seen & (UINT32_C(1) << index))
		return refuse_field(walk, field, LT_FIELD_REPEATED, "stands twice");
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		for (unsigned i = 0; i < walk->message->n_fields; i++) {
			const ProtobufCFieldDescriptor *other = &walk->message->fields[i];
			if ((walk->seen & (UINT32_C(1) << i)) && (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
			    other->quantifier_offset == field->quantifier_offset)
				return refuse_field(walk, field, LT_FIELD_REPEATED, "stands beside its alternative");
		}
	}
	walk->seen |= UINT32_C(1) << index;
	return LT_REASON_NONE;
}

static enum lt_reason scan_field(struct walk *walk, const struct codec_wire *wire)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(walk->message, wire->id);
	if (!field)
		return lt_refuse(walk->refusal, LT_FIELD_UNKNOWN, "%s: field %u", walk->message->short_name, wire->id);
	unsigned index = (unsigned)(field - walk->message->fields);
	uint8_t type = wire_type_of(field->type);
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		if (type != 2 && wire->type == 2)
			return scan_packed(walk, field, wire->bytes, &walk->counts[index]);
		walk->counts[index]++;
	} else {
		enum lt_reason reason = note_singular(walk, field, index);
		if (reason)
			return reason;
	}
	if (wire->type != type)
		return refuse_field(walk, field, LT_FRAME_MALFORMED, "has the wrong wire type");
	if (!number_fits(field->type, wire->number))
		return refuse_field(walk, field, LT_FRAME_MALFORMED, "is too large a number");
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return scan_text(walk, field, wire->bytes);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return scan_message(field->descriptor, wire->bytes, walk->depth + 1, walk->refusal);
	return LT_REASON_NONE;
}

static enum lt_reason check_counts(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &walk->message->fields[i];
		size_t min, max;
		if (field->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		limit_find(walk->message, field->id, &min, &max);
		if (walk->counts[i] < min || walk->counts[i] > max)
			return lt_refuse(walk->refusal, LT_COUNT_EXCEEDED, "%s.%s: %zu entries, allowed are %zu to %zu",
					 walk->message->short_name, field->name, walk->counts[i], min, max);
	}
	return LT_REASON_NONE;
}

static enum lt_reason scan_message(const ProtobufCMessageDescriptor *message, struct lt_bytes bytes, unsigned depth,
				   struct lt_refusal *refusal)
{
	struct walk walk = { .message = message, .refusal = refusal, .depth = depth };
	LT_ASSERT(message->n_fields <= CODEC_FIELDS_MAX);
	if (depth > CODEC_DEPTH_MAX)
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "%s: nested too deep", message->short_name);
	while (bytes.len > 0) {
		struct codec_wire wire;
		if (!codec_next(&bytes, &wire))
			return lt_refuse(refusal, LT_FRAME_MALFORMED, "%s: a field is cut off or has no known form",
					 message->short_name);
		enum lt_reason reason = scan_field(&walk, &wire);
		if (reason)
			return reason;
	}
	return check_counts(&walk);
}

enum lt_reason codec_scan(const ProtobufCMessageDescriptor *descriptor, struct lt_bytes bytes,
			  struct lt_refusal *refusal)
{
	return scan_message(descriptor, bytes, 1, refusal);
}

/* ---- protobuf-c ---- */

static void *arena_alloc(void *arena, size_t size)
{
	return lt_arena_alloc(arena, size);
}

static void arena_free(void *arena, void *memory)
{
	(void)arena;
	(void)memory; /* goes with the arena's reset */
}

enum lt_reason codec_unpack(const ProtobufCMessageDescriptor *descriptor, struct lt_bytes bytes, struct lt_arena *arena,
			    void **out, struct lt_refusal *refusal)
{
	static const uint8_t none[1];
	ProtobufCAllocator allocator = { .alloc = arena_alloc, .free = arena_free, .allocator_data = arena };
	enum lt_reason reason = codec_scan(descriptor, bytes, refusal);
	if (reason)
		return reason;
	void *message = protobuf_c_message_unpack(descriptor, &allocator, bytes.len, bytes.data ? bytes.data : none);
	if (!message)
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "%s: needs more memory than it may have",
				 descriptor->short_name);
	*out = message;
	return LT_REASON_NONE;
}

enum lt_err codec_pack(const ProtobufCMessage *message, struct lt_buf *out)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	enum lt_err err = lt_buf_reserve(out, size);
	if (err)
		return err;
	if (size > 0) {
		size_t packed = protobuf_c_message_pack(message, out->data + out->len);
		LT_ASSERT(packed == size);
	}
	out->len += size;
	return LT_OK;
}
