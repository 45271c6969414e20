/* visit_body.c: what a person sends: a small form whole, one with files while it comes. */
#include "visit.h"

#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

void page_visit_new_key(char out[VISIT_KEY])
{
	uint8_t random[(VISIT_KEY - 1) / 2];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		lt_fatal("the kernel gives no random bytes");
	lt_hex(lt_bytes(random, sizeof(random)), out);
}

static bool of_session(struct page_visit *visit)
{
	if (page_session_form_right(visit->cookie, filled_text(&visit->form, "form")))
		return true;
	lt_refuse(&visit->refusal, LT_TOKEN_NOT_ALLOWED, "the form is of another session: open the page again");
	return false;
}

/* ---- files, while they come ---- */

static bool refuse_form(struct page_visit *visit)
{
	if (!visit->refusal.reason)
		lt_refuse(&visit->refusal, LT_REQUEST_MALFORMED, "the form cannot be read, or is too long");
	return false;
}

/* Nothing of a file is taken before the form has shown whose it is: the token is its first field. */
static bool begin(void *ctx, const struct multipart_part *part)
{
	struct page_visit *visit = ctx;
	visit->in_file = part->is_file;
	if (part->is_file)
		return of_session(visit);
	return filled_begin(&visit->form, part->name) || refuse_form(visit);
}

static size_t take_file(struct page_visit *visit, const char *data, size_t len)
{
	size_t left = len;
	if (visit->refusal.reason)
		return len; /* told at the end */
	if (!visit->upload && json_array_size(visit->parts) >= LT_PARTS_MAX)
		refuse_form(visit);
	else if (!visit->upload)
		visit->upload = upload_alone_begin(visit->exchange, &visit->refusal);
	if (!visit->upload || visit->refusal.reason)
		return len;
	upload_take(visit->exchange, visit->upload, data, &left);
	return len - left;
}

static size_t take_some(void *ctx, const char *data, size_t len)
{
	struct page_visit *visit = ctx;
	if (visit->in_file)
		return take_file(visit, data, len);
	if (!visit->refusal.reason && !filled_add(&visit->form, data, len))
		refuse_form(visit);
	return len;
}

static bool end(void *ctx)
{
	struct page_visit *visit = ctx;
	if (!visit->in_file) {
		if (!visit->refusal.reason && !filled_end(&visit->form))
			refuse_form(visit);
		return true;
	}
	if (!visit->upload) {
		if (visit->multipart.part.file[0] && !visit->refusal.reason)
			lt_refuse(&visit->refusal, LT_BODY_MALFORMED, "%.200s: an empty file",
				  visit->multipart.part.file);
		return true;
	}
	upload_alone_end(visit->exchange, visit->upload);
	return false;
}

static bool has_name(const json_t *parts, const char *name)
{
	size_t i;
	json_t *part;
	json_array_foreach(parts, i, part)
	{
		if (strcasecmp(text_at(part, "name"), name) == 0)
			return true;
	}
	return false;
}

/* Parts of an envelope have names of their own: a second scan.pdf is "scan (2).pdf". */
static void add_part(struct page_visit *visit, const char *name, const char *media_type, const char *sha256)
{
	char other[MULTIPART_FILE_MAX + 8];
	const char *dot = strrchr(name, '.');
	int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
	snprintf(other, sizeof(other), "%s", name);
	for (unsigned i = 2; has_name(visit->parts, other) && i <= LT_PARTS_MAX + 1; i++)
		snprintf(other, sizeof(other), "%.*s (%u)%s", stem, name, i, name + stem);
	json_array_append_new(visit->parts,
			      json_pack("{s:s, s:s, s:s}", "name", other, "media_type", media_type, "sha256", sha256));
}

/* The file before is on the disk. */
static void finish_file(struct page_visit *visit)
{
	char hex[65];
	struct upload_patch *upload = visit->upload;
	if (!upload || !upload->ended)
		return;
	if (upload->refusal.reason) {
		visit->refusal = visit->refusal.reason ? visit->refusal : upload->refusal;
	} else {
		lt_hex(lt_bytes(upload->row.sha256, 32), hex);
		add_part(visit, visit->multipart.part.file, visit->multipart.part.media_type, hex);
	}
	visit->upload = NULL;
	upload_alone_free(upload);
}

static bool begin_files(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	const struct multipart_sink sink = { .begin = begin, .take = take_some, .end = end, .ctx = visit };
	const char *type = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Content-Type");
	uint64_t room = part_files_room(adapter_files(exchange->adapter));
	visit->has_files = true;
	if (!multipart_init(&visit->multipart, type, &sink))
		return refuse_form(visit);
	if (exchange->announced > room)
		lt_refuse(&visit->refusal, LT_ADAPTER_FULL, "uploads: %llu bytes are wanted, %llu are left",
			  (unsigned long long)exchange->announced, (unsigned long long)room);
	return visit->refusal.reason == LT_REASON_NONE;
}

void page_visit_take(struct exchange *exchange, const char *data, size_t *size)
{
	struct page_visit *visit = page_visit_of(exchange);
	size_t before = *size;
	if (!visit->has_files)
		begin_files(visit);
	finish_file(visit);
	if (!visit->refusal.reason && visit->body_taken + *size > VISIT_BODY_MAX)
		lt_refuse(&visit->refusal, LT_BODY_TOO_LARGE, "%llu bytes, allowed are %zu",
			  (unsigned long long)(visit->body_taken + *size), (size_t)VISIT_BODY_MAX);
	if (visit->refusal.reason && !visit->upload)
		*size = 0;
	else
		multipart_feed(&visit->multipart, data, size);
	visit->body_taken += before - *size;
}

/* ---- at its end ---- */

/* Files that came with the form before, which was refused: they are here, and ticked. */
static void keep_parts(struct page_visit *visit)
{
	const char *kept;
	for (size_t at = 0; (kept = filled_next(&visit->form, "part", &at)) != NULL;) {
		char sha256[65] = "", type[128] = "";
		int name = 0;
		if (sscanf(kept, "%64[0-9a-f] %127[^ ] %n", sha256, type, &name) == 2 && name > 0 && kept[name] &&
		    strlen(sha256) == 64)
			add_part(visit, kept + name, type, sha256);
	}
}

bool page_visit_read_form(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	if (visit->has_files) {
		finish_file(visit);
		if (!visit->refusal.reason && !multipart_done(&visit->multipart))
			refuse_form(visit);
	} else if (exchange->streams || !filled_read(&visit->form, lt_buf_bytes(&exchange->body))) {
		refuse_form(visit);
	}
	lt_buf_fini(&exchange->body);
	keep_parts(visit);
	if (!visit->refusal.reason && of_session(visit))
		return true;
	exchange_refuse(exchange, &visit->refusal, NULL);
	return false;
}
