/* map.c: reading plain records from wire bytes along a table. The writing half is map_encode.c.
 *
 * The walk of scan.c has passed, so the bytes hold what the schema says; here they only find their places. Lists are
 * counted first, so that each is one allocation of its exact size. Bytes and encoded messages become views into what
 * was given: a header of 2 KiB is not copied to be read. */
#include "map.h"

#include <string.h>

struct reading {
	struct lt_arena *arena;
	const char *why; /* of the failure, for the refusal */
};

_Static_assert(sizeof(enum lt_reason) == sizeof(uint32_t), "enums of the records are four bytes");

static bool read_record(struct reading *reading, const struct codec_map *map, struct lt_bytes bytes, char *record);

static bool fail(struct reading *reading, const char *why)
{
	reading->why = why;
	return false;
}

static void *reading_alloc(struct reading *reading, size_t size)
{
	void *memory = reading->arena ? lt_arena_alloc(reading->arena, size) : NULL;
	if (!memory)
		reading->why = "needs more memory than it may have";
	return memory;
}

/* Absent texts are "", also those of absent records. */
static void record_init(const struct codec_map *map, char *record)
{
	for (size_t i = 0; i < map->field_count; i++) {
		const struct codec_field *field = &map->fields[i];
		if (field->choice && map->overlaid)
			continue;
		if (field->kind == CODEC_TEXT)
			*(const char **)(void *)(record + field->offset) = "";
		else if (field->kind == CODEC_MESSAGE)
			record_init(field->child, record + field->offset);
	}
}

static bool read_text(struct reading *reading, struct lt_bytes bytes, const char **out)
{
	if (bytes.len == 0) {
		*out = "";
		return true;
	}
	char *text = reading_alloc(reading, bytes.len + 1);
	if (!text)
		return false;
	memcpy(text, bytes.data, bytes.len);
	text[bytes.len] = '\0';
	*out = text;
	return true;
}

static bool read_code(struct reading *reading, const struct codec_field *field, struct lt_bytes bytes, char *out)
{
	if (bytes.len >= field->size)
		return fail(reading, "a code is longer than any code");
	if (bytes.len > 0)
		memcpy(out, bytes.data, bytes.len);
	out[bytes.len] = '\0';
	return true;
}

/* As CODEC_CODE, but what is too long is left for the check of its form, whose place is in the order of SPEC.md. */
static bool read_form(const struct codec_field *field, struct lt_bytes bytes, char *out)
{
	if (bytes.len >= field->size)
		bytes = lt_bytes("?", 1);
	if (bytes.len > 0)
		memcpy(out, bytes.data, bytes.len);
	out[bytes.len] = '\0';
	return true;
}

static bool read_fixed(const struct codec_field *field, struct lt_bytes bytes, char *record)
{
	if (field->kind == CODEC_FIXED_IF)
		*(bool *)(record + field->count) = bytes.len > 0;
	if (bytes.len == field->size)
		memcpy(record + field->offset, bytes.data, bytes.len);
	return true;
}

static void put_number(const struct codec_field *field, char *array, size_t index, uint64_t number)
{
	if (field->kind == CODEC_U32_LIST)
		((uint32_t *)(void *)array)[index] = (uint32_t)number;
	else
		((uint64_t *)(void *)array)[index] = number;
}

/* One more entry of a list; the array was made by lists_make, the count is what has been read so far. */
static bool read_entry(struct reading *reading, const struct codec_field *field, const struct codec_wire *wire,
		       char *record)
{
	char *array = *(void **)(void *)(record + field->offset);
	size_t *count = (size_t *)(void *)(record + field->count);
	struct lt_bytes packed = wire->bytes;
	if (!array) /* an empty packed list */
		return packed.len == 0;
	if (field->kind == CODEC_RECORDS) {
		char *entry = array + (*count)++ * field->child->size;
		record_init(field->child, entry);
		return read_record(reading, field->child, wire->bytes, entry);
	}
	if (field->kind == CODEC_TEXTS)
		return read_text(reading, wire->bytes, (const char **)(void *)array + (*count)++);
	if (field->kind == CODEC_BYTES_LIST) {
		((struct lt_bytes *)(void *)array)[(*count)++] = wire->bytes;
		return true;
	}
	if (wire->type != 2)
		put_number(field, array, (*count)++, wire->number);
	while (packed.len > 0) {
		uint64_t number;
		if (!codec_next_varint(&packed, &number))
			return fail(reading, "a number is cut off");
		put_number(field, array, (*count)++, number);
	}
	return true;
}

