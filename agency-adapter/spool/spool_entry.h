/* spool_entry.h: one entry of `out`, read whole before anything is done: a file NAME.json, or a folder with envelope.json and the parts
 * beside it. One thread. */
#ifndef ADAPTER_SPOOL_ENTRY_H
#define ADAPTER_SPOOL_ENTRY_H

#include "spool_folders.h"
#include "spool_say.h"

#include <lienthong/envelope.h>

#define SPOOL_BODY_MAX (1536u * 1024u) /* bytes of the JSON: as much as POST /v1/envelopes takes */
/* Nothing of an entry has changed for so long: then it is looked at. Who renames it in has finished before; who writes it in place has
 * most likely. */
#define SPOOL_STILL_US INT64_C(1000000)
/* What looks as if it were cut short may still be written: it fails after so long without a change. */
#define SPOOL_DOUBT_US INT64_C(10000000)

struct spool_file {
	char *stored;       /* as it is called in the folder; owned, as the others */
	char *name;         /* in the one form of texts */
	struct lt_buf data; /* empty: it is large, and whoever took it has its bytes */
	uint8_t sha256[32];
};
/* Takes a part over LT_PART_MAX from its open file, whose stat is given, and tells its digest. LT_EAGAIN: it is to be looked at again;
 * LT_EFULL: there is no room for it now. */
typedef enum lt_err spool_large_taker(void *ctx, int fd, const struct stat *at, uint8_t sha256[32]);
struct spool_entry {
	char name[SPOOL_NAME_MAX]; /* in `out` */
	struct stat at;            /* of the file, or the folder, when it was read */
	int64_t changed;           /* when something of it changed last */
	int64_t now;               /* when it was read */
	spool_large_taker *large;
	void *ctx;          /* of large */
	struct lt_buf body; /* the JSON */
	size_t file_count;  /* in the order of their names */
	struct spool_file files[LT_PARTS_MAX];
	uint8_t digest[32]; /* over the JSON, and names and digests of the files */
};
/* Whether a name in `out` is one that is looked at: others are of somebody who still writes. */
bool spool_entry_named(const char *name);
/* Fills it in any case: spool_entry_fini. LT_EAGAIN: it is not still yet, or has gone; LT_EINVAL: `fault` says what is wrong. LT_EIO,
 * LT_ENOMEM; what `large` says. now: by our clock. */
enum lt_err spool_entry_read(int folder, const char *name, int64_t now, spool_large_taker *large, void *ctx,
			     struct spool_entry *out, struct spool_fault *fault);
/* Whether nothing of it has changed for so long. */
bool spool_entry_still(const struct spool_entry *entry, int64_t now, int64_t for_us);
void spool_entry_fini(struct spool_entry *entry);
/* "application/pdf" of "don.PDF"; what is not known is application/octet-stream. */
const char *spool_media_type(const char *name);

#endif
