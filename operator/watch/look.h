/* look.h: how a broker is, asked over its control socket. One thread. */
#ifndef WATCH_LOOK_H
#define WATCH_LOOK_H

#include "verdict/verdict.h"

struct look;
/* Never fails; path must live as long. */
struct look *look_new(const char *path);
void look_free(struct look *look);
/* Asks. Where the broker does not answer within some seconds the verdict says so, and the status is NULL. All lives until the next. */
void look_ask(struct look *look);
const struct verdict *look_verdict(const struct look *look);
const struct lt_status_view *look_status(const struct look *look);
/* Likewise of mailboxes and agencies; what was asked before stays until then. Nothing when the broker does not answer. */
void look_ask_lists(struct look *look);
const struct lt_mailbox_view *look_mailboxes(const struct look *look, size_t *count);
const struct lt_agency_view *look_agencies(const struct look *look, size_t *count);

#endif
