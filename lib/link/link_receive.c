/* What the broker sends in a session, and what is submitted to it. */
#include "link_internal.h"

#include <string.h>

static size_t envelope_size(const struct lt_envelope *envelope)
{
	size_t size = envelope->header.len + envelope->signature.len + LINK_ENVELOPE_FRAME;
	for (size_t i = 0; i < envelope->part_count; i++)
		size += envelope->parts[i].len + 8;
	return size;
}

static bool header_id(struct lt_link_client *client, struct lt_bytes bytes, uint8_t id[16])
{
	struct lt_header header;
	struct lt_refusal refusal;
	lt_arena_reset(client->submit_arena);
	if (lt_header_parse(bytes, client->submit_arena, &header, &refusal))
		return false;
	memcpy(id, header.id, 16);
	return true;
}

static void push_pending(struct lt_link_client *client, const uint8_t id[16], size_t bytes)
{
	uint32_t at = (client->pending_head + client->pending_len) % client->pending_cap;
	client->pending[at] = (struct link_pending){ .bytes = (uint32_t)bytes };
	memcpy(client->pending[at].id, id, 16);
	client->pending_len++;
	client->pending_count++;
	client->pending_bytes += bytes;
}

enum lt_err lt_link_client_submit(struct lt_link_client *client, const struct lt_envelope *envelopes, size_t count)
{
	if (client->state != LINK_ACTIVE)
		return LT_EAGAIN;
	if (count < 1 || count > client->max_envelopes)
		return LT_EINVAL;
	if (client->pending_len + count > client->pending_cap ||
	    client->pending_count + count > client->credit_envelopes)
		return LT_EFULL;
	uint8_t ids[LT_LINK_BATCH_MAX][16];
	size_t sizes[LT_LINK_BATCH_MAX], total = 0;
	for (size_t i = 0; i < count; i++) {
		if (!header_id(client, envelopes[i].header, ids[i]))
			return LT_EINVAL;
		sizes[i] = envelope_size(&envelopes[i]);
		total += sizes[i];
	}
	if (client->pending_bytes + total > client->credit_bytes)
		return LT_EFULL;
	/* The encoder reads the envelopes, it does not write them. */
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = count } };
	link.u.submit.envelopes = (struct lt_envelope *)(uintptr_t)envelopes;
	enum lt_err err = link_send(client, &link);
	for (size_t i = 0; i < count && !err; i++)
		push_pending(client, ids[i], sizes[i]);
	return err;
}

/* Answers come nearly in the order of the submits: the search ends at once. An answer without an id is for the oldest. */
static void settle(struct lt_link_client *client, struct lt_bytes id)
{
	for (uint32_t i = 0; i < client->pending_len; i++) {
		struct link_pending *p = &client->pending[(client->pending_head + i) % client->pending_cap];
		if (p->answered || (id.len == 16 && memcmp(p->id, id.data, 16) != 0))
			continue;
		p->answered = true;
		client->pending_count--;
		client->pending_bytes -= p->bytes;
		break;
	}
	while (client->pending_len && client->pending[client->pending_head].answered) {
		client->pending_head = (client->pending_head + 1) % client->pending_cap;
		client->pending_len--;
	}
}

/* What the broker says of the record must be one thing. */
static bool read_receipt(const struct lt_answer *answer, struct lt_receipt *out)
{
	struct lt_record_head head;
	if (answer->reason || lt_record_head_get(answer->head, &head) || answer->verdict_digest.len != 32 ||
	    answer->outcome_digest.len != 32 || head.form != LT_RECORD_SUBMIT || head.sequence != answer->sequence ||
	    head.time != answer->time)
		return false;
	memcpy(out->head, answer->head.data, sizeof(out->head));
	memcpy(out->verdict, answer->verdict_digest.data, 32);
	memcpy(out->outcome, answer->outcome_digest.data, 32);
	return true;
}

static void on_answers(struct lt_link_client *client, const struct lt_answers *answers)
{
	struct lt_link_answer events[LT_LINK_BATCH_MAX];
	size_t count = answers->count < LT_LINK_BATCH_MAX ? answers->count : LT_LINK_BATCH_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct lt_answer *a = &answers->answers[i];
		settle(client, a->id);
		events[i] = (struct lt_link_answer){ .reason = a->reason,
						     .retry = a->retry,
						     .sender = a->sender,
						     .sequence = a->sequence,
						     .time = a->time,
						     .branch = a->branch,
						     .branch_version = a->branch_version,
						     .detail = a->detail ? a->detail : "",
						     .vietnamese = a->vietnamese ? a->vietnamese : "",
						     .sentence = a->sentence };
		events[i].has_id = a->id.len == 16;
		if (events[i].has_id)
			memcpy(events[i].id, a->id.data, 16);
		events[i].has_receipt = read_receipt(a, &events[i].receipt);
	}
	if (client->events.answers)
		client->events.answers(client->ctx, events, count);
}

