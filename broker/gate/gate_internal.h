/* gate_internal.h: sessions and the gate's own record, for gate*.c alone. */
#ifndef BROKER_GATE_INTERNAL_H
#define BROKER_GATE_INTERNAL_H

#include "connections.h"
#include "gate.h"
#include "gate_budget.h"
#include "program/log.h"

enum {
	GATE_SESSIONS_MAX = STATS_SESSIONS, /* four times a nation's adapters; about 1 KiB each */
	GATE_SESSIONS_OF_KEY = 64,          /* connections of one adapter that wait or work at once */
	GATE_HALF_OPEN_OF_KEY = 8, /* of one adapter that have said HELLO and nothing more: then the oldest goes */
	GATE_HELD_LOOK_US = 20000, /* between two looks at sessions that are held: 4 envelopes at 200 a second */
	GATE_REPORT_US = 1000000,  /* between two reports of one session: they are for persons to look at */
	GATE_ROUND = 256,          /* messages in one round: outputs and ZAP wait no longer than they take */
	GATE_HWM = 32768,          /* messages a peer; credit keeps each peer far below */
	GATE_BACKLOG = 1024,       /* adapters that come back at the same moment after a restart */
	GATE_HANDSHAKE_MS = 15000, /* 4,000 handshakes of 1 ms of CPU each; who says nothing goes then */
	GATE_UNREAD_MAX =
		24 << 20, /* bytes for one peer that wait in libzmq: deliveries, answers, a chunk of the directory */
	GATE_UNREAD_ASKING = 1 << 20, /* of chunks: then it asks for no more. Deliveries have their credit */
	GATE_LINGER_MS = 2000,        /* for the last BYEs */
	GATE_SILENT_MESSAGES = 64,    /* of a suspended peer, what was on its way: then its connection is cut */
	GATE_IDLE_PINGS = 3,
	GATE_CREDIT_SLACK = 128 << 10, /* bytes: the frame's tags and lengths, over what an adapter counts */
	GATE_JOBS_BYTES = 32 << 10,    /* of small jobs in one slot of the ring */
	GATE_ARENA_MAX = 5 << 20,      /* as ADMIT's: a SUBMIT with 64 headers */
	GATE_UNANSWERED_MAX = 8 * BROKER_CREDIT_ENVELOPES, /* who sends on and on without an answer is not waited for */
	GATE_WAITING =
		64 << 20, /* bytes of messages that wait to be checked: from here on who has some waiting adds none */
	GATE_WAITING_ALL = 128 << 20, /* and from here on nobody does */
	GATE_CARRYING = 32,           /* large parts under way at once: 4 MiB each with all that waits */
	GATE_CARRYING_OF_KEY = 8,     /* of them of one adapter */
};
#define GATE_ROUTING_MAX 255u /* bytes of a routing id: ZeroMQ's own limit */
#define GATE_USER_TEXT 65u    /* hex of a CURVE key, and NUL */

