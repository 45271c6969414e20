/* api_health.c: GET /healthz. 200 as long as the adapter can take work, connected or not: the outbox is there for that. */
#include "exchange.h"

void api_health(struct exchange *exchange)
{
	struct adapter_health health;
	adapter_get_health(exchange->adapter, &health);
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	json_t *agencies = json_array();
	for (size_t i = 0; i < speaker->agency_count; i++)
		json_array_append_new(agencies, json_string(speaker->agencies[i].code));
	const char *link = health.ended ? "ended" : health.connected ? "connected" : "connecting";
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I}", "status", health.ended ? "ended" : "ok",
			  "version", LT_VERSION, "link", link, "agencies", agencies, "directory_version",
			  (json_int_t)health.directory_version, "outbox_waiting", (json_int_t)health.outbox_waiting,
			  "inbox_items", (json_int_t)health.inbox_items, "store_waiting", (json_int_t)health.store_jobs,
			  "broker_head", (json_int_t)health.head);
	if (json && health.ended)
		json_object_set_new(json, "reason", json_string(lt_reason_name(health.end_reason)));
	exchange_json(exchange, health.ended ? 503 : 200, json);
}
