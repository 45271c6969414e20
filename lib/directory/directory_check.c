/* directory_check.c: the rules of a directory, the same for reading one and for making one. */
#include "directory_internal.h"

#include <lienthong/envelope.h>

#include <lienthong/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum lt_reason check_form(const char *text, enum lt_text_form form, const char *code, const char *what,
				 struct lt_refusal *refusal)
{
	char field[LT_AGENCY_MAX + 16];
	snprintf(field, sizeof(field), "%s: %s", code, what);
	return lt_text_refuse(text, form, LT_DIRECTORY_INVALID, field, refusal);
}

static enum lt_reason check_text(const char *text, bool required, const char *code, const char *what,
				 struct lt_refusal *refusal)
{
	size_t len = strlen(text);
	if (!lt_text_valid(text, len))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: %s is not UTF-8", code, what);
	if ((required && len == 0) || lt_text_length(text, len) > DIRECTORY_NAME_MAX)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: %s is empty or over %u characters", code, what,
				 DIRECTORY_NAME_MAX);
	return check_form(text, LT_TEXT_LINE, code, what, refusal);
}

static enum lt_reason check_ended_keys(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < entry->ended_key_count; i++) {
		const struct directory_ended_key *ended = &entry->ended_keys[i];
		bool twice = false;
		if (ended->key.len != 32 || ended->until <= 0)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: ended CURVE key %zu has not 32 bytes, or no until", entry->code, i);
		for (size_t k = 0; k < i; k++)
			twice = twice || lt_bytes_equal(ended->key, entry->ended_keys[k].key);
		for (size_t k = 0; k < entry->curve_count; k++)
			twice = twice || lt_bytes_equal(ended->key, entry->curve_keys[k]);
		if (twice)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: ended CURVE key %zu stands twice, or is in force too", entry->code, i);
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_bytes_lists(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < entry->curve_count; i++) {
		if (entry->curve_keys[i].len != 32)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: CURVE key %zu has %zu bytes, not 32",
					 entry->code, i, entry->curve_keys[i].len);
		for (size_t k = 0; k < i; k++) {
			if (lt_bytes_equal(entry->curve_keys[i], entry->curve_keys[k]))
				return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: a CURVE key stands twice",
						 entry->code);
		}
	}
	for (size_t i = 0; i < entry->ended_count; i++) {
		if (entry->ended[i].until <= 0)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: ended certificate %zu has no until",
					 entry->code, i);
		for (size_t k = 0; k < i; k++) {
			if (lt_bytes_equal(entry->ended[i].cert, entry->ended[k].cert))
				return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: an ended certificate stands twice",
						 entry->code);
		}
		for (size_t k = 0; k < entry->cert_count; k++) {
			if (lt_bytes_equal(entry->ended[i].cert, entry->certs[k]))
				return lt_refuse(refusal, LT_DIRECTORY_INVALID,
						 "%s: a certificate is in force and ended", entry->code);
		}
	}
	for (size_t i = 0; i < entry->cert_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (lt_bytes_equal(entry->certs[i], entry->certs[k]))
				return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: a certificate stands twice",
						 entry->code);
		}
	}
	return check_ended_keys(entry, refusal);
}

/* A right is for what it names: canonical codes that it receives for, code forms that it brings; none twice, not its own. */
static enum lt_reason check_rights(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < entry->receives_count; i++) {
		const char *code = entry->receives_for[i];
		if (!lt_agency_code_valid(code) || strcmp(code, entry->code) == 0)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: receives_for \"%.40s\" is no canonical code of another agency",
					 entry->code, code);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(entry->receives_for[k], code) == 0)
				return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: receives_for %s stands twice",
						 entry->code, code);
		}
	}
	for (size_t i = 0; i < entry->brings_count; i++) {
		const char *code = entry->brings[i];
		if (!lt_agency_code_valid(code) && !lt_agency_code_old_valid(code))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: brings \"%.40s\" is nothing that a dossier code begins with", entry->code,
					 code);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(entry->brings[k], code) == 0)
				return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: brings %s stands twice",
						 entry->code, code);
		}
	}
	for (size_t i = 0; i < entry->answers_count; i++) {
		if (!lt_agency_code_valid(entry->answers_for[i]))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: answers_for \"%.40s\" is no canonical code", entry->code,
					 entry->answers_for[i]);
	}
	return LT_REASON_NONE;
}

