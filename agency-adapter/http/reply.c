/* reply.c: an exchange's answer as HTTP. */
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TAG_BYTES 12u /* of the digest of a JSON answer: as many as tell answers of one resource apart */

static const char *request_header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* Weak comparison (RFC 9110 section 8.8.3.2): W/ does not count. */
bool reply_tag_named(const char *list, const char *tag)
{
	const char *opaque = strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
	size_t len = strlen(opaque);
	for (const char *at = list; *at;) {
		at += strspn(at, " \t,");
		if (*at == '*' && (at[1] == '\0' || strchr(" \t,", at[1])))
			return true;
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		if (*at != '"')
			return false;
		const char *end = strchr(at + 1, '"');
		if (!end)
			return false;
		if ((size_t)(end + 1 - at) == len && memcmp(at, opaque, len) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

static bool read_number(const char **at, size_t *out)
{
	const char *begin = *at;
	size_t value = 0;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		if (value > (SIZE_MAX - 9) / 10)
			value = SIZE_MAX / 10 - 1; /* beyond any size all the same */
		value = 10 * value + (size_t)(**at - '0');
	}
	*out = value;
	return *at > begin;
}

int reply_range(const char *range, size_t size, size_t *first, size_t *last)
{
	if (!range || strncasecmp(range, "bytes=", 6) != 0 || strchr(range, ','))
		return 0; /* several ranges may be answered with the whole (section 14.2) */
	const char *at = range + 6;
	at += strspn(at, " \t");
	size_t from, to = SIZE_MAX;
	bool has_from = read_number(&at, &from);
	if (*at++ != '-')
		return 0;
	bool has_to = read_number(&at, &to);
	at += strspn(at, " \t");
	if (*at || (!has_from && !has_to) || (has_from && has_to && to < from))
		return 0;
	if (!has_from) { /* the last so many */
		if (to == 0 || size == 0)
			return -1;
		*first = to < size ? size - to : 0;
		*last = size - 1;
		return 1;
	}
	if (from >= size)
		return -1;
	*first = from;
	*last = has_to && to < size ? to : size - 1;
	return 1;
}

/* The tag of a JSON answer is made of its bytes: a client that asks again and again is told that nothing has changed. */
static void set_tag(struct exchange *exchange)
{
	uint8_t digest[32];
	char hex[65];
	bool read = strcmp(exchange->method, "GET") == 0 || strcmp(exchange->method, "HEAD") == 0;
	if (exchange->status != 200 || !read || exchange->tag[0])
		return;
	lt_sha256(lt_bytes(exchange->content, exchange->content_len), digest);
	lt_hex(lt_bytes(digest, TAG_BYTES), hex);
	snprintf(exchange->tag, sizeof(exchange->tag), "W/\"%s\"", hex);
}

static void cut_range(struct exchange *exchange)
{
	size_t first, last, size = exchange->content_len;
	const char *condition = request_header(exchange, "If-Range");
	if (!exchange->ranges || exchange->status != 200 || (condition && strcmp(condition, exchange->tag) != 0))
		return;
	int found = reply_range(request_header(exchange, "Range"), size, &first, &last);
	if (found < 0) {
		exchange_problem(exchange, LT_RANGE_INVALID, "Range: the part has %zu bytes", size);
		exchange_header(exchange, "Content-Range", "bytes */%zu", size);
	} else if (found > 0) {
		exchange_header(exchange, "Content-Range", "bytes %zu-%zu/%zu", first, last, size);
		if (exchange->file > 0)
			exchange->file_offset = first;
		else
			memmove(exchange->content, exchange->content + first, last - first + 1);
		exchange->content_len = last - first + 1;
		exchange->status = 206;
	}
}

static void look_at_conditions(struct exchange *exchange)
{
	set_tag(exchange);
	const char *known = request_header(exchange, "If-None-Match");
	if (exchange->status == 200 && exchange->tag[0] && known && reply_tag_named(known, exchange->tag)) {
		exchange->status = 304;
		exchange->content_len = 0;
		return;
	}
	cut_range(exchange);
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
	const char *type = exchange->content_type;
	if (!*type)
		type = exchange->status >= 400 ? "application/problem+json" : "application/json";
	if (exchange->status != 304 && exchange->status != 204)
		MHD_add_response_header(response, "Content-Type", type);
	if (exchange->status >= 400)
		MHD_add_response_header(response, "Content-Language",
					exchange->language == LT_VIETNAMESE ? "vi" : "en");
	MHD_add_response_header(response, "X-Request-Id", exchange->request_id);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Cache-Control", "no-store"); /* citizens' data: in no cache of a library */
	if (exchange->status >= 400) /* title and detail are in the language that was asked for */
		MHD_add_response_header(response, "Vary", "Accept-Language");
	if (exchange->tag[0] && exchange->status < 400)
		MHD_add_response_header(response, "ETag", exchange->tag);
	if (exchange->ranges && exchange->status < 400)
		MHD_add_response_header(response, "Accept-Ranges", "bytes");
	if (exchange->status == 401)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"lienthong-adapter\"");
	if (exchange->close)
		MHD_add_response_header(response, "Connection", "close");
	for (size_t i = 0; i < exchange->header_count; i++)
		MHD_add_response_header(response, exchange->headers[i].name, exchange->headers[i].value);
}

enum MHD_Result reply_send(struct exchange *exchange)
{
	look_at_conditions(exchange);
	bool file = exchange->file > 0 && exchange->content_len > 0;
	struct MHD_Response *response =
		file ? MHD_create_response_from_fd_at_offset64(exchange->content_len, exchange->file,
							       exchange->file_offset)
		     : MHD_create_response_from_buffer(exchange->content_len, exchange->content, MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	exchange->content = NULL;
	if (file)
		exchange->file = 0; /* the response closes it */
	add_headers(exchange, response);
	enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->status, response);
	MHD_destroy_response(response);
	return result;
}
