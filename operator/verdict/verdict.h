/* verdict.h: is the broker well, and what is there to do: one answer for the command line, the console, /healthz, the metrics and the
 * alarms. What can be wrong is listed in lib/record/cause.def; the broker says which of it is so (StatusAnswer.causes), here it gets its
 * words. Pure functions, any thread. */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

#include <jansson.h>

#include <lienthong/sentence.h>

#include "record/control.h"

enum verdict_level { VERDICT_HEALTHY, VERDICT_WARNING, VERDICT_CRITICAL };
enum {
	VERDICT_SHOWN = 10, /* things to do that are shown at once: nobody begins with an eleventh */
	VERDICT_TEXT = 640, /* bytes of a sentence, with NUL: three names of CAs among its words */
};
struct verdict_item {
	enum lt_cause cause;
	const char *id; /* stable: docs/alarms.md has a row for it */
	enum verdict_level level;
	bool ready; /* others' work goes on */
	uint64_t count;
	int64_t since;                           /* record time of the first, or when it ends; 0: unknown */
	char text[VERDICT_TEXT];                 /* one line, cleaned: what a terminal may show */
	char command[VERDICT_TEXT];              /* likewise */
	size_t subject_count;                    /* the first of them, by time */
	const struct lt_cause_subject *subjects; /* as they came: NOT cleaned; they live as the status does */
};
struct verdict {
	enum verdict_level level; /* the worst of its items */
	bool ready;               /* false: nobody should be sent here now */
	char text[VERDICT_TEXT];  /* "healthy", or what is not */
	size_t count;
	struct verdict_item items[LT_CAUSES_END]; /* the worst first, then in the order of cause.def */
};

/* Of what the broker has answered; it must live as long as the verdict's subjects are looked at. A cause that is not known here, of
 * a later broker, counts as a warning under the id "unknown". */
void verdict_make(const struct lt_status_view *status, enum lt_language lang, struct verdict *out);
/* Of a broker that does not answer; why, as a person should read it, which must live as long. */
void verdict_make_silent(const char *why, enum lt_language lang, struct verdict *out);

const char *verdict_level_name(enum verdict_level level); /* "healthy", "warning", "critical": stable */
/* {"verdict", "ready", "text", "causes": [{"id", "severity", "ready", "count", "since", "text", "command", "subjects": [{"name",
 * "at"}]}]}: docs/alarms.md says what each means. The caller's. */
json_t *verdict_json(const struct verdict *verdict);

/* All causes that there are, in the order of cause.def, for those who list them. */
struct verdict_cause {
	enum lt_cause cause;
	const char *id;
	enum verdict_level level;
	bool ready;
};
size_t verdict_causes(const struct verdict_cause **out);

#endif
