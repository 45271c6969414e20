/* form_helper.h: a form's data made into a PDF by a program of its own, lienthong-form. Blocks for as long as that lives; any thread. SIGPIPE
 * must be ignored: a helper that ends early says why by its status. */
#ifndef PAPER_FORM_HELPER_H
#define PAPER_FORM_HELPER_H

#include <lienthong/base.h>

#define FORM_HELPER "lienthong-form"
#define FORM_ERROR 256
/* helper: its path. text: the document. LT_EIO with one line for a person. */
enum lt_err form_helper_run(const char *helper, const char *text, struct lt_buf *pdf, char error[FORM_ERROR]);

#endif
