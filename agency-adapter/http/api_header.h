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
	struct lt_actor actor;
	const char *foreign_codes[LT_FOREIGN_CODES_MAX];
	struct lt_field facts[LT_FIELDS_MAX];
	struct lt_made_result results[LT_RESULTS_MAX];
	struct lt_hand_over hand_over;
	struct lt_late_reason late_reason;
	struct lt_carried carried;
};
/* Members of the body but `more` (ends in NULL) that the header has no place for are refused; then each gets its form: which kind has
 * which is the header's own check. Texts are views into
 * the reader's root. A code that is longer than any is cut and ends in "?", which no code
 * does: the check of its form refuses it. Texts are brought into their form first (json_bring): nothing is signed yet. */
void api_header_read(struct json_reader *reader, const char *const *more, struct api_header *out);
/* Every member that the kind needs and that is not there, and every one that it has not: all at once, for who fills a form. */
void api_header_check_kind(struct json_reader *reader, const struct lt_header *header);
/* The place in the body that a refusal of the header is about, whose detail begins with a field: "parts[1].name: ..." is
 * /parts/1/name, or /parts/0/name where the body's own member "body" is the first part. "" when it is about no member. Returns out. */
const char *api_header_pointer(const struct api_header *draft, bool has_body, const char *detail,
			       char out[JSON_POINTER_MAX]);
/* The member `key` of the body; NULL: absent, or refused. */
struct lt_actor *api_actor_read(struct json_reader *reader, const char *key, struct lt_actor *out);
json_t *api_recipients_show(const struct lt_header *header);
json_t *api_agree_show(enum lt_agreement agree);
/* Adds what a list of items shows of a header, or everything. */
void api_header_show(json_t *out, const struct lt_header *header, bool whole);

#endif
