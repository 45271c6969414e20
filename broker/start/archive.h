/* archive.h: what is old goes from data/journal to data/archive: whole segments, that all end below the oldest snapshot kept and whose
 * last record is older than `archive_days`. There they answer as before (journal/disk.h). data/archive may be a symbolic link
 * or a mount point. docs/decisions/0047. */
#ifndef START_ARCHIVE_H
#define START_ARCHIVE_H

#include "broker.h"

/* After the journal's disk is open: the folder is made when segments are to go there, and joined to the disk. A folder that is not there is
 * no fault: what lies in it is answered as RECORD_ARCHIVED. Never NULL. */
struct archive *archive_open(struct broker *broker);
void archive_close(struct archive *archive);
/* Engine thread, while archive_copy does not run: chooses what goes next. False: nothing. */
bool archive_plan(struct archive *archive);
/* Any other thread: copies what was chosen, synced and checked batch by batch; false when nothing was. Ends early when the broker
 * stops. */
bool archive_copy(struct archive *archive);
/* Engine thread, when archive_copy has returned: the originals of what was copied go, but of what has changed meanwhile. */
void archive_finish(struct archive *archive);

#endif
