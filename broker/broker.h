/* broker.h: the records that stages of the broker share. Data flows one way:
 *   GATE -> ADMIT -> ENGINE -> JOURNAL -> (release) -> GATE
 * Jobs and outputs cross threads as bytes through queues (ring.h), never as shared pointers. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <lienthong/base.h>
#include <lienthong/reason.h>
#include "codec.h"

/* Limits of the broker, each with its reason. */
enum {
	BROKER_BATCH_RECORDS = 512,     /* one sync carries at most so many: bounds the latency of the first */
	BROKER_BATCH_BYTES = 4 << 20,   /* and so many bytes: 4 MiB is 16 ms of this class of disk */
	BROKER_CREDIT_ENVELOPES = 1024, /* a session's envelopes without an answer: 512 in flight and room to refill */
	BROKER_CREDIT_BYTES = 8 << 20,  /* and their bytes: bounds memory, 4,000 sessions rarely flood at once */
	BROKER_WINDOW_ENVELOPES = 1024, /* at most in flight to one mailbox, whatever the adapter offers */
	BROKER_WINDOW_BYTES = 8 << 20,  /* likewise */
	BROKER_DELIVER_ENVELOPES = 16,  /* in one DELIVER: measured best between 8 and 32 */
	BROKER_REFUSALS = 200,          /* recorded refusals of one agency at once; one more comes back every 3 s */
	BROKER_REDELIVER_SECONDS = 60,  /* no RECEIVED for so long: the window is sent again */
	BROKER_ACK_LINGER_US = 5000,    /* acknowledgements wait for a batch to ride with, at most so long */
	BROKER_PING_MS = 10000,         /* told in WELCOME; a session silent for three of them is closed */
	BROKER_PARTIES_MAX = 64,        /* agencies with a part in one dossier that are remembered for queries */
	BROKER_LEGS_MAX = 64,           /* leg visits of one dossier */
};
#define BROKER_RULES_VERSION 1u

/* A session as the gate knows it. serial is never reused; {0, 0} is none. */
struct session_ref {
	uint32_t slot;
	uint64_t serial;
};

/* ---- input of the engine ---- */
enum job_type {
	JOB_SUBMIT = 1, /* an envelope with its verdict: command (LT_COMMAND_SUBMIT) and parts, or `refused` alone */
	JOB_ACK,        /* RECEIVED: ack */
	JOB_CREDIT,     /* CREDIT: ack.agency, credit */
	JOB_SESSION,    /* a proof that held: command (LT_COMMAND_SESSION) */
	JOB_LOST,       /* the gate has closed the session */
	JOB_QUERY,      /* QUERY: query */
	JOB_CONTROL,    /* an operator's request: data is an encoded ControlRequest, DEFINE and ADMIN already checked */
	JOB_COMMAND,    /* any other command, made by the broker itself (timers, start) */
};
struct job {
	enum job_type type;
	struct session_ref session; /* SUBMIT..QUERY */
	uint64_t client;            /* CONTROL: whom to answer */
	uint32_t index;             /* SUBMIT: position in its message */
	uint32_t bytes;             /* SUBMIT: what it counts against the session's credit */
	struct lt_refusal refused;  /* SUBMIT: reason != 0: answered, never recorded (frame, parse, limit) */
	struct lt_bytes id;         /* SUBMIT with refused: the id when it could be read, else empty */
	struct lt_bytes command;    /* SUBMIT, SESSION, COMMAND: encoded Command */
	size_t part_count;
	struct lt_bytes parts[LT_PARTS_MAX];
	struct lt_bytes data;         /* CONTROL: request; SESSION: encoded Link HELLO's agencies are in the command */
	char agency[LT_AGENCY_MAX];   /* ACK, CREDIT, QUERY */
	uint64_t number;              /* ACK: received up to; CREDIT: bytes; QUERY: min_seq */
	uint32_t envelopes;           /* CREDIT: window */
	uint64_t token;               /* QUERY */
	char dossier[LT_DOSSIER_MAX]; /* QUERY */
	int64_t received_at;          /* boot-time clock, microseconds: for the latency statistics */
};
/* Appends one length-prefixed job. LT_ENOMEM. */
enum lt_err job_encode(const struct job *job, struct lt_buf *out);
/* Reads one job; views point into bytes. Returns the bytes used, 0 at the end. Asserts on damage: both ends are ours. */
size_t job_decode(struct lt_bytes bytes, struct job *out);

/* ---- output of the engine, released only after the journal's sync ---- */
enum out_type {
	OUT_SEND = 1, /* data is an encoded Link for the session */
	OUT_WELCOME,  /* the same; the session is in force from now on */
	OUT_BYE,      /* the same; the gate sends it and closes the session */
	OUT_CONTROL,  /* data is an encoded ControlAnswer for the client */
};
struct out {
	enum out_type type;
	struct session_ref session;
	uint64_t client;
	uint32_t answered; /* SEND of ANSWERS: envelopes whose credit comes back */
	uint32_t answered_bytes;
	struct lt_bytes data;
};
enum lt_err out_encode(const struct out *out, struct lt_buf *buf);
size_t out_decode(struct lt_bytes bytes, struct out *out);

/* Everything that a stage may not fetch by itself. Filled by START, or by the simulator. */
struct env {
	void *ctx;
	int64_t (*now)(void *ctx);      /* CLOCK_REALTIME, microseconds */
	int64_t (*boottime)(void *ctx); /* CLOCK_BOOTTIME, microseconds */
	void (*random)(void *ctx, uint8_t *out, size_t len);
};

#endif
