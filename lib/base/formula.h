/* formula.h: what a spreadsheet would run: whoever writes CSV puts a quotation mark before it, so that it stays a text. Any thread. */
#ifndef BASE_FORMULA_H
#define BASE_FORMULA_H

#include <string.h>

#include <lienthong/base.h>

/* Also behind blanks that the sheet leaves out, and in wide letters. */
static inline bool text_is_formula(const char *text)
{
	static const char *const begins[] = { "=", "+", "-", "@", "＝", "＋", "－", "＠" };
	if (text[0] != '\0' && strchr("\t\r\n", text[0]))
		return true;
	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		if (strncmp(text, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	return false;
}

#endif
