/* query.c: what the questions share: memory of the answer, a record, who is online. */
#include "query_internal.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "program/log.h"
#include "state/succession.h"

void query_fini(struct query *query)
{
	mailboxes_fini(&query->mailboxes);
	stuck_fini(&query->stuck);
	lt_buf_fini(&query->buf);
}

void query_load(struct query *query)
{
	mailboxes_fini(&query->mailboxes);
	stuck_fini(&query->stuck);
	mailboxes_load(&query->mailboxes, query->state->store);
	stuck_load(&query->stuck, query->state->store);
}

json_t *query_time_json(int64_t time)
{
	char text[LT_TIME_TEXT];
	if (time == 0)
		return json_null();
	lt_time_format(time, text);
	return json_string(text);
}

void *query_alloc(struct query *query, size_t size)
{
	void *memory = lt_arena_alloc(query->arena, size);
	LT_ASSERT(memory);
	return memory;
}

struct lt_bytes query_keep(struct query *query, struct lt_bytes bytes)
{
	uint8_t *copy = query_alloc(query, bytes.len + 1);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	copy[bytes.len] = '\0';
	return lt_bytes(copy, bytes.len);
}

enum lt_err query_entry(struct query *query, uint64_t sequence, struct journal_entry *out)
{
	return journal_read(query->journal, sequence, &query->buf, out);
}

static int by_code(const void *code, const void *item)
{
	return strcmp(code, *(const char *const *)item);
}

bool query_online(const struct figures *figures, const char *agency)
{
	return figures->online_count > 0 &&
	       bsearch(agency, figures->online, figures->online_count, sizeof(*figures->online), by_code);
}

const struct agency_figures *query_agency_figures(const struct figures *figures, const char *agency)
{
	return figures->agency_count > 0
		       ? bsearch(agency, figures->agencies, figures->agency_count, sizeof(*figures->agencies), by_code)
		       : NULL;
}

void query_fill_closed(const struct query *query, struct lt_owed *owed)
{
	const char *agency = owed->acting[0] != '\0' ? owed->acting : owed->who;
	const struct announced *announced = rulebook_announced(query->state->rulebook, agency);
	owed->closed_why = "";
	if (!announced_closes(announced, query->legal))
		return;
	owed->closed_from = announced->closed_from;
	owed->closed_until = announced->closed_until;
	owed->closed_why = announced->closure_reason;
}

const char *query_handled_by(const struct query *query, const char *agency)
{
	const char *acting = succession_of(query->state->rulebook, agency, NULL, query->now);
	return strcmp(acting, agency) == 0 ? "" : acting;
}
