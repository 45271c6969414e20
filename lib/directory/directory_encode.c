/* directory_encode.c: the registrar's side: agencies to a signed directory. */
#include "directory_internal.h"

#include <stdlib.h>
#include <string.h>

/* The lists of one entry in the record's form; views of the agency's own. */
static enum lt_err fill_entry(const struct lt_agency *agency, struct lt_arena *arena, struct directory_entry *out)
{
	*out = (struct directory_entry){
		.code = agency->code,
		.alias_count = agency->alias_count,
		.name = agency->name ? agency->name : "",
		.name_en = agency->name_en ? agency->name_en : "",
		.one_stop = agency->one_stop ? agency->one_stop : "",
		.level = (uint32_t)agency->level,
		.parent = agency->parent,
		.cert_count = agency->cert_count,
		.curve_count = agency->curve_count,
		.valid_from = agency->valid_from,
		.valid_to = agency->valid_to,
		.successor_count = agency->successor_count,
		.split_field = agency->split_field ? agency->split_field : "",
		.split_count = agency->split_count,
		.ledger_key_count = agency->ledger_key_count,
		.incarnation_count = agency->incarnation_count,
		.ended_count = agency->ended_count,
		.receives_count = agency->receives_count,
		.brings_count = agency->brings_count,
		.answers_count = agency->answers_count,
		.ended_key_count = agency->ended_key_count,
	};
	out->aliases = lt_arena_alloc(arena, (agency->alias_count + 1) * sizeof *out->aliases);
	out->successors = lt_arena_alloc(arena, (agency->successor_count + 1) * sizeof *out->successors);
	out->certs = lt_arena_alloc(arena, (agency->cert_count + 1) * sizeof *out->certs);
	out->curve_keys = lt_arena_alloc(arena, (agency->curve_count + 1) * sizeof *out->curve_keys);
	out->split = lt_arena_alloc(arena, (agency->split_count + 1) * sizeof *out->split);
	out->ledger_keys = lt_arena_alloc(arena, (agency->ledger_key_count + 1) * sizeof *out->ledger_keys);
	out->incarnations = lt_arena_alloc(arena, (agency->incarnation_count + 1) * sizeof *out->incarnations);
	out->ended = lt_arena_alloc(arena, (agency->ended_count + 1) * sizeof *out->ended);
	out->receives_for = lt_arena_alloc(arena, (agency->receives_count + 1) * sizeof *out->receives_for);
	out->brings = lt_arena_alloc(arena, (agency->brings_count + 1) * sizeof *out->brings);
	out->answers_for = lt_arena_alloc(arena, (agency->answers_count + 1) * sizeof *out->answers_for);
	out->ended_keys = lt_arena_alloc(arena, (agency->ended_key_count + 1) * sizeof *out->ended_keys);
	if (!out->ended || !out->ended_keys || !out->ledger_keys || !out->incarnations || !out->receives_for ||
	    !out->brings || !out->answers_for || !out->split || !out->aliases || !out->successors || !out->certs ||
	    !out->curve_keys)
		return LT_ENOMEM;
	for (size_t i = 0; i < agency->alias_count; i++)
		out->aliases[i] = agency->aliases[i];
	for (size_t i = 0; i < agency->successor_count; i++)
		out->successors[i] = agency->successors[i];
	for (size_t i = 0; i < agency->receives_count; i++)
		out->receives_for[i] = agency->receives_for[i];
	for (size_t i = 0; i < agency->brings_count; i++)
		out->brings[i] = agency->brings[i];
	for (size_t i = 0; i < agency->answers_count; i++)
		out->answers_for[i] = agency->answers_for[i];
	for (size_t i = 0; i < agency->split_count; i++)
		out->split[i] = (struct directory_split){ agency->split[i].value, agency->split[i].successor };
	for (size_t i = 0; i < agency->ledger_key_count; i++) {
		const struct lt_ledger_key *key = &agency->ledger_keys[i];
		out->ledger_keys[i] =
			(struct directory_ledger_key){ lt_bytes(key->key, 32), key->valid_from, key->valid_to };
	}
	for (size_t i = 0; i < agency->incarnation_count; i++) {
		const struct lt_incarnation *one = &agency->incarnations[i];
		out->incarnations[i] =
			(struct directory_incarnation){ one->origin, one->before, one->size, lt_bytes(one->root, 32) };
	}
	for (size_t i = 0; i < agency->cert_count; i++)
		out->certs[i] = lt_cert_der(agency->certs[i]);
	for (size_t i = 0; i < agency->ended_count; i++)
		out->ended[i] = (struct directory_ended){ lt_cert_der(agency->certs[agency->cert_count + i]),
							  agency->ended_until[i] };
	for (size_t i = 0; i < agency->curve_count; i++)
		out->curve_keys[i] = lt_bytes(agency->curve_keys[i], 32);
	for (size_t i = 0; i < agency->ended_key_count; i++)
		out->ended_keys[i] = (struct directory_ended_key){ lt_bytes(agency->ended_keys[i].key, 32),
								   agency->ended_keys[i].until };
	return LT_OK;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct directory_entry *)a)->code, ((const struct directory_entry *)b)->code);
}

