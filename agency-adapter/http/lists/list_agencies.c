/* list_agencies.c: GET /v1/agencies and /v1/agencies/{code}: whom the directory in force names, and who acts for whom. */
#include "http/exchange.h"

#include "http/json_write.h"
#include "mail/directory_current.h"

#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u

static json_t *codes(size_t count, char (*list)[LT_AGENCY_MAX])
{
	json_t *out = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(out, json_string(list[i]));
	return out;
}

static json_t *view(const struct lt_agency *agency, const struct speaker *speaker)
{
	int64_t now = speaker->now();
	bool in_force = agency->valid_from <= now && (agency->valid_to == 0 || now < agency->valid_to);
	json_t *out =
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:o}", "code", agency->code, "name", agency->name,
			  "name_en", agency->name_en ? agency->name_en : "", "level", lt_level_name(agency->level),
			  "valid_from", json_time(agency->valid_from), "valid_to", json_time(agency->valid_to),
			  "in_force", (int)in_force, "own", speaker_find(speaker, agency->code) != NULL, "aliases",
			  codes(agency->alias_count, agency->aliases));
	if (!out)
		return NULL;
	json_object_set_new(out, "parent", agency->parent[0] ? json_string(agency->parent) : json_null());
	json_object_set_new(out, "successors", codes(agency->successor_count, agency->successors));
	json_object_set_new(out, "receives_for", codes(agency->receives_count, agency->receives_for));
	return out;
}

static struct directory_page *page_of(struct exchange *exchange)
{
	struct directory_page *page = directory_current_ref(adapter_speaker(exchange->adapter)->book);
	if (!page)
		exchange_problem(exchange, LT_ADAPTER_OFFLINE, "there is no directory yet");
	return page;
}

/* The directory is sorted by code, so the last one's code is the place where the next page goes on. */
void api_agency_list(struct exchange *exchange)
{
	uint64_t limit;
	bool own;
	const char *after = exchange_query_text(exchange, "after"), *parent = exchange_query_text(exchange, "parent");
	if (!exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &limit) ||
	    !exchange_query_bool(exchange, "own", &own))
		return;
	struct directory_page *page = page_of(exchange);
	if (!page)
		return;
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	const struct lt_directory *directory = directory_current_directory(page);
	json_t *rows = json_array(), *next = NULL;
	for (size_t i = 0; i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		if ((after && strcmp(agency->code, after) <= 0) || (parent && strcmp(agency->parent, parent) != 0) ||
		    (own && !speaker_find(speaker, agency->code)))
			continue;
		if (json_array_size(rows) == limit) {
			next = json_incref(json_object_get(json_array_get(rows, json_array_size(rows) - 1), "code"));
			break;
		}
		json_array_append_new(rows, view(agency, speaker));
	}
	exchange_json(exchange, 200,
		      json_pack("{s:o, s:I, s:o}", "agencies", rows, "directory_version",
				(json_int_t)lt_directory_version(directory), "after", next ? next : json_null()));
	directory_current_unref(page);
}

/* By its code, an alias or the old form, as in `to`. */
void api_agency_get(struct exchange *exchange)
{
	struct directory_page *page = page_of(exchange);
	if (!page)
		return;
	const struct lt_agency *agency = lt_directory_resolve(directory_current_directory(page), exchange->segments[0]);
	if (agency)
		exchange_json(exchange, 200, view(agency, adapter_speaker(exchange->adapter)));
	else
		exchange_problem(exchange, LT_NOT_FOUND, "%s is not in the directory", exchange->segments[0]);
	directory_current_unref(page);
}