static void on_deliver(struct lt_link_client *client, const struct lt_deliver *deliver)
{
	struct lt_link_item items[LT_LINK_BATCH_MAX];
	size_t count = deliver->count < LT_LINK_BATCH_MAX ? deliver->count : LT_LINK_BATCH_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct lt_delivery *d = &deliver->items[i];
		items[i] = (struct lt_link_item){ .agency = deliver->agency,
						  .number = d->number,
						  .previous = d->previous,
						  .sequence = d->sequence,
						  .time = d->time,
						  .envelope = d->envelope,
						  .branch = d->branch,
						  .branch_version = d->branch_version,
						  .recipient = d->recipient,
						  .parts_elided = d->parts_elided,
						  .erased_by = d->erased_by };
	}
	if (client->events.deliver)
		client->events.deliver(client->ctx, items, count);
}

enum lt_err link_directory_ask(struct lt_link_client *client, uint64_t version, uint64_t offset)
{
	struct lt_link link = { .type = LT_LINK_DIRECTORY_GET,
				.u.directory_get = { .version = version, .offset = offset } };
	return link_send(client, &link);
}

/* A chunk that does not continue what is here begins the transfer anew: the version changed under way. */
static void on_directory_chunk(struct lt_link_client *client, const struct lt_directory_chunk *chunk)
{
	struct lt_buf *buf = &client->directory;
	if (chunk->size > 64u << 20 || chunk->data.len == 0 || chunk->data.len > LT_DIRECTORY_CHUNK_MAX)
		return;
	if (chunk->offset == 0) {
		lt_buf_clear(buf);
		client->directory_version = chunk->version;
		client->directory_size = chunk->size;
	}
	if (chunk->version != client->directory_version || chunk->offset != buf->len ||
	    chunk->size != client->directory_size || buf->len + chunk->data.len > chunk->size) {
		lt_buf_clear(buf);
		link_directory_ask(client, 0, 0);
		return;
	}
	if (lt_buf_append(buf, chunk->data.data, chunk->data.len) != LT_OK)
		return;
	if (buf->len < chunk->size) {
		link_directory_ask(client, chunk->version, buf->len);
		return;
	}
	if (client->events.directory)
		client->events.directory(client->ctx, chunk->version, lt_buf_bytes(buf));
	lt_buf_clear(buf);
}

enum lt_err link_list_ask(struct lt_link_client *client, uint64_t offset)
{
	struct lt_link link = { .type = LT_LINK_LIST_GET,
				.u.list_get = { .sha256 = lt_bytes(client->list_sha256, 32), .offset = offset } };
	return link_send(client, &link);
}

static void list_ends(struct lt_link_client *client, struct lt_bytes der)
{
	client->list_asked = false;
	if (client->events.list)
		client->events.list(client->ctx, der);
	lt_buf_clear(&client->list);
}

/* Chunks of one list, one after the other; what does not fit, or is not what was asked for, is nothing. */
static void on_list_chunk(struct lt_link_client *client, const struct lt_list_chunk *chunk)
{
	struct lt_buf *buf = &client->list;
	uint8_t sha256[32];
	if (!client->list_asked || !lt_bytes_equal(chunk->sha256, lt_bytes(client->list_sha256, 32)))
		return;
	if (chunk->size > LINK_LIST_MAX || chunk->offset != buf->len || chunk->data.len == 0 ||
	    buf->len + chunk->data.len > chunk->size || lt_buf_append(buf, chunk->data.data, chunk->data.len)) {
		list_ends(client, lt_bytes(NULL, 0));
		return;
	}
	if (buf->len < chunk->size) {
		if (link_list_ask(client, buf->len))
			list_ends(client, lt_bytes(NULL, 0));
		return;
	}
	lt_sha256(lt_buf_bytes(buf), sha256);
	bool same = memcmp(sha256, client->list_sha256, sizeof sha256) == 0;
	list_ends(client, same ? lt_buf_bytes(buf) : lt_bytes(NULL, 0));
}

