/* form_text.c: see form_text.h. */
#include "form_text.h"

#include <glib.h>
#include <string.h>

/* Characters that have no place on paper: they reorder or hide what stands beside them. */
static bool invisible(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);
	return type == G_UNICODE_FORMAT || type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_SURROGATE ||
	       type == G_UNICODE_UNASSIGNED || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x034F;
}

static bool blank(gunichar c)
{
	return g_unichar_iscntrl(c) || g_unichar_isspace(c) || c == 0x2028 || c == 0x2029;
}

static void trim(GString *text)
{
	while (text->len > 0 && text->str[text->len - 1] == ' ')
		g_string_truncate(text, text->len - 1);
}

char *form_text_clean(const char *text, size_t max)
{
	gchar *valid = g_utf8_make_valid(text ? text : "", -1);
	gchar *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
	GString *out = g_string_new(NULL);
	size_t count = 0, marks = 0;
	for (const char *p = composed ? composed : ""; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		bool space = blank(c);
		if (!space && invisible(c))
			continue;
		marks = g_unichar_ismark(c) ? marks + 1 : 0;
		if (marks > FORM_MARKS_MAX || (space && (out->len == 0 || out->str[out->len - 1] == ' ')))
			continue;
		if (count++ == max) {
			trim(out);
			g_string_append(out, "…");
			break;
		}
		g_string_append_unichar(out, space ? ' ' : c);
	}
	trim(out);
	g_free(composed);
	g_free(valid);
	return g_string_free(out, FALSE);
}

char *form_text_upper(const char *text)
{
	return g_utf8_strup(text, -1);
}

const char *form_text_or_dots(const char *value)
{
	return value && value[0] ? value : "……………………";
}
