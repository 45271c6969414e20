/* simreform.c: directories that change. */
#include "test.h"

#include "simreform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct simreform *simreform_new(int64_t now)
{
	struct simreform *reform = calloc(1, sizeof(*reform));
	assert_non_null(reform);
	reform->pki = testpki_new(now);
	reform->registrar = testpki_signer(testpki_issue(reform->pki, "registrar", NULL), false);
	return reform;
}

static void clear(struct lt_agency *agency)
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

void simreform_free(struct simreform *reform)
{
	for (size_t i = 0; i < reform->count; i++) {
		clear(&reform->agencies[i]);
		free(reform->agencies[i].receives_for);
		free(reform->agencies[i].name);
		free(reform->agencies[i].name_en);
	}
	lt_signer_free(reform->registrar);
	testpki_free(reform->pki);
	free(reform);
}

struct lt_agency *simreform_find(struct simreform *reform, const char *code)
{
	for (size_t i = 0; i < reform->count; i++) {
		if (strcmp(reform->agencies[i].code, code) == 0)
			return &reform->agencies[i];
	}
	fail_msg("no agency %s", code);
	return NULL;
}

struct lt_agency *simreform_add(struct simreform *reform, const char *code)
{
	assert_true(reform->count < sizeof(reform->agencies) / sizeof(reform->agencies[0]));
	struct lt_agency *agency = &reform->agencies[reform->count++];
	*agency = (struct lt_agency){ .level = LT_LEVEL_DISTRICT, .name = strdup(code), .name_en = strdup("") };
	snprintf(agency->code, sizeof(agency->code), "%s", code);
	for (size_t i = 0; i + 1 < reform->count; i++) { /* under whom its code says */
		size_t length = strlen(reform->agencies[i].code);
		if (strncmp(code, reform->agencies[i].code, length) == 0 && code[length] == '.')
			snprintf(agency->parent, sizeof(agency->parent), "%.*s", (int)length, code);
	}
	return agency;
}

void simreform_take(struct simreform *reform, const struct lt_directory *directory)
{
	for (size_t i = 0; i < lt_directory_count(directory); i++) {
		const struct lt_agency *from = lt_directory_at(directory, i);
		struct lt_agency *to = simreform_add(reform, from->code);
		to->level = from->level;
		to->receives_count = from->receives_count;
		to->receives_for = calloc(from->receives_count + 1, LT_AGENCY_MAX);
		assert_non_null(to->receives_for);
		for (size_t k = 0; k < from->receives_count; k++)
			memcpy(to->receives_for[k], from->receives_for[k], LT_AGENCY_MAX);
		to->cert_count = from->cert_count;
		to->certs = from->certs;
		to->curve_count = from->curve_count;
		to->curve_keys = from->curve_keys;
	}
}

static void follow(struct lt_agency *agency, const char *code)
{
	for (size_t i = 0; i < agency->successor_count; i++) {
		if (strcmp(agency->successors[i], code) == 0)
			return;
	}
	agency->successors = realloc(agency->successors, (agency->successor_count + 1) * LT_AGENCY_MAX);
	assert_non_null(agency->successors);
	snprintf(agency->successors[agency->successor_count++], LT_AGENCY_MAX, "%s", code);
}

void simreform_close(struct simreform *reform, const char *code, int64_t at, const char *successor)
{
	struct lt_agency *agency = simreform_find(reform, code);
	clear(agency);
	agency->valid_to = at;
	if (successor)
		follow(agency, successor);
}

void simreform_split(struct simreform *reform, const char *code, int64_t at, const char *field,
		     const char *const *rules)
{
	struct lt_agency *agency = simreform_find(reform, code);
	clear(agency);
	agency->valid_to = at;
	agency->split_field = strdup(field);
	for (; *rules; rules++) {
		const char *equals = strchr(*rules, '=');
		assert_non_null(equals);
		agency->split = realloc(agency->split, (agency->split_count + 1) * sizeof(*agency->split));
		assert_non_null(agency->split);
		struct lt_split_rule *rule = &agency->split[agency->split_count++];
		*rule = (struct lt_split_rule){ .value = strndup(*rules, (size_t)(equals - *rules)) };
		snprintf(rule->successor, sizeof(rule->successor), "%s", equals + 1);
		follow(agency, equals + 1);
	}
}

enum lt_reason simreform_encode(struct simreform *reform, const char *domain, uint64_t version, int64_t issued,
				struct lt_buf *out, struct lt_refusal *refusal)
{
	memset(refusal, 0, sizeof(*refusal));
	enum lt_err err = lt_directory_encode(domain, version, issued, reform->agencies, reform->count,
					      &reform->pki->ca->der, 1, reform->registrar, out, refusal);
	assert_true(err == LT_OK || refusal->reason != LT_REASON_NONE);
	return refusal->reason;
}

struct rulebook *simreform_rulebook(struct simreform *reform)
{
	struct lt_buf directory = { 0 };
	struct lt_refusal refusal;
	struct rulebook *rulebook = NULL;
	if (simreform_encode(reform, "lienthong.test", 1, reform->pki->now, &directory, &refusal))
		fail_msg("directory: %s", refusal.detail);
	struct rulebook_parts parts = { .domain = "lienthong.test",
					.registrar = reform->pki->ca->der,
					.ca = reform->pki->ca->der,
					.signed_directory = lt_buf_bytes(&directory),
					.directory_version = 1 };
	if (rulebook_new(&parts, NULL, &rulebook, &refusal))
		fail_msg("rulebook: %s", refusal.detail);
	lt_buf_fini(&directory);
	return rulebook;
}
