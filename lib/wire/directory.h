/* directory.h: Directory and SignedDirectory (proto/directory.proto) as plain records, with their form checked
 * and nothing of their meaning. In-tree programs only. */
#ifndef LIENTHONG_SDK_CODEC_DIRECTORY_H
#define LIENTHONG_SDK_CODEC_DIRECTORY_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

/* Bytes are views into the decoded bytes; texts and lists live in the arena. */
struct directory_split {
	const char *value, *successor;
};
struct directory_ledger_key {
	struct lt_bytes key;
	int64_t valid_from, valid_to;
};
struct directory_incarnation {
	const char *origin, *before;
	uint64_t size;
	struct lt_bytes root;
};
struct directory_ended {
	struct lt_bytes cert;
	int64_t until;
};
struct directory_ended_key {
	struct lt_bytes key;
	int64_t until;
};
struct directory_entry {
	const char *code;
	size_t alias_count;
	const char **aliases;
	const char *name, *name_en;
	uint32_t level;
	const char *parent;
	size_t cert_count;
	struct lt_bytes *certs;
	size_t curve_count;
	struct lt_bytes *curve_keys;
	int64_t valid_from, valid_to;
	size_t successor_count;
	const char **successors;
	const char *split_field;
	size_t split_count;
	struct directory_split *split;
	size_t ledger_key_count;
	struct directory_ledger_key *ledger_keys;
	size_t incarnation_count;
	struct directory_incarnation *incarnations;
	size_t ended_count;
	struct directory_ended *ended;
	size_t receives_count, brings_count, answers_count;
	const char **receives_for, **brings, **answers_for;
	size_t ended_key_count;
	struct directory_ended_key *ended_keys;
	const char *one_stop;
};
struct directory_record {
	const char *type, *domain;
	uint64_t version;
	int64_t issued_at;
	size_t count;
	struct directory_entry *agencies;
	size_t ca_count;
	struct lt_bytes *ca;
	size_t ended_ca_count;
	struct directory_ended *ended_ca;
};
struct signed_directory_record {
	struct lt_bytes directory, cms;
};
enum lt_reason codec_directory_decode(struct lt_bytes bytes, struct lt_arena *arena, struct directory_record *out,
				      struct lt_refusal *refusal);
enum lt_err codec_directory_encode(const struct directory_record *record, struct lt_buf *out);
enum lt_reason codec_signed_directory_decode(struct lt_bytes bytes, struct signed_directory_record *out,
					     struct lt_refusal *refusal);
enum lt_err codec_signed_directory_encode(const struct signed_directory_record *record, struct lt_buf *out);

#endif
