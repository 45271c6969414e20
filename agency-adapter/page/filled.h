/* filled.h: what a person has filled in: names and texts, of a small form (application/x-www-form-urlencoded) or of one with files. One thread. */
#ifndef PAGE_FILLED_H
#define PAGE_FILLED_H

#include <lienthong/reason.h>

#define FILLED_FIELDS_MAX 160u /* of the longest form, with each file's line, twice over */
#define FILLED_BYTES_MAX \
	(256u * 1024u) /* of all of them: texts of an act are shorter, the API says how long each may be */

#define FILLED_ROUTE_FIELD "field:" /* before the name of a field of the route: it is none of the page's own */

struct filled_field {
	char *name, *text; /* UTF-8 as it came, lines end in LF; owned */
};
struct filled {
	size_t count, bytes;
	struct filled_field list[FILLED_FIELDS_MAX];
};
void filled_fini(struct filled *form);
/* Reads a body. False: it is no such form. */
bool filled_read(struct filled *form, struct lt_bytes body);
/* A field begins; then its text comes in pieces. False: there is no room for it. */
bool filled_begin(struct filled *form, const char *name);
bool filled_add(struct filled *form, const char *data, size_t len);
/* The last one has ended: lines, blank edges, and whether it is a text at all. */
bool filled_end(struct filled *form);
/* "": it was not there, or left empty. */
const char *filled_text(const struct filled *form, const char *name);
bool filled_has(const struct filled *form, const char *name, const char *text); /* one of several of a name */
/* The next one of this name from *at on, which moves behind it; NULL: none. */
const char *filled_next(const struct filled *form, const char *name, size_t *at);

#endif
