/* api_health.c: GET /healthz. 200 as long as the adapter can take work and believes what it has: connected or not, the outbox is there
 * for that. 503 when the link has ended for good, and when its own list, certificate, directory or clock keep it from believing:
 * `causes` names each. */
#include "exchange.h"
#include "problem.h"

#include <lienthong/time.h>

static json_t *causes_of(const struct adapter_health *health)
{
	json_t *causes = json_array();
	for (size_t i = 0; i < health->cause_count; i++) {
		json_t *cause = json_pack("{s:s, s:s}", "code", lt_reason_name(health->causes[i].reason), "detail",
					  health->causes[i].detail);
		problem_add_both(cause, &health->causes[i]);
		json_array_append_new(causes, cause);
	}
	return causes;
}

/* Those for which the broker does not hear this adapter; the others go on. */
static json_t *away_of(struct adapter *adapter, size_t count)
{
	json_t *away = json_array();
	for (size_t i = 0; i < count; i++) {
		struct lt_refusal why;
		int64_t since;
		if (!adapter_agency_away(adapter, i, &why, &since))
			continue;
		char at[LT_TIME_TEXT];
		lt_time_format(since, at);
		json_t *one = json_pack("{s:s, s:s, s:s, s:s}", "agency", adapter_speaker(adapter)->agencies[i].code,
					"code", lt_reason_name(why.reason), "detail", why.detail, "since", at);
		json_array_append_new(away, one);
	}
	return away;
}

void api_health(struct exchange *exchange)
{
	struct adapter_health health;
	adapter_get_health(exchange->adapter, &health);
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	json_t *agencies = json_array();
	for (size_t i = 0; i < speaker->agency_count; i++)
		json_array_append_new(agencies, json_string(speaker->agencies[i].code));
	const char *link = health.ended ? "ended" : health.connected ? "connected" : "connecting";
	const char *status = health.ended ? "ended" : health.cause_count ? "trouble" : "ok";
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "status", status,
			  "version", LT_VERSION, "link", link, "agencies", agencies, "directory_version",
			  (json_int_t)health.directory_version, "outbox_waiting", (json_int_t)health.outbox_waiting,
			  "inbox_items", (json_int_t)health.inbox_items, "store_waiting", (json_int_t)health.store_jobs,
			  "broker_head", (json_int_t)health.head, "held", (json_int_t)health.held, "exceptions_untold",
			  (json_int_t)health.untold, "clock_ahead_ms", (json_int_t)(health.clock_ahead / 1000),
			  "causes", causes_of(&health));
	if (json)
		json_object_set_new(json, "away", away_of(exchange->adapter, speaker->agency_count));
	if (json && health.ended)
		json_object_set_new(json, "reason", json_string(lt_reason_name(health.end_reason)));
	exchange_json(exchange, health.ended || health.cause_count ? 503 : 200, json);
}
