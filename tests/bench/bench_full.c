/* Three adapters' outboxes and inboxes around a real broker: the daemon's code without its HTTP side, or with it (full.http). Each
 * dossier goes FORWARD, ACCEPT, FORWARD, ... round the three; every envelope is signed, synced, admitted, verified, synced again. */
#include "bench.h"
#include "bench_http.h"
#include "http/api.h"
#include "start/assemble.h"

#include <lienthong/time.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FULL_DOSSIERS = 384, FULL_BATCH_DOSSIERS = 1152, FULL_WORKERS = 8, FULL_BATCH_WORKERS = 48 };

struct full;
struct desk { /* one agency */
	struct full *full;
	int index;
	struct adapter *adapter;
	struct api *api; /* NULL: its system calls the adapter's functions */
	char socket[300];
	struct http *http; /* of the main thread */
	pthread_mutex_t mutex;
	pthread_cond_t grown;
	uint64_t last, taken; /* inbox items there are, and handed to a worker */
};
struct full {
	const struct bench_site *site;
	struct desk desks[BENCH_AGENCIES];
	_Atomic bool stop;
	_Atomic uint64_t arrived;
	_Atomic int64_t posted_at[FULL_BATCH_DOSSIERS];
	_Atomic(struct histogram *) latency;
	int64_t day;
	const char *name;
	bool sign_each, over_http;
	uint32_t dossiers;
	int workers; /* of an agency's system, each with one act under way */
	uint8_t part[BENCH_PART];
};

static void on_items(void *ctx, uint64_t last)
{
	struct desk *desk = ctx;
	pthread_mutex_lock(&desk->mutex);
	atomic_fetch_add(&desk->full->arrived, last - desk->last);
	desk->last = last;
	pthread_cond_broadcast(&desk->grown);
	pthread_mutex_unlock(&desk->mutex);
}

static void on_answered(void *ctx, const struct outbox_answer *answer)
{
	(void)ctx;
	if (answer->reason)
		bench_die("refused: %s: %s", lt_reason_name(answer->reason), answer->detail);
}

static void on_ended(void *ctx, enum lt_reason reason)
{
	(void)ctx;
	bench_die("the link has ended: %s", lt_reason_name(reason));
}

/* What the HTTP side does for POST /v1/envelopes and .../accept: one job of the store thread, then the link looks. */
struct act {
	struct desk *desk;
	const struct outbox_request *request; /* NULL: accept `item` */
	uint64_t item;
	struct outbox_receipt receipt;
};

static enum lt_err act_run(void *ctx, struct vault_tx *tx)
{
	struct act *act = ctx;
	const struct speaker *office = adapter_speaker(act->desk->adapter);
	struct outbox_request accept = { .header = { .kind = LT_KIND_ACCEPT } };
	return act->request ? outbox_add(tx, office, act->request, &act->receipt)
			    : inbox_answer(tx, office, act->item, &accept, &act->receipt);
}

static void perform(struct act *act, const char *what)
{
	enum lt_err err = vault_run(adapter_vault(act->desk->adapter), act_run, act);
	adapter_wake(act->desk->adapter);
	if (err || act->receipt.refusal.reason)
		bench_die("%s: %s %s", what, lt_err_text(err), act->receipt.refusal.detail);
}

/* ---- the same over HTTP ---- */

