/* request.c: what every request must be before its handler sees it. */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "program/listen.h"

#define LENGTH_DIGITS 18u /* more is a number that nobody means */

/* Headers that are asked for one value: of two of them another program on the way may take the other one. */
static const char *const once[] = { "Authorization", "Content-Type",  "Idempotency-Key", "Range",
				    "Upload-Length", "Upload-Offset", "Upload-Checksum", NULL };

static enum MHD_Result cut_blanks(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)ctx, (void)kind, (void)name;
	for (size_t len = value ? strlen(value) : 0; len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t');
	     len--)
		((char *)(uintptr_t)value)[len - 1] =
			'\0'; /* in the connection's own buffer: whoever looks it up finds it so */
	return MHD_YES;
}

void request_cut_blanks(struct MHD_Connection *connection)
{
	MHD_get_connection_values(connection, MHD_HEADER_KIND, cut_blanks, NULL);
}

/* What is looked at while headers go by. */
struct head {
	struct exchange *exchange;
	size_t bytes;
	unsigned hosts, lengths, transfers;
	bool filled;   /* one of the lengths is not nought: bytes may follow, whatever the others say */
	unsigned seen; /* of `once`, by their places */
	const char *length, *transfer, *spaced, *twice, *encoding, *encoding_name;
};

static void look_whether_twice(struct head *head, const char *name)
{
	for (unsigned i = 0; once[i]; i++) {
		if (strcasecmp(name, once[i]) != 0)
			continue;
		if (head->seen & 1u << i)
			head->twice = once[i];
		head->seen |= 1u << i;
	}
}

static enum MHD_Result look_at_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct head *head = ctx;
	(void)kind;
	value = value ? value : "";
	head->bytes += strlen(name) + strlen(value) + 4; /* ": " and the line's end */
	if (strcasecmp(name, "Host") == 0) {
		head->hosts++;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		head->lengths++;
		head->length = value;
		head->filled = head->filled || strspn(value, "0") != strlen(value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		head->transfers++;
		head->transfer = value;
	} else if (strpbrk(name, " \t")) { /* "Content-Length :" is another header to one, and this one to another */
		head->spaced = name;
	}
	look_whether_twice(head, name);
	/* Bytes that are signed are the bytes that came: what says that they are not the whole, plain ones is refused by name. */
	bool encoded = strcasecmp(name, "Content-Encoding") == 0 && strcasecmp(value, "identity") != 0;
	if (encoded || strcasecmp(name, "Content-Range") == 0) {
		head->encoding_name = name;
		head->encoding = value;
	}
	return MHD_YES;
}

static bool length_is_number(const char *text)
{
	size_t len = strlen(text);
	return len > 0 && len <= LENGTH_DIGITS && strspn(text, "0123456789") == len;
}

/* Two lengths of one body are how a request is smuggled past a proxy (RFC 9112 section 6.3). */
static bool framed(const struct head *head, const char *version, struct lt_refusal *refusal)
{
	bool newer = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
	if (head->hosts > 1 || (newer && head->hosts == 0))
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "Host: %u of them, and one is needed", head->hosts);
	else if (head->transfers > 0 && (head->lengths > 0 || !newer))
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "Transfer-Encoding: a second length beside %s",
			  head->lengths > 0 ? "Content-Length" : "HTTP/1.0");
	else if (head->transfers > 1 || (head->transfer && strcasecmp(head->transfer, "chunked") != 0))
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "Transfer-Encoding: %.60s: only chunked is known",
			  head->transfer);
	else if (head->lengths > 1 || (head->length && !length_is_number(head->length)))
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "Content-Length: one number is needed");
	else if (head->spaced)
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "%.60s: the name of a header has no blank", head->spaced);
	else if (head->twice)
		lt_refuse(refusal, LT_REQUEST_MALFORMED, "%.60s: the header stands twice", head->twice);
	return refusal->reason == LT_REASON_NONE;
}

