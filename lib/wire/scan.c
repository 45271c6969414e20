/* scan.c: the strict walk of wire bytes against a descriptor.
 *
 * Before anything is allocated: unknown fields, a field twice, a wrong form, numbers too large for their field, texts
 * that are not UTF-8, lists over their limits, messages nested too deep. What passes here has one meaning, and every
 * reader in every language that walks the same way sees the same. protobuf-c itself would take all of these. */
#include "scan.h"

#include <string.h>

#include "frame_roots.h"
#include "link.h"
#include "directory.pb-c.h"
#include "envelope.pb-c.h"
#include "link.pb-c.h"
#include <lienthong/code.h>
#include <lienthong/ledger.h>

#define LIST_DEFAULT 64u /* entries of a list without a row below */
#define LIST_DAYS 366u   /* days of a year */
#define LIST_COMMUNES \
	1024u /* values of the field that splits an agency, and whom one receives for: a province has fewer communes */
#define BATCH_PATH_MAX 8u /* a tree of 256 leaves */

/* The limits of repeated fields of the link, the header and the directory; those with a minimum first. Source: SPEC.md, "Limits". */
static const struct codec_limit limits[] = {
	{ &lienthong__v1__submit__descriptor, 1, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__answers__descriptor, 1, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__deliver__descriptor, 2, 1, LT_LINK_BATCH_MAX },
	{ &lienthong__v1__hello__descriptor, 4, 1, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__proof__descriptor, 1, 1, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__envelope__descriptor, 3, 0, LT_PARTS_MAX },
	{ &lienthong__v1__header__descriptor, 6, 0, LT_TO_MAX },
	{ &lienthong__v1__header__descriptor, 16, 0, LT_PARTS_MAX },
	{ &lienthong__v1__header__descriptor, 19, 0, LT_ITEMS_MAX },
	{ &lienthong__v1__header__descriptor, 23, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__header__descriptor, 27, 0, LT_FOREIGN_CODES_MAX },
	{ &lienthong__v1__header__descriptor, 29, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__header__descriptor, 30, 0, LT_RESULTS_MAX },
	{ &lienthong__v1__digest__descriptor, 9, 0, LT_TALLIES_MAX },
	{ &lienthong__v1__batch_signature__descriptor, 4, 0, BATCH_PATH_MAX },
	{ &lienthong__v1__sentence__descriptor, 2, 0, LT_PARAMETERS_MAX },
	{ &lienthong__v1__submit__descriptor, 2, 0, FRAME_ROOTS_MAX },
	{ &lienthong__v1__deliver__descriptor, 3, 0, FRAME_ROOTS_MAX },
	{ &lienthong__v1__welcome__descriptor, 9, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__bye__descriptor, 3, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__agency_welcome__descriptor, 4, 0, LT_LINK_EXCEPTED_MAX },
	{ &lienthong__v1__received__descriptor, 3, 0, LT_LINK_EXCEPT_MAX },
	{ &lienthong__v1__query__descriptor, 6, 0, LT_LEDGER_PROOFS_MAX },
	{ &lienthong__v1__ledger_view__descriptor, 2, 0, LT_LEDGER_PROOFS_MAX },
	{ &lienthong__v1__query_answer__descriptor, 8, 0, LT_LINK_PROCEDURES_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 16, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 17, 0,
	  LT_STAYS_MAX + 2 * LT_HOPS_MAX }, /* a branch has at most two open */
	{ &lienthong__v1__stay__descriptor, 25, 0, LT_STAY_PARTS_MAX },
	{ &lienthong__v1__hop__descriptor, 5, 0, LT_TO_MAX },
	{ &lienthong__v1__hop__descriptor, 20, 0, LT_FOREIGN_CODES_MAX },
	{ &lienthong__v1__branch_view__descriptor, 14, 0, LT_TO_MAX },
	{ &lienthong__v1__branch_view__descriptor, 30, 0, LT_TO_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 8, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 9, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 12, 0, LT_HOPS_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 13, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__consult_view__descriptor, 6, 0, LT_TO_MAX },
	{ &lienthong__v1__dossier_view__descriptor, 31, 0, LT_OWED_MAX },
	{ &lienthong__v1__dossiers_answer__descriptor, 1, 0, LT_DOSSIERS_ROWS },
	{ &lienthong__v1__dossier_view__descriptor, 32, 0, LT_HOPS_MAX },
	{ &lienthong__v1__calendar_year__descriptor, 4, 0, LIST_DAYS },
	{ &lienthong__v1__agency__descriptor, 13, 0, LIST_COMMUNES },
	{ &lienthong__v1__agency__descriptor, 16, 0, LIST_COMMUNES },
	{ &lienthong__v1__directory__descriptor, 5, 0, LT_AGENCIES_MAX },
	{ NULL, 0, 0, 0 },
};

static const struct codec_limit *limit_in(const struct codec_limit *list, const ProtobufCMessageDescriptor *message,
					  uint32_t field)
{
	while (list && list->message && (list->message != message || list->field != field))
		list++;
	return list && list->message ? list : NULL;
}

/* Those come first. */
static bool has_minimum(const struct codec_limit *list, const ProtobufCMessageDescriptor *message)
{
	while (list && list->min > 0 && list->message != message)
		list++;
	return list && list->min > 0;
}

