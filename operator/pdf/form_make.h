/* form_make.h: one printed form of TT 03/2025/TT-VPCP as PDF, from its data as JSON (conf/schema/form.schema.json).
 *
 * The same data gives the same bytes: dates come from the data, the clock is never read. Needs the fonts Noto Serif and
 * Noto Sans. One thread, since Pango's default font map is used. */
#ifndef FORMS_FORM_MAKE_H
#define FORMS_FORM_MAKE_H

#include <lienthong/base.h>

#define FORM_JSON_MAX (32u << 20) /* bytes: a register of FORM_ROWS_MAX rows is about 10 MiB */
#define FORM_PDF_MAX (256u << 20) /* bytes: bounds what hostile texts could make of a register */
#define FORM_ERROR_MAX 256u

/* Appends the PDF. LT_EPARSE for bytes that are not JSON, LT_EINVAL for data that is not a form's: `error` says what.
 * LT_EFULL over FORM_PDF_MAX, LT_ENOMEM. */
enum lt_err form_make(struct lt_bytes json, struct lt_buf *pdf, char error[FORM_ERROR_MAX]);

#endif
