/* reorganise_plan.c: which closed agency's mail is to be passed on next. */
#include "state.h"

#include "dossier.h"
#include "succession.h"

void state_plan_reorganise(struct state *state)
{
	const struct lt_directory *directory = rulebook_directory(state->rulebook);
	size_t count = directory ? lt_directory_count(directory) : 0;
	state->reorganise_at = INT64_MAX;
	state->reorganise_agency[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		if (agency->valid_to == 0 || agency->valid_to >= state->reorganise_at ||
		    mailboxes_passed(&state->mailboxes, agency->code))
			continue;
		state->reorganise_at = agency->valid_to;
		dossier_copy_code(state->reorganise_agency, agency->code);
	}
}

void state_begin_reorganise(struct state *state, int64_t time)
{
	for (uint32_t i = 0; i < state->mailboxes.count; i++) {
		struct mailbox *mailbox = &state->mailboxes.items[i];
		if (!mailbox->passed || succession_closed(state->rulebook, mailbox->code, time))
			continue;
		mailbox->passed = false;
		mailbox_save(mailbox, state->store);
	}
	state_plan_reorganise(state);
}
