/* metrics.c: a broker as figures, in Prometheus' text format. */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

#define PREFIX "lienthong_"
#define SECOND_US INT64_C(1000000)
enum { KEY_SHOWN = 8 }; /* bytes of a digest that tell two certificates of one name apart */

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP " PREFIX "%s %s.\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void figure(FILE *out, const char *name, const char *type, uint64_t value, const char *help)
{
	head(out, name, type, help);
	fprintf(out, PREFIX "%s %" PRIu64 "\n", name, value);
}

static void put_seconds(FILE *out, int64_t time)
{
	fprintf(out, "%" PRId64 ".%06" PRId64 "\n", time / SECOND_US, time % SECOND_US);
}

static void moment(FILE *out, const char *name, int64_t time, const char *help)
{
	head(out, name, "gauge", help);
	fprintf(out, PREFIX "%s ", name);
	put_seconds(out, time);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void put_label(FILE *out, const char *value)
{
	char clean[512];
	lt_text_clean(value, clean, sizeof(clean));
	for (const char *at = clean; *at; at++) {
		if (*at == '\\' || *at == '"')
			fputc('\\', out);
		fputc(*at, out);
	}
}

static void write_verdict(FILE *out, const struct verdict *verdict, bool up)
{
	const struct verdict_cause *causes;
	size_t count = verdict_causes(&causes);
	figure(out, "up", "gauge", up, "1 when the broker answers");
	figure(out, "ready", "gauge", verdict->ready, "1 when keys, time, trust, disk and journal are in order");
	head(out, "alarm", "gauge", "How many of each cause there are now; docs/alarms.md says what to do");
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;
		for (size_t j = 0; j < verdict->count; j++) {
			if (verdict->items[j].cause == causes[i].cause)
				value = verdict->items[j].count;
		}
		fprintf(out, PREFIX "alarm{cause=\"%s\",severity=\"%s\"} %" PRIu64 "\n", causes[i].id,
			verdict_level_name(causes[i].level), value);
	}
}

static void write_figures(FILE *out, const struct lt_status_view *s)
{
	head(out, "build_info", "gauge", "1; the broker's version and domain");
	fputs(PREFIX "build_info{version=\"", out);
	put_label(out, s->version);
	fputs("\",domain=\"", out);
	put_label(out, s->domain);
	fputs("\"} 1\n", out);
	moment(out, "start_timestamp_seconds", s->started, "When the broker started");
	moment(out, "record_timestamp_seconds", s->time, "The time that the next record would have");
	figure(out, "journal_records_total", "counter", s->head, "Records of the journal");
	figure(out, "store_lag_records", "gauge", s->head > s->flushed ? s->head - s->flushed : 0,
	       "Records that the store does not hold yet");
	figure(out, "journal_bytes", "gauge", s->journal_bytes, "Size of the journal beside the archive");
	figure(out, "disk_free_bytes", "gauge", s->disk_free, "Free on the disk of the broker's data");
	figure(out, "disk_reserve_bytes", "gauge", s->disk_reserve, "Below so much free new envelopes are refused");
	figure(out, "resident_memory_bytes", "gauge", s->resident, "Resident memory of the broker");
	figure(out, "dossiers_opened_total", "counter", s->dossiers, "Dossiers that were ever opened");
	figure(out, "agencies", "gauge", s->agencies, "Agencies of the directory");
	figure(out, "directory_version", "gauge", s->directory_version, "Version of the directory in force");
	figure(out, "sessions", "gauge", s->session_count, "Sessions of adapters");
	figure(out, "envelopes_admitted_total", "counter", s->admitted, "Envelopes admitted since the start");
	figure(out, "envelopes_rejected_total", "counter", s->rejected, "Envelopes refused since the start");
	figure(out, "deliveries_total", "counter", s->delivered, "Items delivered since the start");
}

/* Those that fall too: the alarms tell of them. */
static bool is_gauge(const char *name)
{
	static const char *const gauges[] = { "items_stuck", "dossiers_frozen", "notices_unsigned",
					      "mailboxes_unanswered", "mailboxes_unreadable" };
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
		if (strcmp(gauges[i], name) == 0)
			return true;
	}
	return false;
}

static void write_events(FILE *out, const struct lt_status_view *s)
{
	head(out, "events_total", "counter", "What else is counted, by its name in lienthong status --counters");
	for (size_t i = 0; i < s->counter_count; i++) {
		if (!is_gauge(s->counters[i].name))
			fprintf(out, PREFIX "events_total{event=\"%s\"} %" PRIu64 "\n", s->counters[i].name,
				s->counters[i].value);
	}
}

