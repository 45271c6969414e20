#include "gate_internal.h"

void gate_on_directory_get(struct gate *gate, struct session *session, const struct lt_directory_get *get)
{
	struct lt_bytes directory = rulebook_signed_directory(gate->rulebook);
	uint64_t version = rulebook_directory_version(gate->rulebook);
	struct lt_link link = { .type = LT_LINK_DIRECTORY_CHUNK,
				.u.directory_chunk = { .version = version, .size = directory.len } };
	/* Another version than the one in force: an empty chunk from 0 tells the one in force, and the adapter asks anew. */
	bool there = (get->version == 0 || get->version == version) && get->offset < directory.len;
	if (there) {
		size_t rest = directory.len - (size_t)get->offset;
		link.u.directory_chunk.offset = get->offset;
		link.u.directory_chunk.data = lt_bytes(directory.data + get->offset,
						       rest < LT_DIRECTORY_CHUNK_MAX ? rest : LT_DIRECTORY_CHUNK_MAX);
	}
	gate_send_link(gate, session->routing, session->routing_len, &link);
}
