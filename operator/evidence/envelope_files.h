/* envelope_files.h: one envelope as files that openssl can check without us (docs/evidence.md). A notice of the broker is one too: its header
 * stands in the record that made it, its signature in a later one. Functions say on standard error what is wrong and return an exit code. */
#ifndef EVIDENCE_ENVELOPE_FILES_H
#define EVIDENCE_ENVELOPE_FILES_H

#include <lienthong/directory.h>

#include "cli/control_client.h"
#include "wire/signature.h"

struct envelope_place {
	uint64_t sequence;
	uint32_t notice; /* which of the record's notices, from 1; 0: its envelope, or when it has none the first */
};
/* "4711", or "4711/2": the second notice of that record. */
bool envelope_place_read(const char *text, struct envelope_place *out);

/* Views into the broker's answers and the arena. */
struct envelope {
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_submit_command submit;
	struct lt_header header;
	struct lt_signature signature;
	struct lt_signed_notice signed_in; /* of a notice */
};
/* EX_NOINPUT: no such envelope, or it is erased; EX_TEMPFAIL: a notice that is not signed yet. */
int envelope_read(struct control_client *control, const struct envelope_place *place, struct lt_arena *arena,
		  struct envelope *out);

/* Takes one file. Returns an exit code: anything but EX_OK ends the writing. */
typedef int envelope_put(void *ctx, const char *name, struct lt_bytes data);
int envelope_write(const struct envelope *envelope, const struct lt_directory *directory, envelope_put *put, void *ctx);

#endif
