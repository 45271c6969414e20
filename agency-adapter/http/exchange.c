/* exchange.c: answers, suspending and resuming. */
#include "exchange.h"

#include "program/log.h"
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void set_content(struct exchange *exchange, unsigned status, char *content, size_t len)
{
	free(exchange->content);
	if (exchange->file > 0)
		close(exchange->file);
	exchange->file = 0;
	exchange->file_offset = 0;
	exchange->status = status;
	exchange->content = content;
	exchange->content_len = len;
}

void exchange_json(struct exchange *exchange, unsigned status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	json_decref(json);
	exchange->content_type[0] = 0;
	if (!text)
		set_content(exchange, 500, NULL, 0);
	else
		set_content(exchange, status, text, strlen(text));
}

void exchange_bytes(struct exchange *exchange, struct lt_bytes data, const char *media_type)
{
	char *copy = malloc(data.len ? data.len : 1);
	if (!copy) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	if (data.len)
		memcpy(copy, data.data, data.len);
	snprintf(exchange->content_type, sizeof(exchange->content_type), "%s", media_type);
	set_content(exchange, 200, copy, data.len);
}

void exchange_file(struct exchange *exchange, int file, uint64_t size, const char *media_type)
{
	snprintf(exchange->content_type, sizeof(exchange->content_type), "%s", media_type);
	set_content(exchange, 200, NULL, (size_t)size);
	exchange->file = file;
}

void exchange_header(struct exchange *exchange, const char *name, const char *format, ...)
{
	va_list args;
	char *value = NULL;
	va_start(args, format);
	int len = vasprintf(&value, format, args);
	va_end(args);
	if (len < 0)
		return;
	for (size_t i = 0; i < exchange->header_count; i++) {
		if (strcmp(exchange->headers[i].name, name) == 0) {
			free(exchange->headers[i].value);
			exchange->headers[i].value = value;
			return;
		}
	}
	LT_ASSERT(exchange->header_count < EXCHANGE_HEADERS_MAX);
	exchange->headers[exchange->header_count].name = name;
	exchange->headers[exchange->header_count++].value = value;
}

void exchange_next(struct exchange *exchange, exchange_handler *handler)
{
	if (exchange->work_free)
		exchange->work_free(exchange->work);
	exchange->work = NULL;
	exchange->work_free = NULL;
	for (size_t i = 0; i < exchange->header_count; i++)
		free(exchange->headers[i].value);
	exchange->header_count = 0;
	exchange->tag[0] = exchange->content_type[0] = 0;
	exchange->ranges = exchange->new_work = false;
	exchange->deadline = 0;
	exchange->refusal = (struct lt_refusal){ 0 };
	exchange->handler = handler;
	set_content(exchange, 0, NULL, 0);
	atomic_store(&exchange->phase, EXCHANGE_AGAIN);
}

void exchange_refuse(struct exchange *exchange, const struct lt_refusal *refusal, const char *pointer)
{
	unsigned again = problem_retry_after(refusal->reason);
	exchange->tag[0] = 0;
	if (again > 0)
		exchange_header(exchange, "Retry-After", "%u", again);
	exchange_json(exchange, problem_status(refusal->reason), problem_new(refusal, pointer, exchange->language));
}

json_t *exchange_body_problem(struct exchange *exchange, const struct json_reader *reader)
{
	json_t *problem = problem_new(&reader->refusal, reader->pointer, exchange->language);
	for (size_t i = 1; i < reader->fault_count; i++)
		problem_add_error(problem, &reader->faults[i].refusal, reader->faults[i].pointer, exchange->language);
	return problem;
}

void exchange_refuse_body(struct exchange *exchange, const struct json_reader *reader)
{
	exchange_json(exchange, problem_status(reader->refusal.reason), exchange_body_problem(exchange, reader));
}

void exchange_problem(struct exchange *exchange, enum lt_reason reason, const char *format, ...)
{
	struct lt_refusal refusal;
	va_list args;
	va_start(args, format);
	lt_refuse_list(&refusal, reason, format, args);
	va_end(args);
	exchange_refuse(exchange, &refusal, NULL);
}

void exchange_error(struct exchange *exchange, enum lt_err err)
{
	if (err == LT_EFULL)
		exchange_problem(exchange, LT_ADAPTER_FULL, "the adapter's store is full");
	else if (err == LT_ENOENT)
		exchange_problem(exchange, LT_NOT_FOUND, "nothing stands at %.100s", exchange->path);
	else
		exchange_problem(exchange, LT_INTERNAL_ERROR, "%s", lt_err_text(err));
}

bool exchange_may_speak(const struct exchange *exchange, const char *agency)
{
	return !exchange->token || token_may_speak(exchange->token, agency);
}

const struct speaker_agency *exchange_agency(struct exchange *exchange)
{
	return exchange_agency_of(exchange, exchange_query_text(exchange, "agency"));
}

