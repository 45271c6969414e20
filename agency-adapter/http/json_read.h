/* json_read.h: JSON bodies, read strictly: duplicates and unknown members refused, each complaint with the JSON Pointer of
 * its place. The first complaint stays; later calls then do nothing. */
#ifndef ADAPTER_JSON_READ_H
#define ADAPTER_JSON_READ_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include <jansson.h>

struct json_reader {
	struct lt_refusal refusal;
	char pointer[128];
};
/* An object; NULL when refused. The caller owns it. */
json_t *json_body_object(struct json_reader *reader, struct lt_bytes body);
/* Members of `object` (at `at`, a JSON Pointer) that are not in the list, which ends in NULL, are refused. */
void json_body_known(struct json_reader *reader, const json_t *object, const char *at, const char *const *names);
/* "" when absent and not required. The view lives as long as the object. */
const char *json_body_text(struct json_reader *reader, const json_t *object, const char *at, const char *name,
			   bool required);
uint64_t json_body_u64(struct json_reader *reader, const json_t *object, const char *at, const char *name,
		       uint64_t max);
/* An array of at most max entries; NULL when absent. */
const json_t *json_body_list(struct json_reader *reader, const json_t *object, const char *at, const char *name,
			     size_t max);
void json_refuse(struct json_reader *reader, const char *at, const char *name, const char *text);

/* Base64 (RFC 4648 section 4) as a JSON string. */
json_t *json_base64(struct lt_bytes data);
json_t *json_hex(struct lt_bytes data);
json_t *json_time(int64_t time); /* RFC 3339; null for 0 */
json_t *json_id(const uint8_t id[16]);

#endif
