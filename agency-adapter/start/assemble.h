/* assemble.h: the whole adapter without its HTTP side: store, link and agencies, put together and taken apart. The daemon puts its
 * API on top of it; the benchmark uses it as it is. */
#ifndef ADAPTER_ASSEMBLE_H
#define ADAPTER_ASSEMBLE_H

#include "link/adapter.h"

struct adapter_agency {
	const char *code, *key, *cert; /* files in PEM */
	bool pss;
	bool sign_each; /* a signature an envelope, also when many wait */
};
struct adapter_options {
	const char *data; /* folder; made with mode 0700 when missing */
	const char *endpoint, *domain;
	uint8_t broker_key[32], broker_next_key[32];
	bool has_next_key;
	struct lt_curve_key curve;
	const char *registrar, *ca, *crl; /* pinned; crl may be NULL */
	const char *directory;            /* first SignedDirectory, before the broker was ever reached; may be NULL */
	size_t agency_count;
	const struct adapter_agency *agencies;
	int64_t inbox_keep, outbox_keep; /* microseconds; 0: INBOX_KEEP_US, OUTBOX_KEEP_US */
	uint64_t map_bytes;              /* 0: ADAPTER_MAP_BYTES */
	uint64_t disk_reserve;           /* bytes free on the disk below which no new work is taken */
	int64_t (*now)(void);            /* NULL: lt_time_now */
};
#define ADAPTER_MAP_BYTES (64ULL << 30) /* upper limit of the store's file; address space, not disk */
#define ADAPTER_DISK_RESERVE \
	(256ULL << 20) /* answers and receipts of a day's work, 100,000 of them, with the pages that they touch */

/* Opens everything, starts nothing. error gets one line for a person. Options are copied. */
enum lt_err adapter_new(const struct adapter_options *options, const struct adapter_events *events, void *ctx,
			struct adapter **out, char *error, size_t error_size);
enum lt_err adapter_start(struct adapter *adapter);
/* Stops the link, then the store after it has run what waits. Takes NULL. */
void adapter_free(struct adapter *adapter);

#endif
