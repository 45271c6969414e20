/* directory_parse.c: Directory bytes to a directory that can be asked. */
#include "directory_internal.h"

#include <lienthong/envelope.h>

#include <stdlib.h>
#include <string.h>

#define ARENA_CAP (96u * 1024u * 1024u) /* bytes: 10,000 agencies with full lists of short texts */
#define SIGNED_MAX (LT_DIRECTORY_MAX + LT_SIGNATURE_MAX + 64u) /* bytes */

static enum lt_reason no_memory(struct lt_refusal *refusal)
{
	return lt_refuse(refusal, LT_DIRECTORY_INVALID, "out of memory");
}

static enum lt_reason decode(struct lt_directory *directory, struct lt_bytes bytes, struct lt_refusal *refusal)
{
	directory->bytes = malloc(bytes.len > 0 ? bytes.len : 1);
	if (!directory->bytes || lt_arena_new(ARENA_CAP, &directory->arena) != LT_OK)
		return no_memory(refusal);
	if (bytes.len > 0)
		memcpy(directory->bytes, bytes.data, bytes.len);
	struct lt_refusal cause = { 0 };
	enum lt_reason reason = codec_directory_decode(lt_bytes(directory->bytes, bytes.len), directory->arena,
						       &directory->record, &cause);
	if (reason != LT_REASON_NONE)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: %s", lt_reason_name(reason), cause.detail);
	reason = directory_check(&directory->record, refusal);
	if (!reason && directory->which == DIRECTORY_CERTIFICATES_ALL)
		reason = directory_check_cas(&directory->record, refusal);
	return reason;
}

static void *list(struct lt_directory *directory, size_t count, size_t size)
{
	return lt_arena_alloc(directory->arena, (count > 0 ? count : 1) * size);
}

/* Codes were checked to fit. */
static bool copy_codes(struct lt_directory *directory, const char *const *codes, size_t count,
		       char (**out)[LT_AGENCY_MAX])
{
	*out = list(directory, count, LT_AGENCY_MAX);
	for (size_t i = 0; *out && i < count; i++)
		memcpy((*out)[i], codes[i], strlen(codes[i]) + 1);
	return *out != NULL;
}

static bool copy_split(struct lt_directory *directory, const struct directory_entry *entry, struct lt_agency *agency)
{
	agency->split_field = (char *)(uintptr_t)entry->split_field;
	agency->split_count = entry->split_count;
	agency->split = list(directory, entry->split_count, sizeof *agency->split);
	for (size_t i = 0; agency->split && i < entry->split_count; i++) {
		agency->split[i].value = (char *)(uintptr_t)entry->split[i].value;
		memcpy(agency->split[i].successor, entry->split[i].successor, strlen(entry->split[i].successor) + 1);
	}
	return agency->split != NULL;
}

static bool copy_ledger_keys(struct lt_directory *directory, const struct directory_entry *entry,
			     struct lt_agency *agency)
{
	agency->ledger_key_count = entry->ledger_key_count;
	agency->ledger_keys = list(directory, entry->ledger_key_count, sizeof *agency->ledger_keys);
	for (size_t i = 0; agency->ledger_keys && i < entry->ledger_key_count; i++) {
		memcpy(agency->ledger_keys[i].key, entry->ledger_keys[i].key.data, 32);
		agency->ledger_keys[i].valid_from = entry->ledger_keys[i].valid_from;
		agency->ledger_keys[i].valid_to = entry->ledger_keys[i].valid_to;
	}
	return agency->ledger_keys != NULL;
}

static bool copy_ended_keys(struct lt_directory *directory, const struct directory_entry *entry,
			    struct lt_agency *agency)
{
	agency->ended_key_count = entry->ended_key_count;
	agency->ended_keys = list(directory, entry->ended_key_count, sizeof *agency->ended_keys);
	for (size_t i = 0; agency->ended_keys && i < entry->ended_key_count; i++) {
		memcpy(agency->ended_keys[i].key, entry->ended_keys[i].key.data, 32);
		agency->ended_keys[i].until = entry->ended_keys[i].until;
	}
	return agency->ended_keys != NULL;
}

