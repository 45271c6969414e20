/* link_query.c: questions to the broker. */
#include "link_thread.h"

#include "mail/history/comeback.h"

#include "program/log.h"
#include "wire/link.h"
#include "mail/dossiers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes the question. */
static enum lt_err put(struct adapter *adapter, const char *agency, struct question *query)
{
	if (!query)
		return LT_ENOMEM;
	memcpy(query->agency, agency, strlen(agency) + 1);
	query->deadline = adapter->speaker.now() + ADAPTER_QUERY_US;
	pthread_mutex_lock(&adapter->queries_mutex);
	bool full = adapter->query_count >= ADAPTER_QUERIES_MAX;
	if (!full) {
		struct question **last = &adapter->queries;
		while (*last)
			last = &(*last)->next;
		query->token = ++adapter->query_token;
		*last = query;
		adapter->query_count++;
	}
	pthread_mutex_unlock(&adapter->queries_mutex);
	if (full) {
		free(query);
		return LT_EFULL;
	}
	adapter_wake(adapter);
	return LT_OK;
}

/* A question about one dossier; asked: who gets the answer. */
static enum lt_err put_about(struct adapter *adapter, const char *agency, const char *dossier,
			     const struct question *asked)
{
	if (!adapter_asks(adapter))
		return LT_EAGAIN;
	if (strlen(agency) >= LT_AGENCY_MAX || strlen(dossier) >= LT_DOSSIER_MAX)
		return LT_EINVAL;
	struct question *query = malloc(sizeof(*query));
	if (query) {
		*query = *asked;
		memcpy(query->dossier, dossier, strlen(dossier) + 1);
	}
	return put(adapter, agency, query);
}

enum lt_err adapter_query(struct adapter *adapter, const char *agency, const char *dossier,
			  adapter_query_answer *answer, void *ctx)
{
	return put_about(adapter, agency, dossier, &(struct question){ .answer = answer, .ctx = ctx });
}

enum lt_err adapter_list(struct adapter *adapter, const char *agency, const struct adapter_list *list,
			 adapter_list_answer *answer, void *ctx)
{
	if (!atomic_load(&adapter->connected))
		return LT_EAGAIN;
	if (strlen(agency) >= LT_AGENCY_MAX)
		return LT_EINVAL;
	struct question *query = calloc(1, sizeof(*query));
	if (query) {
		query->list = *list;
		query->list_answer = answer;
		query->ctx = ctx;
	}
	return put(adapter, agency, query);
}

enum lt_err adapter_procedures(struct adapter *adapter, const char *agency, bool one, const char *code,
			       uint32_t version, adapter_procedures_answer *answer, void *ctx)
{
	if (!atomic_load(&adapter->connected))
		return LT_EAGAIN;
	if (strlen(agency) >= LT_AGENCY_MAX || strlen(code) >= LT_PROCEDURE_MAX)
		return LT_EINVAL;
	struct question *query = calloc(1, sizeof(*query));
	if (query) {
		query->one = one;
		memcpy(query->procedure, code, strlen(code) + 1);
		query->version = version;
		query->procedures_answer = answer;
		query->ctx = ctx;
	}
	return put(adapter, agency, query);
}

enum lt_err adapter_applicant(struct adapter *adapter, const char *agency, const char *dossier,
			      adapter_applicant_answer *answer, void *ctx)
{
	return put_about(adapter, agency, dossier, &(struct question){ .applicant_answer = answer, .ctx = ctx });
}

static const struct lt_refusal none = { 0 };

static void answer_none(const struct question *query, const struct lt_refusal *why)
{
	if (query->procedures_answer)
		query->procedures_answer(query->ctx, why, NULL, 0, false);
	else if (query->applicant_answer)
		query->applicant_answer(query->ctx, why, NULL);
	else if (query->list_answer)
		query->list_answer(query->ctx, why, NULL);
	else
		query->answer(query->ctx, why, 0, NULL);
}

static void answer_about_another(const struct question *query)
{
	struct lt_refusal why;
	lt_refuse(&why, LT_BROKER_DOUBTFUL, "it answers about another dossier");
	answer_none(query, &why);
}

static enum lt_err send(struct adapter *adapter, struct question *query)
{
	const struct adapter_list *list = &query->list;
	if (query->procedures_answer)
		return lt_link_client_procedures(adapter->client, query->agency, query->one, query->procedure,
						 query->version, query->token);
	if (query->applicant_answer)
		return lt_link_client_applicant(adapter->client, query->agency, query->dossier, query->token);
	if (!query->list_answer)
		return lt_link_client_query(adapter->client, query->agency, query->dossier, 0, query->token);
	struct lt_dossiers_request request = { .late = list->late,
					       .unanswered = list->unanswered,
					       .status = list->status,
					       .due_within = list->due_within,
					       .limit = list->limit,
					       .after = lt_bytes(list->after, list->after_len) };
	const char **const by[] = { [ADAPTER_LIST_OWED_BY] = &request.owed_by,
				    [ADAPTER_LIST_HOLDER] = &request.holder,
				    [ADAPTER_LIST_LEAD] = &request.lead,
				    [ADAPTER_LIST_PARTY] = &request.party };
	*by[list->by] = query->agency;
	request.foreign = list->foreign;
	return lt_link_client_dossiers(adapter->client, query->agency, &request, 0, query->token);
}

