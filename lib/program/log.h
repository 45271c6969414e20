/* log.h: one line for each decision. JSON lines on standard error, or fields to the system journal when $JOURNAL_STREAM
 * names standard error (sd_journal_send succeeds where no journal runs, and the line would be gone). Thread-safe.
 * Never payload, keys, or raw bytes of a peer: texts are cleaned. In-tree programs only. */
#ifndef LIENTHONG_SDK_LOG_H
#define LIENTHONG_SDK_LOG_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

enum lt_log_level { LT_LOG_ERROR = 3, LT_LOG_WARNING = 4, LT_LOG_NOTICE = 5, LT_LOG_INFO = 6, LT_LOG_DEBUG = 7 };
void lt_log_init(const char *program, enum lt_log_level level); /* before there are threads */
void lt_log_set_level(enum lt_log_level level);                 /* at any time, any thread */
/* Fields: name, value pairs of strings, ended by NULL: lt_log(LT_LOG_INFO, "session opened", "agency", code, NULL). NULL values are skipped. */
void lt_log(enum lt_log_level level, const char *message, ...) __attribute__((sentinel));
/* The same for what a peer can cause as often as it likes: one line for each message, peer (key, agency) and reason in an interval;
 * the next one tells how often it was. However many peers there are, an interval has a bounded number of lines. */
#define LT_LOG_PEER_SECONDS 10
void lt_log_peer(enum lt_log_level level, const char *message, const char *peer, const char *reason, ...)
	__attribute__((sentinel));
void lt_log_peers_flush(void); /* about every second: what was counted and did not come again */
/* Numbers for fields: a small rotating per-thread buffer. */
const char *lt_log_u64(uint64_t value);
const char *lt_log_id(const uint8_t id[16]);
/* Says why, syncs nothing, and aborts: broken invariants, failed writes and syncs. Also in release builds. */
_Noreturn void lt_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define LT_ASSERT(cond) ((cond) ? (void)0 : lt_fatal("%s:%d: broken invariant: %s", __FILE__, __LINE__, #cond))

#endif
