/* header_internal.h: a header while it is read or written, and its checks; for lib/wire/header*.c alone. */
#ifndef WIRE_HEADER_INTERNAL_H
#define WIRE_HEADER_INTERNAL_H

#include <lienthong/text.h>

#include "kind.h"

/* The plain record, with what stands on the wire only. What has another length than its field is left as no valid one is: a code
 * as "?", bytes as zeros. */
struct wire_header {
	struct lt_bytes type, body_sha256;
	struct lt_header header;
};

/* The checks of SPEC.md after the parse, in its order; the first that fails wins. The walk has checked texts and upper
 * counts before. `bytes` is the encoded header. */
enum lt_reason codec_header_check(struct lt_bytes bytes, const struct wire_header *read, struct lt_refusal *refusal);

/* What the check files share. Texts may be NULL: that is "". */
enum lt_reason codec_check_presence(enum kind_presence rule, bool present, const char *field,
				    struct lt_refusal *refusal);
/* Form and length of the entry of a list, whose place is named only when it is refused: "fields[3].value". */
enum lt_reason codec_check_entry(const char *text, enum lt_text_form form, enum lt_reason reason, size_t max,
				 const char *list, size_t index, const char *inner, struct lt_refusal *refusal);
enum lt_reason codec_check_length(const char *text, size_t max, const char *field, struct lt_refusal *refusal);
/* Fields 18 to 23, which belong to single kinds. header_fields.c; 24 to 35 after them: header_more.c */
enum lt_reason codec_header_check_fields(const struct kind *kind, const struct lt_header *header,
					 struct lt_refusal *refusal);
enum lt_reason codec_header_check_more(const struct kind *kind, const struct lt_header *header,
				       struct lt_refusal *refusal);
/* Names none twice, values in form: field 23, and 29. */
enum lt_reason codec_check_facts(const struct lt_field *facts, size_t count, const char *field,
				 struct lt_refusal *refusal);

#endif
