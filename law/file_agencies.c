/* file_agencies.c: struct lt_agency that the tool owns: growing, copying, letting go. */
#include "file_agencies.h"

#include <stdlib.h>
#include <string.h>

enum lt_err agency_set_code(char target[LT_AGENCY_MAX], const char *code)
{
	if (!lt_agency_code_valid(code))
		return LT_EINVAL;
	memset(target, 0, LT_AGENCY_MAX);
	memcpy(target, code, strlen(code));
	return LT_OK;
}

enum lt_err agency_set_text(char **target, const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		return LT_ENOMEM;
	free(*target);
	*target = copy;
	return LT_OK;
}

/* Grows an array of `count` elements by one. */
static void *grow(void *array, size_t count, size_t size)
{
	return realloc(array, (count + 1) * size);
}

enum lt_err agency_add_alias(struct lt_agency *agency, const char *alias)
{
	if (!lt_agency_code_valid(alias) && !lt_agency_code_old_valid(alias))
		return LT_EINVAL;
	char(*list)[LT_AGENCY_MAX] = grow(agency->aliases, agency->alias_count, LT_AGENCY_MAX);
	if (!list)
		return LT_ENOMEM;
	agency->aliases = list;
	memset(list[agency->alias_count], 0, LT_AGENCY_MAX);
	memcpy(list[agency->alias_count++], alias, strlen(alias));
	return LT_OK;
}

enum lt_err agency_add_successor(struct lt_agency *agency, const char *code)
{
	char(*list)[LT_AGENCY_MAX] = grow(agency->successors, agency->successor_count, LT_AGENCY_MAX);
	if (!list)
		return LT_ENOMEM;
	agency->successors = list;
	enum lt_err err = agency_set_code(list[agency->successor_count], code);
	if (err == LT_OK)
		agency->successor_count++;
	return err;
}

static enum lt_err add_code(char (**list)[LT_AGENCY_MAX], size_t *count, const char *code)
{
	char(*grown)[LT_AGENCY_MAX] = grow(*list, *count, LT_AGENCY_MAX);
	if (!grown)
		return LT_ENOMEM;
	*list = grown;
	memset(grown[*count], 0, LT_AGENCY_MAX);
	memcpy(grown[(*count)++], code, strlen(code));
	return LT_OK;
}

enum lt_err agency_add_receives_for(struct lt_agency *agency, const char *code)
{
	return lt_agency_code_valid(code) ? add_code(&agency->receives_for, &agency->receives_count, code) : LT_EINVAL;
}

enum lt_err agency_add_brings(struct lt_agency *agency, const char *code)
{
	bool valid = lt_agency_code_valid(code) || lt_agency_code_old_valid(code);
	return valid ? add_code(&agency->brings, &agency->brings_count, code) : LT_EINVAL;
}

enum lt_err agency_add_answers_for(struct lt_agency *agency, const char *code)
{
	return lt_agency_code_valid(code) ? add_code(&agency->answers_for, &agency->answers_count, code) : LT_EINVAL;
}

enum lt_err agency_add_split(struct lt_agency *agency, const char *value, const char *successor)
{
	struct lt_split_rule *list = grow(agency->split, agency->split_count, sizeof(*list));
	if (!list)
		return LT_ENOMEM;
	agency->split = list;
	struct lt_split_rule *rule = &list[agency->split_count];
	*rule = (struct lt_split_rule){ 0 };
	enum lt_err err = agency_set_code(rule->successor, successor);
	if (err == LT_OK)
		err = agency_set_text(&rule->value, value);
	if (err == LT_OK)
		agency->split_count++;
	return err;
}

void agency_clear_successors(struct lt_agency *agency)
{
	for (size_t i = 0; i < agency->split_count; i++)
		free(agency->split[i].value);
	free(agency->split);
	free(agency->split_field);
	free(agency->successors);
	agency->split = NULL;
	agency->split_field = NULL;
	agency->successors = NULL;
	agency->split_count = agency->successor_count = 0;
}

/* Takes cert over. */
static enum lt_err keep_cert(struct lt_agency *agency, struct lt_cert *cert)
{
	struct lt_cert **list = grow(agency->certs, agency->cert_count + agency->ended_count, sizeof(*list));
	if (!list) {
		lt_cert_free(cert);
		return LT_ENOMEM;
	}
	agency->certs = list;
	memmove(list + agency->cert_count + 1, list + agency->cert_count, agency->ended_count * sizeof(*list));
	list[agency->cert_count++] = cert;
	return LT_OK;
}

