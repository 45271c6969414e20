/* post_fill.c: what an envelope that stands alone may leave open, filled in by what the broker has said. */
#include "post.h"

#include "record/definitions.h"

#include <stdio.h>
#include <string.h>

#define PROCEDURE_ARENA (8u << 20) /* bytes: one procedure of half a message of the link, unpacked */

const struct speaker_agency *post_agency(const struct speaker *speaker, const struct post *post)
{
	const char *sender = post->request.header.sender;
	return *sender ? speaker_find(speaker, sender) : &speaker->agencies[0];
}

const struct lt_refusal *post_refusal(const struct post *post, char pointer[JSON_POINTER_MAX])
{
	if (!post->unfilled.reason) {
		api_header_pointer(&post->draft, post->has_body, post->receipt.refusal.detail, pointer);
		return &post->receipt.refusal;
	}
	snprintf(pointer, JSON_POINTER_MAX, "%s",
		 post->request.header.kind == LT_KIND_CONSULT ? "/to" : "/procedure_version");
	return &post->unfilled;
}

void post_told(struct post *post, const struct lt_dossier_view *dossier)
{
	struct lt_header *header = &post->request.header;
	post->request.ask_unknown = false;
	if (dossier)
		snprintf(header->dossier, sizeof(header->dossier), "%s", dossier->code);
}

bool post_lacks_recipients(const struct post *post)
{
	return post->request.header.kind == LT_KIND_CONSULT && post->request.header.to_count == 0;
}

void post_fill_asked(struct post *post, const struct lt_dossier_view *dossier)
{
	struct lt_header *header = &post->request.header;
	post_told(post, dossier);
	for (size_t i = 0; i < dossier->branch_count && header->to_count == 0; i++) {
		const struct lt_branch_view *branch = &dossier->branches[i];
		if (header->branch != 0 && branch->branch != header->branch)
			continue;
		for (size_t k = 0; k < branch->ask_count && k < LT_TO_MAX; k++)
			snprintf(post->draft.to[header->to_count++].agency, LT_AGENCY_MAX, "%s", branch->ask[k]);
		if (header->to_count > 0 && header->branch == 0) {
			header->branch = branch->branch;
			header->branch_version = branch->version;
			post->request.has_leg = true;
		}
	}
	if (header->to_count == 0)
		lt_refuse(&post->unfilled, LT_RECIPIENTS_INVALID, "to: no leg has anybody left to ask; name them");
}

bool post_lacks_version(const struct post *post)
{
	const struct lt_header *header = &post->request.header;
	return header->kind == LT_KIND_OPEN && header->procedure_version == 0 &&
	       lt_procedure_code_valid(header->procedure);
}

/* A version that was just imported is in the broker's lists some seconds later: who asks at once must not take it for none. */
static void refuse_version(struct post *post)
{
	lt_refuse(&post->unfilled, LT_PROCEDURE_UNKNOWN,
		  "no version of %s is in force today; one that was just imported shows some seconds later, or name it",
		  post->request.header.procedure);
}

void post_fill_refused(struct post *post, const struct lt_refusal *why)
{
	if (why->reason == LT_PROCEDURE_UNKNOWN)
		refuse_version(post);
	else if (why->reason)
		post->unfilled = *why;
	else
		lt_refuse(&post->unfilled, LT_DOSSIER_UNKNOWN, "%.100s", post->request.header.dossier);
}

void post_fill_version(struct post *post, const struct lt_bytes *procedures, size_t count)
{
	struct lt_arena *arena = NULL;
	struct lt_procedure procedure = { 0 };
	struct lt_refusal *refusal = &post->unfilled;
	if (lt_arena_new(PROCEDURE_ARENA, &arena))
		lt_refuse(refusal, LT_INTERNAL_ERROR, "out of memory");
	else if (count == 0)
		refuse_version(post);
	else if (!lt_procedure_decode(procedures[0], arena, &procedure, refusal) && procedure.leg_count == 0)
		refuse_version(post);
	if (!refusal->reason)
		post->request.header.procedure_version = procedure.version;
	lt_arena_free(arena);
}
