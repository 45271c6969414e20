/* replay_mark.h: the mark by which a start knows that a record crashes its replay. DATA/replaying is 32 bytes, mapped: a process that dies leaves
 * in it the sequence that it was at. */
#ifndef BROKER_REPLAY_MARK_H
#define BROKER_REPLAY_MARK_H

#include <lienthong/base.h>

struct replay_mark;
/* Before engine_open. poison gets the sequence at which two starts one after the other died, else 0. When it is not 0, and no skip of it
 * stands in the journal (engine/skips.h), START refuses to serve, names it, and the remedy: `lienthong store skip`. */
enum lt_err replay_mark_open(const char *data, struct replay_mark **out, uint64_t *poison);
/* One store to mapped memory. */
void replay_mark_set(void *mark, uint64_t sequence);
/* The replay has ended, well or with an error of its own: it did not crash. */
void replay_mark_clear(struct replay_mark *mark);
void replay_mark_close(struct replay_mark *mark); /* does not clear; takes NULL */

#endif
