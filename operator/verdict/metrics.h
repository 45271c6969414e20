/* metrics.h: a broker as figures, in Prometheus' text format 0.0.4: names and units by its conventions, no dossier's code in a label.
 * docs/metrics.md lists them. Pure function, any thread. */
#ifndef VERDICT_METRICS_H
#define VERDICT_METRICS_H

#include <stdio.h>

#include "verdict.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_view {
	const struct verdict *verdict;
	const struct lt_status_view *status;     /* NULL: the broker does not answer, which the verdict says too; then
					      * nothing is known but that */
	const struct lt_mailbox_view *mailboxes; /* these may be missing: NULL and 0 */
	size_t mailbox_count;
	const struct lt_agency_view *agencies; /* likewise */
	size_t agency_count;
};
void metrics_write(FILE *out, const struct metrics_view *view);

#endif