size_t request_unescape(void *ctx, struct MHD_Connection *connection, char *text)
{
	char *to = text;
	(void)ctx, (void)connection;
	for (const char *at = text; *at; at++) {
		const char digits[3] = { at[1], at[1] ? at[2] : '\0', '\0' };
		uint8_t byte;
		bool coded = *at == '%' && lt_unhex(digits, &byte, 1) == LT_OK && byte != 0;
		*to++ = coded ? (char)byte : *at;
		at += coded ? 2 : 0;
	}
	*to = '\0';
	return (size_t)(to - text);
}

void *request_look_at_address(void *ctx, const char *address, struct MHD_Connection *connection)
{
	(void)ctx, (void)connection;
	listen_cut_query(address, REQUEST_QUERY_MAX);
	return NULL;
}

void request_check(struct exchange *exchange, const char *method, const char *url, const char *version)
{
	struct head head = { .exchange = exchange, .bytes = strlen(method) + strlen(url) + strlen(version) };
	struct lt_refusal *refusal = &exchange->refusal;
	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, look_at_header, &head);
	exchange->announced = head.length && length_is_number(head.length) ? strtoull(head.length, NULL, 10) : 0;
	exchange->has_body = head.transfers > 0 || head.filled;
	if (!framed(&head, version, refusal)) {
		exchange->close = true; /* where this request ends nobody can say */
		return;
	}
	if (head.bytes > REQUEST_HEAD_MAX)
		lt_refuse(refusal, LT_REQUEST_HEAD_TOO_LARGE, "line and headers: %zu bytes, allowed are %u", head.bytes,
			  REQUEST_HEAD_MAX);
	exchange->encoding_name = head.encoding_name;
	exchange->encoding = head.encoding;
}

void request_check_body(struct exchange *exchange)
{
	if (exchange->encoding_name)
		lt_refuse(&exchange->refusal, LT_ENCODING_NOT_SUPPORTED, "%s: %.100s", exchange->encoding_name,
			  exchange->encoding);
	else if (exchange->announced > exchange->body_max)
		request_refuse_size(exchange, (unsigned long long)exchange->announced);
}

void request_refuse_size(struct exchange *exchange, unsigned long long size)
{
	bool part = exchange->handler == api_part_put;
	if (exchange->body_max == 0)
		lt_refuse(&exchange->refusal, LT_BODY_TOO_LARGE, "this call has no body, and %llu bytes came", size);
	else
		lt_refuse(&exchange->refusal, part ? LT_PART_TOO_LARGE : LT_BODY_TOO_LARGE,
			  "%llu bytes, allowed are %zu", size, exchange->body_max);
}

static bool is_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = words; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
		bool begins = at == words || at[-1] == ' ';
		if (begins && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

struct query_members {
	struct exchange *exchange;
	char seen[256];
};

static enum MHD_Result look_at_member(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct query_members *query = ctx;
	struct lt_refusal *refusal = &query->exchange->refusal;
	(void)kind;
	if (refusal->reason)
		return MHD_NO;
	if (!is_word(query->exchange->query, name))
		lt_refuse(refusal, LT_QUERY_INVALID, "query %.60s: this call knows %s", name,
			  query->exchange->query[0] ? query->exchange->query : "none");
	else if (!value || !*value)
		lt_refuse(refusal, LT_QUERY_INVALID, "query %.60s: it has no value", name);
	else if (is_word(query->seen, name))
		lt_refuse(refusal, LT_QUERY_INVALID, "query %.60s: it stands twice", name);
	size_t used = strlen(query->seen);
	snprintf(query->seen + used, sizeof(query->seen) - used, "%s%s", used ? " " : "", name);
	return MHD_YES;
}

void request_check_query(struct exchange *exchange)
{
	struct query_members query = { .exchange = exchange };
	MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, look_at_member, &query);
}

void request_name(struct exchange *exchange)
{
	static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:";
	const char *given = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "X-Request-Id");
	struct api_desk *desk = api_desk(exchange->api);
	size_t len = given ? strlen(given) : 0;
	if (len > 0 && len <= EXCHANGE_REQUEST_ID_MAX && strspn(given, plain) == len)
		memcpy(exchange->request_id, given, len + 1);
	else
		snprintf(exchange->request_id, sizeof(exchange->request_id), "%llx-%llx",
			 (unsigned long long)desk->started, (unsigned long long)++desk->requests);
}
