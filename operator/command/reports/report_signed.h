/* report_signed.h: who caused delays, as the broker has counted and signed it: `report delays --signed FILE`. */
#ifndef COMMAND_REPORT_SIGNED_H
#define COMMAND_REPORT_SIGNED_H

#include "cli/cli.h"
#include "report/report.h"

/* Says what is wrong; both return an exit code. */
int report_open_source(const struct cli *cli, struct report_source **out); /* cmd_report.c */
int report_signed(struct cli *cli, const struct report_question *question);

#endif