enum session_state {
	SESSION_CHALLENGED = 1, /* HELLO came, CHALLENGE went */
	SESSION_PROVING,        /* PROOF is in the ring */
	SESSION_ACTIVE,         /* WELCOME went */
	SESSION_SILENT,         /* suspended: one BYE went, nothing more will */
	SESSION_CARRYING,       /* beside an active one of the same key: it carries large parts, one at a time */
};
/* What an adapter holds, as its HELLO says: looked at after a restore. */
struct holdings {
	uint64_t directory_version;
	size_t list_count;
	uint8_t lists[LT_LINK_LISTS_MAX][32];
	uint32_t turns; /* that its key has had */
};
/* gate_recover.c: what is being taken back from an adapter. */
struct gate_recovery {
	struct session_ref from; /* serial 0: nothing */
	size_t turn_count;       /* keys that were asked; as many as the directory lists at most */
	struct recovery_turn {
		uint8_t key[32];
		uint32_t turns;
	} * turns;
	bool directory; /* else a list: */
	uint8_t sha256[32];
	uint64_t awaited; /* a directory was taken: until its record is in force, the version is below this */
	uint8_t looked[LT_LINK_LISTS_MAX][32]; /* lists that were looked at, whatever came of it */
	size_t looked_count;
	int64_t begun_at, asked_at; /* the whole thing, and its last chunk */
	uint64_t size;
	struct lt_buf bytes;
};
struct session {
	struct session_ref ref;
	struct holdings *holdings; /* NULL: not asked */
	struct session *next;      /* of the same hash */
	enum session_state state;
	size_t routing_len;
	uint8_t routing[GATE_ROUTING_MAX];
	char user[GATE_USER_TEXT];
	uint8_t key[32];
	uint8_t broker_nonce[32], adapter_nonce[32];
	struct lt_buf hello; /* encoded, for the proof */
	size_t agency_count;
	char (*agencies)[LT_AGENCY_MAX];
	bool *gone;            /* of them, those that were taken away from it */
	uint8_t (*proofs)[32]; /* SHA-256 of the certificates that proved it; NULL: not told (yet) */
	struct connection_ref connection;
	uint64_t given;            /* bytes for its connection, as they are on the wire */
	uint64_t chunks;           /* of them, of chunks that it asked for since it had read all of those */
	uint64_t chunks_end;       /* `given` behind the newest */
	bool asking;               /* a QUERY has no answer yet */
	int64_t heard_at;          /* boot-time clock */
	int64_t reported_at;       /* likewise: its last report went to the engine; 0: none did */
	uint32_t paying;           /* which of its agencies has the account that its envelopes go to */
	int64_t held_until;        /* its agencies have used up their rate; 0: they have not */
	uint32_t dropped;          /* messages since it was silenced */
	uint32_t credit_envelopes; /* without an answer */
	uint64_t credit_bytes;
	struct session_ref beside; /* CARRYING: the active one */
	uint32_t parts_waiting;    /* CARRYING: its messages without an answer */
};
struct gate {
	struct gate_options options;
	char endpoint[256];
	void *context, *router, *zap;
	_Atomic bool stop;
	_Atomic uint64_t rounds;
	struct rulebook *rulebook;
	uint64_t seen;
	uint8_t told_of[32];    /* SHA-256 of what adapters were told to be in force */
	struct session **slots; /* GATE_SESSIONS_MAX */
	struct session **hash;  /* GATE_SESSIONS_MAX */
	uint32_t slot_used, free_count;
	uint32_t *free_slots;
	uint64_t serial;
	uint32_t recheck_at; /* slot of the session that is asked again next; UINT32_MAX: none */
	bool more;           /* sessions to be asked again */
	int64_t checked_at, trust_watched_at, held_looked_at;
	int64_t key_ends_at; /* record time: a CURVE key of the directory ends */
	uint32_t held;       /* sessions that are */
	struct budgets *budgets;
	struct connections_figures told; /* of refused connections */
	struct lt_buf small;             /* encoded jobs on their way to the ring */
	struct lt_buf text, outputs;
	struct lt_arena *arena;
	struct gate_recovery recovery;
};
/* A message as it came, before anything was believed of it. */
struct gate_message {
	const uint8_t *routing;
	size_t routing_len;
	const char *user; /* ZAP User-Id */
	uint8_t key[32];  /* the same, as bytes */
	int fd;           /* of its connection */
	struct lt_bytes body;
};

