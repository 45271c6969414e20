/* event.c: the names of events. */
#include "event.h"

#include <stddef.h>

const char *lt_event_name(int number)
{
	switch (number) {
#define LT_EVENT(name, number, text, meaning) \
	case number:                          \
		return text;
#include "event.def"
	default:
		return NULL;
	}
}
