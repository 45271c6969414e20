/* narrow.c: what a list is narrowed to. */
#include "narrow.h"

#include "mail/directory_current.h"

#include <string.h>

/* By its code, an alias or the old form, as in `to`; one that this adapter speaks for also before there is a directory. */
static bool read_agency(struct exchange *exchange, struct list_narrow *out)
{
	const char *asked = exchange_query_text(exchange, "agency");
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	if (!asked)
		return true;
	struct directory_page *page = directory_current_ref(speaker->book);
	const struct lt_agency *agency = page ? lt_directory_resolve(directory_current_directory(page), asked) : NULL;
	const struct speaker_agency *own = agency ? NULL : speaker_find(speaker, asked);
	if (agency || own)
		memcpy(out->agency, agency ? agency->code : own->code, sizeof(out->agency));
	else
		exchange_problem(exchange, LT_QUERY_INVALID, "query agency: %.60s is not in the directory", asked);
	directory_current_unref(page);
	return out->agency[0] != 0;
}

bool narrow_read(struct exchange *exchange, struct list_narrow *out)
{
	const char *kind = exchange_query_text(exchange, "kind");
	*out = (struct list_narrow){ .exchange = exchange, .dossier = exchange_query_text(exchange, "dossier") };
	if (kind && lt_kind_find(kind, &out->kind)) {
		exchange_problem(exchange, LT_QUERY_INVALID, "query kind: the name of a kind is needed");
		return false;
	}
	if (out->dossier && !lt_dossier_code_valid(out->dossier)) {
		exchange_problem(exchange, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
		return false;
	}
	return read_agency(exchange, out);
}

bool narrow_takes_agency(const struct list_narrow *narrow, const char *agency)
{
	return (!narrow->agency[0] || strcmp(narrow->agency, agency) == 0) &&
	       exchange_may_speak(narrow->exchange, agency);
}

bool narrow_takes_dossier(const struct list_narrow *narrow, const char *code)
{
	const struct speaker *speaker = adapter_speaker(narrow->exchange->adapter);
	return !narrow->dossier || strcmp(narrow->dossier, code) == 0 ||
	       directory_current_same_dossier(speaker->book, narrow->dossier, code);
}