enum lt_err agency_end_cert(struct lt_agency *agency, struct lt_bytes der, int64_t until)
{
	struct lt_cert *cert;
	for (size_t i = 0; i < agency->cert_count + agency->ended_count; i++) {
		if (lt_bytes_equal(lt_cert_der(agency->certs[i]), der))
			return LT_OK;
	}
	enum lt_err err = lt_cert_new(der, &cert);
	if (err != LT_OK)
		return err;
	int64_t *until_list = grow(agency->ended_until, agency->ended_count, sizeof(*until_list));
	if (until_list)
		agency->ended_until = until_list;
	struct lt_cert **list = grow(agency->certs, agency->cert_count + agency->ended_count, sizeof(*list));
	if (list)
		agency->certs = list;
	if (!until_list || !list) {
		lt_cert_free(cert);
		return LT_ENOMEM;
	}
	until_list[agency->ended_count] = until;
	list[agency->cert_count + agency->ended_count++] = cert;
	return LT_OK;
}

enum lt_err agency_add_cert(struct lt_agency *agency, struct lt_bytes der)
{
	struct lt_cert *cert;
	enum lt_err err = lt_cert_new(der, &cert);
	return err == LT_OK ? keep_cert(agency, cert) : err;
}

enum lt_err agency_add_cert_file(struct lt_agency *agency, const char *path)
{
	struct lt_cert *cert;
	enum lt_err err = lt_cert_read(path, &cert);
	return err == LT_OK ? keep_cert(agency, cert) : err;
}

enum lt_err agency_add_key(struct lt_agency *agency, const uint8_t key[32])
{
	uint8_t(*list)[32] = grow(agency->curve_keys, agency->curve_count, 32);
	if (!list)
		return LT_ENOMEM;
	agency->curve_keys = list;
	memcpy(list[agency->curve_count++], key, 32);
	return LT_OK;
}

void agency_only_cert(struct lt_agency *agency, struct lt_bytes der)
{
	size_t kept = 0, all = agency->cert_count + agency->ended_count, ended = agency->ended_count;
	for (size_t i = 0; i < all; i++) {
		struct lt_cert *cert = agency->certs[i];
		if (i + ended < all && !lt_bytes_equal(lt_cert_der(cert), der))
			lt_cert_free(cert);
		else
			agency->certs[kept++] = cert;
	}
	agency->cert_count = kept - ended;
}

void agency_only_key(struct lt_agency *agency, const uint8_t key[32])
{
	size_t kept = 0;
	for (size_t i = 0; i < agency->curve_count; i++) {
		if (memcmp(agency->curve_keys[i], key, 32) == 0)
			memmove(agency->curve_keys[kept++], agency->curve_keys[i], 32);
	}
	agency->curve_count = kept;
}

enum lt_err agency_end_key(struct lt_agency *agency, const uint8_t key[32], int64_t until)
{
	for (size_t i = 0; i < agency->curve_count; i++) {
		if (memcmp(agency->curve_keys[i], key, 32) == 0)
			return LT_OK;
	}
	for (size_t i = 0; i < agency->ended_key_count; i++) {
		if (memcmp(agency->ended_keys[i].key, key, 32) == 0)
			return LT_OK;
	}
	struct lt_ended_key *list = grow(agency->ended_keys, agency->ended_key_count, sizeof(*list));
	if (!list)
		return LT_ENOMEM;
	agency->ended_keys = list;
	list[agency->ended_key_count].until = until;
	memcpy(list[agency->ended_key_count++].key, key, 32);
	return LT_OK;
}

enum lt_err agency_add_ledger_key(struct lt_agency *agency, const struct lt_ledger_key *key)
{
	struct lt_ledger_key *list = grow(agency->ledger_keys, agency->ledger_key_count, sizeof(*list));
	if (!list)
		return LT_ENOMEM;
	agency->ledger_keys = list;
	list[agency->ledger_key_count++] = *key;
	return LT_OK;
}

enum lt_err agency_add_incarnation(struct lt_agency *agency, const struct lt_incarnation *incarnation)
{
	struct lt_incarnation *list = grow(agency->incarnations, agency->incarnation_count, sizeof(*list));
	if (!list)
		return LT_ENOMEM;
	agency->incarnations = list;
	list[agency->incarnation_count++] = *incarnation;
	return LT_OK;
}

