/* gate_definitions.c: what adapters take over from the broker: the directory, which the registrar has signed, and the revocation lists,
 * which their CAs have. WELCOME and PONG say what is in force; an adapter asks for what it lacks, chunk by chunk. */
#include "gate_internal.h"

#include <string.h>

#include "queue/env.h"

static struct lt_bytes chunk_of(struct lt_bytes whole, uint64_t offset)
{
	size_t rest = whole.len - (size_t)offset;
	return lt_bytes(whole.data + offset, rest < LT_DIRECTORY_CHUNK_MAX ? rest : LT_DIRECTORY_CHUNK_MAX);
}

void gate_on_directory_get(struct gate *gate, struct session *session, const struct lt_directory_get *get)
{
	struct lt_bytes directory = rulebook_signed_directory(gate->rulebook);
	uint64_t version = rulebook_directory_version(gate->rulebook);
	struct lt_link link = { .type = LT_LINK_DIRECTORY_CHUNK,
				.u.directory_chunk = { .version = version, .size = directory.len } };
	/* Another version than the one in force: an empty chunk from 0 tells the one in force, and the adapter asks anew. */
	if ((get->version == 0 || get->version == version) && get->offset < directory.len) {
		link.u.directory_chunk.offset = get->offset;
		link.u.directory_chunk.data = chunk_of(directory, get->offset);
	}
	gate_send_link(gate, session->routing, session->routing_len, &link);
}

void gate_on_list_get(struct gate *gate, struct session *session, const struct lt_list_get *get)
{
	struct lt_link link = { .type = LT_LINK_LIST_CHUNK, .u.list_chunk = { .sha256 = get->sha256 } };
	for (size_t i = 0; get->sha256.len == 32 && i < rulebook_list_count(gate->rulebook); i++) {
		struct lt_bytes list = rulebook_list(gate->rulebook, i);
		if (memcmp(get->sha256.data, rulebook_list_sha256(gate->rulebook, i), 32) != 0 ||
		    get->offset >= list.len)
			continue;
		link.u.list_chunk.size = list.len;
		link.u.list_chunk.offset = get->offset;
		link.u.list_chunk.data = chunk_of(list, get->offset);
	}
	gate_send_link(gate, session->routing, session->routing_len, &link);
}

void gate_pong(struct gate *gate, struct session *session, uint64_t token)
{
	const struct env *env = gate->options.env;
	struct lt_bytes lists[LT_LINK_LISTS_MAX];
	struct lt_link pong = {
		.type = LT_LINK_PONG,
		.u.pong = { .token = token,
			    .head = atomic_load_explicit(&gate->options.stats->head, memory_order_relaxed),
			    .time = env_time(env),
			    .directory_version = rulebook_directory_version(gate->rulebook),
			    .lists = lists,
			    .definitions =
				    atomic_load_explicit(&gate->options.stats->definitions, memory_order_relaxed),
			    .legal_ahead = env_legal_ahead(env) },
	};
	for (size_t i = 0; i < rulebook_list_count(gate->rulebook) && i < LT_LINK_LISTS_MAX; i++)
		lists[pong.u.pong.list_count++] = lt_bytes(rulebook_list_sha256(gate->rulebook, i), 32);
	gate_send_link(gate, session->routing, session->routing_len, &pong);
}

/* An adapter waits with deliveries until it has the directory that they build on, as after a reorganisation; and who was revoked it
 * should know at once. */
void gate_tell_definitions(struct gate *gate)
{
	uint8_t now[32];
	uint64_t version = gate->rulebook ? rulebook_directory_version(gate->rulebook) : 0;
	lt_buf_clear(&gate->text);
	uint64_t count = atomic_load_explicit(&gate->options.stats->definitions, memory_order_relaxed);
	int64_t legal = env_legal_ahead(gate->options.env);
	LT_ASSERT(lt_buf_append(&gate->text, (const uint8_t *)&version, sizeof version) == LT_OK);
	LT_ASSERT(lt_buf_append(&gate->text, (const uint8_t *)&count, sizeof count) == LT_OK);
	LT_ASSERT(lt_buf_append(&gate->text, (const uint8_t *)&legal, sizeof legal) == LT_OK);
	for (size_t i = 0; gate->rulebook && i < rulebook_list_count(gate->rulebook); i++)
		LT_ASSERT(lt_buf_append(&gate->text, rulebook_list_sha256(gate->rulebook, i), 32) == LT_OK);
	lt_sha256(lt_buf_bytes(&gate->text), now);
	if (memcmp(now, gate->told_of, sizeof now) == 0)
		return;
	memcpy(gate->told_of, now, sizeof now);
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (session && session->state == SESSION_ACTIVE)
			gate_pong(gate, session, 0);
	}
}
