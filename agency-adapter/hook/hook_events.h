/* hook_events.h: which events a hook is told, and how one is written: CloudEvents 1.0, JSON format. Pure. */
#ifndef ADAPTER_HOOK_EVENTS_H
#define ADAPTER_HOOK_EVENTS_H

#include "mail/history/feed.h"

/* Whether a list of names ("item.arrived envelope.*", blanks or commas between) has this one; NULL: it has all. */
bool hook_list_has(const char *list, const char *name);
/* The first name of the list that no event of the catalogue has; NULL: there is none. out: where it is put. */
const char *hook_unknown_event(const char *list, char out[64]);
/* Appends the event. source: whose events these are, when it concerns no agency of its own. LT_ENOMEM. */
enum lt_err hook_event_write(const struct feed_place *place, const struct feed_event *event, const char *source,
			     struct lt_buf *out);
#define HOOK_ID_TEXT 33u /* bytes with NUL: number and tag, as the feed's cursor */
void hook_event_id(const struct feed_place *place, char out[HOOK_ID_TEXT]);

#endif