static void write_trust(FILE *out, const struct lt_status_view *s)
{
	static const char *const types[] = { "", "list", "ca", "agency", "registrar" };
	head(out, "trust_end_timestamp_seconds", "gauge",
	     "When a revocation list ends, and a certificate that ends within 30 days or has ended; 0: there is no "
	     "list");
	for (size_t i = 0; i < s->trust_count; i++) {
		const struct lt_trust_view *item = &s->trust[i];
		char key[2 * KEY_SHOWN + 1];
		size_t len = item->sha256.len < KEY_SHOWN ? item->sha256.len : KEY_SHOWN;
		if (item->type < LT_TRUST_CRL || item->type > LT_TRUST_REGISTRAR)
			continue;
		lt_hex(lt_bytes(item->sha256.data, len), key);
		fprintf(out, PREFIX "trust_end_timestamp_seconds{type=\"%s\",name=\"", types[item->type]);
		put_label(out, item->name);
		fprintf(out, "\",sha256=\"%s\"} ", key);
		put_seconds(out, item->ends);
	}
}

static void write_mailboxes(FILE *out, const struct lt_mailbox_view *boxes, size_t count)
{
	static const struct {
		const char *name, *help;
	} figures[] = { { "mailbox_waiting_items", "Items that an agency has not confirmed" },
			{ "mailbox_stuck_items", "Items that it could not take, the first 256" },
			{ "agency_connected", "1 when a session speaks for the agency" } };
	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		head(out, figures[f].name, "gauge", figures[f].help);
		for (size_t i = 0; i < count; i++) {
			uint64_t value = f == 0 ? boxes[i].waiting : f == 1 ? boxes[i].stuck_count : boxes[i].online;
			fprintf(out, PREFIX "%s{agency=\"%s\"} %" PRIu64 "\n", figures[f].name, boxes[i].agency, value);
		}
	}
	head(out, "mailbox_oldest_timestamp_seconds", "gauge", "Since when the oldest of them waits");
	for (size_t i = 0; i < count; i++) {
		if (boxes[i].oldest == 0)
			continue;
		fprintf(out, PREFIX "mailbox_oldest_timestamp_seconds{agency=\"%s\"} ", boxes[i].agency);
		put_seconds(out, boxes[i].oldest);
	}
}

/* What a connected adapter tells of itself. Of one that went the last word is old: its figures end. */
static bool has_told(const struct lt_agency_view *agency)
{
	return agency->online && agency->adapter && agency->adapter->told_at != 0;
}

static void write_adapters(FILE *out, const struct lt_agency_view *agencies, size_t count)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} figures[] = {
		{ "agency_disk_free_bytes", "Free on the disk of an agency's adapter, as it tells",
		  offsetof(struct lt_adapter_report, disk_free) },
		{ "agency_disk_reserve_bytes", "Below so much free that adapter takes no new work",
		  offsetof(struct lt_adapter_report, disk_reserve) },
		{ "agency_store_bytes", "Size of its store", offsetof(struct lt_adapter_report, store_bytes) },
		{ "agency_unsent_envelopes", "Envelopes in its outbox without a final answer",
		  offsetof(struct lt_adapter_report, unsent) },
	};
	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		head(out, figures[f].name, "gauge", figures[f].help);
		for (size_t i = 0; i < count; i++) {
			uint64_t value;
			if (!has_told(&agencies[i]))
				continue;
			memcpy(&value, (const char *)&agencies[i].adapter->report + figures[f].offset, sizeof(value));
			fprintf(out, PREFIX "%s{agency=\"%s\"} %" PRIu64 "\n", figures[f].name, agencies[i].code,
				value);
		}
	}
	head(out, "agency_clock_ahead_seconds", "gauge", "Its clock ahead of the broker's record time");
	for (size_t i = 0; i < count; i++) {
		if (has_told(&agencies[i]))
			fprintf(out, PREFIX "agency_clock_ahead_seconds{agency=\"%s\"} %.6f\n", agencies[i].code,
				(double)agencies[i].adapter->clock_ahead / SECOND_US);
	}
}

static void write_refused(FILE *out, const struct lt_agency_view *agencies, size_t count)
{
	head(out, "agency_refused_total", "counter", "Envelopes of an agency that were refused since the start");
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < agencies[i].refused_count; k++)
			fprintf(out, PREFIX "agency_refused_total{agency=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
				agencies[i].code, lt_reason_name(agencies[i].refused[k].reason),
				agencies[i].refused[k].count);
	}
}

void metrics_write(FILE *out, const struct metrics_view *view)
{
	write_verdict(out, view->verdict, view->status != NULL);
	if (!view->status)
		return;
	write_figures(out, view->status);
	write_events(out, view->status);
	write_trust(out, view->status);
	if (view->mailbox_count > 0)
		write_mailboxes(out, view->mailboxes, view->mailbox_count);
	if (view->agency_count > 0) {
		write_adapters(out, view->agencies, view->agency_count);
		write_refused(out, view->agencies, view->agency_count);
	}
}
