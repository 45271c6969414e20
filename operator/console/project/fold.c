/* fold.c: letters without their signs, in one case. */
#include "fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* What NFKD leaves as it is, and Vietnamese writes. */
static utf8proc_int32_t plain(utf8proc_int32_t letter)
{
	return letter == 0x111 || letter == 0x110 ? 'd' : letter;
}

static bool is_mark(utf8proc_category_t category)
{
	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

static bool is_word(utf8proc_category_t category)
{
	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO
		       ? true
		       : category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL ||
				 category == UTF8PROC_CATEGORY_NO;
}

/* One letter, as it stands in a text: it may become several. `start`: where this text's folded form began. */
static enum lt_err put(utf8proc_int32_t letter, size_t start, struct lt_buf *out)
{
	enum { EXPANDED = 32 }; /* the longest NFKD of one code point has 18 */
	utf8proc_int32_t parts[EXPANDED];
	int boundary = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t count = utf8proc_decompose_char(
		letter, parts, EXPANDED, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary);
	for (utf8proc_ssize_t i = 0; i < count && i < EXPANDED; i++) {
		utf8proc_category_t category = utf8proc_category(parts[i]);
		utf8proc_uint8_t bytes[4] = { ' ' };
		utf8proc_ssize_t len = 1;
		if (is_mark(category))
			continue;
		if (is_word(category))
			len = utf8proc_encode_char(plain(parts[i]), bytes);
		else if (out->len == start || out->data[out->len - 1] == ' ')
			continue;
		if (lt_buf_append(out, bytes, (size_t)len))
			return LT_ENOMEM;
	}
	return LT_OK;
}

enum lt_err fold_append(const char *text, struct lt_buf *out)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
	size_t start = out->len;
	while (left > 0) {
		utf8proc_int32_t letter;
		utf8proc_ssize_t len = utf8proc_iterate(at, left, &letter);
		if (len <= 0) {
			letter = ' ';
			len = 1;
		}
		if (put(letter, start, out))
			return LT_ENOMEM;
		at += len;
		left -= len;
	}
	if (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	return LT_OK;
}

/* Cuts at spaces; how many words there are. */
static size_t cut(struct lt_bytes folded, struct lt_bytes words[FOLD_WORDS_MAX])
{
	size_t count = 0;
	for (size_t at = 0; at < folded.len && count < FOLD_WORDS_MAX; at++) {
		const uint8_t *end = memchr(folded.data + at, ' ', folded.len - at);
		size_t len = end ? (size_t)(end - folded.data) - at : folded.len - at;
		words[count++] = lt_bytes(folded.data + at, len);
		at += len;
	}
	return count;
}

/* What begins with another word of the question begins with this one too, which says nothing more. What is left over are words of which none
 * begins another: however many were typed, the index is gone through once at most. Of two that are the same the first stays. */
static bool is_said(const struct lt_bytes *words, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		const struct lt_bytes *word = &words[at], *other = &words[i];
		bool longer = other->len > word->len && word->len >= FOLD_BEGINNING;
		bool before = other->len == word->len && i < at;
		if ((longer || before) && memcmp(other->data, word->data, word->len) == 0)
			return true;
	}
	return false;
}

/* Each word in quotes, a star behind it: FTS5 reads nothing in it as syntax. Folded words have no quotes. */
static enum lt_err put_words(struct lt_bytes folded, fold_whole *whole, void *ctx, struct lt_buf *out)
{
	struct lt_bytes words[FOLD_WORDS_MAX];
	size_t count = cut(folded, words);
	for (size_t i = 0; i < count; i++) {
		if (is_said(words, count, i))
			continue;
		if (lt_buf_append(out, out->len ? " \"" : "\"", out->len ? 2 : 1) ||
		    lt_buf_append(out, words[i].data, words[i].len) ||
		    lt_buf_append(out, "\"", 2)) /* with its NUL, for who looks at it */
			return LT_ENOMEM;
		const char *quoted = (const char *)out->data + out->len - words[i].len - 3;
		bool begins = words[i].len >= FOLD_BEGINNING && !(whole && whole(ctx, quoted));
		out->len--;
		if (lt_buf_append(out, "*", begins ? 1 : 0))
			return LT_ENOMEM;
	}
	return LT_OK;
}

enum lt_err fold_question(const char *typed, fold_whole *whole, void *ctx, struct lt_buf *out)
{
	struct lt_buf folded = { 0 };
	char *text = strndup(typed, FOLD_TEXT_MAX);
	lt_buf_clear(out);
	enum lt_err err = text ? fold_append(text, &folded) : LT_ENOMEM;
	if (!err)
		err = put_words(lt_buf_bytes(&folded), whole, ctx, out);
	if (!err)
		err = lt_buf_append(out, "", 1);
	lt_buf_fini(&folded);
	free(text);
	return err;
}
