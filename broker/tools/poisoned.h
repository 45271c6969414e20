/* poisoned.h: records that an operator has taken out of the replay, and the mark by which a start knows that one crashes it.
 *
 * DATA/skips has one line for each: sequence, operator, RFC 3339 time, reason, with tabs between. The engine gives such a
 * record the outcome POISONED, on each replay again, so the file is never shortened.
 * DATA/replaying is 32 bytes, mapped: a process that dies leaves in it the sequence that it was at. */
#ifndef BROKER_SKIPS_H
#define BROKER_SKIPS_H

#include <lienthong/base.h>

#define SKIPS_MAX 10000u    /* an operator types each by hand */
#define SKIPS_TEXT_MAX 300u /* bytes of an operator's name or reason, with NUL; longer ones are cut */

struct poisoned {
	uint64_t *sequences; /* rising; for engine_options.skips */
	size_t count;
};
/* No file: empty, LT_OK. LT_EPARSE: `line` (from 1) does not hold; it may be NULL. */
enum lt_err poisoned_read(const char *data, struct poisoned *out, size_t *line);
void poisoned_fini(struct poisoned *poisoned);
bool skips_have(const struct poisoned *poisoned, uint64_t sequence);
/* Adds a line, synced. Texts are cleaned. LT_EINVAL: sequence 0, or operator or reason empty or not UTF-8. LT_EEXIST: it is there
 * already. LT_EFULL. The broker must be stopped: tools call maintain_skip (maintain.h), which looks. */
enum lt_err poisoned_append(const char *data, uint64_t sequence, const char *operator_name, int64_t time,
			    const char *reason);

struct replay_mark;
/* Before engine_open. poison gets the sequence at which two starts one after the other died, else 0. When it is not 0, START
 * refuses to serve, names it, and the remedy: `lienthong store skip SEQ --operator WHO --reason WHY`. A skipped sequence is
 * never reported. */
enum lt_err replay_mark_open(const char *data, const struct poisoned *poisoned, struct replay_mark **out,
			     uint64_t *poison);
/* One store to mapped memory; fits engine_hooks.replaying with ctx = the mark. */
void replay_mark_set(void *mark, uint64_t sequence);
/* The replay has ended, well or with an error of its own: it did not crash. */
void replay_mark_clear(struct replay_mark *mark);
void replay_mark_close(struct replay_mark *mark); /* does not clear; takes NULL */

#endif