static void post_http(struct desk *desk, struct http *http, enum lt_kind kind, uint32_t dossier, int to_index)
{
	static _Atomic uint64_t keys;
	const struct bench_site *site = desk->full->site;
	char code[LT_DOSSIER_MAX], key[40], body[1024];
	char more[400];
	snprintf(more, sizeof more, "\"procedure\":\"%s\",\"procedure_version\":1,\"received\":true",
		 site_procedure(site->agencies[to_index].code));
	lt_dossier_code_make(site->agencies[dossier % BENCH_AGENCIES].code, desk->full->day, dossier, code);
	if (kind != LT_KIND_OPEN) {
		atomic_store(&desk->full->posted_at[dossier], bench_now());
		json_t *put = http_call(http, "PUT", "/v1/parts", NULL, lt_bytes(desk->full->part, BENCH_PART));
		snprintf(more, sizeof more,
			 "\"reason\":\"%s\",\"parts\":[{\"digest\":\"%s\",\"name\":\"to-khai.json\",\"media_type\":"
			 "\"application/json\"}]",
			 kind == LT_KIND_RETURN ? "trả lại" : "", json_string_value(json_object_get(put, "digest")));
		json_decref(put);
	}
	int len = snprintf(body, sizeof body, "{\"kind\":\"%s\",\"dossier\":\"%s\",\"to\":[{\"agency\":\"%s\"}],%s}",
			   lt_kind_name(kind), code, site->agencies[to_index].code, more);
	snprintf(key, sizeof key, "bench-%llu", (unsigned long long)atomic_fetch_add(&keys, 1));
	json_decref(http_call(http, "POST", "/v1/envelopes", key, lt_bytes(body, (size_t)len)));
}

static void accept_http(struct http *http, uint64_t number)
{
	char path[64];
	snprintf(path, sizeof path, "/v1/inbox/%llu/accept", (unsigned long long)number);
	json_decref(http_call(http, "POST", path, NULL, lt_bytes("{}", 2)));
}

static void post(struct desk *desk, struct http *http, enum lt_kind kind, uint32_t dossier, int to_index)
{
	if (http) {
		post_http(desk, http, kind, dossier, to_index);
		return;
	}
	const struct bench_site *site = desk->full->site;
	struct lt_recipient to = { 0 };
	struct lt_part_info part = { .name = "to-khai.json", .media_type = "application/json" };
	struct lt_bytes data = lt_bytes(desk->full->part, BENCH_PART);
	struct outbox_request request = { .header = { .kind = kind, .to = &to, .to_count = 1 } };
	struct lt_header *header = &request.header;
	lt_dossier_code_make(site->agencies[dossier % BENCH_AGENCIES].code, desk->full->day, dossier, header->dossier);
	strcpy(to.agency, site->agencies[to_index].code);
	if (kind == LT_KIND_OPEN) {
		strcpy(header->procedure, site_procedure(to.agency));
		header->procedure_version = 1;
		header->received = true;
	} else {
		header->reason = kind == LT_KIND_RETURN ? "trả lại" : "";
		header->part_count = 1;
		header->parts = &part;
		request.part_data = &data;
		lt_sha256(data, part.sha256);
		atomic_store(&desk->full->posted_at[dossier], bench_now());
	}
	perform(&(struct act){ .desk = desk, .request = &request }, "post");
}

struct seen {
	enum lt_kind kind;
	uint32_t dossier;
};

static struct seen read_item_http(struct http *http, uint64_t number)
{
	char path[64];
	snprintf(path, sizeof path, "/v1/inbox/%llu", (unsigned long long)number);
	json_t *item = http_call(http, "GET", path, NULL, lt_bytes(NULL, 0));
	const char *name = json_string_value(json_object_get(item, "kind"));
	const char *dossier = json_string_value(json_object_get(item, "dossier"));
	if (!name || !dossier)
		bench_die("inbox item %llu", (unsigned long long)number);
	bool offers = strcmp(name, "FORWARD") == 0 || strcmp(name, "RETURN") == 0;
	enum lt_kind kind = offers ? LT_KIND_FORWARD : LT_KIND_ACCEPT;
	struct seen seen = { .kind = kind, .dossier = (uint32_t)strtoul(strrchr(dossier, '-') + 1, NULL, 10) };
	json_decref(item);
	return seen;
}

static struct seen read_item(struct desk *desk, uint64_t number, struct lt_arena *arena)
{
	struct vault_tx *tx;
	struct inbox_item item;
	struct lt_header header;
	struct lt_refusal refusal;
	lt_arena_reset(arena);
	if (vault_read_begin(adapter_vault(desk->adapter), &tx) || inbox_get(tx, number, &item) || item.fault.reason ||
	    lt_header_parse(item.header, arena, &header, &refusal))
		bench_die("inbox item %llu", (unsigned long long)number);
	struct seen seen = { .kind = header.kind,
			     .dossier = (uint32_t)strtoul(strrchr(header.dossier, '-') + 1, NULL, 10) };
	vault_read_end(tx);
	return seen;
}

