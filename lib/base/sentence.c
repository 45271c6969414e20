/* sentence.c: the catalogue of sentence.def, and the sentences that are made of it.
 *
 * lt_refuse gives a format and its arguments, as printf takes them. The format's bytes find the line; its conversions say of which type
 * each parameter is, so there is no second list of types that could differ. A sentence is then said from its encoded form alone, in both
 * languages by the same walk: English reads the conversions, Vietnamese names the parameters by their places. */
#include "sentence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXTS_MAX 240u /* bytes of a sentence's texts together: a detail shows no more of them */

static const struct line {
	uint32_t number;
	const char *english, *vietnamese;
} lines[] = {
#define SENTENCE(number, english, vietnamese) { number, english, vietnamese },
#include "sentence.def"
#undef SENTENCE
};
static const struct word {
	const char *english, *vietnamese;
} words[] = {
#define SENTENCE_WORD(english, vietnamese) { english, vietnamese },
#include "sentence.def"
#undef SENTENCE_WORD
};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Where each number stands in lines. */
enum {
#define SENTENCE(number, english, vietnamese) AT_##number,
#include "sentence.def"
#undef SENTENCE
};

uint32_t sentence_find(const char *format)
{
	for (size_t low = 0, high = COUNT(lines); low < high;) {
		size_t middle = (low + high) / 2;
		int order = strcmp(format, lines[middle].english);
		if (order == 0)
			return lines[middle].number;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

static const struct line *line_of(uint32_t number)
{
	switch (number) {
#define SENTENCE(number_, english, vietnamese) \
	case number_:                          \
		return &lines[AT_##number_];
#include "sentence.def"
#undef SENTENCE
	}
	return NULL;
}

bool lt_sentence_line(uint32_t number, const char **english, const char **vietnamese)
{
	const struct line *line = line_of(number);
	if (!line)
		return false;
	*english = line->english;
	*vietnamese = line->vietnamese;
	return true;
}

static const char *word_of(struct lt_bytes text)
{
	for (size_t low = 0, high = COUNT(words); low < high;) {
		size_t middle = (low + high) / 2, len = strlen(words[middle].english);
		int order = memcmp(text.data, words[middle].english, text.len < len ? text.len : len);
		if (order == 0 && text.len == len)
			return words[middle].vietnamese;
		if (order < 0 || (order == 0 && text.len < len))
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* ---- conversions: those of printf that the catalogue uses ---- */

struct conversion {
	char what;           /* d, u, X, s, c */
	char length;         /* 0, l, q (ll), z */
	int width;           /* filled up with noughts */
	bool precise, given; /* a precision; given: as an argument of its own */
	size_t precision;
};

/* p stands behind the %; returns where the text goes on. */
static const char *read_conversion(const char *p, struct conversion *out)
{
	*out = (struct conversion){ .what = 0 };
	if (*p == '0') {
		for (p++; *p >= '0' && *p <= '9'; p++)
			out->width = 10 * out->width + (*p - '0');
	}
	if (*p == '.') {
		out->precise = true;
		out->given = *++p == '*';
		for (p += out->given; *p >= '0' && *p <= '9'; p++)
			out->precision = 10 * out->precision + (size_t)(*p - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++)
		out->length = *p == 'z' ? 'z' : out->length == 'l' ? 'q' : 'l';
	out->what = *p;
	return *p ? p + 1 : p;
}

/* The next conversion at or after *p, which moves behind it; false: there is none. %% is none. */
static bool next_conversion(const char **p, struct conversion *out)
{
	while ((*p = strchr(*p, '%')) != NULL) {
		if ((*p)[1] != '%') {
			*p = read_conversion(*p + 1, out);
			return true;
		}
		*p += 2;
	}
	return false;
}

/* ---- making ---- */

struct maker {
	uint8_t *data;
	size_t len, texts;
};

static size_t put_varint(uint8_t *out, uint64_t value)
{
	size_t len = 0;
	for (; value >= 0x80; value >>= 7)
		out[len++] = (uint8_t)(value | 0x80);
	out[len++] = (uint8_t)value;
	return len;
}

/* A Parameter of one field: tag, then a number or the length of a text, whose bytes follow. */
static void put_parameter(struct maker *maker, uint8_t tag, uint64_t value, const char *text)
{
	uint8_t head[11] = { tag };
	size_t head_len = 1 + put_varint(head + 1, value), text_len = text ? (size_t)value : 0;
	maker->data[maker->len++] = 2 << 3 | 2;
	maker->len += put_varint(maker->data + maker->len, head_len + text_len);
	memcpy(maker->data + maker->len, head, head_len);
	maker->len += head_len;
	if (text_len > 0)
		memcpy(maker->data + maker->len, text, text_len);
	maker->len += text_len;
}

static void put_text(struct maker *maker, const char *text, size_t len)
{
	char raw[TEXTS_MAX + 1], clean[TEXTS_MAX + 1];
	len = len < TEXTS_MAX ? len : TEXTS_MAX;
	memcpy(raw, text, len);
	raw[len] = 0;
	lt_text_clean(raw, clean, TEXTS_MAX + 1 - maker->texts);
	len = strlen(clean);
	maker->texts += len;
	put_parameter(maker, 3 << 3 | 2, len, clean);
}

static uint64_t take_whole(char length, va_list *args)
{
	switch (length) {
	case 'z':
		return va_arg(*args, size_t);
	case 'q':
		return va_arg(*args, unsigned long long);
	case 'l':
		return va_arg(*args, unsigned long);
	}
	return va_arg(*args, unsigned);
}

static int64_t take_signed(char length, va_list *args)
{
	switch (length) {
	case 'q':
		return va_arg(*args, long long);
	case 'l':
		return va_arg(*args, long);
	}
	return va_arg(*args, int);
}

static void take(struct maker *maker, struct conversion *conversion, va_list *args)
{
	switch (conversion->what) {
	case 'd': {
		int64_t value = take_signed(conversion->length, args);
		put_parameter(maker, 2 << 3, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0), NULL);
		return;
	}
	case 's': {
		size_t max = TEXTS_MAX;
		if (conversion->given) {
			int given = va_arg(*args, int);
			max = given < 0 ? 0 : (size_t)given;
		} else if (conversion->precise) {
			max = conversion->precision;
		}
		const char *text = va_arg(*args, const char *);
		text = text ? text : "";
		put_text(maker, text, strnlen(text, max < TEXTS_MAX ? max : TEXTS_MAX));
		return;
	}
	case 'c': {
		char one = (char)va_arg(*args, int);
		put_text(maker, &one, 1);
		return;
	}
	default:
		put_parameter(maker, 1 << 3, take_whole(conversion->length, args), NULL);
	}
}

size_t sentence_make(uint32_t number, const char *format, va_list args, uint8_t out[LT_SENTENCE_MAX])
{
	struct maker maker = { .data = out, .len = 1 };
	struct conversion conversion;
	va_list mine;
	out[0] = 1 << 3;
	maker.len += put_varint(out + 1, number);
	va_copy(mine, args);
	for (size_t i = 0; i < LT_PARAMETERS_MAX && next_conversion(&format, &conversion); i++)
		take(&maker, &conversion, &mine);
	va_end(mine);
	return maker.len;
}

/* ---- reading ---- */

static bool get_varint(struct lt_bytes *in, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64 && in->len > 0; shift += 7) {
		uint8_t byte = *in->data;
		*in = lt_bytes(in->data + 1, in->len - 1);
		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return shift < 63 || byte < 2;
	}
	return false;
}

static bool get_piece(struct lt_bytes *in, struct lt_bytes *out)
{
	uint64_t len;
	if (!get_varint(in, &len) || len > in->len)
		return false;
	*out = lt_bytes(in->data, (size_t)len);
	*in = lt_bytes(in->data + len, in->len - (size_t)len);
	return true;
}

static bool read_parameter(struct lt_bytes in, struct lt_parameter *out)
{
	uint64_t tag, value;
	*out = (struct lt_parameter){ .type = LT_PARAMETER_WHOLE };
	if (!get_varint(&in, &tag))
		return false;
	if (tag == (3 << 3 | 2)) {
		out->type = LT_PARAMETER_TEXT;
		return get_piece(&in, &out->text) && in.len == 0;
	}
	if (!get_varint(&in, &value) || in.len > 0)
		return false;
	if (tag == 1 << 3) {
		out->whole = value;
		return true;
	}
	out->type = LT_PARAMETER_SIGNED;
	out->number = (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
	return tag == 2 << 3;
}

bool lt_sentence_read(struct lt_bytes sentence, uint32_t *number, struct lt_parameter *parameters, size_t *count)
{
	struct lt_parameter own[LT_PARAMETERS_MAX];
	size_t read = 0;
	parameters = parameters ? parameters : own;
	*number = 0;
	while (sentence.len > 0) {
		uint64_t tag, value;
		struct lt_bytes piece;
		if (!get_varint(&sentence, &tag))
			return false;
		if (tag == 1 << 3) {
			if (*number != 0 || !get_varint(&sentence, &value) || value == 0 || value > UINT32_MAX)
				return false;
			*number = (uint32_t)value;
		} else if (tag != (2 << 3 | 2) || read == LT_PARAMETERS_MAX || !get_piece(&sentence, &piece) ||
			   !read_parameter(piece, &parameters[read++])) {
			return false;
		}
	}
	if (count)
		*count = read;
	return *number != 0;
}

/* ---- saying ---- */

struct said {
	char text[2 * LT_SENTENCE_TEXT]; /* more than a sentence may be, so that cutting it is one thing alone */
	size_t len;
};

static void put(struct said *said, const char *text, size_t len)
{
	size_t room = sizeof(said->text) - 1 - said->len;
	len = len < room ? len : room;
	memcpy(said->text + said->len, text, len);
	said->len += len;
}

static void put_value(struct said *said, const struct lt_parameter *parameter, const struct conversion *conversion,
		      enum lt_language language)
{
	char number[32];
	int len = 0;
	if (parameter->type == LT_PARAMETER_TEXT) {
		const char *word = language == LT_VIETNAMESE ? word_of(parameter->text) : NULL;
		put(said, word ? word : (const char *)parameter->text.data, word ? strlen(word) : parameter->text.len);
		return;
	}
	if (parameter->type == LT_PARAMETER_SIGNED)
		len = snprintf(number, sizeof(number), "%" PRId64, parameter->number);
	else if (conversion->what == 'X')
		len = snprintf(number, sizeof(number), "%0*" PRIX64, conversion->width, parameter->whole);
	else
		len = snprintf(number, sizeof(number), "%0*" PRIu64, conversion->width, parameter->whole);
	put(said, number, len > 0 && (size_t)len < sizeof(number) ? (size_t)len : 0);
}

static void put_unknown(struct said *said, uint32_t number, const struct lt_parameter *parameters, size_t count)
{
	static const struct conversion plain = { .what = 'u' };
	char text[16];
	put(said, text, (size_t)snprintf(text, sizeof(text), "%" PRIu32, number));
	for (size_t i = 0; i < count; i++) {
		put(said, i == 0 ? " (" : ", ", 2);
		put_value(said, &parameters[i], &plain, LT_ENGLISH);
	}
	if (count > 0)
		put(said, ")", 1);
}

/* How many conversions the line has, when the parameters are of their types; SIZE_MAX when they are not. */
static size_t match(const char *english, const struct lt_parameter *parameters, size_t count, struct conversion *out)
{
	size_t found = 0;
	for (const char *p = english; found < LT_PARAMETERS_MAX && next_conversion(&p, &out[found]); found++) {
		char what = out[found].what;
		enum lt_parameter_type type = what == 's' || what == 'c' ? LT_PARAMETER_TEXT
					      : what == 'd'              ? LT_PARAMETER_SIGNED
									 : LT_PARAMETER_WHOLE;
		if (found >= count || parameters[found].type != type)
			return SIZE_MAX;
	}
	return found == count ? found : SIZE_MAX;
}

static void say_english(struct said *said, const char *text, const struct lt_parameter *parameters,
			const struct conversion *conversions)
{
	for (size_t i = 0; *text;) {
		size_t plain = strcspn(text, "%");
		struct conversion ignored;
		put(said, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		if (text[1] == '%') {
			put(said, text, 1);
			text += 2;
			continue;
		}
		text = read_conversion(text + 1, &ignored);
		put_value(said, &parameters[i], &conversions[i], LT_ENGLISH);
		i++;
	}
}

static void say_vietnamese(struct said *said, const char *text, const struct lt_parameter *parameters,
			   const struct conversion *conversions, size_t count)
{
	while (*text) {
		size_t plain = strcspn(text, "{");
		put(said, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		size_t place = (size_t)(text[1] - '1'); /* {1} to {8}: tests/lint.py */
		if (place < count)
			put_value(said, &parameters[place], &conversions[place], LT_VIETNAMESE);
		text += 3;
	}
}

const char *lt_sentence_say(struct lt_bytes sentence, enum lt_language language, char *out, size_t size)
{
	struct lt_parameter parameters[LT_PARAMETERS_MAX];
	struct conversion conversions[LT_PARAMETERS_MAX];
	struct said said = { .len = 0 };
	uint32_t number;
	size_t count;
	if (size == 0)
		return out;
	out[0] = '\0';
	if (!lt_sentence_read(sentence, &number, parameters, &count))
		return out;
	const struct line *line = line_of(number);
	if (!line || match(line->english, parameters, count, conversions) == SIZE_MAX)
		put_unknown(&said, number, parameters, count);
	else if (language == LT_ENGLISH)
		say_english(&said, line->english, parameters, conversions);
	else
		say_vietnamese(&said, line->vietnamese, parameters, conversions, count);
	said.text[said.len] = '\0';
	lt_text_clean(said.text, out, size);
	return out;
}
