/* definitions.c: the definitions of one type, whole: what `lienthong definitions` makes its files of. */
#include "query_internal.h"

#include "state/definition_store.h"

static struct definition_walk walk_of(enum lt_definition type)
{
	return definition_walk(type == LT_DEFINE_CRL        ? DEFINITION_CRL
			       : type == LT_DEFINE_CALENDAR ? DEFINITION_CALENDAR
							    : DEFINITION_OFFICE);
}

/* A CRL stands in the store behind what was read in it. Empty: it cannot be read. */
static struct lt_bytes content_of(enum lt_definition type, struct lt_bytes value)
{
	struct lt_crl_verdict verdict;
	struct lt_bytes der;
	if (type != LT_DEFINE_CRL)
		return value;
	return definition_crl_read(value, &verdict, &der) ? lt_bytes(NULL, 0) : der;
}

/* A page begins behind so many: there are few, and a definition that comes in between changes at most what a second look finds. */
void query_definitions(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	struct definition_walk walk = walk_of(request->definition);
	struct lt_bytes value;
	uint64_t seen = 0;
	size_t bytes = 0;
	out->definitions.list = query_alloc(query, LT_DEFINITIONS_PAGE * sizeof(*out->definitions.list));
	while (definition_next(query->state->store, &walk, &value)) {
		struct lt_bytes one = content_of(request->definition, value);
		bool full = out->definitions.count == LT_DEFINITIONS_PAGE ||
			    (bytes > 0 && bytes + one.len > LT_DEFINITIONS_BYTES);
		if (seen >= request->after && full) {
			out->definitions.next = seen;
			return;
		}
		if (seen++ < request->after || one.len == 0)
			continue;
		bytes += one.len;
		out->definitions.list[out->definitions.count++] = query_keep(query, one);
	}
}
