/* speaker.h: for whom this adapter speaks, and with what: handed to outbox and inbox, which keep nothing of their own.
 * Made before the threads, unchanged afterwards. The signers here belong to the store thread; the link has its own. */
#ifndef MAIL_SPEAKER_H
#define MAIL_SPEAKER_H

#include "broker_clock.h"
#include "directory_current.h"

struct speaker_agency {
	char code[LT_AGENCY_MAX];
	struct lt_signer *signer;
	bool sign_each; /* a signature an envelope, also when many wait */
};
struct speaker {
	const char *domain;
	int64_t (*now)(void);             /* microseconds since the epoch */
	const struct broker_clock *clock; /* NULL: ours is taken at its word */
	struct directory_current *book;
	size_t agency_count;
	struct speaker_agency *agencies;
};
/* NULL when we do not speak for it. */
const struct speaker_agency *speaker_find(const struct speaker *speaker, const char *code);

#endif
