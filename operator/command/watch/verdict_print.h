/* verdict_print.h: a verdict as lines of a terminal. One thread. */
#ifndef COMMAND_VERDICT_PRINT_H
#define COMMAND_VERDICT_PRINT_H

#include "cli/cli.h"
#include "verdict/verdict.h"

/* The verdict, and at most VERDICT_SHOWN things to do, each with its command. In colours when cli->color says so. */
void verdict_print(const struct cli *cli, const struct verdict *verdict);

#endif
