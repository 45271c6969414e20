/* spool.h: a folder as the way in and out, for who has no software that speaks HTTP: an envelope is a file or a folder that is renamed into
 * `out`, and what arrives is laid out in `in` (docs/spool.md). It sends as POST /v1/envelopes does and follows the feed as GET
 * /v1/events does; nothing of it stands anywhere else. One thread of its own. */
#ifndef ADAPTER_SPOOL_H
#define ADAPTER_SPOOL_H

#include "link/adapter.h"

struct spool;
/* Makes the folder and what is missing in it, and starts its thread. The adapter must be started, and must outlive it. LT_EIO, LT_ENOMEM;
 * error gets one line for a person. */
enum lt_err spool_new(struct adapter *adapter, const char *path, struct spool **out, char *error, size_t error_size);
/* The feed has grown. Any thread; NULL is nothing. */
void spool_notify(struct spool *spool);
/* Rounds of its thread, also within what takes long: they rise between two calls as long as it lives. For the watchdog. */
uint64_t spool_rounds(struct spool *spool);
/* Its thread ends when what it does now is done: before the adapter is freed. Takes NULL. */
void spool_stop(struct spool *spool);
/* Behind the last spool_notify: when the adapter is gone. Takes NULL. */
void spool_free(struct spool *spool);

#endif