/* What can be seen from one agency alone. */
static enum lt_reason check_entry(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	if (!lt_agency_code_valid(entry->code))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "agency code \"%.40s\" is not canonical", entry->code);
	if (entry->alias_count > DIRECTORY_LIST_MAX || entry->successor_count > DIRECTORY_LIST_MAX ||
	    entry->cert_count > DIRECTORY_LIST_MAX || entry->ended_count > DIRECTORY_LIST_MAX ||
	    entry->curve_count > DIRECTORY_LIST_MAX || entry->ended_key_count > DIRECTORY_LIST_MAX ||
	    entry->brings_count > DIRECTORY_LIST_MAX || entry->answers_count > DIRECTORY_LIST_MAX)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: a list is longer than %u", entry->code,
				 DIRECTORY_LIST_MAX);
	enum lt_reason reason = check_text(entry->name, true, entry->code, "name", refusal);
	if (reason == LT_REASON_NONE)
		reason = check_text(entry->name_en, false, entry->code, "name_en", refusal);
	if (reason == LT_REASON_NONE)
		reason = check_text(entry->one_stop, false, entry->code, "one_stop", refusal);
	if (reason != LT_REASON_NONE)
		return reason;
	if (entry->level < LT_LEVEL_COMMUNE || entry->level > LT_LEVEL_BROKER)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: level %u is unknown", entry->code, entry->level);
	if (entry->valid_from < 0 || entry->valid_to < 0 ||
	    (entry->valid_to != 0 && entry->valid_to <= entry->valid_from))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: valid_to is not after valid_from", entry->code);
	for (size_t i = 0; i < entry->alias_count; i++) {
		if (!lt_agency_code_valid(entry->aliases[i]) && !lt_agency_code_old_valid(entry->aliases[i]))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: alias \"%.40s\" is no agency code",
					 entry->code, entry->aliases[i]);
	}
	enum lt_reason rights = check_rights(entry, refusal);
	return rights ? rights : check_bytes_lists(entry, refusal);
}

static int compare_entry(const void *code, const void *entry)
{
	return strcmp(code, ((const struct directory_entry *)entry)->code);
}

static const struct directory_entry *find_entry(const struct directory_record *record, const char *code)
{
	return bsearch(code, record->agencies, record->count, sizeof *record->agencies, compare_entry);
}

static enum lt_reason check_entries(const struct directory_record *record, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < record->count; i++) {
		const char *code = record->agencies[i].code;
		enum lt_reason reason = check_entry(&record->agencies[i], refusal);
		if (reason != LT_REASON_NONE)
			return reason;
		int order = i == 0 ? -1 : strcmp(record->agencies[i - 1].code, code);
		if (order >= 0)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s %s", code,
					 order == 0 ? "stands twice" : "is not sorted by code");
	}
	return LT_REASON_NONE;
}

/* The way up ends at an agency without parent; one that does not within the limit runs in a circle. */
static enum lt_reason check_relatives(const struct directory_record *record, const struct directory_entry *entry,
				      struct lt_refusal *refusal)
{
	const struct directory_entry *above = entry;
	for (unsigned steps = 0; above->parent[0] != 0; steps++) {
		const struct directory_entry *parent = find_entry(record, above->parent);
		if (!parent)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: parent \"%.40s\" is not listed",
					 above->code, above->parent);
		if (steps == DIRECTORY_PARENTS_MAX)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: its parents run in a circle or too deep",
					 entry->code);
		above = parent;
	}
	for (size_t i = 0; i < entry->receives_count; i++) {
		if (!find_entry(record, entry->receives_for[i]))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: receives_for \"%.40s\" is not listed",
					 entry->code, entry->receives_for[i]);
	}
	for (size_t i = 0; i < entry->successor_count; i++) {
		const struct directory_entry *successor = find_entry(record, entry->successors[i]);
		if (!successor || successor == entry)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: successor \"%.40s\" is %s", entry->code,
					 entry->successors[i], successor ? "itself" : "not listed");
	}
	return LT_REASON_NONE;
}

