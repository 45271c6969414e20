/* api_header.h: the signed header as JSON, along one table: what POST /v1/envelopes reads and what views of items show. HTTP thread. */
#ifndef ADAPTER_API_HEADER_H
#define ADAPTER_API_HEADER_H

#include <lienthong/envelope.h>

#include "program/json.h"

/* A header with room for the lists that are read into it; parts are read elsewhere. */
struct api_header {
	struct lt_header header;
	struct lt_recipient to[LT_TO_MAX];
	const char *items[LT_ITEMS_MAX];
	struct lt_field fields[LT_FIELDS_MAX];
};
/* Members of the body but `more` (ends in NULL) that the header has no place for are refused; then each gets its form: which kind has
 * which is the header's own check. Texts are views into
 * the reader's root. A code that is longer than any is cut and ends in "?", which no code
 * does: the check of its form refuses it. */
void api_header_read(struct json_reader *reader, const char *const *more, struct api_header *out);
/* Adds what a list of items shows of a header, or everything. */
void api_header_show(json_t *out, const struct lt_header *header, bool whole);

#endif
