/* speaker.c: the agencies of this adapter. */
#include "speaker.h"

#include <string.h>

void speaker_take_signer(struct speaker_agency *agency, struct lt_signer *signer)
{
	lt_signer_free(agency->signer);
	agency->signer = signer;
	lt_sha256(lt_signer_certificate(signer), agency->certificate);
}

const struct speaker_agency *speaker_find(const struct speaker *speaker, const char *code)
{
	for (size_t i = 0; i < speaker->agency_count; i++) {
		if (strcmp(speaker->agencies[i].code, code) == 0)
			return &speaker->agencies[i];
	}
	return NULL;
}
