/* api_health.c: GET /healthz, and the same as /readyz. 200 as long as the adapter can take work and believes what it has: connected or not, the outbox is there
 * for that. 503 when the link has ended for good or has been down for longer than a restart takes, when its store is full, and when its
 * own list, certificate, directory or clock keep it from believing: `causes` names each. */
#include "exchange.h"
#include "problem.h"

#include <lienthong/time.h>

#include <stdio.h>

static json_t *named(const struct lt_refusal *all, size_t count)
{
	json_t *out = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *one = json_pack("{s:s, s:s}", "code", lt_reason_name(all[i].reason), "detail", all[i].detail);
		problem_add_both(one, &all[i]);
		json_array_append_new(out, one);
	}
	return out;
}

static void set_time(json_t *json, const char *name, int64_t time)
{
	char at[LT_TIME_TEXT];
	if (time)
		lt_time_format(time, at);
	json_object_set_new(json, name, time ? json_string(at) : json_null());
}

/* What a person who runs it looks at before anything goes wrong. */
static void add_ages(json_t *json, const struct adapter_health *health)
{
	const struct vault_space *space = &health->space;
	set_time(json, "link_since", health->link_since);
	json_object_set_new(json, "link_reason",
			    !health->connected && health->link_trouble.reason
				    ? json_string(lt_reason_name(health->link_trouble.reason))
				    : json_null());
	json_object_set_new(json, "link_detail",
			    !health->connected && health->link_trouble.reason ? json_string(health->link_trouble.detail)
									      : json_null());
	char text[LT_SENTENCE_TEXT];
	json_object_set_new(
		json, "link_detail_vi",
		!health->connected && health->link_trouble.reason
			? json_string(lt_refusal_say(&health->link_trouble, LT_VIETNAMESE, text, sizeof(text)))
			: json_null());
	json_t *reload = health->reload.at ? json_pack("{s:I, s:s?}", "keys_changed", (json_int_t)health->reload.keys,
						       "error", *health->reload.error ? health->reload.error : NULL)
					   : json_null();
	if (health->reload.at)
		set_time(reload, "time", health->reload.at);
	json_object_set_new(json, "reload", reload);
	set_time(json, "last_contact", health->last_contact);
	set_time(json, "outbox_oldest", health->oldest_queued);
	set_time(json, "restored_at", health->restored_at);
	set_time(json, "certificate_ends", health->certificate_ends);
	set_time(json, "list_ends", health->list_ends);
	json_object_set_new(json, "warnings", named(health->warnings, health->warning_count));
	json_object_set_new(json, "store",
			    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "state",
				      space->fill == VAULT_ROOMY ? "ok" : "full", "file_bytes",
				      (json_int_t)space->file_bytes, "map_used", (json_int_t)space->map_used,
				      "map_size", (json_int_t)space->map_bytes, "disk_free",
				      (json_int_t)space->disk_free, "disk_reserve", (json_int_t)space->disk_reserve));
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
		problem_add_both(one, &why);
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
			  "causes", named(health.causes, health.cause_count));
	if (json)
		add_ages(json, &health);
	if (json)
		json_object_set_new(json, "away", away_of(exchange->adapter, speaker->agency_count));
	if (json && health.ended)
		json_object_set_new(json, "reason", json_string(lt_reason_name(health.end_reason)));
	exchange_json(exchange, health.ended || health.cause_count ? 503 : 200, json);
	snprintf(exchange->content_type, sizeof(exchange->content_type),
		 "application/json"); /* a 503 is no problem document */
}
