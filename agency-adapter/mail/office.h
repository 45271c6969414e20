/* office.h: for whom this adapter speaks, and with what: handed to outbox and inbox, which keep nothing of their own.
 * Made before the threads, unchanged afterwards. The signers here belong to the store thread; the link has its own. */
#ifndef ADAPTER_OFFICE_H
#define ADAPTER_OFFICE_H

#include "book.h"

struct office_agency {
	char code[LT_AGENCY_MAX];
	struct lt_signer *signer;
	bool sign_each; /* a signature an envelope, also when many wait */
};
struct office {
	const char *domain;
	int64_t (*now)(void); /* microseconds since the epoch */
	struct book *book;
	size_t agency_count;
	struct office_agency *agencies;
};
/* NULL when we do not speak for it. */
const struct office_agency *office_find(const struct office *office, const char *code);

#endif
