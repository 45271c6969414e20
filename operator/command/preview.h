/* preview.h: what would pass on if agencies were closed now, counted by the broker page by page. One thread. */
#ifndef CLI_PREVIEW_H
#define CLI_PREVIEW_H

#include "cli/control_client.h"

#include <lienthong/directory.h>

struct preview;
/* Ends the program when memory is out. */
struct preview *preview_new(void);
void preview_free(struct preview *preview);
/* Asks for the agency as the next directory has it: its successors and its split. An exit code; errors are said. */
int preview_add(struct preview *preview, struct control_client *control, const struct lt_agency *agency);
/* Whether an open dossier of one of these agencies has the field of its split. */
bool preview_field_seen(const struct preview *preview);
int preview_print(const struct preview *preview, bool json);
/* Says on standard error which values of dossiers no rule of a split names: they pass to the default. Before it counts. */
void preview_warn(const struct preview *preview);

#endif