/* Takes one query out of the list: the one with the token, or the first whose time is over; all when now is INT64_MAX. */
static struct question *take(struct adapter *adapter, uint64_t token, int64_t now)
{
	struct question *found = NULL;
	pthread_mutex_lock(&adapter->queries_mutex);
	for (struct question **at = &adapter->queries; *at; at = &(*at)->next) {
		if ((token && (*at)->token == token) || (!token && (*at)->deadline < now)) {
			found = *at;
			*at = found->next;
			adapter->query_count--;
			break;
		}
	}
	pthread_mutex_unlock(&adapter->queries_mutex);
	return found;
}

struct learn_job {
	struct adapter *adapter;
	char dossier[LT_DOSSIER_MAX], agency[LT_AGENCY_MAX];
	uint64_t sequence; /* at which it is true */
	size_t count;
	struct dossier_branch *branches;
	size_t arrival_count;
	struct outbox_arrival *arrivals; /* of all offers, ours and others' */
	struct lt_buf ids;               /* of our own acts, 16 bytes each */
};

static enum lt_err learn_run(void *ctx, struct vault_tx *tx)
{
	const struct learn_job *job = ctx;
	enum lt_err err = dossiers_see(tx, job->dossier, job->branches, job->count, job->sequence);
	for (size_t i = 0; i < job->count && !err; i++)
		err = inbox_branch_at(tx, &job->adapter->speaker, job->dossier, job->branches[i].branch,
				      job->branches[i].version, job->branches[i].offered);
	if (!err && job->arrival_count > 0)
		err = outbox_arrived(tx, &job->adapter->speaker, job->dossier, job->arrivals, job->arrival_count);
	if (!err)
		err = comeback_learn(tx, job->adapter->speaker.now(), job->dossier, job->agency, job->ids.data,
				     job->ids.len / 16);
	return err;
}

static void learn_done(void *ctx, enum lt_err err)
{
	struct learn_job *job = ctx;
	(void)err;
	link_changed(job->adapter);
	lt_buf_fini(&job->ids);
	free(job->branches);
	free(job->arrivals);
	free(job);
}

static struct dossier_branch branch_of(const struct lt_branch_view *leg, const char *agency)
{
	const char *holder = leg->acting && leg->acting[0] != '\0' ? leg->acting : leg->holder;
	bool open = leg->custody != LT_CUSTODY_CLOSED;
	return (struct dossier_branch){ leg->branch, leg->version, open, open && strcmp(holder, agency) == 0,
					leg->custody == LT_CUSTODY_OFFERED };
}

static struct outbox_arrival arrival_of(const struct lt_stay *wait)
{
	struct outbox_arrival out = {
		.sequence = wait->begun_by, .branch = wait->branch, .at = wait->arrived, .over = wait->ended != 0
	};
	snprintf(out.agency, sizeof(out.agency), "%s", wait->to);
	return out;
}

/* dossier NULL: the broker knows of none in which we have a part. */
static void learn(struct adapter *adapter, const struct question *query, uint64_t sequence,
		  const struct lt_dossier_view *dossier)
{
	struct learn_job *job = calloc(1, sizeof(*job));
	size_t count = dossier ? dossier->branch_count : 0, hops = dossier ? dossier->hop_count : 0;
	size_t stays = dossier ? dossier->stay_count : 0;
	if (!job)
		lt_fatal("out of memory");
	job->adapter = adapter;
	job->sequence = sequence;
	job->count = count;
	job->branches = calloc(count + 1, sizeof(job->branches[0]));
	job->arrivals = calloc(stays + 1, sizeof(job->arrivals[0]));
	if (!job->branches || !job->arrivals)
		lt_fatal("out of memory");
	for (size_t i = 0; i < stays; i++) {
		if (dossier->stays[i].to[0] != '\0')
			job->arrivals[job->arrival_count++] = arrival_of(&dossier->stays[i]);
	}
	snprintf(job->dossier, sizeof(job->dossier), "%s", dossier ? dossier->code : query->dossier);
	memcpy(job->agency, query->agency, sizeof(job->agency));
	for (size_t i = 0; i < count; i++)
		job->branches[i] = branch_of(&dossier->branches[i], query->agency);
	for (size_t i = 0; i < hops; i++) {
		const struct lt_hop *hop = &dossier->hops[i];
		bool ours = hop->id.len == 16 && hop->outcome == 0 && speaker_find(&adapter->speaker, hop->sender);
		if (ours && lt_buf_append(&job->ids, hop->id.data, 16))
			lt_fatal("out of memory");
	}
	vault_post(adapter->vault, &(struct vault_job){ .run = learn_run, .done = learn_done, .ctx = job });
}

