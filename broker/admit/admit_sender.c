#include "admit_internal.h"

#include <string.h>

#include "state/succession.h"
#include "queue/env.h"

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
	item->sender = rulebook_agency(rulebook, header->sender);
	if (!item->sender)
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "%s", header->sender);
	int64_t now = admit->options.env->now(admit->options.env->ctx);
	if (admit_agency_closed(item->sender, now))
		return admit_refuse_closed(rulebook, header->sender, now, refusal);
	if (!admit_agency_in_force(item->sender, now))
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "%s is not in force at this time", header->sender);
	if (!lt_agency_has_key(item->sender, key))
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", header->sender);
	if (rulebook_suspended(rulebook, header->sender))
		return lt_refuse(refusal, LT_SENDER_SUSPENDED, "%s", header->sender);
	return LT_REASON_NONE;
}
