/* adapter.h: the whole adapter without its HTTP side: store, link and agencies. The daemon puts its API on top of it; the
 * benchmark uses it as it is.
 *
 * Threads: the store thread (vault.h), the link thread (the only user of the link client), and whoever calls. Functions
 * here may be called from any thread between adapter_start and adapter_free unless they say otherwise. */
#ifndef ADAPTER_ADAPTER_H
#define ADAPTER_ADAPTER_H

#include "mail/inbox.h"
#include "mail/outbox.h"
#include "mail/verify.h"

#include <lienthong/link.h>

struct adapter_agency {
	const char *code, *key, *cert; /* files in PEM */
	bool pss;
};
struct adapter_options {
	const char *data; /* folder; made with mode 0700 when missing */
	const char *endpoint, *domain;
	uint8_t broker_key[32];
	struct lt_curve_key curve;
	const char *registrar, *ca, *crl; /* pinned; crl may be NULL */
	const char *directory;            /* first SignedDirectory, before the broker was ever reached; may be NULL */
	size_t agency_count;
	const struct adapter_agency *agencies;
	uint64_t map_bytes;   /* 0: ADAPTER_MAP_BYTES */
	int64_t (*now)(void); /* NULL: lt_time_now */
};
#define ADAPTER_MAP_BYTES (64ULL << 30) /* upper limit of the store's file; address space, not disk */

/* Called on the threads named; must be quick. Members may be NULL. */
struct adapter_events {
	void (*items)(void *ctx, uint64_t last);                         /* store thread: the inbox has grown */
	void (*answered)(void *ctx, const struct outbox_answer *answer); /* store thread: final and on disk */
	void (*ended)(void *ctx, enum lt_reason reason);                 /* link thread: the link has ended for good */
};
struct adapter;
/* Opens everything, starts nothing. error gets one line for a person. Options are copied. */
enum lt_err adapter_new(const struct adapter_options *options, const struct adapter_events *events, void *ctx,
			struct adapter **out, char *error, size_t error_size);
enum lt_err adapter_start(struct adapter *adapter);
/* Stops the link, then the store after it has run what waits. Takes NULL. */
void adapter_free(struct adapter *adapter);

struct vault *adapter_vault(struct adapter *adapter);
const struct office *adapter_office(struct adapter *adapter);
/* The outbox has grown: the link looks at it. */
void adapter_wake(struct adapter *adapter);
/* Signs, stores and syncs one envelope, and waits for that. `request` is borrowed during the call. */
enum lt_err adapter_post(struct adapter *adapter, const struct outbox_request *request, struct outbox_receipt *receipt);
/* ACCEPT or REFUSE of an inbox item; the same rules. */
enum lt_err adapter_answer(struct adapter *adapter, uint64_t item, bool accept, const char *text,
			   struct outbox_receipt *receipt);
/* Reads CA and CRL again, on the link thread. */
void adapter_reload(struct adapter *adapter);

struct adapter_health {
	bool connected, ended;
	enum lt_reason end_reason;
	uint64_t directory_version, outbox_waiting, inbox_items, store_jobs, head;
};
void adapter_get_health(struct adapter *adapter, struct adapter_health *out);

/* Asks the broker about a dossier. `answer` is called once, on the link thread; reason ADAPTER_OFFLINE when the link broke or
 * ADAPTER_QUERY_US passed. LT_EAGAIN: not in session, `answer` is not called. LT_EFULL: ADAPTER_QUERIES_MAX wait. */
#define ADAPTER_QUERY_US 5000000LL
#define ADAPTER_QUERIES_MAX 256u
typedef void adapter_query_answer(void *ctx, enum lt_reason reason, const char *detail, uint64_t sequence,
				  const struct lt_dossier_view *dossier);
enum lt_err adapter_query(struct adapter *adapter, const char *agency, const char *dossier,
			  adapter_query_answer *answer, void *ctx);

#endif
