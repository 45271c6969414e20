/* subcommand.h: `lienthong-broker store ...` and `lienthong-broker restore ...`: reads their command line, finds the data folder,
 * and runs the tool. What the operator runs by `lienthong store ...`. */
#ifndef BROKER_SUBCOMMAND_H
#define BROKER_SUBCOMMAND_H

/* One line each, for the usage of the program. */
extern const char subcommand_usage[];
/* argv[1] is a word and no option: runs what it names; an exit code after sysexits.h. */
int subcommand_run(int argc, char **argv);

#endif