static bool copy_incarnations(struct lt_directory *directory, const struct directory_entry *entry,
			      struct lt_agency *agency)
{
	agency->incarnation_count = entry->incarnation_count;
	agency->incarnations = list(directory, entry->incarnation_count, sizeof *agency->incarnations);
	for (size_t i = 0; agency->incarnations && i < entry->incarnation_count; i++) {
		const struct directory_incarnation *from = &entry->incarnations[i];
		struct lt_incarnation *to = &agency->incarnations[i];
		memcpy(to->origin, from->origin, strlen(from->origin) + 1);
		memcpy(to->before, from->before, strlen(from->before) + 1);
		to->size = from->size;
		memcpy(to->root, from->root.data, 32);
	}
	return agency->incarnations != NULL;
}

/* The next certificate of `directory`. One that cannot be read: DIRECTORY_INVALID, or left out. */
static enum lt_reason add_cert(struct lt_directory *directory, struct lt_bytes der, bool *added,
			       struct lt_refusal *refusal)
{
	enum lt_err err = lt_cert_new(der, &directory->certs[directory->cert_total]);
	*added = err == LT_OK;
	if (err == LT_OK) {
		directory->cert_total++;
		return LT_REASON_NONE;
	}
	if (directory->which == DIRECTORY_CERTIFICATES_READABLE && err != LT_ENOMEM) {
		directory->unreadable++;
		return LT_REASON_NONE;
	}
	return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s", lt_err_text(err));
}

static enum lt_reason refuse_cert(const struct directory_entry *entry, const char *what, size_t index,
				  const struct lt_refusal *why, struct lt_refusal *refusal)
{
	return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: %s %zu: %.100s", entry->code, what, index, why->detail);
}

static enum lt_reason fill_certs(struct lt_directory *directory, const struct directory_entry *entry,
				 struct lt_agency *agency, struct lt_refusal *refusal)
{
	struct lt_refusal why;
	bool added;
	agency->certs = directory->certs + directory->cert_total;
	agency->ended_until = list(directory, entry->ended_count, sizeof *agency->ended_until);
	if (!agency->ended_until)
		return no_memory(refusal);
	if (directory->which == DIRECTORY_CERTIFICATES_NONE)
		return LT_REASON_NONE;
	for (size_t i = 0; i < entry->cert_count; i++) {
		if (add_cert(directory, entry->certs[i], &added, &why))
			return refuse_cert(entry, "certificate", i, &why, refusal);
		agency->cert_count += added;
	}
	for (size_t i = 0; i < entry->ended_count; i++) {
		if (add_cert(directory, entry->ended[i].cert, &added, &why))
			return refuse_cert(entry, "ended certificate", i, &why, refusal);
		if (added)
			agency->ended_until[agency->ended_count++] = entry->ended[i].until;
	}
	return LT_REASON_NONE;
}

static enum lt_reason fill_agency(struct lt_directory *directory, const struct directory_entry *entry,
				  struct lt_agency *agency, struct lt_refusal *refusal)
{
	memcpy(agency->code, entry->code, strlen(entry->code) + 1);
	memcpy(agency->parent, entry->parent, strlen(entry->parent) + 1);
	agency->name = (char *)(uintptr_t)entry->name;
	agency->name_en = (char *)(uintptr_t)entry->name_en;
	agency->one_stop = (char *)(uintptr_t)entry->one_stop;
	agency->level = (enum lt_level)entry->level;
	agency->valid_from = entry->valid_from;
	agency->valid_to = entry->valid_to;
	agency->alias_count = entry->alias_count;
	agency->successor_count = entry->successor_count;
	agency->curve_count = entry->curve_count;
	agency->receives_count = entry->receives_count;
	agency->brings_count = entry->brings_count;
	agency->answers_count = entry->answers_count;
	agency->curve_keys = list(directory, entry->curve_count, 32);
	if (!agency->curve_keys || !copy_ledger_keys(directory, entry, agency) ||
	    !copy_ended_keys(directory, entry, agency) || !copy_incarnations(directory, entry, agency) ||
	    !copy_split(directory, entry, agency) ||
	    !copy_codes(directory, entry->aliases, entry->alias_count, &agency->aliases) ||
	    !copy_codes(directory, entry->receives_for, entry->receives_count, &agency->receives_for) ||
	    !copy_codes(directory, entry->brings, entry->brings_count, &agency->brings) ||
	    !copy_codes(directory, entry->answers_for, entry->answers_count, &agency->answers_for) ||
	    !copy_codes(directory, entry->successors, entry->successor_count, &agency->successors))
		return no_memory(refusal);
	for (size_t i = 0; i < entry->curve_count; i++)
		memcpy(agency->curve_keys[i], entry->curve_keys[i].data, 32);
	return fill_certs(directory, entry, agency, refusal);
}

