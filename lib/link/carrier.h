/* carrier.h: a connection that carries large parts beside a session of the same adapter (SPEC.md section 5, "Large parts"). One transfer at
 * a time, two chunks under way; it blocks until the transfer has ended, so it is for a thread of its own. A transfer that has failed
 * leaves answers under way: free the carrier and make another one. One thread. In-tree programs only; not installed. */
#ifndef LINK_CARRIER_H
#define LINK_CARRIER_H

#include <lienthong/identity.h>
#include <lienthong/reason.h>

#define CARRIER_CHUNK (256u * 1024u)

struct carrier_options {
	const char *endpoint;   /* borrowed */
	uint8_t broker_key[32]; /* pinned */
	struct lt_curve_key key;
	bool plain; /* no CURVE, to measure what it costs */
};
struct carrier;
/* LT_EFULL: too few descriptors are free; LT_EIO, LT_ENOMEM. */
enum lt_err carrier_new(const struct carrier_options *options, struct carrier **out);
void carrier_free(struct carrier *carrier);

struct carrier_part {
	const char *agency;
	uint8_t sha256[32];
	uint64_t size;
	uint64_t number; /* of the agency's mailbox: to be fetched; 0: to be brought */
	/* Brought: reads len bytes at an offset. Fetched: takes the bytes that follow. An error ends the transfer with it. */
	enum lt_err (*chunk)(void *ctx, uint64_t offset, uint8_t *data, size_t len);
	bool (*goes_on)(void *ctx); /* asked now and then; false: LT_ECLOSED */
	void *ctx;
};
/* LT_OK: the broker has it on its disk. LT_EDENIED: it has refused, as the refusal says, whose reason tells whether to try again.
 * LT_ECLOSED: there is no session, or no connection. LT_ETIMEOUT: nothing moved for a minute. LT_EPARSE: it does not speak as SPEC.md
 * says. Or what `chunk` has returned. */
enum lt_err carrier_bring(struct carrier *carrier, const struct carrier_part *part, struct lt_refusal *refusal);
/* From an offset on, a multiple of CARRIER_CHUNK. LT_OK: all of it was taken, and nobody has looked what it is. */
enum lt_err carrier_fetch(struct carrier *carrier, const struct carrier_part *part, uint64_t offset,
			  struct lt_refusal *refusal);

#endif