const struct speaker_agency *exchange_agency_of(struct exchange *exchange, const char *asked)
{
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	asked = asked && *asked ? asked : NULL;
	const struct speaker_agency *agency = asked ? speaker_find(speaker, asked) : NULL;
	for (size_t i = 0; !asked && !agency && i < speaker->agency_count; i++) {
		if (exchange_may_speak(exchange, speaker->agencies[i].code))
			agency = &speaker->agencies[i];
	}
	if (asked && !agency) {
		exchange_problem(exchange, LT_SENDER_NOT_SESSION, "this adapter does not speak for it");
	} else if (!agency || !exchange_may_speak(exchange, agency->code)) {
		exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s may not speak for %s", exchange->token->name,
				 agency ? agency->code : "any agency of this adapter");
		return NULL;
	}
	return agency;
}

void exchange_log(const struct exchange *exchange)
{
	const char *made = "";
	bool acts = strcmp(exchange->method, "POST") == 0 && exchange->status < 400;
	if (!acts && exchange->status != 403)
		return;
	for (size_t i = 0; i < exchange->header_count; i++) {
		if (strcmp(exchange->headers[i].name, "Location") == 0)
			made = exchange->headers[i].value;
	}
	lt_log(acts ? LT_LOG_INFO : LT_LOG_WARNING, acts ? "call" : "call refused", "client",
	       exchange->token ? exchange->token->name : "", "method", exchange->method, "path", exchange->path, "made",
	       made, "request", exchange->request_id, NULL);
}

void exchange_suspend(struct exchange *exchange)
{
	atomic_store(&exchange->phase, EXCHANGE_WAITING);
	MHD_suspend_connection(exchange->connection);
}

void exchange_resume(struct exchange *exchange)
{
	if (atomic_load(&exchange->phase) == EXCHANGE_WAITING)
		atomic_store(&exchange->phase, EXCHANGE_ANSWERED);
	MHD_resume_connection(exchange->connection);
}

struct run_job {
	struct exchange *exchange;
	enum lt_err (*run)(void *exchange, struct vault_tx *tx);
	void (*then)(void *exchange, enum lt_err err);
};

static enum lt_err job_run(void *ctx, struct vault_tx *tx)
{
	struct run_job *job = ctx;
	return job->run(job->exchange, tx);
}

static void job_done(void *ctx, enum lt_err err)
{
	struct run_job *job = ctx;
	struct exchange *exchange = job->exchange;
	exchange->kept = false;
	job->then(exchange, err);
	bool kept = exchange->kept; /* whoever goes on with it does so behind this job */
	adapter_changed(exchange->adapter);
	api_notify(exchange->api, API_EVENTS); /* also where nobody else follows the feed */
	free(job);
	if (!kept)
		exchange_resume(exchange);
}

static struct run_job *job_new(struct exchange *exchange, enum lt_err (*run)(void *exchange, struct vault_tx *tx),
			       void (*then)(void *exchange, enum lt_err err))
{
	struct run_job *job = calloc(1, sizeof(*job));
	if (job)
		*job = (struct run_job){ .exchange = exchange, .run = run, .then = then };
	else
		exchange_error(exchange, LT_ENOMEM);
	return job;
}

void exchange_run_on(struct exchange *exchange, enum lt_err (*run)(void *exchange, struct vault_tx *tx),
		     void (*then)(void *exchange, enum lt_err err))
{
	struct run_job *job = job_new(exchange, run, then);
	if (!job) {
		exchange_resume(exchange);
		return;
	}
	vault_post(adapter_vault(exchange->adapter),
		   &(struct vault_job){ .work = exchange->new_work, .run = job_run, .done = job_done, .ctx = job });
}

void exchange_run(struct exchange *exchange, enum lt_err (*run)(void *exchange, struct vault_tx *tx),
		  void (*then)(void *exchange, enum lt_err err))
{
	struct run_job *job = job_new(exchange, run, then);
	if (!job)
		return;
	exchange_suspend(exchange);
	vault_post(adapter_vault(exchange->adapter),
		   &(struct vault_job){ .work = exchange->new_work, .run = job_run, .done = job_done, .ctx = job });
}

const char *exchange_query_text(struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool exchange_query_u64(struct exchange *exchange, const char *name, uint64_t fallback, uint64_t min, uint64_t max,
			uint64_t *out)
{
	const char *text = exchange_query_text(exchange, name);
	*out = fallback;
	if (!text)
		return true;
	size_t len = strlen(text);
	bool digits = len > 0 && len <= 19 && strspn(text, "0123456789") == len;
	*out = digits ? strtoull(text, NULL, 10) : 0;
	if (digits && *out >= min && *out <= max)
		return true;
	exchange_problem(exchange, LT_QUERY_INVALID, "query %s: a whole number from %llu to %llu is needed", name,
			 (unsigned long long)min, (unsigned long long)max);
	return false;
}

bool exchange_query_bool(struct exchange *exchange, const char *name, bool *out)
{
	const char *text = exchange_query_text(exchange, name);
	*out = text && strcmp(text, "true") == 0;
	if (!text || *out || strcmp(text, "false") == 0)
		return true;
	exchange_problem(exchange, LT_QUERY_INVALID, "query %s: true or false is needed", name);
	return false;
}

int64_t api_monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
