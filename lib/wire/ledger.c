/* ledger.c: texts of checkpoints and of proofs. Sources: c2sp.org/signed-note, tlog-checkpoint, tlog-proof. */
#include <lienthong/ledger.h>

#include "base/base64.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char proof_type[] = "c2sp.org/tlog-proof@v1";

enum lt_err lt_ledger_origin(const char *domain, const uint8_t incarnation[16], char out[LT_ORIGIN_MAX])
{
	char hex[33];
	lt_hex(lt_bytes(incarnation, 16), hex);
	int len = snprintf(out, LT_ORIGIN_MAX, "%s/%s", domain, hex);
	return len > 0 && (size_t)len < LT_ORIGIN_MAX ? LT_OK : LT_EINVAL;
}

static enum lt_err put_text(struct lt_buf *out, const char *text)
{
	return lt_buf_append(out, text, strlen(text));
}

static enum lt_err put_hash(struct lt_buf *out, const uint8_t hash[32])
{
	enum lt_err err = base64_encode(lt_bytes(hash, 32), 0, out);
	return err ? err : put_text(out, "\n");
}

enum lt_err lt_checkpoint_text(const struct lt_checkpoint *checkpoint, struct lt_buf *out)
{
	char line[LT_ORIGIN_MAX + 32];
	snprintf(line, sizeof line, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
	enum lt_err err = put_text(out, line);
	if (!err)
		err = put_hash(out, checkpoint->root);
	if (err || checkpoint->time == 0)
		return err;
	snprintf(line, sizeof line, "time %" PRId64 "\n", checkpoint->time);
	return put_text(out, line);
}

/* Takes one line off the front, without its end. False: there is none. */
static bool next_line(struct lt_bytes *rest, struct lt_bytes *line)
{
	const uint8_t *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
	if (!end)
		return false;
	*line = lt_bytes(rest->data, (size_t)(end - rest->data));
	*rest = lt_bytes(end + 1, rest->len - line->len - 1);
	return true;
}

/* Decimal without leading zeros. */
static bool read_number(struct lt_bytes text, uint64_t max, uint64_t *out)
{
	*out = 0;
	if (text.len == 0 || text.len > 20 || (text.len > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';
		if (digit > 9 || *out > (max - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return true;
}

static bool read_hash(struct lt_bytes line, uint8_t out[32])
{
	struct lt_buf bytes = { 0 };
	bool good =
		line.len == 44 && base64_decode((const char *)line.data, line.len, &bytes) == LT_OK && bytes.len == 32;
	if (good)
		memcpy(out, bytes.data, 32);
	lt_buf_fini(&bytes);
	return good;
}

static bool begins(struct lt_bytes line, const char *with, struct lt_bytes *rest)
{
	size_t len = strlen(with);
	if (line.len < len || memcmp(line.data, with, len) != 0)
		return false;
	*rest = lt_bytes(line.data + len, line.len - len);
	return true;
}

static bool read_origin(struct lt_bytes line, char out[LT_ORIGIN_MAX])
{
	if (line.len == 0 || line.len >= LT_ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] <= ' ' || line.data[i] == '+' || line.data[i] >= 0x7f)
			return false;
	memcpy(out, line.data, line.len);
	out[line.len] = '\0';
	return true;
}

enum lt_err lt_checkpoint_parse(struct lt_bytes note, struct lt_checkpoint *out)
{
	struct lt_bytes rest = note, line, value;
	uint64_t number;
	*out = (struct lt_checkpoint){ 0 };
	if (note.len > LT_CHECKPOINT_MAX || !next_line(&rest, &line) || !read_origin(line, out->origin) ||
	    !next_line(&rest, &line) || !read_number(line, UINT64_MAX, &out->size) || !next_line(&rest, &line) ||
	    !read_hash(line, out->root))
		return LT_EPARSE;
	while (next_line(&rest, &line) && line.len > 0) {
		if (!begins(line, "time ", &value))
			continue;
		if (out->time != 0 || !read_number(value, INT64_MAX, &number))
			return LT_EPARSE;
		out->time = (int64_t)number;
	}
	return LT_OK;
}

bool lt_ledger_hashes(const struct lt_bytes *hashes, size_t count, uint8_t out[LT_MERKLE_PATH_MAX + 1][32])
{
	if (count > LT_MERKLE_PATH_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (hashes[i].len != 32)
			return false;
		memcpy(out[i], hashes[i].data, 32);
	}
	return true;
}

enum lt_err lt_ledger_proof_text(const struct lt_ledger_proof *proof, struct lt_buf *out)
{
	char line[40];
	snprintf(line, sizeof line, "\nindex %" PRIu64 "\n", proof->index);
	enum lt_err err = put_text(out, proof_type);
	if (!err && proof->extra_len > 0)
		err = put_text(out, "\nextra ");
	if (!err && proof->extra_len > 0)
		err = base64_encode(lt_bytes(proof->extra, proof->extra_len), 0, out);
	if (!err)
		err = put_text(out, line);
	for (size_t i = 0; i < proof->path_count && !err; i++)
		err = put_hash(out, proof->path[i]);
	if (!err)
		err = put_text(out, "\n");
	return err ? err : lt_buf_append(out, proof->checkpoint.data, proof->checkpoint.len);
}

static bool read_extra(struct lt_bytes text, struct lt_ledger_proof *out)
{
	struct lt_buf bytes = { 0 };
	bool good = base64_decode((const char *)text.data, text.len, &bytes) == LT_OK && bytes.len > 0 &&
		    bytes.len <= sizeof out->extra;
	if (good)
		memcpy(out->extra, bytes.data, bytes.len);
	out->extra_len = good ? bytes.len : 0;
	lt_buf_fini(&bytes);
	return good;
}

enum lt_err lt_ledger_proof_parse(struct lt_bytes text, struct lt_ledger_proof *out)
{
	struct lt_bytes rest = text, line, value;
	*out = (struct lt_ledger_proof){ 0 };
	if (!next_line(&rest, &line) || !begins(line, proof_type, &value) || value.len != 0 || !next_line(&rest, &line))
		return LT_EPARSE;
	if (begins(line, "extra ", &value) && (!read_extra(value, out) || !next_line(&rest, &line)))
		return LT_EPARSE;
	if (!begins(line, "index ", &value) || !read_number(value, UINT64_MAX, &out->index))
		return LT_EPARSE;
	for (;;) {
		if (!next_line(&rest, &line))
			return LT_EPARSE;
		if (line.len == 0)
			break;
		if (out->path_count == LT_MERKLE_PATH_MAX || !read_hash(line, out->path[out->path_count++]))
			return LT_EPARSE;
	}
	out->checkpoint = rest;
	return rest.len > 0 && rest.len <= LT_CHECKPOINT_MAX ? LT_OK : LT_EPARSE;
}