static bool read_field(struct reading *reading, const struct codec_field *field, const struct codec_wire *wire,
		       char *record)
{
	char *at = record + field->offset;
	switch (field->kind) {
	case CODEC_U32:
	case CODEC_ENUM:
		*(uint32_t *)(void *)at = (uint32_t)wire->number;
		return true;
	case CODEC_SINT:
		*(uint32_t *)(void *)at = (uint32_t)(wire->number >> 1) ^ (0u - (uint32_t)(wire->number & 1));
		return true;
	case CODEC_U64:
		*(uint64_t *)(void *)at = wire->number;
		return true;
	case CODEC_BOOL:
		*(bool *)at = wire->number != 0;
		return true;
	case CODEC_TEXT:
		return read_text(reading, wire->bytes, (const char **)(void *)at);
	case CODEC_CODE:
		return read_code(reading, field, wire->bytes, at);
	case CODEC_FORM:
		return read_form(field, wire->bytes, at);
	case CODEC_FIXED:
	case CODEC_FIXED_IF:
		return read_fixed(field, wire->bytes, record);
	case CODEC_BYTES:
	case CODEC_ENCODED:
		*(struct lt_bytes *)(void *)at = wire->bytes;
		return true;
	case CODEC_MESSAGE:
		if (field->choice)
			record_init(field->child, at);
		return read_record(reading, field->child, wire->bytes, at);
	case CODEC_POINTER: {
		char *child = reading_alloc(reading, field->child->size);
		if (!child)
			return false;
		*(void **)(void *)at = child;
		record_init(field->child, child);
		return read_record(reading, field->child, wire->bytes, child);
	}
	case CODEC_RECORDS:
	case CODEC_TEXTS:
	case CODEC_BYTES_LIST:
	case CODEC_U64_LIST:
	case CODEC_U32_LIST:
		return read_entry(reading, field, wire, record);
	}
	return fail(reading, "no such kind of field");
}

/* Fields mostly come in the order of the table: the search begins where the last one was found. */
static const struct codec_field *field_find(const struct codec_map *map, uint32_t id, size_t *last)
{
	for (size_t i = *last; i < map->field_count; i++) {
		if (map->fields[i].id == id) {
			*last = i;
			return &map->fields[i];
		}
	}
	for (size_t i = 0; i < *last; i++) {
		if (map->fields[i].id == id) {
			*last = i;
			return &map->fields[i];
		}
	}
	return NULL;
}

static bool is_numbers(enum codec_kind kind)
{
	return kind == CODEC_U64_LIST || kind == CODEC_U32_LIST;
}

static bool is_list(enum codec_kind kind)
{
	return kind >= CODEC_RECORDS;
}

static size_t entry_size(const struct codec_field *field)
{
	if (field->kind == CODEC_RECORDS)
		return field->child->size;
	if (field->kind == CODEC_TEXTS)
		return sizeof(const char *);
	if (field->kind == CODEC_BYTES_LIST)
		return sizeof(struct lt_bytes);
	return field->kind == CODEC_U32_LIST ? sizeof(uint32_t) : sizeof(uint64_t);
}

static size_t entries_of(const struct codec_field *field, const struct codec_wire *wire)
{
	if (!is_numbers(field->kind) || wire->type != 2)
		return 1;
	size_t count = 0;
	for (size_t i = 0; i < wire->bytes.len; i++)
		count += wire->bytes.data[i] < 0x80;
	return count;
}

/* Counts first, so that each list is one allocation of its exact size; the walk has checked the counts. */
static bool lists_make(struct reading *reading, const struct codec_map *map, struct lt_bytes bytes, char *record)
{
	size_t counts[CODEC_FIELDS_MAX] = { 0 };
	struct codec_wire wire;
	size_t last = 0;
	bool any = false;
	if (map->field_count > CODEC_FIELDS_MAX)
		return fail(reading, "has more fields than any message of ours");
	for (size_t i = 0; i < map->field_count; i++)
		any = any || is_list(map->fields[i].kind);
	while (any && bytes.len > 0) {
		if (!codec_next(&bytes, &wire))
			return fail(reading, "a field is cut off");
		const struct codec_field *field = field_find(map, wire.id, &last);
		if (field && is_list(field->kind))
			counts[field - map->fields] += entries_of(field, &wire);
	}
	for (size_t i = 0; any && i < map->field_count; i++) {
		const struct codec_field *field = &map->fields[i];
		if (counts[i] == 0)
			continue;
		void *array = reading_alloc(reading, counts[i] * entry_size(field));
		if (!array)
			return false;
		*(void **)(void *)(record + field->offset) = array;
	}
	return true;
}

static bool read_record(struct reading *reading, const struct codec_map *map, struct lt_bytes bytes, char *record)
{
	uint32_t chosen = 0;
	size_t last = 0;
	if (!lists_make(reading, map, bytes, record))
		return false;
	while (bytes.len > 0) {
		struct codec_wire wire;
		if (!codec_next(&bytes, &wire))
			return fail(reading, "a field is cut off");
		const struct codec_field *field = field_find(map, wire.id, &last);
		if (!field) /* the walk knows no other fields, and a test compares tables with schemas */
			return fail(reading, "has a field without a place");
		if (field->choice)
			chosen = field->id;
		if (!read_field(reading, field, &wire, record))
			return false;
	}
	if (map->set && !map->set(record, chosen))
		return fail(reading, "which one it is does not show, or does not fit");
	return true;
}

enum lt_reason codec_map_decode(const struct codec_map *map, const ProtobufCMessageDescriptor *descriptor,
				struct lt_bytes bytes, struct lt_arena *arena, void *record, struct lt_refusal *refusal)
{
	struct reading reading = { .arena = arena };
	enum lt_reason reason = codec_scan(descriptor, map->limits, bytes, refusal);
	if (reason)
		return reason;
	memset(record, 0, map->size);
	record_init(map, record);
	if (!read_record(&reading, map, bytes, record))
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "%s: %s", descriptor->short_name, reading.why);
	return LT_REASON_NONE;
}
