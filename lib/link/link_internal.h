/* link_internal.h: the link client's own record, shared by sdk/link_*.c alone. */
#ifndef LIENTHONG_SDK_LINK_INTERNAL_H
#define LIENTHONG_SDK_LINK_INTERNAL_H

#include <lienthong/link.h>
#include "wire/link.h"

enum {
	LINK_BACKOFF_MIN_MS = 200,
	LINK_REFUSALS_MS = 60000,    /* SESSION_REFUSALS: not before; SPEC.md section 5 */
	LINK_BACKOFF_MAX_MS = 10000, /* a broker that is back is found within this */
	LINK_HELLO_MS = 10000,       /* HELLO to WELCOME: 256 proofs take the broker well under a second */
	LINK_SILENT_PINGS = 3,       /* nothing heard for so many intervals: the session is lost */
	LINK_PING_DEFAULT_MS = 10000,
	LINK_HWM = 8192,          /* messages; credit keeps far below, at the mark ZeroMQ drops in silence */
	LINK_ROUND = 256,         /* messages taken in one poll, so that the owner gets its turn */
	LINK_ENVELOPE_FRAME = 64, /* bytes counted for an envelope's frame, above what it really takes */
	LINK_DESCRIPTORS =
		16, /* free ones that a client needs to begin: libzmq's two threads, three sockets, a connection */
	LINK_LIST_MAX = 4 << 20,  /* bytes of a revocation list: SPEC.md, "Limits" */
	LINK_ARENA_MAX = 8 << 20, /* plain records of the largest message */
};

enum link_state { LINK_DOWN, LINK_HELLO_SENT, LINK_PROOF_SENT, LINK_ACTIVE, LINK_ENDED };

struct link_agency {
	char code[LT_AGENCY_MAX];
	struct lt_signer *signer;
	uint64_t received;   /* to be told with the next poll; 0: nothing */
	enum lt_reason away; /* why the broker does not take it from us; 0: it is spoken for */
};
/* An envelope without an answer, for the credit. */
struct link_pending {
	uint8_t id[16];
	uint32_t bytes;
	bool answered;
};

struct lt_link_client {
	struct lt_link_events events;
	void *ctx;
	char *endpoint, *domain, *software;
	uint8_t broker_key[32];
	struct lt_curve_key key;
	size_t agency_count;
	struct link_agency *agencies;
	bool all_again;         /* the next HELLO names those too that were not taken before */
	uint64_t session_began; /* directory in force when the session began */
	bool plain;
	uint32_t window_envelopes;
	uint64_t window_bytes;

	void *zmq, *socket, *monitor;
	bool reached, shaken; /* the present connection: TCP stands, CURVE stands */
	enum link_state state;
	enum lt_reason ended;
	uint8_t nonce[32]; /* of our HELLO */
	uint8_t incarnation[16];
	uint32_t backoff_ms, ping_interval_ms;
	int64_t retry_at, deadline, heard_at, pinged_at; /* monotonic ms */

	uint32_t credit_envelopes, max_envelopes;
	uint64_t credit_bytes, pending_bytes;
	uint32_t pending_count;       /* unanswered */
	struct link_pending *pending; /* ring of pending_cap */
	uint32_t pending_cap, pending_head, pending_len;

	uint64_t directory_version, directory_size;
	struct lt_buf directory; /* chunks received so far */
	struct lt_buf given;     /* what a restored broker takes back, while it does */
	bool list_asked;
	uint8_t list_sha256[32];
	struct lt_buf list; /* chunks received so far */
	struct lt_buf out;
	struct lt_arena *arena; /* of the message being dispatched: its views live while the owner's callback runs */
	struct lt_arena *submit_arena; /* of the headers being submitted, also from within such a callback */
};

/* link_client.c */
enum lt_err link_send(struct lt_link_client *client, const struct lt_link *link);
void link_lost(struct lt_link_client *client); /* closes the socket; back-off begins */
void link_end(struct lt_link_client *client, enum lt_reason reason);
/* link_session.c */
enum lt_err link_say_hello(struct lt_link_client *client);
void link_ping(struct lt_link_client *client, uint64_t token); /* with what the owner tells of itself */
void link_on_challenge(struct lt_link_client *client, const struct lt_challenge *challenge);
void link_on_welcome(struct lt_link_client *client, const struct lt_welcome *welcome);
void link_on_directory_version(struct lt_link_client *client, uint64_t version);
void link_on_bye(struct lt_link_client *client, const struct lt_bye *bye);
/* link_receive.c */
void link_dispatch(struct lt_link_client *client, struct lt_bytes message);
enum lt_err link_list_ask(struct lt_link_client *client, uint64_t offset);
enum lt_err link_directory_ask(struct lt_link_client *client, uint64_t version, uint64_t offset);

#endif