/* Takes what arrives; an offer is accepted and sent on. */
static void *work(void *arg)
{
	struct desk *desk = arg;
	struct lt_arena *arena;
	struct http *http = desk->api ? http_connect(desk->socket) : NULL;
	if (lt_arena_new(1 << 20, &arena))
		bench_die("out of memory");
	for (;;) {
		pthread_mutex_lock(&desk->mutex);
		while (desk->taken == desk->last && !desk->full->stop)
			pthread_cond_wait(&desk->grown, &desk->mutex);
		if (desk->full->stop) {
			pthread_mutex_unlock(&desk->mutex);
			break;
		}
		uint64_t number = ++desk->taken;
		pthread_mutex_unlock(&desk->mutex);
		struct seen seen = http ? read_item_http(http, number) : read_item(desk, number, arena);
		if (!lt_kind_offers(seen.kind))
			continue;
		histogram_add(desk->full->latency, bench_now() - atomic_load(&desk->full->posted_at[seen.dossier]));
		if (http)
			accept_http(http, number);
		else
			perform(&(struct act){ .desk = desk, .item = number }, "accept");
		int opener = (int)(seen.dossier % BENCH_AGENCIES);
		if (desk->index == opener)
			post(desk, http, LT_KIND_FORWARD, seen.dossier, (opener + 1) % BENCH_AGENCIES);
		else
			post(desk, http, LT_KIND_RETURN, seen.dossier, opener);
	}
	lt_arena_free(arena);
	http_close(http);
	return NULL;
}

static void open_api(struct desk *desk)
{
	char listen[320], error[240];
	snprintf(desk->socket, sizeof desk->socket, "%s/full-%d.sock", desk->full->site->folder, desk->index);
	snprintf(listen, sizeof listen, "unix:%s", desk->socket);
	if (api_new(&(struct api_options){ .listen = listen, .adapter = desk->adapter }, &desk->api, error,
		    sizeof error))
		bench_die("api: %s", error);
	desk->http = http_connect(desk->socket);
}

static void open_desk(struct full *full, int index)
{
	static const struct adapter_events events = { .items = on_items, .answered = on_answered, .ended = on_ended };
	struct desk *desk = &full->desks[index];
	const struct bench_site *site = full->site;
	const struct bench_agency *agency = &site->agencies[index];
	char data[512], registrar[512], ca[512], error[240];
	snprintf(data, sizeof data, "%s/full-%d", site->folder, index);
	snprintf(registrar, sizeof registrar, "%s/genesis/registrar.pem", site->folder);
	snprintf(ca, sizeof ca, "%s/genesis/ca.pem", site->folder);
	struct adapter_agency self = {
		.code = agency->code, .key = agency->key, .cert = agency->cert, .sign_each = full->sign_each
	};
	struct adapter_options options = { .data = data,
					   .endpoint = site->endpoint,
					   .domain = site->domain,
					   .curve = agency->curve_key,
					   .registrar = registrar,
					   .ca = ca,
					   .agency_count = 1,
					   .agencies = &self };
	memcpy(options.broker_key, site->broker_key, 32);
	desk->full = full;
	desk->index = index;
	pthread_mutex_init(&desk->mutex, NULL);
	pthread_cond_init(&desk->grown, NULL);
	if (adapter_new(&options, &events, desk, &desk->adapter, error, sizeof error) || adapter_start(desk->adapter))
		bench_die("adapter %s: %s", agency->code, error);
	if (full->over_http)
		open_api(desk);
}

static void wait_connected(struct full *full)
{
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		struct adapter_health health = { 0 };
		for (int tries = 0; !health.connected || !health.directory_version; tries++) {
			adapter_get_health(full->desks[i].adapter, &health);
			if (tries > 1000)
				bench_die("adapter %d does not connect", i);
			struct timespec ts = { .tv_nsec = 20000000 };
			nanosleep(&ts, NULL);
		}
	}
}

