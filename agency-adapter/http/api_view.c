/* api_view.c: inbox items and signed bytes as JSON. */
#include "api_view.h"

#include "wire/signature.h"
#include "api_header.h"
#include "json_write.h"
#include "problem.h"

json_t *view_parts(const struct lt_header *header, size_t here)
{
	json_t *out = json_array();
	for (size_t i = 0; i < header->part_count; i++) {
		const struct lt_part_info *part = &header->parts[i];
		json_array_append_new(out, json_pack("{s:i, s:s, s:s, s:I, s:o, s:b}", "n", (int)i, "name", part->name,
						     "media_type", part->media_type, "size", (json_int_t)part->size,
						     "sha256", json_hex(lt_bytes(part->sha256, 32)), "here", i < here));
	}
	return out;
}

static json_t *basics(uint64_t number, const struct inbox_item *item, const struct inbox_state *state)
{
	json_t *out =
		json_pack("{s:I, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:b}", "number", (json_int_t)number, "agency",
			  item->agency, "state", inbox_status_name(state->status), "time", json_time(item->time),
			  "received", json_time(item->received_at), "sequence", (json_int_t)item->sequence, "mailbox",
			  (json_int_t)item->number, "branch", (json_int_t)item->branch, "branch_version",
			  (json_int_t)item->branch_version, "parts_elided", item->parts_elided);
	if (!out)
		return NULL;
	json_object_set_new(out, "answer", state->answer ? json_id(state->answer_id) : json_null());
	json_object_set_new(out, "answered", json_time(state->answered_at));
	json_object_set_new(out, "last_rejection", view_rejection(&state->last));
	if (item->fault.reason) {
		json_t *fault = json_pack("{s:s, s:s}", "code", lt_reason_name(item->fault.reason), "detail",
					  item->fault.detail);
		problem_add_both(fault, &item->fault);
		json_object_set_new(out, "fault", fault);
	}
	return out;
}

/* The leg of the route that the agency is asked to do; "": not said. */
static const char *offered_leg(const struct inbox_item *item, const struct lt_header *header)
{
	size_t index = item->recipient >= 1 && item->recipient <= header->to_count ? item->recipient - 1 : 0;
	return header->to[index].leg;
}

static json_t *view(uint64_t number, const struct inbox_item *item, const struct inbox_state *state,
		    struct lt_arena *arena, bool whole)
{
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	json_t *out = basics(number, item, state);
	lt_arena_reset(arena);
	if (!out || !item->readable || lt_header_parse(item->header, arena, &header, &refusal)) {
		if (out)
			json_object_set_new(out, "id", json_null());
		return out;
	}
	api_header_show(out, &header, whole);
	json_object_set_new(out, "offer", json_boolean(lt_kind_offers(header.kind)));
	if (lt_kind_offers(header.kind))
		json_object_set_new(out, "leg", json_pack("s?", json_leg(offered_leg(item, &header))));
	json_object_set_new(out, "parts", view_parts(&header, item->part_count));
	return out;
}

json_t *view_item(uint64_t number, const struct inbox_item *item, const struct inbox_state *state,
		  struct lt_arena *arena)
{
	return view(number, item, state, arena, false);
}

json_t *view_item_whole(uint64_t number, const struct inbox_item *item, const struct inbox_state *state,
			struct lt_arena *arena)
{
	json_t *out = view(number, item, state, arena, true);
	view_set_signed(out, item->header, item->signature);
	return out;
}

void view_set_signed(json_t *out, struct lt_bytes header, struct lt_bytes signature)
{
	struct lt_arena *arena;
	struct lt_signature parsed;
	struct lt_refusal refusal = { 0 };
	if (!out || lt_arena_new(API_ARENA_MAX, &arena))
		return;
	json_object_set_new(out, "header", json_base64(header));
	json_object_set_new(out, "signature_message", json_base64(signature));
	if (!lt_signature_decode(signature, arena, &parsed, &refusal)) {
		json_object_set_new(out, "signature", json_base64(parsed.batch ? parsed.tree.cms : parsed.cms));
		json_object_set_new(out, "signature_form", json_string(parsed.batch ? "batch" : "single"));
	}
	lt_arena_free(arena);
}
