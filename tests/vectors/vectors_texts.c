/* vectors_texts.c: headers with texts that are not in their one form (SPEC.md, "Texts"). */
#include "vectors.h"

/* Refused with one change to a good header. */
#define BAD(name, kind, change, reason)                                   \
	do {                                                              \
		struct lt_header header = vectors_header(LT_KIND_##kind); \
		change;                                                   \
		vectors_bad_header(name, #reason, &header);               \
	} while (0)
#define REASON(name, text) BAD("text-" name, REFUSE, header.reason = text, TEXT_NOT_IN_FORM)
#define SUBJECT(name, text) BAD("text-" name, OPEN, header.subject = text, TEXT_NOT_IN_FORM)
#define VALUE(name, text)                                                                                    \
	BAD("text-value-" name, OPEN, header.fields = ((struct lt_field[]){ { "xa", "1" }, { "b", text } }), \
	    TEXT_NOT_IN_FORM)
#define PART(label, text) BAD("part-name-" label, OPEN, header.parts[0].name = text, PART_NAME_INVALID)

void vectors_bad_texts(void)
{
	REASON("escape", "a\033[31m");
	REASON("tab", "a\tb");
	REASON("carriage-return", "a\r\nb");
	REASON("c1", "a\xc2\x85");
	REASON("edge-end", "a\n");
	REASON("line-separator", "a\u2028x");
	SUBJECT("line-feed-in-subject", "a\nb");
	SUBJECT("decomposed", "Ho\u0300a");
	SUBJECT("edge-begin", " a");
	SUBJECT("direction", "a\u202ex");
	SUBJECT("direction-isolate", "a\u2066x");
	SUBJECT("no-width", "a\u200b");
	SUBJECT("joiner", "a\u200dx");
	SUBJECT("byte-order-mark", "\ufeffa");
	SUBJECT("soft-hyphen", "a\u00adx");
	SUBJECT("filler", "a\u3164");
	SUBJECT("braille-blank", "\u2800a");
	SUBJECT("variation", "\u2764\ufe0f");
	SUBJECT("other-blank", "a\u00a0x");
	SUBJECT("private", "\ue000");
	SUBJECT("not-assigned", "\u0378");
	BAD("text-item", REQUEST_SUPPLEMENT, header.items = ((const char *[]){ "Đơn", "a " }), TEXT_NOT_IN_FORM);
	VALUE("edge", "Đồng Đăng ");
	VALUE("second-blank", "Đồng  Đăng");
	PART("direction", "quyet-dinh\u202efdp.exe");
	PART("no-width", "a\u200b.pdf");
	PART("edge", "a.pdf ");
	PART("decomposed", "do\u031bn.pdf");
	BAD("part-media-type-capital", OPEN, header.parts[0].media_type = "application/PDF", PART_NAME_INVALID);
	BAD("foreign-code-edge", OPEN, header.foreign_codes = ((const char *[]){ "G12-1", "G12-2 " }),
	    TEXT_NOT_IN_FORM);
}
