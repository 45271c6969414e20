/* sentence.h: what a refusal says, by number. A sentence is one of the catalogue's, which is installed beside
 * this header as sentence.def, and the parameters that stand in it. Records, answers and evidence carry it as an encoded message:
 *
 *   Sentence  1: number      2: parameters, in their order, at most 8
 *   Parameter one of  1: whole number   2: signed number (zigzag)   3: text
 *
 * so that it can be said in either language by whoever reads it, at any later time: the catalogue only grows. Any thread; nothing
 * here can fail, and nothing is allocated. */
#ifndef LIENTHONG_SENTENCE_H
#define LIENTHONG_SENTENCE_H

#include <lienthong/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_PARAMETERS_MAX 8u
#define LT_SENTENCE_MAX 384u /* bytes: number, 8 parameters, and texts of 240 bytes together, which fill a detail */
#define LT_SENTENCE_TEXT \
	512u /* bytes with the NUL: of a sentence in either language; longer ones are cut at a character */

enum lt_language { LT_ENGLISH, LT_VIETNAMESE };

enum lt_parameter_type { LT_PARAMETER_WHOLE = 1, LT_PARAMETER_SIGNED, LT_PARAMETER_TEXT };
struct lt_parameter {
	enum lt_parameter_type type;
	uint64_t whole;
	int64_t number;
	struct lt_bytes text; /* a view into the sentence */
};
/* False when the bytes are no Sentence. parameters: room for LT_PARAMETERS_MAX; may be NULL, as count may. */
LT_API bool lt_sentence_read(struct lt_bytes sentence, uint32_t *number, struct lt_parameter *parameters,
			     size_t *count);
/* Says it: clean text, always ended. A number that this version does not know, or parameters that are not its: number and parameters,
 * "4999 (3, H37.24)". Bytes that are no Sentence: "". Returns out. */
LT_API const char *lt_sentence_say(struct lt_bytes sentence, enum lt_language language, char *out, size_t size);
/* The catalogue's own line: English with conversions, Vietnamese with {1}, {2}. False for a number that is not in it. */
LT_API bool lt_sentence_line(uint32_t number, const char **english, const char **vietnamese);

#ifdef __cplusplus
}
#endif

#endif
