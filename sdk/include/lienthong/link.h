/* link.h: the client side of the link to the broker, for adapters. States and limits: proto/SPEC.md, "Link".
 *
 * A client is used from one thread. It never blocks but in lt_link_client_poll. It reconnects by itself with back-off
 * (200 ms doubling to 10 s) and jitter of a half; after each HELLO..WELCOME it reports `welcome`, and the owner submits
 * again what has no answer. BYE with SESSION_SUPERSEDED or KEY_NOT_ENROLLED ends it for good (LT_ECLOSED). */
#ifndef LIENTHONG_LINK_H
#define LIENTHONG_LINK_H

#include <lienthong/base.h>
#include <lienthong/dossier.h>
#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lt_link_agency {
	const char *code;         /* canonical */
	struct lt_signer *signer; /* borrowed; used on the client's thread only */
};
struct lt_link_options {
	const char *endpoint;   /* "tcp://127.0.0.1:7700" */
	const char *domain;     /* the broker's domain that we expect */
	uint8_t broker_key[32]; /* pinned CURVE public key of the broker */
	struct lt_curve_key key;
	const char *software;
	size_t agency_count;
	const struct lt_link_agency *agencies;
	uint32_t window_envelopes; /* deliveries in flight that we can take; 0: 512 */
	uint64_t window_bytes;     /* 0: 16 MiB */
	bool plain;                /* no CURVE: loopback endpoints alone, to measure what CURVE costs; else LT_EINVAL */
};
struct lt_link_welcome {
	uint64_t epoch, head, directory_version;
	uint8_t incarnation[16];
	uint32_t max_envelopes, credit_envelopes;
	uint64_t credit_bytes;
};
struct lt_link_answer {
	enum lt_reason reason; /* 0: admitted */
	bool retry;
	uint8_t id[16];
	bool has_id;
	const char *sender;
	uint64_t sequence;
	int64_t time;
	uint8_t leaf_hash[32];
	uint32_t leg;
	uint64_t leg_version;
	const char *detail;
};
struct lt_link_item {
	const char *agency;
	uint64_t number, sequence;
	int64_t time;
	struct lt_envelope envelope;
	uint32_t leg;
	uint64_t leg_version;
	bool parts_elided;
};
/* Called from lt_link_client_poll on the client's thread; views live until the callback returns. Members may be NULL. */
struct lt_link_events {
	void (*welcome)(void *ctx, const struct lt_link_welcome *welcome);
	uint64_t (*resume)(void *ctx, const char *agency); /* highest mailbox number on disk */
	void (*acknowledged)(void *ctx, const char *agency, uint64_t acknowledged, uint64_t head); /* part of WELCOME */
	void (*answers)(void *ctx, const struct lt_link_answer *answers, size_t count);
	void (*deliver)(void *ctx, const struct lt_link_item *items, size_t count);
	void (*directory)(void *ctx, uint64_t version, struct lt_bytes signed_directory);
	void (*directory_version)(void *ctx, uint64_t version); /* seen in WELCOME or PONG */
	void (*query)(void *ctx, uint64_t token, enum lt_reason reason, const char *detail, uint64_t sequence,
		      const struct lt_dossier_view *dossier);
	void (*lost)(void *ctx); /* session lost; a new HELLO follows by itself */
	void (*bye)(void *ctx, enum lt_reason reason, const char *detail);
};
struct lt_link_client;
LT_API enum lt_err lt_link_client_new(const struct lt_link_options *options, const struct lt_link_events *events,
				      void *ctx, struct lt_link_client **out);
LT_API void lt_link_client_free(struct lt_link_client *client); /* says BYE when in session */
/* Runs the link for at most timeout_ms; also returns when wake_fd (or -1) is readable. LT_OK, LT_ETIMEOUT, LT_ECLOSED. */
LT_API enum lt_err lt_link_client_poll(struct lt_link_client *client, int wake_fd, int timeout_ms);
LT_API bool lt_link_client_ready(const struct lt_link_client *client); /* in session */
/* Envelopes and bytes that may be submitted now within the credit. */
LT_API void lt_link_client_credit(const struct lt_link_client *client, uint32_t *envelopes, uint64_t *bytes);
/* 1..64 envelopes in one message. LT_EAGAIN when not in session, LT_EFULL over the credit. */
LT_API enum lt_err lt_link_client_submit(struct lt_link_client *client, const struct lt_envelope *envelopes,
					 size_t count);
/* Everything up to number is on disk; sent with the next poll, merged. */
LT_API enum lt_err lt_link_client_received(struct lt_link_client *client, const char *agency, uint64_t number);
LT_API enum lt_err lt_link_client_directory(struct lt_link_client *client); /* ask for the directory in force */
LT_API enum lt_err lt_link_client_query(struct lt_link_client *client, const char *agency, const char *dossier,
					uint64_t min_seq, uint64_t token);

#ifdef __cplusplus
}
#endif

#endif
