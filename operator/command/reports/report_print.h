/* report_print.h: a report's document (report/report.h) for people: as a table on the screen, and as paper. Columns that are empty in every
 * row are left out; programs get all. An exit code, said. lang: "vi" or "en". */
#ifndef COMMAND_REPORT_PRINT_H
#define COMMAND_REPORT_PRINT_H

#include <jansson.h>

int report_print_text(const json_t *document, const char *lang);
/* A PDF by lienthong-form, mode 0600. */
int report_print_paper(const json_t *document, const char *lang, const char *path);

#endif
