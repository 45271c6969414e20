/* spool_say.h: the text that lies beside what has failed: what is wrong and how to mend it, in Vietnamese and in English. Pure. */
#ifndef ADAPTER_SPOOL_SAY_H
#define ADAPTER_SPOOL_SAY_H

#include "mail/outbox.h"
#include "program/json.h"

#include <lienthong/reason.h>

/* What can be wrong with an entry before it is read as an envelope. */
enum spool_fault_kind {
	SPOOL_NO_FAULT,
	SPOOL_NO_JSON,     /* neither NAME.json nor a folder */
	SPOOL_NO_FILE,     /* a link, a device, a pipe, a folder in a folder */
	SPOOL_SECOND_NAME, /* a hard link */
	SPOOL_NO_RIGHT,    /* the adapter may not read it */
	SPOOL_NO_ENVELOPE, /* a folder without envelope.json */
	SPOOL_EMPTY,
	SPOOL_TOO_LARGE,
	SPOOL_TOO_MANY,  /* files in one folder */
	SPOOL_NAME_ODD,  /* no UTF-8 */
	SPOOL_NOT_NAMED, /* a file beside envelope.json that its `parts` do not name, or name with another digest */
	SPOOL_FAULTS,
};
struct spool_fault {
	enum spool_fault_kind kind;
	char about[256]; /* the file's name, cleaned */
};

/* Each appends a whole text. name: of the entry, as it lies in `failed`. LT_ENOMEM. */
enum lt_err spool_say_fault(struct lt_buf *out, const char *name, int64_t now, const struct spool_fault *fault);
/* Complaints about its JSON, each with its line; json: the text that was read. */
enum lt_err spool_say_complaints(struct lt_buf *out, const char *name, int64_t now, const struct json_reader *reader,
				 struct lt_bytes json);
/* One refusal; pointer "": about no member. */
enum lt_err spool_say_refusal(struct lt_buf *out, const char *name, int64_t now, const struct lt_refusal *refusal,
			      const char *pointer, struct lt_bytes json);
/* The broker's. id: of the envelope, as text. */
enum lt_err spool_say_rejection(struct lt_buf *out, const char *name, int64_t now, const char *id,
				const struct outbox_rejection *rejection);

#endif
