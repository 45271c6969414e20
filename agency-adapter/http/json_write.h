/* json_write.h: bytes, ids, times and small records as JSON. NULL when out of memory, but for json_leg. */
#ifndef ADAPTER_JSON_WRITE_H
#define ADAPTER_JSON_WRITE_H

#include <lienthong/envelope.h>

#include <jansson.h>

/* Base64 (RFC 4648 section 4) as a JSON string. */
json_t *json_base64(struct lt_bytes data);
json_t *json_hex(struct lt_bytes data);
json_t *json_time(int64_t time); /* RFC 3339; null for 0 */
/* For "s?": the id of a route's leg, NULL (which is written as null) for "". */
const char *json_leg(const char *id);
json_t *json_texts(const char *const *texts, size_t count);
json_t *json_actor(const struct lt_actor *actor);
json_t *json_results(const struct lt_made_result *results, size_t count); /* [{"code", "leg"}] */
json_t *json_late_reason(const struct lt_late_reason *late);
json_t *json_channel(enum lt_channel channel);       /* "counter"; null for a number that is none */
enum lt_channel json_channel_find(const char *name); /* LT_CHANNEL_NONE: none has this name */
json_t *json_id(const uint8_t id[16]);

#endif
