/* api_header_internal.h: the forms of a header's members in JSON; for api_header*.c alone. */
#ifndef ADAPTER_API_HEADER_INTERNAL_H
#define ADAPTER_API_HEADER_INTERNAL_H

#include "api_header.h"

enum show { SHOW_ALWAYS, SHOW_WHEN_SET, SHOW_WHOLE };

struct form;
struct member {
	const char *posted, *shown; /* NULL: not read, not shown */
	enum show show;
	const struct form *form;
	size_t offset, size;
};
/* How a member is read from the body into its place, and shown from there. */
struct form {
	void (*read)(struct json_reader *reader, const struct member *member, struct api_header *out);
	json_t *(*show)(const struct member *member, const struct lt_header *header);
};

static inline void *place(const struct member *member, struct api_header *out)
{
	return (char *)&out->header + member->offset;
}

static inline const void *place_of(const struct member *member, const struct lt_header *header)
{
	return (const char *)header + member->offset;
}

static inline void refuse(struct json_reader *reader, const struct member *member, const char *why)
{
	char pointer[JSON_POINTER_MAX];
	json_refuse(reader, json_pointer(pointer, "", member->posted), "%s", why);
}

/* Copies a code that may be longer than any: it ends in "?" then, which no code does. */
void api_copy_code(const char *code, char *out, size_t size);

/* Lists: api_header_lists.c. Of a list the place is that of its count. */
extern const struct form api_form_items, api_form_foreign, api_form_fields, api_form_facts, api_form_results;
/* Objects and words: api_header_more.c. */
extern const struct form api_form_actor, api_form_channel, api_form_hand_over, api_form_late, api_form_carried,
	api_form_digest;

#endif
