/* vectors.h: what the parts of make_vectors share. Each vector is an object of index.json; its bytes stand in files
 * beside it. A step that fails ends the program. One thread. */
#ifndef LIENTHONG_TESTS_VECTORS_H
#define LIENTHONG_TESTS_VECTORS_H

#include <stdio.h>

#include <lienthong/envelope.h>

#define VECTORS_DOMAIN "lienthong.example.vn"
#define VECTORS_AT 1795478400000000ll /* 2026-11-24T00:00:00Z: "now" of all vectors */
#define VECTORS_NEED(cond) ((cond) ? (void)0 : vectors_fail(__FILE__, __LINE__, #cond))

_Noreturn void vectors_fail(const char *file, int line, const char *what);

/* An entry: begin, then its members in any order, then end. expect: "OK" or a reason's name. */
void vectors_begin(const char *what, const char *name, const char *expect);
void vectors_end(void);
void vectors_text(const char *key, const char *value);
void vectors_number(const char *key, int64_t value); /* as text above 2^53 */
void vectors_hex(const char *key, struct lt_bytes value);
void vectors_list(const char *key, const char *const *values, size_t count); /* texts */
void vectors_hex_list(const char *key, const uint8_t (*values)[32], size_t count);
/* Writes the bytes to a file in the folder of vectors and names it under `key`. */
void vectors_file(const char *key, struct lt_bytes data, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The file alone. */
void vectors_write(struct lt_bytes data, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A good header of the kind by H37.24, with two parts that have the bytes of vectors_part. Texts live for ever. */
struct lt_header vectors_header(enum lt_kind kind);
struct lt_bytes vectors_part(size_t index);
/* Encodes whatever the record says, without a check. */
void vectors_encode(const struct lt_header *header, struct lt_buf *out);

/* One that is refused with the reason of this name. */
void vectors_bad_header(const char *name, const char *expect, const struct lt_header *header);

/* Random bytes are those of this name from now on: what is made for one group leaves the others as they are. */
void vectors_fix(const char *name);

void vectors_headers(void);
void vectors_bad_texts(void); /* among them */
void vectors_signatures(void);
void vectors_faults(FILE *out); /* two-faults.json */
void vectors_links(void);
void vectors_proofs(void);
void vectors_merkle(void);
/* One receipt of an envelope; header_file is where its header stands in the folder. */
void vectors_leaf(const char *name, struct lt_bytes header, const char *header_file, struct lt_bytes signature);

#endif