/* A restored broker asks for a chunk: of the directory, or of a list. */
static void give(struct lt_link_client *client, const struct lt_link *get)
{
	bool directory = get->type == LT_LINK_DIRECTORY_GET;
	struct lt_bytes sha256 = get->u.list_get.sha256;
	uint64_t offset = directory ? get->u.directory_get.offset : get->u.list_get.offset;
	struct lt_link chunk = { .type = directory ? LT_LINK_DIRECTORY_CHUNK : LT_LINK_LIST_CHUNK };
	if (!client->events.give || (!directory && sha256.len != 32))
		return;
	if (offset == 0) {
		lt_buf_clear(&client->given);
		client->events.give(client->ctx, directory ? NULL : sha256.data, &client->given);
	}
	size_t size = client->given.len, rest = offset < size ? size - (size_t)offset : 0;
	struct lt_bytes data = lt_bytes(rest > 0 ? client->given.data + offset : NULL,
					rest < LT_DIRECTORY_CHUNK_MAX ? rest : LT_DIRECTORY_CHUNK_MAX);
	struct lt_link_holdings held = { 0 };
	if (client->events.holdings)
		client->events.holdings(client->ctx, &held);
	if (directory)
		chunk.u.directory_chunk = (struct lt_directory_chunk){
			.version = held.directory_version, .offset = offset, .size = size, .data = data
		};
	else
		chunk.u.list_chunk =
			(struct lt_list_chunk){ .sha256 = sha256, .offset = offset, .size = size, .data = data };
	link_send(client, &chunk);
	if (rest <= LT_DIRECTORY_CHUNK_MAX)
		lt_buf_fini(&client->given);
}

static void on_pong(struct lt_link_client *client, const struct lt_pong *pong)
{
	if (client->events.clock)
		client->events.clock(client->ctx, pong->time);
	if (client->events.legal_ahead)
		client->events.legal_ahead(client->ctx, pong->legal_ahead);
	if (client->events.directory_version)
		client->events.directory_version(client->ctx, pong->directory_version);
	if (client->events.head)
		client->events.head(client->ctx, pong->head);
	if (client->events.definitions)
		client->events.definitions(client->ctx, pong->definitions);
	if (client->events.lists)
		client->events.lists(client->ctx, pong->lists, pong->list_count);
	link_on_directory_version(client, pong->directory_version);
}

static void on_query_answer(struct lt_link_client *client, const struct lt_query_answer *answer)
{
	struct lt_refusal why;
	lt_link_heard(answer->reason, &answer->said, &why);
	if (client->events.procedures && answer->procedure_count > 0)
		client->events.procedures(client->ctx, answer->token, answer->procedures, answer->procedure_count,
					  answer->more);
	else if (client->events.applicant && answer->applicant)
		client->events.applicant(client->ctx, answer->token, answer->applicant);
	else if (client->events.query)
		client->events.query(client->ctx, answer->token, &why, answer->sequence, answer->dossier,
				     answer->ledger, answer->dossiers);
}

void link_dispatch(struct lt_link_client *client, struct lt_bytes message)
{
	struct lt_link link;
	struct lt_refusal refusal;
	lt_arena_reset(client->arena);
	if (lt_link_decode(message, client->arena, &link, &refusal)) {
		if (client->events.bye)
			client->events.bye(client->ctx, &refusal);
		link_lost(client);
		return;
	}
	bool active = client->state == LINK_ACTIVE;
	switch (link.type) {
	case LT_LINK_CHALLENGE:
		link_on_challenge(client, &link.u.challenge);
		break;
	case LT_LINK_WELCOME:
		link_on_welcome(client, &link.u.welcome);
		break;
	case LT_LINK_ANSWERS:
		if (active)
			on_answers(client, &link.u.answers);
		break;
	case LT_LINK_DELIVER:
		if (active)
			on_deliver(client, &link.u.deliver);
		break;
	case LT_LINK_PONG:
		if (active)
			on_pong(client, &link.u.pong);
		break;
	case LT_LINK_DIRECTORY_CHUNK:
		if (active)
			on_directory_chunk(client, &link.u.directory_chunk);
		break;
	case LT_LINK_LIST_CHUNK:
		if (active)
			on_list_chunk(client, &link.u.list_chunk);
		break;
	case LT_LINK_DIRECTORY_GET:
	case LT_LINK_LIST_GET:
		if (active)
			give(client, &link);
		break;
	case LT_LINK_QUERY_ANSWER:
		if (active)
			on_query_answer(client, &link.u.query_answer);
		break;
	case LT_LINK_PART_STATE:
		if (active && client->events.part_wanted && link.u.part_state.agency &&
		    link.u.part_state.sha256.len == 32)
			client->events.part_wanted(client->ctx, link.u.part_state.agency,
						   link.u.part_state.sha256.data);
		break;
	case LT_LINK_BYE:
		link_on_bye(client, &link.u.bye);
		break;
	case LT_LINK_HELLO:
	case LT_LINK_PROOF:
	case LT_LINK_SUBMIT:
	case LT_LINK_RECEIVED:
	case LT_LINK_CREDIT:
	case LT_LINK_PING:
	case LT_LINK_QUERY:
	case LT_LINK_PART_OPEN:
	case LT_LINK_PART_CHUNK: /* these belong to other connections */
	case LT_LINK_PART_GET:
		break; /* an adapter's messages; a broker has no business sending them */
	}
}
