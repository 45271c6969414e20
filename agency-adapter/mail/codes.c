/* codes.c: see codes.h. Three kinds of keys in one table: 'd' and the day, with its highest number; 'n' and the code, with how it was
 * passed; 'k' and an Idempotency-Key, with the code that it was given. */
#include "codes.h"

#include "base/fields.h"
#include "dossiers.h"
#include "mail/history/comeback.h"

#include <stdio.h>
#include <string.h>

struct key {
	char text[VAULT_KEY_MAX];
};

static struct lt_bytes key_of(struct key *key, char letter, const char *name)
{
	int len = snprintf(key->text, sizeof(key->text), "%c%s", letter, name);
	return lt_bytes(key->text, (size_t)len);
}

/* The code without its number. */
static enum lt_err day_name(const struct codes_day *day, char out[LT_DOSSIER_MAX])
{
	enum lt_err err = lt_dossier_code_make(day->agency, day->time, 0, out);
	if (!err)
		*strrchr(out, '-') = '\0';
	return err;
}

static enum lt_err get_day(struct vault_tx *tx, const char *name, uint32_t *last, int64_t *run)
{
	struct key key;
	struct lt_bytes value;
	*last = 0;
	*run = 0;
	enum lt_err err = vault_get(tx, VAULT_CODE, key_of(&key, 'd', name), &value);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	struct fields_reader in = { .rest = value };
	*last = fields_get_u32(&in);
	*run = (int64_t)fields_get_u64(&in);
	return fields_end(&in);
}

static enum lt_err put(struct vault_tx *tx, struct lt_bytes key, struct fields_writer *writer)
{
	enum lt_err err = fields_written(writer);
	if (!err)
		err = vault_put(tx, VAULT_CODE, key, lt_buf_bytes(writer->buf));
	lt_buf_fini(writer->buf);
	return err;
}

static enum lt_err put_day(struct vault_tx *tx, const char *name, uint32_t last, int64_t run)
{
	struct key key;
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u32(&writer, last);
	fields_put_u64(&writer, (uint64_t)run);
	return put(tx, key_of(&key, 'd', name), &writer);
}

static enum lt_err put_row(struct vault_tx *tx, const char *code, int64_t at, enum codes_source source)
{
	struct key key;
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, (uint64_t)at);
	fields_put_u8(&writer, (uint8_t)source);
	return put(tx, key_of(&key, 'n', code), &writer);
}

enum lt_err codes_get(struct vault_tx *tx, const char *code, struct codes_row *out)
{
	struct key key;
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_CODE, key_of(&key, 'n', code), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	out->at = (int64_t)fields_get_u64(&in);
	out->source = (enum codes_source)fields_get_u8(&in);
	return fields_end(&in);
}

enum lt_err codes_look(struct vault_tx *tx, const struct codes_day *day, int64_t run, uint32_t *last, bool *asked)
{
	char name[LT_DOSSIER_MAX];
	int64_t before = 0;
	enum lt_err err = day_name(day, name);
	if (!err)
		err = get_day(tx, name, last, &before);
	*asked = before == run;
	return err;
}

/* A slip may be with a citizen whose number the broker has not seen yet. Once for each loss. */
static enum lt_err pass_lost(struct vault_tx *tx, const struct codes_day *day, const char *name, uint32_t *last)
{
	char of_loss[LT_DOSSIER_MAX], code[LT_DOSSIER_MAX], meta[LT_DOSSIER_MAX + 8];
	struct codes_day lost = *day;
	uint64_t passed = 0;
	enum lt_err err = comeback_since(tx, day->time, &lost.time);
	if (err || lost.time == 0)
		return err;
	snprintf(meta, sizeof(meta), "passed %s", name);
	err = day_name(&lost, of_loss);
	if (!err)
		err = vault_meta_get(tx, meta, &passed);
	if (err || strcmp(of_loss, name) != 0 || passed == (uint64_t)lost.time)
		return err;
	for (uint32_t i = 0; i < CODES_LOST_MAX && *last < CODES_NUMBER_MAX && !err; i++) {
		err = lt_dossier_code_make(day->agency, day->time, ++*last, code);
		if (!err)
			err = put_row(tx, code, day->time, CODES_PASSED);
	}
	return err ? err : vault_meta_put(tx, meta, (uint64_t)lost.time);
}

enum lt_err codes_asked(struct vault_tx *tx, const struct codes_day *day, int64_t run, uint32_t from, const bool *used,
			size_t count)
{
	char name[LT_DOSSIER_MAX], code[LT_DOSSIER_MAX];
	uint32_t last = 0;
	int64_t before;
	enum lt_err err = day_name(day, name);
	if (!err)
		err = get_day(tx, name, &last, &before);
	for (size_t i = 0; i < count && !err; i++) {
		uint32_t number = from + (uint32_t)i;
		if (number <= last) /* somebody was quicker */
			continue;
		err = lt_dossier_code_make(day->agency, day->time, number, code);
		if (!err)
			err = put_row(tx, code, day->time, used[i] ? CODES_TAKEN : CODES_PASSED);
		last = number;
	}
	if (!err)
		err = pass_lost(tx, day, name, &last);
	return err ? err : put_day(tx, name, last, run);
}

/* The number after `last` that no dossier here has: an office may also have numbered one by itself. */
static enum lt_err next_free(struct vault_tx *tx, const struct codes_day *day, uint32_t *last, char out[LT_DOSSIER_MAX])
{
	struct dossier_note note;
	enum lt_err err = LT_OK;
	while (!err) {
		if (*last == CODES_NUMBER_MAX)
			return LT_EFULL;
		err = lt_dossier_code_make(day->agency, day->time, ++*last, out);
		if (!err && (err = dossiers_get(tx, out, &note)) == LT_ENOENT)
			return LT_OK;
		if (!err)
			err = put_row(tx, out, day->time, CODES_TAKEN);
	}
	return err;
}

static bool is_of(const char *code, const char *agency)
{
	size_t len = strlen(agency);
	return strncmp(code, agency, len) == 0 && code[len] == '-';
}

enum lt_err codes_give(struct vault_tx *tx, const struct codes_day *day, const char *key, char out[LT_DOSSIER_MAX],
		       bool *repeated)
{
	struct key place;
	struct lt_bytes value;
	char name[LT_DOSSIER_MAX];
	uint32_t last;
	int64_t run;
	enum lt_err err = vault_get(tx, VAULT_CODE, key_of(&place, 'k', key), &value);
	*repeated = err == LT_OK;
	if (*repeated) {
		if (value.len >= LT_DOSSIER_MAX)
			return LT_ECORRUPT;
		memcpy(out, value.data, value.len);
		out[value.len] = '\0';
		return is_of(out, day->agency) ? LT_OK : LT_EINVAL;
	}
	if (err != LT_ENOENT)
		return err;
	err = day_name(day, name);
	if (!err)
		err = get_day(tx, name, &last, &run);
	if (!err)
		err = next_free(tx, day, &last, out);
	if (!err)
		err = put_row(tx, out, day->time, CODES_GIVEN);
	if (!err)
		err = put_day(tx, name, last, run);
	if (!err)
		err = vault_put(tx, VAULT_CODE, key_of(&place, 'k', key), lt_bytes(out, strlen(out)));
	return err;
}
