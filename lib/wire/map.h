/* map.h: plain records to wire bytes and back, driven by tables; for lib/wire and lib/record alone.
 *
 * A table lists the fields of one message in the order of their numbers, and where each stands in the plain record.
 * Byte fields become views into the given bytes (protobuf-c would copy them), encoding writes them straight into the
 * buffer, and neither touches the heap. What is written equals what protobuf-c packs: tests compare the two. */
#ifndef LIENTHONG_SDK_CODEC_MAP_H
#define LIENTHONG_SDK_CODEC_MAP_H

#include "scan.h"

enum codec_kind {
	CODEC_U32,
	CODEC_SINT, /* int32_t as sint32: small negative numbers stay short */
	CODEC_U64,  /* int64_t too: both are plain varints */
	CODEC_BOOL,
	CODEC_ENUM,  /* an enum or int of four bytes */
	CODEC_TEXT,  /* const char *, "" when absent */
	CODEC_CODE,  /* char[size], cut by nobody: a longer text is refused */
	CODEC_FORM,  /* char[size] whose form is checked later: of a longer text stands "?", which no code is */
	CODEC_FIXED, /* uint8_t[size], always there; of another length when read: zeros, for a check that comes later */
	CODEC_FIXED_IF, /* the same, there when the bool at `count` is set */
	CODEC_BYTES,    /* struct lt_bytes; also an encoded message that is left out when it is empty */
	CODEC_ENCODED,  /* struct lt_bytes: an encoded message that is always there, empty or not */
	CODEC_MESSAGE,  /* an embedded record, always there */
	CODEC_POINTER,  /* a pointer to a record, NULL when absent */
	CODEC_RECORDS,  /* lists: a size_t at `count`, a pointer at `offset` */
	CODEC_TEXTS,
	CODEC_BYTES_LIST,
	CODEC_U64_LIST, /* packed */
	CODEC_U32_LIST, /* packed */
};
struct codec_map;
struct codec_field {
	uint32_t id;
	enum codec_kind kind;
	bool choice; /* a member of the message's oneof */
	size_t offset, count, size;
	const struct codec_map *child;
};
/* At most one oneof in a message. get: the field number that stands, 0 for none. set: notes which one was read (0: none
 * did), after everything was read; false when that must not be. */
struct codec_map {
	size_t size; /* of the plain record */
	size_t field_count;
	const struct codec_field *fields;
	uint32_t (*get)(const void *record);
	bool (*set)(void *record, uint32_t id);
	bool overlaid;                    /* the members of the oneof share their memory */
	const struct codec_limit *limits; /* of a whole message: of its lists, beyond those of wire/scan.c */
};

#define CODEC_FIELD(id_, kind_, type, member)                                  \
	{                                                                      \
		.id = (id_), .kind = (kind_), .offset = offsetof(type, member) \
	}
#define CODEC_FIELD_CODE(id_, type, member)                                        \
	{                                                                          \
		.id = (id_), .kind = CODEC_CODE, .offset = offsetof(type, member), \
		.size = sizeof(((type *)NULL)->member)                             \
	}
#define CODEC_FIELD_SIZED(id_, kind_, type, member)                                                                    \
	{                                                                                                              \
		.id = (id_), .kind = (kind_), .offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member) \
	}
#define CODEC_FIELD_IF(id_, type, member, flag)                                                                       \
	{                                                                                                             \
		.id = (id_), .kind = CODEC_FIXED_IF, .offset = offsetof(type, member), .count = offsetof(type, flag), \
		.size = sizeof(((type *)NULL)->member)                                                                \
	}
#define CODEC_FIELD_RECORD(id_, kind_, type, member, map)                                       \
	{                                                                                       \
		.id = (id_), .kind = (kind_), .offset = offsetof(type, member), .child = &(map) \
	}
#define CODEC_FIELD_LIST(id_, kind_, type, member, number)                                                      \
	{                                                                                                       \
		.id = (id_), .kind = (kind_), .offset = offsetof(type, member), .count = offsetof(type, number) \
	}
#define CODEC_FIELD_RECORDS(id_, type, member, number, map)                                                            \
	{                                                                                                              \
		.id = (id_), .kind = CODEC_RECORDS, .offset = offsetof(type, member), .count = offsetof(type, number), \
		.child = &(map)                                                                                        \
	}
#define CODEC_CHOICE(id_, at, map)                                                                  \
	{                                                                                           \
		.id = (id_), .kind = CODEC_MESSAGE, .choice = true, .offset = (at), .child = &(map) \
	}
#define CODEC_MAP(fields_, type, ...)                                                                             \
	{                                                                                                         \
		.size = sizeof(type), .field_count = sizeof(fields_) / sizeof((fields_)[0]), .fields = (fields_), \
		__VA_ARGS__                                                                                       \
	}
#define CODEC_MAP_CHOICE(fields_, type, get_, set_, overlaid_, ...)                                               \
	{                                                                                                         \
		.size = sizeof(type), .field_count = sizeof(fields_) / sizeof((fields_)[0]), .fields = (fields_), \
		.get = (get_), .set = (set_), .overlaid = (overlaid_), __VA_ARGS__                                \
	}

/* Walks the bytes against the descriptor, then fills the record. arena may be NULL when nothing in the message needs
 * memory (no lists, no texts). The reasons of codec_unpack; the record is undefined after a refusal. */
enum lt_reason codec_map_decode(const struct codec_map *map, const ProtobufCMessageDescriptor *descriptor,
				struct lt_bytes bytes, struct lt_arena *arena, void *record,
				struct lt_refusal *refusal);
/* Appends the message. LT_ENOMEM. */
enum lt_err codec_map_encode(const struct codec_map *map, const void *record, struct lt_buf *out);

#endif
