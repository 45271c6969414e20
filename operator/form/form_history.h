/* form_history.h: everything that a dossier's forms are made of, asked of the broker: its view, its acts from the journal
 * (also those older than the view shows), its procedure, the directory. One thread. */
#ifndef CLI_FORM_HISTORY_H
#define CLI_FORM_HISTORY_H

#include "record/definitions.h"
#include "cli/control_client.h"

#include <jansson.h>
#include <lienthong/directory.h>

#define FORM_ACTS_MAX 4096u /* of one dossier: a control sheet of hundreds of pages */

/* One envelope that took effect, or a notice of the broker: what its clock did has that as its header. */
struct form_act {
	uint64_t sequence;
	int64_t time;
	struct lt_header header;
	struct lt_bytes certificate; /* SHA-256 of the signer's; none: the broker's clock */
	int64_t due;                 /* as the broker counted it, of what the act asks for; 0: nothing */
	uint32_t status;             /* of the dossier after it */
};
struct form_history {
	struct control_client *control;       /* borrowed */
	const struct lt_directory *directory; /* borrowed */
	struct lt_dossier_view *view;
	size_t count;
	struct form_act *acts; /* oldest first; owned. Texts live in the arena and the answers */
	struct lt_arena *arena;
	size_t stay_count;
	struct lt_stay *stays; /* all that have ended, in that order, then what is open; owned as acts */
	bool has_procedure;
	struct lt_procedure procedure;
};
/* An exit code, said. form_history_fini in any case; what it points to lives until then and until control_forget. */
int form_history_load(struct control_client *control, const struct lt_directory *directory, const char *code,
		      struct form_history *out);
void form_history_fini(struct form_history *history);
/* The version of a procedure, from those that the broker has. *found false: it has none such. An exit code, said. */
int form_procedure_load(struct control_client *control, struct lt_arena *arena, const char *code, uint32_t version,
			struct lt_procedure *out, bool *found);
/* The newest act of a kind; NULL. */
const struct form_act *form_history_last(const struct form_history *history, enum lt_kind kind);
/* The act that answers one, by its id: ACCEPT, REFUSE or RECALL of `sender`, or NULL. */
const struct form_act *form_history_answer(const struct form_history *history, const struct form_act *offer,
					   const char *receiver);
/* The newest JSON object among the parts of the OPEN whose file name is in `names`; *out NULL when there is none or its
 * bytes are no longer kept. An exit code, said. */
int form_history_body(const struct form_history *history, const json_t *names, json_t **out);

#endif
