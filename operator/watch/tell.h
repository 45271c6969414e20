/* tell.h: alarms leave the house: by a command of the operator's, or by a webhook, in a thread of its own: whatever they do, the broker is
 * looked after meanwhile. All calls from one thread. */
#ifndef WATCH_TELL_H
#define WATCH_TELL_H

#include "alarms.h"

enum {
	TELL_SECONDS = 20, /* a command or a webhook that takes longer has failed */
	TELL_WHY = 400,
};

/* Once in the process, before and after all else here. False: libcurl does not start. */
bool tell_begin(void);
void tell_end(void);

struct tell;
/* target: "http://…" or "https://…" gets a POST of JSON; all else is a command of the shell, which gets the same as text on its standard
 * input and the JSON in $LIENTHONG_ALARMS. docs/metrics.md has both forms. All that is given is copied. NULL: no thread can be had now. */
struct tell *tell_new(const char *target, const char *domain, const struct verdict *verdict,
		      const struct alarm_event *events, size_t count);
/* Whether it has ended; then whether it was told, or LT_EIO with a line for a person. */
bool tell_ended(struct tell *tell, enum lt_err *err, char error[TELL_WHY]);
/* Waits for its end, so long at most. */
void tell_wait(struct tell *tell, unsigned ms);
/* One that goes on yet is broken off, with all that the command has started. */
void tell_free(struct tell *tell);

#endif
