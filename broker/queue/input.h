/* input.h: what goes into the engine and what comes out of it. Data flows one way:
 *   GATE -> ADMIT -> ENGINE -> JOURNAL -> (release) -> GATE
 * Jobs and outputs cross threads as bytes (ring.h, gate_outputs.h), never as shared pointers. */
#ifndef QUEUE_INPUT_H
#define QUEUE_INPUT_H

#include <lienthong/base.h>
#include <lienthong/envelope.h>
#include <lienthong/reason.h>

#include "wire/link.h"

/* A session as the gate knows it. serial is never reused; {0, 0} is none. */
struct session_ref {
	uint32_t slot;
	uint64_t serial;
};

/* ---- input of the engine ---- */
enum input_type {
	INPUT_SUBMIT = 1, /* an envelope with its verdict */
	INPUT_ACK,        /* RECEIVED */
	INPUT_CREDIT,
	INPUT_REPORT,  /* what an adapter tells of itself */
	INPUT_SESSION, /* a proof that held */
	INPUT_LOST,    /* the gate has closed the session */
	INPUT_QUERY,
	INPUT_CONTROL, /* an operator's request; DEFINE and ADMIN are checked already */
	INPUT_COMMAND, /* made by the broker itself: timers, start */
	INPUT_PART,    /* PART_OPEN */
	INPUT_STORED,  /* a large part lies on the disk: command is its LARGE, session waits for the answer */
	INPUT_PART_LOST, /* the file of a large part is damaged or gone; part.agency asked for it, and is not to bring it */
};
struct input {
	enum input_type type;
	struct session_ref session; /* SUBMIT..QUERY */
	union {
		struct {
			uint32_t index;               /* position in its message */
			uint32_t bytes;               /* what it counts against the session's credit */
			struct lt_refusal refused;    /* reason != 0: answered, never recorded (frame, parse, limit) */
			struct lt_bytes id;           /* refused: the id when it could be read, else empty */
			char dossier[LT_DOSSIER_MAX]; /* likewise */
			struct lt_bytes command;      /* encoded SUBMIT; refused: empty */
			size_t part_count;
			struct lt_bytes parts[LT_PARTS_MAX];
		} submit;
		struct {
			char agency[LT_AGENCY_MAX];
			uint64_t number;        /* received up to */
			struct lt_bytes except; /* INPUT_EXCEPTION bytes each: number, reason, SHA-256 of what came */
		} ack;
		struct {
			char agency[LT_AGENCY_MAX];
			uint32_t envelopes; /* the window */
			uint64_t bytes;
		} credit;
		struct {
			int64_t ahead; /* microseconds: its clock less the broker's, when it came */
			struct lt_adapter_report told;
		} report;
		struct {
			char agency[LT_AGENCY_MAX];
			char dossier[LT_DOSSIER_MAX];
			uint64_t min_seq, token;
			bool ledger; /* no dossier: what follows is asked of the ledger */
			uint64_t old_size;
			struct lt_bytes sequences; /* 8 bytes each, little-endian */
			struct lt_bytes dossiers; /* encoded DossiersRequest: a list of the agency's own; empty: none */
			bool newest;              /* the list is of all that was recorded before this question */
			uint32_t procedures;      /* no dossier: LT_LINK_PROCEDURES_*; 0: not about them */
			char procedure[LT_PROCEDURE_MAX];
			uint32_t version;
			bool applicant; /* the dossier's signed answer to the applicant */
		} query;
		struct {
			uint64_t client;         /* whom to answer */
			struct lt_bytes request; /* encoded ControlRequest */
		} control;
		struct {
			char agency[LT_AGENCY_MAX]; /* the session goes on without it; "": it is over */
		} lost;
		struct {
			char agency[LT_AGENCY_MAX];
			uint8_t sha256[32];
			uint64_t size, number; /* number 0: to be written */
		} part;
		struct lt_bytes command; /* SESSION, COMMAND, STORED: encoded Command */
	} u;
};
#define INPUT_EXCEPTION (8u + 4u + 32u)
/* Appends one length-prefixed job. LT_ENOMEM. */
enum lt_err input_encode(const struct input *input, struct lt_buf *out);
/* Reads one job; views point into bytes. Returns the bytes used, 0 at the end. Asserts on damage: both ends are ours. */
size_t input_decode(struct lt_bytes bytes, struct input *out);

/* ---- output of the engine, released only after the journal's sync ---- */
enum output_type {
	OUTPUT_SEND = 1, /* data is an encoded Link for the session */
	OUTPUT_WELCOME,  /* the same; the session is in force from now on */
	OUTPUT_BYE,      /* the same; the gate sends it and closes the session */
	OUTPUT_CONTROL,  /* data is an encoded ControlAnswer for the client */
	OUTPUT_PROOF, /* data: SHA-256 of the certificate of each agency's proof, in the order of HELLO; for the gate alone */
	OUTPUT_STORED, /* data: encoded LARGE command, of the thread that keeps large parts; the gate brings it to the engine */
	OUTPUT_PART_LOST, /* of the same thread, for the engine too; data: SHA-256, the code of the agency that asked */
};
struct output {
	enum output_type type;
	struct session_ref session;
	uint64_t client;
	uint32_t answered; /* SEND of ANSWERS: envelopes whose credit comes back */
	uint32_t answered_bytes;
	struct lt_bytes data;
};
enum lt_err output_encode(const struct output *out, struct lt_buf *buf);
size_t output_decode(struct lt_bytes bytes, struct output *out);

#endif
