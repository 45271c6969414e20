/* sentence.h: how a sentence is made; for reason.c alone. Reading and saying it: <lienthong/sentence.h>. */
#ifndef BASE_SENTENCE_H
#define BASE_SENTENCE_H

#include <stdarg.h>

#include <lienthong/sentence.h>

/* The number of a format of the catalogue, by its bytes; 0: it has none. */
uint32_t sentence_find(const char *format);
/* Encodes the number and what the format's conversions take from args: at most LT_SENTENCE_MAX bytes. Texts are cleaned, and cut where
 * the format or the room says so. Returns the length. */
size_t sentence_make(uint32_t number, const char *format, va_list args, uint8_t out[LT_SENTENCE_MAX]);

#endif
