/* job.h: what goes into the engine and what comes out of it. Data flows one way:
 *   GATE -> ADMIT -> ENGINE -> JOURNAL -> (release) -> GATE
 * Jobs and outputs cross threads as bytes (ring.h, gate_outputs.h), never as shared pointers. */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <lienthong/base.h>
#include <lienthong/envelope.h>
#include <lienthong/reason.h>

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

#endif
