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
	JOB_SUBMIT = 1, /* an envelope with its verdict */
	JOB_ACK,        /* RECEIVED */
	JOB_CREDIT,
	JOB_SESSION, /* a proof that held */
	JOB_LOST,    /* the gate has closed the session */
	JOB_QUERY,
	JOB_CONTROL, /* an operator's request; DEFINE and ADMIN are checked already */
	JOB_COMMAND, /* made by the broker itself: timers, start */
};
struct job {
	enum job_type type;
	struct session_ref session; /* SUBMIT..QUERY */
	union {
		struct {
			uint32_t index;            /* position in its message */
			uint32_t bytes;            /* what it counts against the session's credit */
			struct lt_refusal refused; /* reason != 0: answered, never recorded (frame, parse, limit) */
			struct lt_bytes id;        /* refused: the id when it could be read, else empty */
			struct lt_bytes command;   /* encoded SUBMIT; refused: empty */
			size_t part_count;
			struct lt_bytes parts[LT_PARTS_MAX];
		} submit;
		struct {
			char agency[LT_AGENCY_MAX];
			uint64_t number; /* received up to */
		} ack;
		struct {
			char agency[LT_AGENCY_MAX];
			uint32_t envelopes; /* the window */
			uint64_t bytes;
		} credit;
		struct {
			char agency[LT_AGENCY_MAX];
			char dossier[LT_DOSSIER_MAX];
			uint64_t min_seq, token;
		} query;
		struct {
			uint64_t client;         /* whom to answer */
			struct lt_bytes request; /* encoded ControlRequest */
		} control;
		struct lt_bytes command; /* SESSION, COMMAND: encoded Command */
	} u;
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
