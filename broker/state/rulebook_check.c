/* rulebook_check.c: certificates in use, and what shall come into force: directories and revocation lists, linted by the rules that
 * will use them. */
#include "rulebook_internal.h"

#include <stdlib.h>
#include <string.h>

#include "directory/directory_lint.h"
#include "identity/lint.h"
#include "law/directory_next.h"
#include "program/log.h"

/* Once an operator has given a CRL, every certificate needs one in force: a lost CRL must not lift a revocation. */
enum lt_reason rulebook_check_cert(struct rulebook *rulebook, const struct lt_cert *cert, int64_t at, bool *stale,
				   struct lt_refusal *refusal)
{
	const struct lt_trust_question question = { .at = at,
						    .require_crl = rulebook->crl_required || rulebook->crl_count > 0,
						    .grace = rulebook->grace };
	pthread_mutex_lock(&rulebook->trust_lock);
	enum lt_reason reason = lt_trust_ask(rulebook->trust, cert, &question, stale, refusal);
	pthread_mutex_unlock(&rulebook->trust_lock);
	return reason;
}

enum lt_reason rulebook_check_directory(struct rulebook *rulebook, struct lt_bytes signed_directory, int64_t at,
					struct lt_refusal *refusal)
{
	pthread_mutex_lock(&rulebook->trust_lock);
	enum lt_reason reason = lt_trust_check(rulebook->registrar_trust, rulebook->registrar, at, false, refusal);
	pthread_mutex_unlock(&rulebook->trust_lock);
	struct lt_directory *directory = NULL;
	if (!reason)
		reason = lt_directory_open(signed_directory, rulebook->registrar, &directory, refusal);
	if (!reason && strcmp(lt_directory_domain(directory), rulebook->domain) != 0)
		reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "domain: %s, this broker is %s",
				   lt_directory_domain(directory), rulebook->domain);
	uint64_t version = reason ? 0 : lt_directory_version(directory), next = rulebook->directory_version + 1;
	if (!reason && rulebook->directory && (rulebook->restoring ? version < next : version != next))
		reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "version: %llu, the next is %llu",
				   (unsigned long long)version, (unsigned long long)next);
	if (!reason)
		reason = directory_check_next(rulebook_directory(rulebook), directory, at, refusal);
	if (!reason)
		reason = directory_lint(rulebook_directory(rulebook), directory, at, refusal);
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
	cas[0] = lt_cert_der(rulebook->ca);
	for (size_t i = 0; i < listed; i++)
		cas[i + 1] = lt_directory_ca(directory, i);
	for (size_t i = 0; i < ended; i++)
		cas[listed + i + 1] = lt_directory_ended_ca(directory, i).der;
	*count = listed + ended + 1;
	return cas;
}

enum lt_reason rulebook_check_crl(struct rulebook *rulebook, struct lt_bytes der, int64_t at,
				  struct lt_refusal *refusal)
{
	size_t count;
	struct lt_bytes *cas = all_cas(rulebook, &count);
	enum lt_reason reason = lint_crl(der, cas, count, at, refusal);
	for (size_t i = 0; i < rulebook->crl_count && !reason; i++) {
		struct lt_bytes ours = lt_buf_bytes(&rulebook->crls[i]);
		if (lint_crl_same_ca(ours, der, cas, count))
			reason = lint_crl_next(ours, der, refusal);
	}
	free(cas);
	return reason;
}
