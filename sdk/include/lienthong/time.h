/* time.h: RFC 3339 with +07:00, and UUIDv7. Times are microseconds since 1970-01-01T00:00:00Z. */
#ifndef LIENTHONG_TIME_H
#define LIENTHONG_TIME_H

#include <lienthong/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_TIME_TEXT 36
#define LT_UUID_TEXT 37

LT_API int64_t lt_time_now(void); /* CLOCK_REALTIME; daemons call it in START only */
/* "2026-11-24T09:15:02.123456+07:00"; the fraction is left out when it is 0.
 * Times outside the years 0 to 9999 give the nearest one inside. */
LT_API void lt_time_format(int64_t time, char out[LT_TIME_TEXT]);
/* Any offset is read; a missing offset is LT_EPARSE. Seconds 60 and dates that do not exist are refused. */
LT_API enum lt_err lt_time_parse(const char *text, int64_t *out);

/* RFC 9562 version 7 with sub-millisecond order: 48 bits of ms, 12 bits of the fraction, 62 random bits. */
LT_API void lt_uuid_make(int64_t time, const uint8_t random[8], uint8_t out[16]);
/* The same with the clock and the kernel's random bytes. Thread-safe; the ids of one process rise strictly while its
 * clock is not set back by more than a second. LT_EIO: the kernel gives no random bytes. */
LT_API enum lt_err lt_uuid_new(uint8_t out[16]);
LT_API bool lt_uuid_valid(struct lt_bytes id);     /* 16 bytes, version 7, variant 10 */
LT_API int64_t lt_uuid_time(const uint8_t id[16]); /* microseconds, to the millisecond */
LT_API void lt_uuid_format(const uint8_t id[16], char out[LT_UUID_TEXT]);
/* The text form of any UUID, in upper or lower case; lt_uuid_valid says whether it is one of ours. LT_EPARSE. */
LT_API enum lt_err lt_uuid_parse(const char *text, uint8_t out[16]);

#ifdef __cplusplus
}
#endif

#endif
