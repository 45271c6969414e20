/* trust_door.c: what shall come into force: directories and revocation lists, linted by the rules that will use them, and read for
 * apply, which does not read them. */
#include "trust_internal.h"

#include <stdlib.h>
#include <string.h>

#include "directory/directory_lint.h"
#include "identity/crl.h"
#include "identity/lint.h"
#include "law/directory_next.h"
#include "program/log.h"

static enum lt_reason check_registrar(struct trust *trust, int64_t at, struct lt_refusal *refusal)
{
	if (!trust->registrar)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "the registrar's certificate cannot be read here");
	pthread_mutex_lock(&trust->lock);
	enum lt_reason reason = lt_trust_check(trust->registrar_only, trust->registrar, at, false, refusal);
	pthread_mutex_unlock(&trust->lock);
	return reason;
}

enum lt_reason trust_check_directory(struct rulebook *rulebook, struct lt_bytes signed_directory, int64_t at,
				     struct lt_refusal *refusal)
{
	struct trust *trust = trust_of(rulebook);
	const struct lt_directory *before = trust_directory(rulebook);
	enum lt_reason reason = check_registrar(trust, at, refusal);
	struct lt_directory *directory = NULL;
	if (!reason)
		reason = lt_directory_open(signed_directory, trust->registrar, &directory, refusal);
	if (!reason && strcmp(lt_directory_domain(directory), rulebook_domain(rulebook)) != 0)
		reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "domain: %s, this broker is %s",
				   lt_directory_domain(directory), rulebook_domain(rulebook));
	uint64_t version = reason ? 0 : lt_directory_version(directory);
	uint64_t next = rulebook_directory_version(rulebook) + 1;
	if (!reason && before && (rulebook_restoring(rulebook) ? version < next : version != next))
		reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "version: %llu, the next is %llu",
				   (unsigned long long)version, (unsigned long long)next);
	if (!reason)
		reason = directory_check_next(before, directory, at, refusal);
	if (!reason)
		reason = directory_lint(before, directory, at, refusal);
	lt_directory_free(directory);
	return reason;
}

/* The registrar's CA and those of the directory, the ended ones too: their lists tell of the past. The caller frees. */
static struct lt_bytes *all_cas(const struct rulebook *rulebook, size_t *count)
{
	const struct lt_directory *directory = rulebook_directory(rulebook);
	size_t listed = directory ? lt_directory_ca_count(directory) : 0;
	size_t ended = directory ? lt_directory_ended_ca_count(directory) : 0;
	struct lt_bytes *cas = calloc(listed + ended + 1, sizeof(*cas));
	LT_ASSERT(cas);
	cas[0] = rulebook_ca(rulebook);
	for (size_t i = 0; i < listed; i++)
		cas[i + 1] = lt_directory_ca(directory, i);
	for (size_t i = 0; i < ended; i++)
		cas[listed + i + 1] = lt_directory_ended_ca(directory, i).der;
	*count = listed + ended + 1;
	return cas;
}

enum lt_reason trust_read_crl(struct lt_bytes der, uint8_t list[32], struct lt_crl_verdict *verdict,
			      struct lt_refusal *refusal)
{
	struct crl_info info;
	struct lt_buf name = { 0 };
	*verdict = (struct lt_crl_verdict){ 0 };
	if (crl_read(der, &info))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "crl: not a CRL in DER");
	LT_ASSERT(lt_buf_append(&name, info.issuer.data, info.issuer.len) == LT_OK &&
		  (info.ca_key.len == 0 || lt_buf_append(&name, info.ca_key.data, info.ca_key.len) == LT_OK));
	lt_sha256(lt_buf_bytes(&name), list);
	lt_buf_fini(&name);
	*verdict = (struct lt_crl_verdict){ .list = lt_bytes(list, 32),
					    .number = info.number,
					    .made = crl_time(info.this_update),
					    .ends = crl_time(info.next_update) };
	return LT_REASON_NONE;
}

enum lt_reason trust_check_crl(struct rulebook *rulebook, struct lt_bytes der, int64_t at, uint8_t list[32],
			       struct lt_crl_verdict *verdict, struct lt_refusal *refusal)
{
	size_t count;
	struct lt_bytes *cas = all_cas(rulebook, &count);
	enum lt_reason reason = lint_crl(der, cas, count, at, refusal);
	for (size_t i = 0; i < rulebook_list_count(rulebook) && !reason; i++) {
		struct lt_bytes ours = rulebook_list(rulebook, i);
		if (lint_crl_same_ca(ours, der, cas, count))
			reason = lint_crl_next(ours, der, refusal);
	}
	free(cas);
	return reason ? reason : trust_read_crl(der, list, verdict, refusal);
}