static void add_key(struct lt_directory *directory, const uint8_t key[32], int64_t until)
{
	struct directory_key *out = &directory->keys[directory->key_count++];
	memcpy(out->bytes, key, 32);
	out->until = until;
}

/* Each once, with its latest end. */
static void sort_keys(struct lt_directory *directory)
{
	struct directory_key *keys = directory->keys;
	size_t kept = 0;
	qsort(keys, directory->key_count, sizeof *keys, directory_compare_key);
	for (size_t i = 0; i < directory->key_count; i++) {
		if (kept == 0 || directory_compare_key(&keys[kept - 1], &keys[i]) != 0)
			keys[kept++] = keys[i];
		else if (keys[i].until > keys[kept - 1].until)
			keys[kept - 1].until = keys[i].until;
	}
	directory->key_count = kept;
}

static void fill_indexes(struct lt_directory *directory)
{
	const struct directory_record *record = &directory->record;
	for (size_t i = 0; i < record->count; i++) {
		const struct lt_agency *agency = &directory->agencies[i];
		for (size_t k = 0; k < agency->alias_count; k++)
			directory->aliases[directory->alias_count++] =
				(struct directory_alias){ agency->aliases[k], i };
		for (size_t k = 0; k < agency->curve_count; k++)
			add_key(directory, agency->curve_keys[k], INT64_MAX);
		for (size_t k = 0; k < agency->ended_key_count; k++)
			add_key(directory, agency->ended_keys[k].key, agency->ended_keys[k].until);
	}
	qsort(directory->aliases, directory->alias_count, sizeof *directory->aliases, directory_compare_alias);
	sort_keys(directory);
}

static enum lt_reason fill(struct lt_directory *directory, struct lt_refusal *refusal)
{
	const struct directory_record *record = &directory->record;
	size_t certs = 0, aliases = 0, keys = 0;
	for (size_t i = 0; i < record->count; i++) {
		certs += record->agencies[i].cert_count + record->agencies[i].ended_count;
		aliases += record->agencies[i].alias_count;
		keys += record->agencies[i].curve_count + record->agencies[i].ended_key_count;
	}
	directory->agencies = list(directory, record->count, sizeof *directory->agencies);
	directory->certs = list(directory, certs, sizeof(struct lt_cert *));
	directory->aliases = list(directory, aliases, sizeof *directory->aliases);
	directory->keys = list(directory, keys, sizeof *directory->keys);
	if (!directory->agencies || !directory->certs || !directory->aliases || !directory->keys)
		return no_memory(refusal);
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; i < record->count && reason == LT_REASON_NONE; i++)
		reason = fill_agency(directory, &record->agencies[i], &directory->agencies[i], refusal);
	if (reason == LT_REASON_NONE)
		fill_indexes(directory);
	return reason;
}

enum lt_reason directory_read(struct lt_bytes bytes, enum directory_certificates which, struct lt_directory **out,
			      struct lt_refusal *refusal)
{
	if (bytes.len > LT_DIRECTORY_MAX)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu bytes, allowed are %u", bytes.len,
				 LT_DIRECTORY_MAX);
	struct lt_directory *directory = calloc(1, sizeof *directory);
	if (!directory)
		return no_memory(refusal);
	directory->which = which;
	enum lt_reason reason = decode(directory, bytes, refusal);
	if (reason == LT_REASON_NONE)
		reason = fill(directory, refusal);
	if (reason != LT_REASON_NONE)
		lt_directory_free(directory);
	else
		*out = directory;
	return reason;
}

enum lt_reason lt_directory_parse(struct lt_bytes bytes, struct lt_directory **out, struct lt_refusal *refusal)
{
	return directory_read(bytes, DIRECTORY_CERTIFICATES_ALL, out, refusal);
}

enum lt_reason lt_directory_open(struct lt_bytes bytes, const struct lt_cert *registrar, struct lt_directory **out,
				 struct lt_refusal *refusal)
{
	struct signed_directory_record record;
	struct lt_refusal cause = { 0 };
	if (bytes.len > SIGNED_MAX)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu bytes, allowed are %u", bytes.len, SIGNED_MAX);
	enum lt_reason reason = codec_signed_directory_decode(bytes, &record, &cause);
	if (reason != LT_REASON_NONE)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: %s", lt_reason_name(reason), cause.detail);
	reason = lt_cms_verify(record.cms, record.directory, registrar, refusal);
	return reason == LT_REASON_NONE ? lt_directory_parse(record.directory, out, refusal) : reason;
}
