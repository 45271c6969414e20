/* simdata.h: a broker's data folder with a real journal and store, filled by the engine itself. One thread; failures end the
 * test. */
#ifndef LIENTHONG_TEST_SIMDATA_H
#define LIENTHONG_TEST_SIMDATA_H

#include "journal/disk.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "store/store.h"

#define SIMDATA_SEGMENT 4096u /* small, so that a few records make several segments */

struct testpki;
struct simdata {
	char root[64]; /* temporary; data is root/data */
	char data[96], journal_path[112], store_path[112], snapshots[112];
	struct testpki *pki;
	struct lt_bytes ca; /* DER, the registrar's too; of pki */
	struct disk disk;
	struct journal *journal;
	struct store *store;
	struct engine *engine; /* NULL while closed */
	struct batch *batch;
	struct lt_buf outputs;
	int64_t now;
	uint8_t random;
};
void simdata_make(struct simdata *folder);   /* open, with record 1 */
void simdata_open(struct simdata *folder);   /* as a start does; replays */
void simdata_close(struct simdata *folder);  /* without a flush, as a crash does */
void simdata_remove(struct simdata *folder); /* closes, too */
/* The same around a cmocka test: *state is the folder. */
int simdata_set_up(void **state);
int simdata_tear_down(void **state);
/* That many records, each a batch of its own. */
void simdata_add(struct simdata *folder, unsigned count);
void simdata_flush(struct simdata *folder); /* the store reaches the journal's head */

/* "root/name" in a buffer of its own for each of four calls. */
const char *simdata_path(const struct simdata *folder, const char *name);
/* Changes one byte of a file. */
void simdata_flip(const char *path, long offset);
bool simdata_exists(const char *path);
/* First name in a folder with this ending; ends the test when there is none. */
const char *simdata_find(const char *path, const char *ending);

#endif