static void limit_find(const struct codec_limit *more, const ProtobufCMessageDescriptor *message, uint32_t field,
		       size_t *min, size_t *max)
{
	const struct codec_limit *found = limit_in(limits, message, field);
	if (!found)
		found = limit_in(more, message, field);
	*min = found ? found->min : 0;
	*max = found ? found->max : LIST_DEFAULT;
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
	if (rest->len > 0 && rest->data[0] < 0x80) { /* nearly all are: tags, lengths, small numbers */
		*out = rest->data[0];
		skip(rest, 1);
		return true;
	}
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

struct message_walk {
	const ProtobufCMessageDescriptor *message;
	const struct codec_limit *limits;
	struct lt_refusal *refusal;
	unsigned depth;
	uint64_t seen; /* bit i: message->fields[i] */
	bool several;  /* some list has more than one entry */
	size_t counts[CODEC_FIELDS_MAX];
};

static enum lt_reason scan_message(const ProtobufCMessageDescriptor *message, const struct codec_limit *more,
				   struct lt_bytes bytes, unsigned depth, struct lt_refusal *refusal);

static enum lt_reason refuse_field(const struct message_walk *walk, const ProtobufCFieldDescriptor *field,
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

static enum lt_reason scan_packed(struct message_walk *walk, const ProtobufCFieldDescriptor *field,
				  struct lt_bytes bytes, size_t *count)
{
	uint8_t type = wire_type_of(field->type);
	uint64_t number;
	while (bytes.len > 0) {
		bool read =
			type == 0 ? codec_next_varint(&bytes, &number) : next_fixed(&bytes, type == 1 ? 8 : 4, &number);
		if (!read || !number_fits(field->type, number))
			return refuse_field(walk, field, LT_FRAME_MALFORMED, "a number is cut off or too large");
		walk->several |= ++*count > 1;
	}
	return LT_REASON_NONE;
}

static enum lt_reason scan_text(const struct message_walk *walk, const ProtobufCFieldDescriptor *field,
				struct lt_bytes bytes)
{
	if (bytes.len == 0 || lt_text_valid((const char *)bytes.data, bytes.len))
		return LT_REASON_NONE;
	if (memchr(bytes.data, 0, bytes.len))
		return refuse_field(walk, field, LT_TEXT_HAS_NUL, "holds a NUL byte");
	return refuse_field(walk, field, LT_TEXT_NOT_UTF8, "is not UTF-8");
}

/* A field that may stand once stands once; of a oneof one member may stand (they share their quantifier). */
static enum lt_reason note_singular(struct message_walk *walk, const ProtobufCFieldDescriptor *field, unsigned index)
{
	if (walk->seen & (UINT64_C(1) << index))
		return refuse_field(walk, field, LT_FIELD_REPEATED, "stands twice");
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		for (unsigned i = 0; i < walk->message->n_fields; i++) {
			const ProtobufCFieldDescriptor *other = &walk->message->fields[i];
			if ((walk->seen & (UINT64_C(1) << i)) && (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
			    other->quantifier_offset == field->quantifier_offset)
				return refuse_field(walk, field, LT_FIELD_REPEATED, "stands beside its alternative");
		}
	}
	walk->seen |= UINT64_C(1) << index;
	return LT_REASON_NONE;
}

/* Most messages number their fields from 1 without gaps; others are searched. */
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message, uint32_t id)
{
	if (id <= message->n_fields && message->fields[id - 1].id == id)
		return &message->fields[id - 1];
	return protobuf_c_message_descriptor_get_field(message, id);
}

static enum lt_reason scan_field(struct message_walk *walk, const struct codec_wire *wire)
{
	const ProtobufCFieldDescriptor *field = find_field(walk->message, wire->id);
	if (!field)
		return lt_refuse(walk->refusal, LT_FIELD_UNKNOWN, "%s: field %u", walk->message->short_name, wire->id);
	unsigned index = (unsigned)(field - walk->message->fields);
	uint8_t type = wire_type_of(field->type);
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		if (type != 2 && wire->type == 2)
			return scan_packed(walk, field, wire->bytes, &walk->counts[index]);
		walk->several |= ++walk->counts[index] > 1;
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
		return scan_message(field->descriptor, walk->limits, wire->bytes, walk->depth + 1, walk->refusal);
	return LT_REASON_NONE;
}

/* One entry is allowed everywhere, and hardly a message asks for one: most need no look at each of their fields. */
static enum lt_reason check_counts(const struct message_walk *walk)
{
	if (!walk->several && !has_minimum(limits, walk->message) && !has_minimum(walk->limits, walk->message))
		return LT_REASON_NONE;
	for (unsigned i = 0; i < walk->message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &walk->message->fields[i];
		size_t min, max;
		if (field->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		limit_find(walk->limits, walk->message, field->id, &min, &max);
		if (walk->counts[i] < min || walk->counts[i] > max)
			return lt_refuse(walk->refusal, LT_COUNT_EXCEEDED, "%s.%s: %zu entries, allowed are %zu to %zu",
					 walk->message->short_name, field->name, walk->counts[i], min, max);
	}
	return LT_REASON_NONE;
}

static enum lt_reason scan_message(const ProtobufCMessageDescriptor *message, const struct codec_limit *more,
				   struct lt_bytes bytes, unsigned depth, struct lt_refusal *refusal)
{
	struct message_walk walk = { .message = message, .limits = more, .refusal = refusal, .depth = depth };
	if (depth > CODEC_DEPTH_MAX || message->n_fields > CODEC_FIELDS_MAX)
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

enum lt_reason codec_scan(const ProtobufCMessageDescriptor *descriptor, const struct codec_limit *more,
			  struct lt_bytes bytes, struct lt_refusal *refusal)
{
	return scan_message(descriptor, more, bytes, 1, refusal);
}
