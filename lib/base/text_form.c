/* text_form.c: the one form of texts, by Unicode's own tables (libutf8proc).
 *
 * What a person reads as one text can be many byte strings: composed or decomposed letters, a blank behind, a joiner between. A rule
 * that compares bytes then sends one dossier of a commune here and the next there, and an ".exe" can look like a ".pdf". So each text
 * has one form, and what is not in it is refused at the door by name; nothing behind the doors has to think of it again.
 *
 * Nearly all texts are Latin letters, for which a few ranges say at once that they are in form; only what lies outside pays for a
 * look into the tables, and only what could be composed differently is composed once more and compared. */
#include <lienthong/text.h>

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct code_range {
	uint32_t first, last;
};

static bool within(const struct code_range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}
#define WITHIN(ranges, code) within(ranges, sizeof(ranges) / sizeof((ranges)[0]), code)

/* Bidi_Control of Unicode (UAX 9). */
static const struct code_range turning[] = {
	{ 0x061c, 0x061c }, { 0x200e, 0x200f }, { 0x202a, 0x202e }, { 0x2066, 0x2069 }
};

/* Default_Ignorable_Code_Point of Unicode (UAX 44), as far as its category is not Cf; and what has a width and no ink. */
static const struct code_range unseen[] = {
	{ 0x034f, 0x034f },   /* combining grapheme joiner */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors */
	{ 0x2065, 0x2065 },   /* kept for a format character */
	{ 0x2800, 0x2800 },   /* Braille blank */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
	{ 0xfff0, 0xfff8 },   /* kept for format characters */
	{ 0xfffc, 0xfffc },   /* object replacement */
	{ 0x16fe4, 0x16fe4 }, /* Khitan filler */
	{ 0x1d159, 0x1d159 }, /* musical null note head */
	{ 0xe0000, 0xe0fff }, /* tags, variation selectors, and what is kept for more of them */
};

static bool is_blank(uint32_t code)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
	return (code >= 0x09 && code <= 0x0d) || code == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
	       category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/* NULL, or how a character does something that is not seen. U+0020 and U+000A are the caller's. */
static const char *hiding_of(uint32_t code, utf8proc_category_t category)
{
	if (category == UTF8PROC_CATEGORY_CC)
		return "is a control character";
	if (WITHIN(turning, code))
		return "turns the reading direction";
	if (category == UTF8PROC_CATEGORY_CF || WITHIN(unseen, code))
		return "shows nothing";
	if (category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP)
		return "ends a line";
	return NULL;
}

/* NULL, or why a character can stand in no text. */
static const char *fault_of(uint32_t code)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
	const char *hiding = hiding_of(code, category);
	if (hiding)
		return hiding;
	if (category == UTF8PROC_CATEGORY_ZS)
		return "is another blank than U+0020";
	if (category == UTF8PROC_CATEGORY_CO)
		return "is for private use";
	if (category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CS)
		return "is not assigned in Unicode 15.0";
	return NULL;
}

static bool is_hidden(uint32_t code)
{
	return hiding_of(code, utf8proc_category((utf8proc_int32_t)code)) != NULL;
}

/* Letters and signs that are in form wherever they stand: seen, assigned, and NFC_Quick_Check=Yes with combining class 0. */
static bool is_plain(uint32_t code)
{
	return (code > 0x20 && code < 0x7f) || (code > 0xa0 && code < 0x300 && code != 0xad) ||
	       (code >= 0x1e00 && code <= 0x1eff) || (code >= 0x2010 && code <= 0x2027);
}

/* What stands around a character. */
struct text_walk {
	const uint8_t *at;
	uint32_t before; /* 0 at the beginning */
	size_t place;
	bool compose; /* something may be composed otherwise */
};

/* The character at walk->at, and its length; 0 for what is not UTF-8. */
static size_t next(const uint8_t *at, uint32_t *code)
{
	utf8proc_int32_t value;
	if (*at < 0x80) {
		*code = *at;
		return 1;
	}
	/* Never reads over the NUL, since each further byte is looked at in turn. */
	utf8proc_ssize_t length = utf8proc_iterate(at, 4, &value);
	*code = (uint32_t)value;
	return length > 0 ? (size_t)length : 0;
}

static bool is_gap(uint32_t code)
{
	return code == ' ' || code == '\n';
}

static const char *fault_at(struct text_walk *walk, uint32_t code, bool last, enum lt_text_form form)
{
	if (is_plain(code))
		return NULL;
	if (code == '\n' && form != LT_TEXT_LINES)
		return "is a line feed";
	if (is_gap(code) && (walk->before == 0 || last))
		return "is a blank at the edge";
	if (form == LT_TEXT_VALUE && code == ' ' && walk->before == ' ')
		return "is a second blank";
	if (is_gap(code))
		return NULL;
	walk->compose = true;
	return fault_of(code);
}

