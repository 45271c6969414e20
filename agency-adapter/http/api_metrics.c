/* api_metrics.c: GET /metrics: what /healthz says, as figures in Prometheus' text format. */
#include "exchange.h"

#include "mail/history/deliveries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_US INT64_C(1000000)

struct figure {
	const char *name, *type, *help;
	int64_t value;
};

/* Seconds since a time; 0 when there is none. */
static int64_t age(int64_t at, int64_t now)
{
	return at && now > at ? (now - at) / SECOND_US : 0;
}

static void write_figures(FILE *out, const struct adapter_health *health, int64_t now)
{
	const struct vault_space *space = &health->space;
	const struct figure figures[] = {
		{ "up", "gauge", "1 when health is not red", !health->ended && health->cause_count == 0 },
		{ "link_connected", "gauge", "1 when a session with the broker stands", health->connected },
		{ "link_since_seconds", "gauge", "Seconds since the session began, or was lost",
		  age(health->link_since, now) },
		{ "last_contact_seconds", "gauge", "Seconds since the broker was heard last",
		  age(health->last_contact, now) },
		{ "outbox_waiting", "gauge", "Envelopes without a final answer of the broker",
		  (int64_t)health->outbox_waiting },
		{ "outbox_oldest_seconds", "gauge", "Age of the oldest of them", age(health->oldest_queued, now) },
		{ "inbox_items", "gauge", "Items kept in the inbox", (int64_t)health->inbox_items },
		{ "held_items", "gauge", "Items held until our own trouble ends", (int64_t)health->held },
		{ "exceptions_untold", "gauge", "Items in quarantine that the broker has not said back",
		  (int64_t)health->untold },
		{ "store_jobs", "gauge", "Jobs that wait for the store", (int64_t)health->store_jobs },
		{ "store_full", "gauge", "1 when no new work is taken for want of room", space->fill != VAULT_ROOMY },
		{ "store_file_bytes", "gauge", "Size of store.mdb", (int64_t)space->file_bytes },
		{ "store_map_used_bytes", "gauge", "What of its map is in use", (int64_t)space->map_used },
		{ "store_map_bytes", "gauge", "The most that it may grow to", (int64_t)space->map_bytes },
		{ "disk_free_bytes", "gauge", "Free on its disk", (int64_t)space->disk_free },
		{ "clock_ahead_seconds", "gauge", "Our clock ahead of the broker's", health->clock_ahead / SECOND_US },
		{ "broker_head", "gauge", "Sequence of the broker's newest record that was heard of",
		  (int64_t)health->head },
		{ "directory_version", "gauge", "Version of the directory in force",
		  (int64_t)health->directory_version },
		{ "certificate_ends_timestamp_seconds", "gauge", "When the first of our certificates ends; 0: unknown",
		  health->certificate_ends / SECOND_US },
		{ "list_ends_timestamp_seconds", "gauge", "When the first revocation list ends; 0: none",
		  health->list_ends / SECOND_US },
	};
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		fprintf(out,
			"# HELP lienthong_adapter_%s %s.\n# TYPE lienthong_adapter_%s %s\nlienthong_adapter_%s %" PRId64
			"\n",
			figures[i].name, figures[i].help, figures[i].name, figures[i].type, figures[i].name,
			figures[i].value);
}

static void write_causes(FILE *out, const struct adapter_health *health)
{
	fputs("# HELP lienthong_adapter_trouble 1 for each cause for which health is red.\n"
	      "# TYPE lienthong_adapter_trouble gauge\n",
	      out);
	for (size_t i = 0; i < health->cause_count; i++)
		fprintf(out, "lienthong_adapter_trouble{code=\"%s\"} 1\n", lt_reason_name(health->causes[i].reason));
}

static void write_agencies(FILE *out, struct adapter *adapter, bool connected)
{
	const struct speaker *speaker = adapter_speaker(adapter);
	fputs("# HELP lienthong_adapter_agency_connected 1 when the session speaks for the agency.\n"
	      "# TYPE lienthong_adapter_agency_connected gauge\n",
	      out);
	for (size_t i = 0; i < speaker->agency_count; i++) {
		struct lt_refusal why;
		int64_t since;
		bool away = adapter_agency_away(adapter, i, &why, &since);
		fprintf(out, "lienthong_adapter_agency_connected{agency=\"%s\"} %d\n", speaker->agencies[i].code,
			connected && !away);
	}
}

static void write_hooks(FILE *out, struct adapter *adapter)
{
	char name[HOOK_NAME_MAX] = "";
	struct deliveries_count count;
	struct vault_tx *tx;
	if (vault_read_begin(adapter_vault(adapter), &tx))
		return;
	fputs("# HELP lienthong_adapter_hook_deliveries Events that a webhook has not taken, by state.\n"
	      "# TYPE lienthong_adapter_hook_deliveries gauge\n",
	      out);
	while (!deliveries_next_hook(tx, name)) {
		if (deliveries_count(tx, name, &count))
			continue;
		fprintf(out, "lienthong_adapter_hook_deliveries{hook=\"%s\",state=\"waiting\"} %" PRIu64 "\n", name,
			count.waiting);
		fprintf(out, "lienthong_adapter_hook_deliveries{hook=\"%s\",state=\"parked\"} %" PRIu64 "\n", name,
			count.parked);
	}
	vault_read_end(tx);
}

void api_metrics(struct exchange *exchange)
{
	struct adapter_health health;
	char *text = NULL;
	size_t size = 0;
	adapter_get_health(exchange->adapter, &health);
	FILE *out = open_memstream(&text, &size);
	if (out) {
		write_figures(out, &health, adapter_speaker(exchange->adapter)->now());
		write_causes(out, &health);
		write_agencies(out, exchange->adapter, health.connected);
		write_hooks(out, exchange->adapter);
	}
	if (!out || fclose(out) != 0)
		exchange_error(exchange, LT_ENOMEM);
	else
		exchange_bytes(exchange, lt_bytes(text, size), "text/plain; version=0.0.4; charset=utf-8");
	free(text);
}
