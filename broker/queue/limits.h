/* limits.h: limits that more than one stage of the broker keeps, each with its reason. */
#ifndef QUEUE_LIMITS_H
#define QUEUE_LIMITS_H

enum {
	BROKER_BATCH_RECORDS = 512,     /* one sync carries at most so many: bounds the latency of the first */
	BROKER_BATCH_BYTES = 4 << 20,   /* and so many bytes: 4 MiB is 16 ms of this class of disk */
	BROKER_CREDIT_ENVELOPES = 1024, /* a session's envelopes without an answer: 512 in flight and room to refill */
	BROKER_CREDIT_BYTES = 8 << 20,  /* and their bytes: bounds memory, 4,000 sessions rarely flood at once */
	BROKER_AGENCY_ENVELOPES = 200,  /* a second and agency over time: a tenth of a nation's peak */
	BROKER_AGENCY_BYTES = 4 << 20,  /* likewise: 360 GB a day at worst, until somebody sees it */
	BROKER_WINDOW_ENVELOPES = 1024, /* at most in flight to one mailbox, whatever the adapter offers */
	BROKER_WINDOW_BYTES = 8 << 20,  /* likewise */
	BROKER_DELIVER_ENVELOPES = 16,  /* in one DELIVER: measured best between 8 and 32 */
	BROKER_REFUSALS = 200,          /* recorded refusals of one agency at once; one more comes back every 3 s */
	BROKER_UNANSWERED_SECONDS = 60, /* no RECEIVED for so long: the operator is told */
	BROKER_UNREADABLE_SECONDS = 60, /* between two tries to read a record that a mailbox stands at */
	BROKER_STALLED_SECONDS = 300,   /* for so long: the session is ended; a new one gets the window again */
	BROKER_ACK_LINGER_US = 5000,    /* acknowledgements wait for a batch to ride with, at most so long */
	BROKER_SIGN_NOTICES = 256,      /* notices of one batch signature: bounds a NOTICES record */
	BROKER_PING_MS = 10000,         /* told in WELCOME; a session silent for three of them is closed */
};

#endif
