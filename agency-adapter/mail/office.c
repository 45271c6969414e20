/* office.c: the agencies of this adapter. */
#include "office.h"

#include <string.h>

const struct office_agency *office_find(const struct office *office, const char *code)
{
	for (size_t i = 0; i < office->agency_count; i++) {
		if (strcmp(office->agencies[i].code, code) == 0)
			return &office->agencies[i];
	}
	return NULL;
}
