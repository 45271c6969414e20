/* directory.c: the list of agencies, and its signed form. Source: proto/directory.proto. */
#include "directory.h"

#include "map.h"
#include "directory.pb-c.h"

static const struct codec_field split_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct directory_split, value),
	CODEC_FIELD(2, CODEC_TEXT, struct directory_split, successor),
};
static const struct codec_map split_map = CODEC_MAP(split_fields, struct directory_split);

static const struct codec_field ledger_key_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct directory_ledger_key, key),
	CODEC_FIELD(2, CODEC_U64, struct directory_ledger_key, valid_from),
	CODEC_FIELD(3, CODEC_U64, struct directory_ledger_key, valid_to),
};
static const struct codec_map ledger_key_map = CODEC_MAP(ledger_key_fields, struct directory_ledger_key);
static const struct codec_field incarnation_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct directory_incarnation, origin),
	CODEC_FIELD(2, CODEC_TEXT, struct directory_incarnation, before),
	CODEC_FIELD(3, CODEC_U64, struct directory_incarnation, size),
	CODEC_FIELD(4, CODEC_BYTES, struct directory_incarnation, root),
};
static const struct codec_map incarnation_map = CODEC_MAP(incarnation_fields, struct directory_incarnation);
static const struct codec_field ended_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct directory_ended, cert),
	CODEC_FIELD(2, CODEC_U64, struct directory_ended, until),
};
static const struct codec_map ended_map = CODEC_MAP(ended_fields, struct directory_ended);
static const struct codec_map ended_ca_map = CODEC_MAP(ended_fields, struct directory_ended);

static const struct codec_field ended_key_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct directory_ended_key, key),
	CODEC_FIELD(2, CODEC_U64, struct directory_ended_key, until),
};
static const struct codec_map ended_key_map = CODEC_MAP(ended_key_fields, struct directory_ended_key);

static const struct codec_field entry_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct directory_entry, code),
	CODEC_FIELD_LIST(2, CODEC_TEXTS, struct directory_entry, aliases, alias_count),
	CODEC_FIELD(3, CODEC_TEXT, struct directory_entry, name),
	CODEC_FIELD(4, CODEC_TEXT, struct directory_entry, name_en),
	CODEC_FIELD(5, CODEC_ENUM, struct directory_entry, level),
	CODEC_FIELD(6, CODEC_TEXT, struct directory_entry, parent),
	CODEC_FIELD_LIST(7, CODEC_BYTES_LIST, struct directory_entry, certs, cert_count),
	CODEC_FIELD_LIST(8, CODEC_BYTES_LIST, struct directory_entry, curve_keys, curve_count),
	CODEC_FIELD(9, CODEC_U64, struct directory_entry, valid_from),
	CODEC_FIELD(10, CODEC_U64, struct directory_entry, valid_to),
	CODEC_FIELD_LIST(11, CODEC_TEXTS, struct directory_entry, successors, successor_count),
	CODEC_FIELD(12, CODEC_TEXT, struct directory_entry, split_field),
	CODEC_FIELD_RECORDS(13, struct directory_entry, split, split_count, split_map),
	CODEC_FIELD_RECORDS(14, struct directory_entry, ledger_keys, ledger_key_count, ledger_key_map),
	CODEC_FIELD_RECORDS(15, struct directory_entry, ended, ended_count, ended_map),
	CODEC_FIELD_LIST(16, CODEC_TEXTS, struct directory_entry, receives_for, receives_count),
	CODEC_FIELD_LIST(17, CODEC_TEXTS, struct directory_entry, brings, brings_count),
	CODEC_FIELD_RECORDS(18, struct directory_entry, incarnations, incarnation_count, incarnation_map),
	CODEC_FIELD_RECORDS(19, struct directory_entry, ended_keys, ended_key_count, ended_key_map),
	CODEC_FIELD(50, CODEC_TEXT, struct directory_entry, one_stop),
	CODEC_FIELD_LIST(60, CODEC_TEXTS, struct directory_entry, answers_for, answers_count),
};
static const struct codec_map entry_map = CODEC_MAP(entry_fields, struct directory_entry);

static const struct codec_field directory_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct directory_record, type),
	CODEC_FIELD(2, CODEC_TEXT, struct directory_record, domain),
	CODEC_FIELD(3, CODEC_U64, struct directory_record, version),
	CODEC_FIELD(4, CODEC_U64, struct directory_record, issued_at),
	CODEC_FIELD_RECORDS(5, struct directory_record, agencies, count, entry_map),
	CODEC_FIELD_LIST(6, CODEC_BYTES_LIST, struct directory_record, ca, ca_count),
	CODEC_FIELD_RECORDS(7, struct directory_record, ended_ca, ended_ca_count, ended_ca_map),
};
static const struct codec_map directory_map = CODEC_MAP(directory_fields, struct directory_record);

static const struct codec_field signed_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct signed_directory_record, directory),
	CODEC_FIELD(2, CODEC_BYTES, struct signed_directory_record, cms),
};
static const struct codec_map signed_map = CODEC_MAP(signed_fields, struct signed_directory_record);

enum lt_reason codec_directory_decode(struct lt_bytes bytes, struct lt_arena *arena, struct directory_record *out,
				      struct lt_refusal *refusal)
{
	return codec_map_decode(&directory_map, &lienthong__v1__directory__descriptor, bytes, arena, out, refusal);
}

enum lt_err codec_directory_encode(const struct directory_record *record, struct lt_buf *out)
{
	return codec_map_encode(&directory_map, record, out);
}

enum lt_reason codec_signed_directory_decode(struct lt_bytes bytes, struct signed_directory_record *out,
					     struct lt_refusal *refusal)
{
	return codec_map_decode(&signed_map, &lienthong__v1__signed_directory__descriptor, bytes, NULL, out, refusal);
}

enum lt_err codec_signed_directory_encode(const struct signed_directory_record *record, struct lt_buf *out)
{
	return codec_map_encode(&signed_map, record, out);
}