/* The view is the broker's word; at least it must be of what was asked, by this or another spelling of its code. */
static bool about(const struct adapter *adapter, const struct question *query, const struct lt_dossier_view *dossier)
{
	if (!dossier || (strcmp(dossier->code, query->dossier) != 0 &&
			 !directory_current_same_dossier(adapter->speaker.book, dossier->code, query->dossier)))
		return false;
	for (size_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].version > INT64_MAX)
			return false;
	}
	return true;
}

static void tell(struct adapter *adapter, const struct question *query, uint64_t sequence,
		 const struct lt_dossier_view *dossier)
{
	learn(adapter, query, sequence, dossier);
	query->answer(query->ctx, &none, sequence, dossier);
}

void link_query_answer(void *ctx, uint64_t token, const struct lt_refusal *why, uint64_t sequence,
		       const struct lt_dossier_view *dossier, const struct lt_ledger_view *ledger,
		       const struct lt_dossiers_view *dossiers)
{
	struct adapter *adapter = ctx;
	if (token & LEDGER_TOKEN) {
		link_ledger_answer(adapter, token, why, ledger);
		adapter_wake(adapter); /* for the next one */
		return;
	}
	struct question *query = token ? take(adapter, token, 0) : NULL;
	if (!query)
		return;
	if (query->procedures_answer || query->applicant_answer) { /* refused, or there are none */
		if (why->reason || query->procedures_answer)
			answer_none(query, why);
		else
			answer_about_another(query);
		free(query);
		adapter_wake(adapter); /* for the next one */
		return;
	}
	bool fits = query->list_answer ? dossiers != NULL : about(adapter, query, dossier);
	if (!why->reason && !fits) {
		lt_log(LT_LOG_ERROR, "the broker answers about another dossier than was asked", "asked", query->dossier,
		       NULL);
		atomic_store(&adapter->doubted, true);
		answer_about_another(query);
		free(query);
		return;
	}
	if (why->reason && !query->list_answer && !lt_reason_retry(why->reason))
		learn(adapter, query, 0, NULL);
	if (why->reason)
		answer_none(query, why);
	else if (query->list_answer)
		query->list_answer(query->ctx, why, dossiers);
	else
		tell(adapter, query, sequence, dossier);
	free(query);
	adapter_wake(adapter); /* for the next one */
}

void link_query_applicant(void *ctx, uint64_t token, const struct lt_applicant_answer *applicant)
{
	struct adapter *adapter = ctx;
	struct question *query = token && !(token & LEDGER_TOKEN) ? take(adapter, token, 0) : NULL;
	if (!query)
		return;
	if (query->applicant_answer)
		query->applicant_answer(query->ctx, &none, applicant);
	else
		answer_about_another(query);
	free(query);
	adapter_wake(adapter); /* for the next one */
}

void link_query_procedures(void *ctx, uint64_t token, const struct lt_bytes *procedures, size_t count, bool more)
{
	struct adapter *adapter = ctx;
	struct question *query = token && !(token & LEDGER_TOKEN) ? take(adapter, token, 0) : NULL;
	if (!query)
		return;
	if (query->procedures_answer)
		query->procedures_answer(query->ctx, &none, procedures, count, more);
	else
		answer_about_another(query);
	free(query);
	adapter_wake(adapter); /* for the next one */
}

static void expire(struct adapter *adapter, int64_t now)
{
	struct lt_refusal why;
	lt_refuse(&why, LT_ADAPTER_OFFLINE, "the broker has not answered");
	for (struct question *query; (query = take(adapter, 0, now)) != NULL;) {
		answer_none(query, &why);
		free(query);
	}
}

bool link_queries_asking(struct adapter *adapter)
{
	pthread_mutex_lock(&adapter->queries_mutex);
	bool asking = false;
	for (const struct question *query = adapter->queries; query && !asking; query = query->next)
		asking = query->sent;
	pthread_mutex_unlock(&adapter->queries_mutex);
	return asking;
}

void link_queries_step(struct adapter *adapter, int64_t now)
{
	pthread_mutex_lock(&adapter->queries_mutex);
	bool asking = adapter->ledger.asking; /* one at a time: the broker takes no second one */
	for (struct question *query = adapter->queries; query && !asking; query = query->next) {
		asking = query->sent;
		if (!asking && !send(adapter, query))
			asking = query->sent = true;
	}
	pthread_mutex_unlock(&adapter->queries_mutex);
	expire(adapter, now);
}

void link_queries_fail(struct adapter *adapter)
{
	expire(adapter, INT64_MAX);
}