/* The first character at which two texts differ, in the first of them. */
static void find_difference(const uint8_t *text, const uint8_t *other, struct lt_text_fault *fault)
{
	size_t same = 0, length;
	while (text[same] && text[same] == other[same])
		same++;
	fault->place = 0;
	for (size_t i = 0; text[i]; i += length, fault->place++) {
		length = next(text + i, &fault->code);
		if (length == 0 || i + length > same)
			break;
	}
}

static enum lt_err check_composed(const char *text, struct lt_text_fault *fault)
{
	uint8_t *composed = utf8proc_NFC((const uint8_t *)text);
	if (!composed)
		return LT_ENOMEM;
	enum lt_err err = strcmp(text, (const char *)composed) == 0 ? LT_OK : LT_EINVAL;
	if (err) {
		find_difference((const uint8_t *)text, composed, fault);
		fault->what = "is not in composed form (NFC)";
	}
	free(composed);
	return err;
}

enum lt_err lt_text_check(const char *text, enum lt_text_form form, struct lt_text_fault *fault)
{
	struct lt_text_fault unused;
	struct text_walk walk = { .at = (const uint8_t *)text };
	fault = fault ? fault : &unused;
	while (*walk.at) {
		uint32_t code;
		size_t length = next(walk.at, &code);
		if (length == 0)
			return LT_EPARSE;
		fault->what = fault_at(&walk, code, walk.at[length] == 0, form);
		if (fault->what) {
			fault->code = code;
			fault->place = walk.place;
			return LT_EINVAL;
		}
		walk.at += length;
		walk.before = code;
		walk.place++;
	}
	return walk.compose ? check_composed(text, fault) : LT_OK;
}

enum lt_reason lt_text_refuse(const char *text, enum lt_text_form form, enum lt_reason reason, const char *field,
			      struct lt_refusal *refusal)
{
	struct lt_text_fault fault;
	enum lt_err err = lt_text_check(text ? text : "", form, &fault);
	if (err == LT_OK)
		return LT_REASON_NONE;
	if (err == LT_EINVAL)
		return lt_refuse(refusal, reason, "%s: U+%04X at character %zu %s", field, (unsigned)fault.code,
				 fault.place + 1, fault.what);
	if (err == LT_ENOMEM)
		return lt_refuse(refusal, LT_OVERLOADED, "%s: no memory to check it", field);
	return lt_refuse(refusal, LT_TEXT_NOT_UTF8, "%s: is not UTF-8", field);
}

bool lt_text_blank(const char *text)
{
	const uint8_t *at = (const uint8_t *)(text ? text : "");
	while (*at) {
		uint32_t code;
		size_t length = next(at, &code);
		if (length == 0 || is_plain(code) || (!is_blank(code) && !is_hidden(code)))
			return false;
		at += length;
	}
	return true;
}

/* The bytes without the white space at their edges. */
static struct lt_bytes trimmed(const uint8_t *text)
{
	const uint8_t *first = NULL, *end = text;
	for (const uint8_t *at = text; *at;) {
		uint32_t code;
		size_t length = next(at, &code);
		if (length == 0) /* composed from valid UTF-8: does not happen */
			break;
		if (!is_blank(code)) {
			first = first ? first : at;
			end = at + length;
		}
		at += length;
	}
	return lt_bytes(first, first ? (size_t)(end - first) : 0);
}

enum lt_err lt_text_bring(const char *text, struct lt_buf *out)
{
	if (!lt_text_valid(text, strlen(text)))
		return LT_EPARSE;
	uint8_t *composed = utf8proc_NFC((const uint8_t *)text);
	if (!composed)
		return LT_ENOMEM;
	struct lt_bytes inner = trimmed(composed);
	enum lt_err err = lt_buf_reserve(out, inner.len + 1);
	if (err == LT_OK)
		err = lt_buf_append(out, inner.data, inner.len);
	if (err == LT_OK)
		err = lt_buf_append(out, "", 1);
	free(composed);
	return err;
}

void lt_text_clean(const char *s, char *out, size_t out_size)
{
	if (out_size == 0)
		return;
	const uint8_t *bytes = (const uint8_t *)(s ? s : "");
	size_t used = 0;
	while (*bytes) {
		uint32_t code;
		size_t n = next(bytes, &code);
		bool plain = n > 0 && (is_plain(code) || !is_hidden(code));
		size_t need = plain ? n : 1;
		if (need >= out_size - used)
			break;
		if (plain)
			memcpy(out + used, bytes, n);
		else
			out[used] = '?';
		used += need;
		bytes += n > 0 ? n : 1;
	}
	out[used] = 0;
}

const char *lt_text_unicode(void)
{
	return utf8proc_unicode_version();
}

bool lt_text_unicode_right(void)
{
	return strcmp(utf8proc_unicode_version(), LT_TEXT_UNICODE) == 0;
}
