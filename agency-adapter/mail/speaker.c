/* speaker.c: the agencies of this adapter. */
#include "speaker.h"

#include <string.h>

const struct speaker_agency *speaker_find(const struct speaker *speaker, const char *code)
{
	for (size_t i = 0; i < speaker->agency_count; i++) {
		if (strcmp(speaker->agencies[i].code, code) == 0)
			return &speaker->agencies[i];
	}
	return NULL;
}
