/* api_routes.c: which resource a request is for. */
#include "api_routes.h"

#include <string.h>

#define BODY_JSON_MAX (1536u * 1024u) /* bytes: a JSON body of an envelope's parts limit, escaped, with room */
#define BODY_SMALL_MAX (16u * 1024u)  /* bytes: a reason of 1,000 characters, each escaped */

struct route {
	const char *method, *pattern; /* "*" stands for one segment */
	exchange_handler *handler;
	size_t body_max;
	bool open;         /* needs no token */
	const char *query; /* members that its query may have */
};
static const struct route routes[] = {
	{ "GET", "healthz", api_health, 0, true, "" },
	{ "GET", "readyz", api_health, 0, true, "" },
	{ "GET", "metrics", api_metrics, 0, true, "" },
	{ "PUT", "v1/parts", api_part_put, LT_PART_MAX, false, "" },
	{ "GET", "v1/parts/*", api_part_get, 0, false, "" },
	{ "OPTIONS", "v1/uploads", api_upload_options, 0, true, "" },
	{ "POST", "v1/uploads", api_upload_create, 0, false, "" },
	{ "GET", "v1/uploads/*", api_upload_get, 0, false, "" },
	{ "PATCH", "v1/uploads/*", api_upload_patch, LT_LARGE_PART_MAX, false, "" },
	{ "DELETE", "v1/uploads/*", api_upload_delete, 0, false, "" },
	{ "POST", "v1/envelopes", api_envelope_post, BODY_JSON_MAX, false, "" },
	{ "GET", "v1/envelopes", api_envelope_list, 0, false, "state kind dossier agency after limit" },
	{ "GET", "v1/envelopes/*", api_envelope_get, 0, false, "wait until" },
	{ "GET", "v1/envelopes/*/parts/*", api_envelope_part, 0, false, "" },
	{ "GET", "v1/events", api_event_list, 0, false, "after wait limit" },
	{ "GET", "v1/hooks", api_hook_list, 0, false, "" },
	{ "GET", "v1/hooks/*", api_hook_get, 0, false, "state after limit" },
	{ "POST", "v1/hooks/*/redeliver", api_hook_again, BODY_SMALL_MAX, false, "" },
	{ "GET", "v1/inbox", api_inbox_list, 0, false, "state kind dossier agency after wait limit" },
	{ "GET", "v1/inbox/*", api_inbox_get, 0, false, "" },
	{ "GET", "v1/inbox/*/parts/*", api_inbox_part, 0, false, "" },
	{ "POST", "v1/inbox/*/accept", api_inbox_accept, BODY_SMALL_MAX, false, "" },
	{ "POST", "v1/inbox/*/refuse", api_inbox_refuse, BODY_SMALL_MAX, false, "" },
	{ "POST", "v1/codes", api_code_post, BODY_SMALL_MAX, false, "" },
	{ "GET", "v1/codes", api_code_list, 0, false, "agency date after" },
	{ "GET", "v1/todo", api_todo, 0, false, "agency late due_within_hours unanswered status limit after" },
	{ "GET", "v1/dossiers", api_dossier_list, 0, false,
	  "agency lead foreign late due_within_hours unanswered status limit after" },
	{ "GET", "v1/agencies", api_agency_list, 0, false, "own parent after limit" },
	{ "GET", "v1/agencies/*", api_agency_get, 0, false, "" },
	{ "GET", "v1/procedures", api_procedure_list, 0, false, "agency after limit" },
	{ "GET", "v1/procedures/*", api_procedure_get, 0, false, "agency version" },
	{ "GET", "v1/dossiers/*", api_dossier_get, 0, false, "agency" },
	{ "GET", "v1/dossiers/*/answer", api_applicant_get, 0, false, "agency" },
	{ "GET", "v1/dossiers/*/forms/*", api_form_get, 0, false, "agency lang data" },
	{ "POST", "v1/ledger/accept", api_ledger_accept, BODY_SMALL_MAX, false, "" },
};

/* Compares segment by segment; what a star stands for goes to the exchange. */
bool api_route_matches(const char *pattern, const char *path, struct exchange *exchange)
{
	exchange->segment_count = 0;
	for (;;) {
		size_t wanted = strcspn(pattern, "/"), given = strcspn(path, "/");
		bool star = wanted == 1 && *pattern == '*';
		if (given == 0 || (!star && (wanted != given || memcmp(pattern, path, given) != 0)))
			return false;
		if (star) {
			char *out = exchange->segments[exchange->segment_count];
			if (given >= EXCHANGE_SEGMENT_MAX)
				return false;
			memcpy(out, path, given);
			out[given] = 0;
			exchange->segment_count++;
		}
		pattern += wanted;
		path += given;
		if (!*pattern || !*path)
			return !*pattern && !*path;
		pattern++;
		path++;
	}
}

/* Allow names every method of the resource; HEAD goes with GET. */
static void allow(char *out, size_t size, const char *method)
{
	size_t used = strlen(out);
	snprintf(out + used, size - used, "%s%s", used ? ", " : "", strcmp(method, "GET") == 0 ? "GET, HEAD" : method);
}

bool api_route(const char *method, const char *path, struct exchange *exchange)
{
	bool open = false;
	char allowed[64] = "";
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	if (*path == '/')
		path++;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!api_route_matches(routes[i].pattern, path, exchange))
			continue;
		open = routes[i].open;
		allow(allowed, sizeof(allowed), routes[i].method);
		if (strcmp(wanted, routes[i].method) != 0)
			continue;
		exchange->handler = routes[i].handler;
		exchange->body_max = routes[i].body_max;
		exchange->query = routes[i].query;
		exchange->streams = exchange->handler == api_upload_patch;
		return open;
	}
	if (allowed[0]) {
		lt_refuse(&exchange->refusal, LT_METHOD_NOT_ALLOWED, "%.10s is not for this resource", method);
		exchange_header(exchange, "Allow", "%s", allowed);
	} else {
		lt_refuse(&exchange->refusal, LT_NOT_FOUND, "no such resource");
	}
	return open;
}
