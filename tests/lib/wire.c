/* wire.c: see wire.h. */
#include "wire.h"

#include "wire/scan.h"

#include <stdlib.h>
#include <string.h>

static void must(bool held)
{
	if (!held)
		abort();
}

static void append(struct lt_buf *out, const void *data, size_t len)
{
	must(lt_buf_append(out, data, len) == LT_OK);
}

void wire_varint(struct lt_buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		append(out, &(uint8_t){ (uint8_t)(value | 0x80) }, 1);
	append(out, &(uint8_t){ (uint8_t)value }, 1);
}

void wire_number(struct lt_buf *out, uint32_t id, uint64_t value)
{
	wire_varint(out, (uint64_t)id << 3);
	wire_varint(out, value);
}

void wire_blob(struct lt_buf *out, uint32_t id, const void *data, size_t len)
{
	wire_varint(out, (uint64_t)id << 3 | 2);
	wire_varint(out, len);
	if (len > 0)
		append(out, data, len);
}

void wire_text(struct lt_buf *out, uint32_t id, const char *text)
{
	wire_blob(out, id, text, strlen(text));
}

void wire_nest(struct lt_buf *out, uint32_t id, const struct lt_buf *inner)
{
	wire_blob(out, id, inner->data, inner->len);
}

/* splitmix64 */
uint64_t wire_draw(uint64_t *seed, uint64_t below)
{
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

/* Never 0, which is not written; small and large ones in turn. */
static uint64_t random_number(ProtobufCType type, uint64_t *seed)
{
	uint64_t bits = wire_draw(seed, 63) + 1;
	uint64_t number = wire_draw(seed, UINT64_C(1) << bits) + 1;
	if (type == PROTOBUF_C_TYPE_BOOL)
		return 1;
	if (type == PROTOBUF_C_TYPE_ENUM)
		return (uint64_t)(int64_t)(int32_t)((uint32_t)number | 1);
	if (type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_SINT32)
		return (uint32_t)number | 1;
	if (type == PROTOBUF_C_TYPE_INT64 && wire_draw(seed, 4) == 0)
		return 0 - number;
	return number;
}

static void random_text(uint64_t *seed, struct lt_buf *out)
{
	static const char *const pieces[] = { "H22.01", "hồ sơ", "Ủy ban", "đ", "𝄞", " ", "x", "tỉnh" };
	for (size_t count = 1 + wire_draw(seed, 3); count > 0; count--) {
		const char *piece = pieces[wire_draw(seed, sizeof(pieces) / sizeof(pieces[0]))];
		append(out, piece, strlen(piece));
	}
}

static void random_value(const ProtobufCFieldDescriptor *field, uint64_t *seed, struct lt_buf *out)
{
	struct lt_buf inner = { 0 };
	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		wire_random(field->descriptor, seed, &inner);
	} else if (field->type == PROTOBUF_C_TYPE_STRING) {
		random_text(seed, &inner);
	} else if (field->type == PROTOBUF_C_TYPE_BYTES) {
		for (size_t count = 1 + wire_draw(seed, wire_draw(seed, 8) == 0 ? 300 : 40); count > 0; count--)
			append(&inner, &(uint8_t){ (uint8_t)wire_draw(seed, 256) }, 1);
	} else {
		wire_number(out, field->id, random_number(field->type, seed));
		return;
	}
	wire_nest(out, field->id, &inner);
	lt_buf_fini(&inner);
}

static void random_list(const ProtobufCFieldDescriptor *field, uint64_t *seed, struct lt_buf *out)
{
	struct lt_buf packed = { 0 };
	for (size_t count = 1 + wire_draw(seed, 4); count > 0; count--) {
		if (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED)
			wire_varint(&packed, random_number(field->type, seed));
		else
			random_value(field, seed, out);
	}
	if (packed.len > 0)
		wire_nest(out, field->id, &packed);
	lt_buf_fini(&packed);
}

void wire_random(const ProtobufCMessageDescriptor *message, uint64_t *seed, struct lt_buf *out)
{
	unsigned members = 0;
	for (unsigned i = 0; i < message->n_fields; i++)
		members += (message->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
	uint64_t chosen = members ? wire_draw(seed, members) : 0, member = 0;
	for (unsigned i = 0; i < message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->fields[i];
		if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (member++ == chosen)
				random_value(field, seed, out);
		} else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			random_list(field, seed, out);
		} else if (field->type == PROTOBUF_C_TYPE_MESSAGE || wire_draw(seed, 4) != 0) {
			random_value(field, seed, out);
		}
	}
}

bool wire_repack(const ProtobufCMessageDescriptor *message, struct lt_bytes bytes, struct lt_buf *out)
{
	ProtobufCMessage *unpacked = protobuf_c_message_unpack(message, NULL, bytes.len, bytes.data);
	if (!unpacked)
		return false;
	size_t size = protobuf_c_message_get_packed_size(unpacked);
	must(lt_buf_reserve(out, size) == LT_OK);
	out->len += protobuf_c_message_pack(unpacked, out->data + out->len);
	protobuf_c_message_free_unpacked(unpacked, NULL);
	return true;
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

enum lt_reason wire_unpack(const ProtobufCMessageDescriptor *descriptor, struct lt_bytes bytes, struct lt_arena *arena,
			   void **out, struct lt_refusal *refusal)
{
	static const uint8_t none[1];
	ProtobufCAllocator allocator = { .alloc = arena_alloc, .free = arena_free, .allocator_data = arena };
	enum lt_reason reason = codec_scan(descriptor, NULL, bytes, refusal);
	if (reason)
		return reason;
	void *message = protobuf_c_message_unpack(descriptor, &allocator, bytes.len, bytes.data ? bytes.data : none);
	if (!message)
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "%s: needs more memory than it may have",
				 descriptor->short_name);
	*out = message;
	return LT_REASON_NONE;
}

enum lt_err wire_pack(const ProtobufCMessage *message, struct lt_buf *out)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	enum lt_err err = lt_buf_reserve(out, size);
	if (err)
		return err;
	if (size > 0) {
		size_t packed = protobuf_c_message_pack(message, out->data + out->len);
		must(packed == size);
	}
	out->len += size;
	return LT_OK;
}