/* Several successors: a field of the dossier says which, each rule names one of them, one rule takes all other values. */
static enum lt_reason check_split(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	bool split = entry->successor_count > 1;
	if (split != (entry->split_field[0] != '\0') || split != (entry->split_count > 0))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID,
				 "%s: split_field and split stand with several successors, and only then", entry->code);
	size_t length = strlen(entry->split_field);
	if (length > LT_FIELD_NAME_MAX || strspn(entry->split_field, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: split_field is not a field's name", entry->code);
	bool others = false;
	for (size_t i = 0; i < entry->split_count; i++) {
		const struct directory_split *rule = &entry->split[i];
		bool listed = false;
		enum lt_reason reason = check_form(rule->value, LT_TEXT_VALUE, entry->code, "split value", refusal);
		if (reason)
			return reason;
		others = others || rule->value[0] == '\0';
		for (size_t k = 0; k < entry->successor_count; k++)
			listed = listed || strcmp(rule->successor, entry->successors[k]) == 0;
		if (!listed)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: split \"%.40s\" is not a successor",
					 entry->code, rule->successor);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(rule->value, entry->split[k].value) == 0)
				return lt_refuse(refusal, LT_DIRECTORY_INVALID,
						 "%s: split value \"%.40s\" stands twice", entry->code, rule->value);
		}
	}
	if (split && !others)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: no split rule for all other values", entry->code);
	return LT_REASON_NONE;
}

static enum lt_reason compare_aliases(const struct directory_record *record, const struct directory_alias *aliases,
				      size_t count, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < count; i++) {
		const char *code = record->agencies[aliases[i].agency].code;
		if (find_entry(record, aliases[i].text))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: alias \"%s\" is the code of an agency",
					 code, aliases[i].text);
		if (i > 0 && strcmp(aliases[i - 1].text, aliases[i].text) == 0)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "alias \"%s\" stands twice", aliases[i].text);
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_aliases(const struct directory_record *record, struct lt_refusal *refusal)
{
	size_t count = 0;
	for (size_t i = 0; i < record->count; i++)
		count += record->agencies[i].alias_count;
	if (count == 0)
		return LT_REASON_NONE;
	struct directory_alias *aliases = calloc(count, sizeof *aliases);
	if (!aliases)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "out of memory for %zu aliases", count);
	size_t at = 0;
	for (size_t i = 0; i < record->count; i++) {
		for (size_t k = 0; k < record->agencies[i].alias_count; k++)
			aliases[at++] = (struct directory_alias){ record->agencies[i].aliases[k], i };
	}
	qsort(aliases, count, sizeof *aliases, directory_compare_alias);
	enum lt_reason reason = compare_aliases(record, aliases, count, refusal);
	free(aliases);
	return reason;
}

static enum lt_reason check_ended_ca(const struct directory_record *record, size_t index, struct lt_refusal *refusal)
{
	const struct directory_ended *ended = &record->ended_ca[index];
	if (ended->until <= 0)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "ended CA certificate %zu: no until", index);
	for (size_t i = 0; i < record->ca_count; i++) {
		if (lt_bytes_equal(record->ca[i], ended->cert))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "a CA certificate is in force and ended");
	}
	for (size_t i = 0; i < index; i++) {
		if (lt_bytes_equal(record->ended_ca[i].cert, ended->cert))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "an ended CA certificate stands twice");
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_ca(const struct directory_record *record, struct lt_refusal *refusal)
{
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; i < record->ended_ca_count && reason == LT_REASON_NONE; i++)
		reason = check_ended_ca(record, i, refusal);
	return reason;
}

