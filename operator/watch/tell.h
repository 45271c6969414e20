/* tell.h: alarms leave the house: by a command of the operator's, or by a webhook. One thread, which waits for it: some seconds at most. */
#ifndef WATCH_TELL_H
#define WATCH_TELL_H

#include "alarms.h"

enum {
	TELL_SECONDS = 20
}; /* a command or a webhook that takes longer has failed; it is told again with the next look */

/* Once in the process, before and after all else here. False: libcurl does not start. */
bool tell_begin(void);
void tell_end(void);
/* target: "http://…" or "https://…" gets a POST of JSON; all else is a command of the shell, which gets the same as text on its standard
 * input and the JSON in $LIENTHONG_ALARMS. docs/alarms.md has both forms. LT_EIO with a line for a person. */
enum lt_err tell(const char *target, const char *domain, const struct verdict *verdict,
		 const struct alarm_event *events, size_t count, char *error, size_t error_size);

#endif
