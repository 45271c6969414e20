/* admit_check.c: the checks of one envelope, in the order in which they are asked: its form, its sender, its signature. Each
 * needs more work than the one before it. */
#include "admit_internal.h"

#include <string.h>

#include "queue/env.h"
#include "state/succession.h"
#include "trust/trust.h"

/* ---- form: never recorded ---- */

enum lt_reason admit_check_header(struct admit *admit, struct admit_item *item, struct lt_refusal *refusal)
{
	return lt_header_parse(item->envelope->header, admit->arena, &item->header, refusal);
}

enum lt_reason admit_check_parts(struct admit_item *item, struct lt_refusal *refusal)
{
	return lt_envelope_check_parts(&item->header, item->envelope, refusal);
}

/* ---- sender: recorded ---- */

enum lt_reason admit_of_time(const struct admit *admit, enum lt_reason reason, struct lt_refusal *refusal)
{
	if (!env_time_unconfirmed(admit->options.env))
		return reason;
	return lt_refuse(refusal, LT_CLOCK_WRONG, "the broker's time is not confirmed: %s", lt_reason_name(reason));
}

bool admit_agency_closed(const struct lt_agency *agency, int64_t now)
{
	return agency->valid_to != 0 && now >= agency->valid_to;
}

enum lt_reason admit_refuse_closed(const struct rulebook *rulebook, const char *agency, int64_t now,
				   struct lt_refusal *refusal)
{
	const char *acting = succession_of(rulebook, agency, NULL, now);
	if (strcmp(acting, agency) == 0)
		return lt_refuse(refusal, LT_SENDER_CLOSED, "%s is closed and has no successor", agency);
	return lt_refuse(refusal, LT_SENDER_CLOSED, "%s is closed; %s acts for it", agency, acting);
}

bool admit_agency_in_force(const struct lt_agency *agency, int64_t now)
{
	return (agency->valid_from == 0 || now >= agency->valid_from) &&
	       (agency->valid_to == 0 || now < agency->valid_to);
}

enum lt_reason admit_check_sender(struct admit *admit, struct admit_item *item, const uint8_t key[32],
				  struct lt_refusal *refusal)
{
	const struct lt_header *header = &item->header;
	const struct rulebook *rulebook = admit->rulebook;
	if (!rulebook)
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "the broker has no directory yet");
	if (strcmp(header->domain, rulebook_domain(rulebook)) != 0)
		return lt_refuse(refusal, LT_DOMAIN_WRONG, "this broker's domain is %s", rulebook_domain(rulebook));
	item->sender = trust_agency(admit->rulebook, header->sender);
	if (!item->sender)
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "%s", header->sender);
	int64_t now = env_time(admit->options.env);
	if (admit_agency_closed(item->sender, now))
		return admit_of_time(admit, admit_refuse_closed(rulebook, header->sender, now, refusal), refusal);
	if (!admit_agency_in_force(item->sender, now))
		return admit_of_time(
			admit, lt_refuse(refusal, LT_SENDER_UNKNOWN, "%s is not in force at this time", header->sender),
			refusal);
	if (!lt_agency_has_key(item->sender, key, now))
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", header->sender);
	if (rulebook_suspended(rulebook, header->sender))
		return lt_refuse(refusal, LT_SENDER_SUSPENDED, "%s", header->sender);
	return LT_REASON_NONE;
}

/* ---- signature: recorded ---- */

/* A certificate may end between two looks at its chain. */
static bool in_its_time(const struct lt_cert *certificate, int64_t now)
{
	int64_t from, to;
	lt_cert_valid(certificate, &from, &to);
	return now >= from && now <= to;
}

enum lt_reason admit_check_chain(struct admit *admit, const struct lt_cert *certificate, bool *stale,
				 struct lt_refusal *refusal)
{
	const struct env *env = admit->options.env;
	const uint8_t *sha256 = lt_cert_sha256(certificate);
	struct admit_chain *chain = &admit->chains[(sha256[0] | (size_t)sha256[1] << 8) % ADMIT_CHAINS];
	uint64_t trust = rulebook_trust_version(admit->rulebook);
	uint64_t directory = rulebook_directory_version(admit->rulebook);
	int64_t now = env->boottime(env->ctx);
	*stale = chain->stale;
	if (chain->checked_at != 0 && now - chain->checked_at < (int64_t)ADMIT_CHAIN_SECONDS * 1000000 &&
	    chain->trust_version == trust && chain->directory_version == directory &&
	    memcmp(chain->sha256, sha256, 32) == 0 && in_its_time(certificate, env_time(env)))
		return LT_REASON_NONE;
	stats_add(admit->options.stats, STATS_CHAINS, 1);
	enum lt_reason reason = trust_check_cert(admit->rulebook, certificate, env_time(env), stale, refusal);
	if (reason == LT_CERTIFICATE_EXPIRED || reason == LT_CERTIFICATE_UNTRUSTED) /* or its CRL has ended */
		return admit_of_time(admit, reason, refusal);
	if (reason)
		return reason;
	chain->stale = *stale;
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
	uint64_t checks = lt_roots_checks(admit->roots);
	enum lt_reason reason = lt_signature_verify_with(
		admit->roots, item->envelope->signature, item->envelope->header,
		(const struct lt_cert *const *)sender->certs, sender->cert_count + sender->ended_count, &used, refusal);
	if (!reason && !lt_agency_cert_at(sender, used, env_time(admit->options.env)))
		reason = lt_refuse(refusal, LT_CERTIFICATE_NOT_ENROLLED,
				   "the certificate was replaced; sign with the new one");
	stats_add(admit->options.stats, STATS_SIGNATURES, lt_roots_checks(admit->roots) - checks);
	if (reason)
		return reason;
	item->certificate = used;
	reason = admit_check_chain(admit, used, &item->stale, refusal);
	if (!reason && item->stale)
		stats_add(admit->options.stats, STATS_TRUST_STALE, 1);
	return reason;
}