enum lt_reason directory_check_cas(const struct directory_record *record, struct lt_refusal *refusal)
{
	struct lt_trust *trust = NULL;
	if (lt_trust_new(&trust) != LT_OK)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "out of memory");
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; i < record->ca_count && reason == LT_REASON_NONE; i++) {
		enum lt_err err = lt_trust_add_ca(trust, record->ca[i]);
		if (err != LT_OK)
			reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "CA certificate %zu: %s", i,
					   err == LT_ECRYPTO ? "not a CA" : lt_err_text(err));
	}
	for (size_t i = 0; i < record->ended_ca_count && reason == LT_REASON_NONE; i++) {
		if (lt_trust_end_ca(trust, record->ended_ca[i].cert, record->ended_ca[i].until))
			reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "ended CA certificate %zu: not a CA", i);
	}
	lt_trust_free(trust);
	return reason;
}

static enum lt_reason check_ledger_keys(const struct directory_entry *entry, struct lt_refusal *refusal)
{
	if (entry->ledger_key_count > 0 && entry->level != LT_LEVEL_BROKER)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: only the broker's own entry has ledger keys",
				 entry->code);
	for (size_t i = 0; i < entry->ledger_key_count; i++) {
		const struct directory_ledger_key *key = &entry->ledger_keys[i];
		if (key->key.len != 32 || key->valid_from < 0 || key->valid_to < 0 ||
		    (key->valid_to != 0 && key->valid_to <= key->valid_from))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: ledger key %zu is not 32 bytes, or ends before it begins", entry->code,
					 i);
	}
	return LT_REASON_NONE;
}

/* A tree: who came after a restore has one ledger before it, which was there first. */
static enum lt_reason check_incarnations(const char *domain, const struct directory_entry *entry,
					 struct lt_refusal *refusal)
{
	if (entry->incarnation_count > 0 && entry->level != LT_LEVEL_BROKER)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: only the broker's own entry has incarnations",
				 entry->code);
	for (size_t i = 0; i < entry->incarnation_count; i++) {
		const struct directory_incarnation *one = &entry->incarnations[i];
		bool good = directory_of_domain(domain, one->origin) && directory_of_domain(domain, one->before) &&
			    strcmp(one->origin, one->before) != 0 && one->size > 0 && one->root.len == 32;
		for (size_t k = 0; k < i && good; k++) /* none twice, and none before itself */
			good = strcmp(entry->incarnations[k].origin, one->origin) != 0 &&
			       strcmp(entry->incarnations[k].before, one->origin) != 0;
		if (!good)
			return lt_refuse(
				refusal, LT_DIRECTORY_INVALID,
				"%s: incarnation %zu: an origin is not one of %s or stands twice, or there is no size "
				"or root",
				entry->code, i, domain);
	}
	return LT_REASON_NONE;
}

enum lt_reason directory_check(const struct directory_record *record, struct lt_refusal *refusal)
{
	if (strcmp(record->type, LT_DIRECTORY_TYPE) != 0)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "type \"%.40s\" is not %s", record->type,
				 LT_DIRECTORY_TYPE);
	size_t domain_len = strlen(record->domain);
	if (domain_len == 0 || domain_len >= LT_DOMAIN_MAX || !lt_text_valid(record->domain, domain_len))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "the domain is empty, too long or not UTF-8");
	if (record->version == 0 || record->issued_at <= 0)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "version or issued_at is missing");
	if (record->count == 0 || record->count > LT_AGENCIES_MAX)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%zu agencies, allowed are 1 to %u", record->count,
				 LT_AGENCIES_MAX);
	enum lt_reason reason = check_entries(record, refusal);
	for (size_t i = 0; i < record->count && reason == LT_REASON_NONE; i++)
		reason = check_relatives(record, &record->agencies[i], refusal);
	for (size_t i = 0; i < record->count && reason == LT_REASON_NONE; i++)
		reason = check_split(&record->agencies[i], refusal);
	for (size_t i = 0; i < record->count && reason == LT_REASON_NONE; i++)
		reason = check_ledger_keys(&record->agencies[i], refusal);
	for (size_t i = 0; i < record->count && reason == LT_REASON_NONE; i++)
		reason = check_incarnations(record->domain, &record->agencies[i], refusal);
	if (reason == LT_REASON_NONE)
		reason = directory_check_successions(record, refusal);
	if (reason == LT_REASON_NONE)
		reason = check_aliases(record, refusal);
	return reason == LT_REASON_NONE ? check_ca(record, refusal) : reason;
}
