/* framing.c: headers that say where a request ends, counted. */
#include "framing.h"

#include <string.h>
#include <strings.h>

#define LENGTH_DIGITS 18u /* more is a number that nobody means */

struct framing {
	unsigned hosts, lengths, transfers;
	bool plain;
};

static bool is_number(const char *text)
{
	size_t len = strlen(text);
	return len > 0 && len <= LENGTH_DIGITS && strspn(text, "0123456789") == len;
}

static enum MHD_Result look_at(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct framing *framing = ctx;
	(void)kind;
	value = value ? value : "";
	if (strcasecmp(name, "Host") == 0) {
		framing->hosts++;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		framing->plain = framing->plain && is_number(value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->transfers++;
		framing->plain = framing->plain && strcasecmp(value, "chunked") == 0;
	} else if (strpbrk(name, " \t")) { /* "Transfer-Encoding :" is another header to one, and this one to another */
		framing->plain = false;
	}
	return MHD_YES;
}

bool framing_plain(struct MHD_Connection *connection, const char *version)
{
	struct framing framing = { .plain = true };
	bool newer = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at, &framing);
	return framing.plain && framing.hosts <= 1 && framing.lengths + framing.transfers <= 1 &&
	       (newer ? framing.hosts == 1 : framing.transfers == 0);
}