static void agency_fini(struct lt_agency *agency)
{
	for (size_t i = 0; i < agency->cert_count + agency->ended_count; i++)
		lt_cert_free(agency->certs[i]);
	free(agency->certs);
	free(agency->ended_until);
	free(agency->aliases);
	free(agency->receives_for);
	free(agency->brings);
	free(agency->answers_for);
	free(agency->curve_keys);
	free(agency->ended_keys);
	free(agency->ledger_keys);
	free(agency->incarnations);
	agency_clear_successors(agency);
	free(agency->name);
	free(agency->name_en);
	free(agency->one_stop);
}

void agencies_fini(struct agencies *agencies)
{
	for (size_t i = 0; i < agencies->count; i++)
		agency_fini(&agencies->items[i]);
	free(agencies->items);
	*agencies = (struct agencies){ 0 };
}

struct lt_agency *agencies_add(struct agencies *agencies)
{
	if (agencies->count == LT_AGENCIES_MAX)
		return NULL;
	struct lt_agency *items = grow(agencies->items, agencies->count, sizeof(*items));
	if (!items)
		return NULL;
	agencies->items = items;
	struct lt_agency *added = &items[agencies->count++];
	*added = (struct lt_agency){ 0 };
	return added;
}

struct lt_agency *agencies_find(const struct agencies *agencies, const char *code)
{
	for (size_t i = 0; i < agencies->count; i++)
		if (strcmp(agencies->items[i].code, code) == 0)
			return &agencies->items[i];
	return NULL;
}

enum lt_err agencies_copy(struct agencies *agencies, const struct lt_agency *from)
{
	struct lt_agency *to = agencies_add(agencies);
	if (!to)
		return LT_ENOMEM;
	memcpy(to->code, from->code, LT_AGENCY_MAX);
	memcpy(to->parent, from->parent, LT_AGENCY_MAX);
	to->level = from->level;
	to->valid_from = from->valid_from;
	to->valid_to = from->valid_to;
	enum lt_err err = agency_set_text(&to->name, from->name);
	if (err == LT_OK)
		err = agency_set_text(&to->name_en, from->name_en ? from->name_en : "");
	if (err == LT_OK)
		err = agency_set_text(&to->one_stop, from->one_stop ? from->one_stop : "");
	for (size_t i = 0; i < from->alias_count && err == LT_OK; i++)
		err = agency_add_alias(to, from->aliases[i]);
	for (size_t i = 0; i < from->cert_count && err == LT_OK; i++)
		err = agency_add_cert(to, lt_cert_der(from->certs[i]));
	for (size_t i = 0; i < from->ended_count && err == LT_OK; i++)
		err = agency_end_cert(to, lt_cert_der(from->certs[from->cert_count + i]), from->ended_until[i]);
	for (size_t i = 0; i < from->curve_count && err == LT_OK; i++)
		err = agency_add_key(to, from->curve_keys[i]);
	for (size_t i = 0; i < from->ended_key_count && err == LT_OK; i++)
		err = agency_end_key(to, from->ended_keys[i].key, from->ended_keys[i].until);
	for (size_t i = 0; i < from->ledger_key_count && err == LT_OK; i++)
		err = agency_add_ledger_key(to, &from->ledger_keys[i]);
	for (size_t i = 0; i < from->incarnation_count && err == LT_OK; i++)
		err = agency_add_incarnation(to, &from->incarnations[i]);
	for (size_t i = 0; i < from->successor_count && err == LT_OK; i++)
		err = agency_add_successor(to, from->successors[i]);
	for (size_t i = 0; i < from->receives_count && err == LT_OK; i++)
		err = agency_add_receives_for(to, from->receives_for[i]);
	for (size_t i = 0; i < from->brings_count && err == LT_OK; i++)
		err = agency_add_brings(to, from->brings[i]);
	for (size_t i = 0; i < from->answers_count && err == LT_OK; i++)
		err = agency_add_answers_for(to, from->answers_for[i]);
	if (err == LT_OK && from->split_field && from->split_field[0])
		err = agency_set_text(&to->split_field, from->split_field);
	for (size_t i = 0; i < from->split_count && err == LT_OK; i++)
		err = agency_add_split(to, from->split[i].value, from->split[i].successor);
	return err;
}