/* gate_session.c */
enum lt_err gate_sessions_init(struct gate *gate);
void gate_sessions_fini(struct gate *gate);
struct session *gate_session_find(struct gate *gate, const uint8_t *routing, size_t len);
struct session *gate_session_at(struct gate *gate, struct session_ref ref); /* NULL when it is over */
/* NULL when there are too many: of all, or of this key. */
struct session *gate_session_new(struct gate *gate, const struct gate_message *message);
void gate_session_free(struct gate *gate, struct session *session);
/* Ends a session from the gate's side: the engine is told, when it knows of it. */
void gate_session_lose(struct gate *gate, struct session *session);
/* Closes idle sessions and silences suspended ones. */
void gate_sessions_idle(struct gate *gate, int64_t now);
void gate_sessions_recheck(struct gate *gate);
/* Takes a new rulebook, when there is one. */
void gate_refresh(struct gate *gate);
/* Its peer has said something. */
void gate_session_heard(struct gate *gate, struct session *session);
/* Its agencies pay for it; when all are over their rate, what it has sent waits. */
void gate_session_charge(struct gate *gate, struct session *session, size_t envelopes, size_t bytes);
void gate_sessions_let(struct gate *gate, int64_t now);
bool gate_session_speaks(const struct session *session, const char *agency);
bool gate_all_suspended(const struct gate *gate, const struct session *session);

/* gate_trust.c */
void gate_trust_watch(struct gate *gate);
/* Each session is asked again whether its proof would still hold, some at a time: BYE with its reason, or with the agencies that it
 * goes on without. gate_trust_step returns whether there is more to do. */
void gate_trust_recheck(struct gate *gate);
bool gate_trust_step(struct gate *gate);
void gate_trust_proved(struct gate *gate, struct session_ref ref, struct lt_bytes proofs);
void gate_trust_due(struct gate *gate, int64_t now);

/* Of a frame in ZMTP with CURVE: flag and length, and what MESSAGE adds. Without CURVE a little too much. */
static inline size_t gate_wire_size(size_t body)
{
	size_t boxed = body + 33;
	return boxed + (boxed <= 255 ? 2 : 9);
}

/* gate_send.c */
/* Bytes for this peer that are still in libzmq. */
uint64_t gate_unread(struct session *session);
void gate_send_link(struct gate *gate, const uint8_t *routing, size_t len, const struct lt_link *link);
void gate_send_bye(struct gate *gate, const uint8_t *routing, size_t len, const struct lt_refusal *why);
void gate_send_outputs(struct gate *gate);

/* gate_hello.c */
void gate_on_hello(struct gate *gate, const struct gate_message *message);
void gate_on_proof(struct gate *gate, struct session *session, const struct gate_message *message);

/* gate_definitions.c: what adapters take over from the broker: the directory and the revocation lists in force */
void gate_on_directory_get(struct gate *gate, struct session *session, const struct lt_directory_get *get);
void gate_on_list_get(struct gate *gate, struct session *session, const struct lt_list_get *get);
void gate_pong(struct gate *gate, struct session *session, uint64_t token);
/* PONG to every session when the directory, the lists or the count of definitions have changed. */
void gate_tell_definitions(struct gate *gate);

/* gate_recover.c: directory and lists that a restored broker lacks, taken back from adapters */
void gate_recover_fini(struct gate_recovery *recovery);
void gate_recover_note(struct gate *gate, struct session *session, const struct lt_hello *hello);
void gate_recover_step(struct gate *gate, int64_t now);
void gate_recover_chunk(struct gate *gate, const struct session *session, const struct lt_link *link);

/* gate_submit.c: what goes to the ring */
void gate_put_job(struct gate *gate, const struct input *input); /* small jobs share a slot */
/* Behind what its session has sent before. */
void gate_put_job_behind(struct gate *gate, const struct session *session, const struct input *input);
void gate_flush_jobs(struct gate *gate);
void gate_on_submit(struct gate *gate, struct session *session, const struct gate_message *message, size_t envelopes);
void gate_on_small(struct gate *gate, struct session *session, const struct gate_message *message);

/* gate_parts.c: connections that carry large parts */
void gate_on_part(struct gate *gate, struct session *session, const struct gate_message *message);
void gate_part_gone(struct gate *gate, struct lt_bytes data); /* of OUTPUT_PART_LOST */
void gate_part_answered(struct session *session);
void gate_part_lost(struct gate *gate, const struct session *session);

/* gate_zap.c */
enum lt_err gate_zap_open(struct gate *gate);
void gate_zap_serve(struct gate *gate);

#endif
