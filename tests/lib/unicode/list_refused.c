/* list_refused.c: prints the characters that a line of text may not have, "first-last" in hexadecimal, for who compares them with another
 * implementation's. */
#include <lienthong/text.h>

#include <stdio.h>

static void encode(uint32_t code, char out[5])
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(lead[len] | code);
	out[len] = '\0';
}

int main(void)
{
	uint32_t first = 0;
	for (uint32_t code = 1; code <= 0x110000; code++) {
		char text[5];
		bool character = code < 0xD800 || (code > 0xDFFF && code < 0x110000);
		if (character)
			encode(code, text);
		bool refused = character && lt_text_check(text, LT_TEXT_LINE, NULL) != LT_OK;
		if (refused && first == 0)
			first = code;
		if (!refused && first > 0) {
			printf("%X-%X\n", first, code - 1);
			first = 0;
		}
	}
	return 0;
}