/* CPU of the adapters, and of the workers and HTTP clients that stand for their agencies' systems. */
static double desks_cpu_us(void)
{
	struct timespec cpu;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	return (double)cpu.tv_sec * 1e6 + (double)cpu.tv_nsec / 1e3;
}

static void measure(struct full *full)
{
	pthread_t threads[BENCH_AGENCIES][FULL_BATCH_WORKERS];
	wait_connected(full);
	for (uint32_t d = 0; d < full->dossiers; d++)
		post(&full->desks[d % BENCH_AGENCIES], full->desks[d % BENCH_AGENCIES].http, LT_KIND_OPEN, d,
		     (int)(d % BENCH_AGENCIES));
	for (int i = 0; i < BENCH_AGENCIES; i++)
		for (int w = 0; w < full->workers; w++)
			pthread_create(&threads[i][w], NULL, work, &full->desks[i]);
	for (uint32_t d = 0; d < full->dossiers; d++)
		post(&full->desks[d % BENCH_AGENCIES], full->desks[d % BENCH_AGENCIES].http, LT_KIND_FORWARD, d,
		     (int)((d + 1) % BENCH_AGENCIES));
	struct timespec warm = { .tv_sec = 3 }, run = { .tv_sec = bench_seconds() };
	nanosleep(&warm, NULL);
	struct histogram *h = histogram_new();
	free(atomic_exchange(&full->latency, h));
	uint64_t arrived = full->arrived, written = site_written_here();
	double desks = desks_cpu_us(), broker = site_usage(full->site).cpu_us;
	int64_t begun = bench_now();
	nanosleep(&run, NULL);
	double count = (double)(full->arrived - arrived), rate = count * 1e6 / (double)(bench_now() - begun);
	const struct {
		const char *name, *unit;
		double value;
	} rows[] = { { "rate", "envelopes/s", rate },
		     { "p50", "us", histogram_quantile(h, 0.5) },
		     { "p99", "us", histogram_quantile(h, 0.99) },
		     { "cpu.desks", "us/envelope", (desks_cpu_us() - desks) / count },
		     { "cpu.broker", "us/envelope", (site_usage(full->site).cpu_us - broker) / count },
		     { "written.desks", "bytes/envelope", (double)(site_written_here() - written) / count } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s.%s", full->name, rows[i].name);
		bench_print(name, rows[i].value, rows[i].unit);
	}
	full->stop = true;
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		pthread_mutex_lock(&full->desks[i].mutex);
		pthread_cond_broadcast(&full->desks[i].grown);
		pthread_mutex_unlock(&full->desks[i].mutex);
		for (int w = 0; w < full->workers; w++)
			pthread_join(threads[i][w], NULL);
	}
}

static void run_full(const char *name, bool sign_each, bool over_http, uint32_t dossiers, int workers)
{
	struct bench_site site;
	static struct full full;
	if (!bench_wants(name))
		return;
	bench_say("%s", name);
	site_make(&site, true);
	site_start_broker(&site);
	memset(&full, 0, sizeof full);
	full.site = &site;
	full.name = name;
	full.sign_each = sign_each;
	full.over_http = over_http;
	full.dossiers = dossiers;
	full.workers = workers;
	full.latency = histogram_new();
	full.day = lt_time_now();
	for (size_t i = 0; i < BENCH_PART; i++)
		full.part[i] = (uint8_t)(i * 31);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		open_desk(&full, i);
	measure(&full);
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		http_close(full.desks[i].http);
		api_free(full.desks[i].api);
		adapter_free(full.desks[i].adapter);
	}
	site_remove(&site);
}

void bench_full(void)
{
	run_full("full.single", true, false, FULL_DOSSIERS, FULL_WORKERS);
	run_full("full.batch", false, false, FULL_BATCH_DOSSIERS, FULL_BATCH_WORKERS);
	run_full("full.http", false, true, FULL_BATCH_DOSSIERS, FULL_BATCH_WORKERS);
}
