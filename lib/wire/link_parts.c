/* link_parts.c: the messages about large parts as tables. */
#include "link.h"
#include "maps.h"

static const struct codec_field part_open_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_part_open, agency),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_part_open, sha256),
	CODEC_FIELD(3, CODEC_U64, struct lt_part_open, size),
	CODEC_FIELD(4, CODEC_U64, struct lt_part_open, number),
};
const struct codec_map codec_part_open_map = CODEC_MAP(part_open_fields, struct lt_part_open);

static const struct codec_field part_state_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_part_state, sha256),
	CODEC_FIELD(2, CODEC_U64, struct lt_part_state, offset),
	CODEC_FIELD(3, CODEC_BOOL, struct lt_part_state, stored),
	CODEC_FIELD(4, CODEC_U32, struct lt_part_state, reason),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_part_state, said.detail),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_part_state, retry),
	CODEC_FIELD(7, CODEC_BYTES, struct lt_part_state, said.sentence),
	CODEC_FIELD(8, CODEC_TEXT, struct lt_part_state, said.vietnamese),
	CODEC_FIELD(9, CODEC_TEXT, struct lt_part_state, agency),
};
const struct codec_map codec_part_state_map = CODEC_MAP(part_state_fields, struct lt_part_state);

static const struct codec_field part_chunk_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_part_chunk, sha256),
	CODEC_FIELD(2, CODEC_U64, struct lt_part_chunk, offset),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_part_chunk, data),
};
const struct codec_map codec_part_chunk_map = CODEC_MAP(part_chunk_fields, struct lt_part_chunk);

static const struct codec_field part_get_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_part_get, sha256),
	CODEC_FIELD(2, CODEC_U64, struct lt_part_get, offset),
};
const struct codec_map codec_part_get_map = CODEC_MAP(part_get_fields, struct lt_part_get);