static enum lt_err fill_record(const struct lt_agency *agencies, size_t count, struct lt_arena *arena,
			       struct directory_record *record)
{
	record->agencies = lt_arena_alloc(arena, (count + 1) * sizeof *record->agencies);
	if (!record->agencies)
		return LT_ENOMEM;
	record->count = count;
	for (size_t i = 0; i < count; i++) {
		enum lt_err err = fill_entry(&agencies[i], arena, &record->agencies[i]);
		if (err != LT_OK)
			return err;
	}
	qsort(record->agencies, count, sizeof *record->agencies, compare_entries);
	return LT_OK;
}

static enum lt_err encode_signed(const struct directory_record *record, struct lt_signer *registrar, struct lt_buf *out,
				 struct lt_refusal *refusal)
{
	struct lt_buf bytes = { 0 }, cms = { 0 };
	enum lt_err err = codec_directory_encode(record, &bytes);
	if (err == LT_OK && bytes.len > LT_DIRECTORY_MAX) {
		lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu bytes, allowed are %u", bytes.len, LT_DIRECTORY_MAX);
		err = LT_EINVAL;
	}
	if (err == LT_OK)
		err = lt_signer_cms(registrar, lt_buf_bytes(&bytes), &cms);
	if (err == LT_OK)
		err = codec_signed_directory_encode(
			&(struct signed_directory_record){ lt_buf_bytes(&bytes), lt_buf_bytes(&cms) }, out);
	lt_buf_fini(&cms);
	lt_buf_fini(&bytes);
	return err;
}

enum lt_err lt_directory_encode(const char *domain, uint64_t version, int64_t issued_at,
				const struct lt_agency *agencies, size_t count, const struct lt_bytes *ca,
				size_t ca_count, struct lt_signer *registrar, struct lt_buf *out,
				struct lt_refusal *refusal)
{
	return lt_directory_encode_ended(domain, version, issued_at, agencies, count, ca, ca_count, NULL, 0, registrar,
					 out, refusal);
}

enum lt_err lt_directory_encode_ended(const char *domain, uint64_t version, int64_t issued_at,
				      const struct lt_agency *agencies, size_t count, const struct lt_bytes *ca,
				      size_t ca_count, const struct lt_ended_ca *ended, size_t ended_count,
				      struct lt_signer *registrar, struct lt_buf *out, struct lt_refusal *refusal)
{
	struct directory_ended list[DIRECTORY_LIST_MAX];
	struct lt_arena *arena = NULL;
	struct directory_record record = {
		.type = LT_DIRECTORY_TYPE, .domain = domain, .version = version, .issued_at = issued_at
	};
	struct lt_bytes *ca_list = calloc(ca_count + 1, sizeof *ca_list);
	enum lt_err err = ca_list ? lt_arena_new(LT_DIRECTORY_MAX, &arena) : LT_ENOMEM;
	if (err != LT_OK)
		goto out;
	if (ended_count > DIRECTORY_LIST_MAX) {
		lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu ended CAs, allowed are %u", ended_count,
			  DIRECTORY_LIST_MAX);
		err = LT_EINVAL;
		goto out;
	}
	for (size_t i = 0; i < ended_count; i++)
		list[i] = (struct directory_ended){ ended[i].der, ended[i].until };
	record.ended_ca = list;
	record.ended_ca_count = ended_count;
	if (count > LT_AGENCIES_MAX) {
		lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu agencies, allowed are %u", count, LT_AGENCIES_MAX);
		err = LT_EINVAL;
		goto out;
	}
	if (ca_count > 0)
		memcpy(ca_list, ca, ca_count * sizeof *ca);
	record.ca = ca_list;
	record.ca_count = ca_count;
	err = fill_record(agencies, count, arena, &record);
	if (err == LT_OK && (directory_check(&record, refusal) || directory_check_cas(&record, refusal)))
		err = LT_EINVAL;
	if (err == LT_OK)
		err = encode_signed(&record, registrar, out, refusal);
out:
	lt_arena_free(arena);
	free(ca_list);
	return err;
}
