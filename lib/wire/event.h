/* event.h: what happens, as event.def lists it. Data; any thread. */
#ifndef WIRE_EVENT_H
#define WIRE_EVENT_H

enum lt_event {
#define LT_EVENT(name, number, text, meaning) LT_EVENT_##name = number,
#include "event.def"
};
/* "envelope.admitted"; NULL: there is none of this number. */
const char *lt_event_name(int number);

#endif
