/* page.h: the page for an office without software (docs/page.md): another face of the adapter's HTTP side. What it shows, and what it does, are the
 * API's own calls; there is no second way to anything. HTTP thread, but for page_new and page_free. */
#ifndef ADAPTER_PAGE_H
#define ADAPTER_PAGE_H

#include "http/exchange.h"

struct office_page;
/* listen: where the API listens, as api_options has it: two adapters of one machine have cookies of two names. LT_ENOMEM. */
enum lt_err page_new(const char *listen, struct office_page **out);
const struct exchange_face *page_face(const struct office_page *page);
void page_free(struct office_page *page); /* after the API; takes NULL */

#endif
