/* speaker.h: for whom this adapter speaks, and with what: handed to outbox and inbox, which keep nothing of their own.
 * Made before the threads, unchanged afterwards but for the signers: these belong to the store thread, which takes new ones
 * (link_renew); the link has its own. */
#ifndef MAIL_SPEAKER_H
#define MAIL_SPEAKER_H

#include "broker_clock.h"
#include "directory_current.h"

struct speaker_agency {
	char code[LT_AGENCY_MAX];
	struct lt_signer *signer;
	uint8_t certificate[32]; /* SHA-256 of the signer's */
	bool sign_each;          /* a signature an envelope, also when many wait */
};
struct speaker {
	const char *domain;
	int64_t (*now)(void);             /* microseconds since the epoch */
	const struct broker_clock *clock; /* NULL: ours is taken at its word */
	struct directory_current *book;
	size_t agency_count;
	struct speaker_agency *agencies;
};
/* From now on it signs with this one; the one before is freed. Store thread, or before it begins. */
void speaker_take_signer(struct speaker_agency *agency, struct lt_signer *signer);
/* NULL when we do not speak for it. */
const struct speaker_agency *speaker_find(const struct speaker *speaker, const char *code);

#endif
