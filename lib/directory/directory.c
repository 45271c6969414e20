/* directory.c: looking things up in a directory that was read. */
#include "directory_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = { "", "commune", "district", "department", "province", "ministry", "broker" };

const char *lt_level_name(enum lt_level level)
{
	return level >= LT_LEVEL_COMMUNE && level <= LT_LEVEL_BROKER ? level_names[level] : "unknown";
}

enum lt_err lt_level_find(const char *name, enum lt_level *out)
{
	for (int level = LT_LEVEL_COMMUNE; level <= LT_LEVEL_BROKER; level++) {
		if (strcmp(name, level_names[level]) == 0) {
			*out = (enum lt_level)level;
			return LT_OK;
		}
	}
	return LT_ENOENT;
}

void lt_directory_free(struct lt_directory *directory)
{
	if (!directory)
		return;
	for (size_t i = 0; i < directory->cert_total; i++)
		lt_cert_free(directory->certs[i]);
	lt_arena_free(directory->arena);
	free(directory->bytes);
	free(directory);
}

size_t directory_unreadable(const struct lt_directory *directory)
{
	return directory->unreadable;
}

const char *lt_directory_domain(const struct lt_directory *directory)
{
	return directory->record.domain;
}

uint64_t lt_directory_version(const struct lt_directory *directory)
{
	return directory->record.version;
}

int64_t lt_directory_issued_at(const struct lt_directory *directory)
{
	return directory->record.issued_at;
}

size_t lt_directory_count(const struct lt_directory *directory)
{
	return directory->record.count;
}

const struct lt_agency *lt_directory_at(const struct lt_directory *directory, size_t index)
{
	return index < directory->record.count ? &directory->agencies[index] : NULL;
}

static int compare_code(const void *key, const void *agency)
{
	return strcmp(key, ((const struct lt_agency *)agency)->code);
}

const struct lt_agency *lt_directory_find(const struct lt_directory *directory, const char *code)
{
	return bsearch(code, directory->agencies, directory->record.count, sizeof *directory->agencies, compare_code);
}

int directory_compare_alias(const void *a, const void *b)
{
	return strcmp(((const struct directory_alias *)a)->text, ((const struct directory_alias *)b)->text);
}

const struct lt_agency *lt_directory_resolve(const struct lt_directory *directory, const char *code_or_alias)
{
	const struct lt_agency *agency = lt_directory_find(directory, code_or_alias);
	if (agency || directory->alias_count == 0)
		return agency;
	const struct directory_alias wanted = { .text = code_or_alias };
	const struct directory_alias *alias = bsearch(&wanted, directory->aliases, directory->alias_count,
						      sizeof *directory->aliases, directory_compare_alias);
	return alias ? &directory->agencies[alias->agency] : NULL;
}

int directory_compare_key(const void *a, const void *b)
{
	return memcmp(((const struct directory_key *)a)->bytes, ((const struct directory_key *)b)->bytes, 32);
}

bool lt_directory_key_listed(const struct lt_directory *directory, const uint8_t key[32], int64_t at)
{
	const struct directory_key *found = NULL;
	if (directory->key_count > 0)
		found = bsearch(key, directory->keys, directory->key_count, sizeof *directory->keys,
				directory_compare_key);
	return found && at < found->until;
}

bool lt_agency_has_key(const struct lt_agency *agency, const uint8_t key[32], int64_t at)
{
	for (size_t i = 0; i < agency->ended_key_count; i++) {
		if (memcmp(agency->ended_keys[i].key, key, 32) == 0)
			return at < agency->ended_keys[i].until;
	}
	for (size_t i = 0; i < agency->curve_count; i++) {
		if (memcmp(agency->curve_keys[i], key, 32) == 0)
			return true;
	}
	return false;
}

bool lt_agency_cert_at(const struct lt_agency *agency, const struct lt_cert *cert, int64_t at)
{
	for (size_t i = 0; i < agency->cert_count + agency->ended_count; i++) {
		if (agency->certs[i] == cert)
			return i < agency->cert_count || at < agency->ended_until[i - agency->cert_count];
	}
	return false;
}

size_t lt_directory_ca_count(const struct lt_directory *directory)
{
	return directory->record.ca_count;
}

struct lt_bytes lt_directory_ca(const struct lt_directory *directory, size_t index)
{
	return index < directory->record.ca_count ? directory->record.ca[index] : lt_bytes(NULL, 0);
}

size_t lt_directory_ended_ca_count(const struct lt_directory *directory)
{
	return directory->record.ended_ca_count;
}

struct lt_ended_ca lt_directory_ended_ca(const struct lt_directory *directory, size_t index)
{
	if (index >= directory->record.ended_ca_count)
		return (struct lt_ended_ca){ 0 };
	return (struct lt_ended_ca){ directory->record.ended_ca[index].cert, directory->record.ended_ca[index].until };
}

enum lt_err lt_directory_trust(const struct lt_directory *directory, struct lt_trust *trust)
{
	const struct directory_record *record = &directory->record;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < record->ca_count && !err; i++)
		err = lt_trust_add_ca(trust, record->ca[i]);
	for (size_t i = 0; i < record->ended_ca_count && !err; i++)
		err = lt_trust_end_ca(trust, record->ended_ca[i].cert, record->ended_ca[i].until);
	return err;
}
