#include "admit_internal.h"
#include "queue/env.h"

#include <string.h>

/* A certificate may end between two looks at its chain. */
static bool in_its_time(const struct lt_cert *certificate, int64_t now)
{
	int64_t from, to;
	lt_cert_valid(certificate, &from, &to);
	return now >= from && now <= to;
}

enum lt_reason admit_check_chain(struct admit *admit, const struct lt_cert *certificate, struct lt_refusal *refusal)
{
	const struct env *env = admit->options.env;
	const uint8_t *sha256 = lt_cert_sha256(certificate);
	struct admit_chain *chain = &admit->chains[(sha256[0] | (size_t)sha256[1] << 8) % ADMIT_CHAINS];
	uint64_t trust = rulebook_trust_version(admit->rulebook);
	uint64_t directory = rulebook_directory_version(admit->rulebook);
	int64_t now = env->boottime(env->ctx);
	if (chain->checked_at != 0 && now - chain->checked_at < (int64_t)ADMIT_CHAIN_SECONDS * 1000000 &&
	    chain->trust_version == trust && chain->directory_version == directory &&
	    memcmp(chain->sha256, sha256, 32) == 0 && in_its_time(certificate, env->now(env->ctx)))
		return LT_REASON_NONE;
	stats_add(admit->options.stats, STATS_CHAINS, 1);
	enum lt_reason reason = rulebook_check_cert(admit->rulebook, certificate, env->now(env->ctx), refusal);
	if (reason)
		return reason;
	memcpy(chain->sha256, sha256, 32);
	chain->trust_version = trust;
	chain->directory_version = directory;
	chain->checked_at = now;
	return LT_REASON_NONE;
}

enum lt_reason admit_check_signature(struct admit *admit, struct admit_item *item, struct lt_refusal *refusal)
{
	const struct lt_agency *sender = item->sender;
	const struct lt_cert *used = NULL;
	stats_add(admit->options.stats, STATS_SIGNATURES, 1);
	enum lt_reason reason =
		lt_signature_verify(item->envelope->signature, item->envelope->header,
				    (const struct lt_cert *const *)sender->certs, sender->cert_count, &used, refusal);
	if (reason)
		return reason;
	item->certificate = used;
	return admit_check_chain(admit, used, refusal);
}
