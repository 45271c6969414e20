/* rulebook_make.c: collects directory, CRLs, suspensions and announcements for a new rulebook. */
#include "rulebook_make.h"

#include <stdlib.h>
#include <string.h>

#include "definition_store.h"
#include "base/fields.h"
#include "program/log.h"

enum { CRLS_MAX = 64 }; /* one of each CA; a nation has a handful */

/* Copies: a view of the store lives until its next call only. */
struct collected {
	struct lt_buf registrar, ca, directory;
	struct lt_buf bodies[CRLS_MAX];
	struct lt_bytes crls[CRLS_MAX + 1];
	size_t crl_count;
	const char **suspended;
	size_t suspended_count;
	struct rulebook_announcement *announced;
	size_t announced_count;
	char domain[LT_DOMAIN_MAX];
};

static void copy(struct lt_buf *out, struct lt_bytes bytes)
{
	lt_buf_clear(out);
	LT_ASSERT(lt_buf_append(out, bytes.data, bytes.len) == LT_OK);
}

static void collect_crls(struct state *state, const struct rulebook_change *change, struct collected *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_CRL);
	struct lt_bytes value, der, replaced = change ? change->crl : (struct lt_bytes){ 0 };
	struct store_key skip = { 0 };
	if (replaced.len > 0)
		skip = definition_crl(change->list);
	while (definition_next(state->store, &walk, &value)) {
		struct lt_crl_verdict verdict;
		if (lt_bytes_equal(store_key_bytes(&skip), store_key_bytes(&walk.key)) || out->crl_count == CRLS_MAX)
			continue;
		if (definition_crl_read(value, &verdict, &der)) {
			(void)definition_fault(state->store, store_key_bytes(&walk.key));
			continue;
		}
		copy(&out->bodies[out->crl_count], der);
		out->crls[out->crl_count] = lt_buf_bytes(&out->bodies[out->crl_count]);
		out->crl_count++;
	}
	if (replaced.len > 0)
		out->crls[out->crl_count++] = replaced;
}

static void collect_suspended(struct state *state, struct collected *out)
{
	out->suspended = calloc(state->mailboxes.count + 1, sizeof(*out->suspended));
	LT_ASSERT(out->suspended);
	for (uint32_t i = 0; i < state->mailboxes.count; i++) {
		if (state->mailboxes.items[i].suspended)
			out->suspended[out->suspended_count++] = state->mailboxes.items[i].code;
	}
}

static void collect_announced(struct state *state, struct collected *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_ANNOUNCED);
	struct lt_bytes value;
	while (definition_next(state->store, &walk, &value)) {
		struct announced announced;
		if (announced_read(value, &announced)) {
			(void)definition_fault(state->store, store_key_bytes(&walk.key));
			continue;
		}
		size_t size = (out->announced_count + 1) * sizeof(*out->announced);
		uint8_t *bytes = malloc(walk.key.len + value.len); /* the code's NUL in the place of the type */
		out->announced = realloc(out->announced, size);
		LT_ASSERT(out->announced && bytes);
		memcpy(bytes, walk.key.data + 1, walk.key.len - 1);
		bytes[walk.key.len - 1] = '\0';
		memcpy(bytes + walk.key.len, value.data, value.len);
		out->announced[out->announced_count++] =
			(struct rulebook_announcement){ .code = (const char *)bytes,
							.value = lt_bytes(bytes + walk.key.len, value.len) };
	}
}

static void collected_free(struct collected *collected)
{
	lt_buf_fini(&collected->registrar);
	lt_buf_fini(&collected->ca);
	lt_buf_fini(&collected->directory);
	for (size_t i = 0; i < CRLS_MAX; i++)
		lt_buf_fini(&collected->bodies[i]);
	free(collected->suspended);
	for (size_t i = 0; i < collected->announced_count; i++)
		free((void *)(uintptr_t)collected->announced[i].code);
	free(collected->announced);
	free(collected);
}

static struct collected *collect(struct state *state, const struct rulebook_change *change)
{
	struct lt_bytes value;
	struct store_key key = definition_directory();
	struct collected *out = calloc(1, sizeof(*out));
	LT_ASSERT(out);
	value = state_get_bytes(state, "domain");
	if (value.len >= sizeof(out->domain))
		state_fault_bytes(state, "domain");
	else if (value.len > 0)
		memcpy(out->domain, value.data, value.len);
	copy(&out->registrar, state_get_bytes(state, "registrar"));
	copy(&out->ca, state_get_bytes(state, "ca"));
	if (change && change->signed_directory.len > 0)
		copy(&out->directory, change->signed_directory);
	else if (definition_get(state->store, &key, &value) == LT_OK)
		copy(&out->directory, value);
	collect_crls(state, change, out);
	collect_suspended(state, out);
	collect_announced(state, out);
	return out;
}

uint32_t trust_grace_hours(const struct state *state)
{
	uint64_t set = state_get_number(state, "trust_grace"); /* one more than the hours; 0: never set */
	return set == 0 ? RULEBOOK_GRACE_HOURS : (uint32_t)(set - 1);
}

enum lt_reason rulebook_renew(struct state *state, const struct rulebook_change *change, struct lt_refusal *refusal)
{
	struct collected *collected = collect(state, change);
	bool same_directory = state->rulebook && !(change && change->signed_directory.len > 0);
	struct rulebook_parts parts = {
		.domain = collected->domain,
		.registrar = lt_buf_bytes(&collected->registrar),
		.ca = lt_buf_bytes(&collected->ca),
		.signed_directory = lt_buf_bytes(&collected->directory),
		.crl_count = collected->crl_count,
		.crls = collected->crls,
		.suspended_count = collected->suspended_count,
		.suspended = collected->suspended,
		.announced_count = collected->announced_count,
		.announced = collected->announced,
		.directory_version = same_directory ? rulebook_directory_version(state->rulebook) : 0,
		.trust_version = state->trust_version,
		.crl_required = state_get_number(state, "crl_required") != 0,
		.restoring = state->restoring,
		.grace = (int64_t)trust_grace_hours(state) * 3600 * 1000000,
	};
	struct rulebook *rulebook = NULL;
	enum lt_reason reason = rulebook_new(&parts, same_directory ? state->rulebook : NULL, &rulebook, refusal);
	if (!reason) {
		rulebook_unref(state->rulebook);
		state->rulebook = rulebook;
	}
	collected_free(collected);
	return reason;
}
