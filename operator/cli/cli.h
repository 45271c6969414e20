/* cli.h: what all commands of `lienthong` share: the options, the way a command is described, and how it fails.
 * A command returns an exit code after sysexits.h; it has then said on standard error what is wrong.
 * One thread. Only main.c reads the environment; it arrives here in struct cli. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "program/say.h"

#include <lienthong/base.h>
#include <lienthong/reason.h>
#include <lienthong/sentence.h>
#include <stdio.h>

#define CLI_TEXT_MAX 1024u /* bytes of one value in a table */
#define CLI_LIST_MAX 256u  /* values of an option that may stand more than once: rules of a split */
#define CLI_PATH_MAX 4096u
#define CLI_PLACE_MAX (4 * CLI_PATH_MAX + 16) /* each quote of a path becomes four bytes */

struct cli_list {
	size_t count;
	const char *values[CLI_LIST_MAX];
};
struct cli;
/* Groups of options; a command names those that it takes. */
enum {
	CLI_CONTROL = 1 << 0,   /* asks the broker: --control, --sandbox, --timeout */
	CLI_ACT = 1 << 1,       /* changes something: --operator, --reason (required), --dry-run */
	CLI_REGISTRAR = 1 << 2, /* signs a directory: --registrar-key, --registrar-cert */
	CLI_AGENCY = 1 << 3,    /* describes an agency: its names, files, level, parent, aliases */
	CLI_RENAMED = 1 << 13,  /* the same of an agency that takes level and parent of another */
	CLI_SANDBOX = 1 << 4,   /* --agencies, --procedures, --domain, --run, --echo */
	CLI_WHO = 1 << 6,       /* --operator, --reason, neither required: nothing is journaled */
	CLI_LOSE = 1 << 14,     /* rebuilds a store: --lose */
	CLI_DATA = 1 << 5,      /* a stopped broker's data folder: --config, --sandbox */
	CLI_CLOSE = 1 << 8,     /* closes agencies: --effective */
	CLI_SPLIT = 1 << 9,     /* by a field of the dossier: --field, --rule, --default */
	CLI_DUE = 1 << 7,       /* counts a limit: --limit, --procedure, --leg, --agency, --from, --conf */
	CLI_ROUTE = 1 << 10,    /* prints a route: --dot */
	CLI_FILES = 1 << 11,    /* checks files: --agencies, --conf */
	CLI_LEDGER = 1 << 15,   /* a checkpoint or a proof: --key, --output */
	CLI_FIND = 1 << 16,     /* looks for dossiers: --foreign */
	CLI_VERSION = 1 << 18,  /* a directory: --version, --output */
	CLI_VIEW = 1 << 17,     /* shows a dossier: --hops, --proof */
	CLI_DRY = 1 << 20,      /* can be tried first, and is no CLI_ACT: --dry-run */
	CLI_LIST = 1 << 22,     /* lists dossiers: --owed-by, --late and others */
	CLI_REPAIR = 1 << 21,   /* where a dossier goes on: --branch, --status */
	CLI_CORRECT = 1 << 23,  /* what a stay was rightly: --verdict */
	CLI_FROM = 1 << 29,     /* a place in a mailbox: --from */
	CLI_EVIDENCE = 1 << 28, /* writes a zip: --output */
	CLI_ENROLL = 1 << 26,   /* enrols a request: --fingerprint */
	CLI_ONLY = 1 << 24,     /* in the place of older keys: --only */
	CLI_FIRST = 1 << 27,    /* makes a first directory: --agencies, --ca, --domain, --name, --cert, --output */
	CLI_STATUS = 1 << 19,   /* shows what the broker is doing: --counters */
	CLI_REPORT = 1 << 25,   /* counts for a period: --from, --until, --dossiers and others */
	CLI_CONSOLE = 1 << 30,  /* comes to a console: --console */
	CLI_FORM = 1 << 12,     /* prints a form: --output, --lang, --agency, --from, --to, --conf */
};
/* An enumeration ends at bit 30. */
#define CLI_TABLE (UINT64_C(1) << 33)  /* prints one table: --output */
#define CLI_LISTEN (UINT64_C(1) << 32) /* can be served over HTTP: --listen */
#define CLI_PROBE (UINT64_C(1) << 31)  /* probes adapters: --adapters */
struct cli_command {
	const char *name; /* "agency list" */
	const char *arguments;
	const char *summary, *text;
	uint64_t groups;
	int min_args, max_args; /* max -1: any number */
	int (*run)(struct cli *cli);
};
struct cli {
	const char *lose;
	const struct cli_command *command;
	int arg_count;
	char **args;
	bool json, help;
	const char *control, *sandbox, *config;
	const char *operator_name, *reason;
	const char *registrar_key, *registrar_cert;
	const char *agencies, *procedures, *domain;
	bool run; /* CLI_SANDBOX */
	struct cli_list echoes;
	const char *foreign;                                       /* CLI_FIND */
	bool hops, proof;                                          /* CLI_VIEW */
	const char *listen;                                        /* CLI_LISTEN */
	const char *format;                                        /* CLI_TABLE */
	bool counters;                                             /* CLI_STATUS */
	const char *owed_by, *holder, *lead, *status, *due_within; /* CLI_LIST */
	const char *rows, *after;
	const char *verdict; /* CLI_CORRECT */
	bool late, unanswered, silent;
	const char *limit, *procedure, *leg, *agency, *from, *conf; /* CLI_DUE */
	const char *record;                                         /* CLI_FORM */
	const char *output, *lang, *to;                             /* CLI_FORM, CLI_EVIDENCE */
	const char *key;                                            /* CLI_LEDGER */
	const char *version;                                        /* CLI_VERSION */
	const char *fingerprint;                                    /* CLI_ENROLL */
	bool only;                                                  /* CLI_ONLY */
	const char *adapters;                                       /* CLI_PROBE */
	const char *ca;                                             /* CLI_FIRST */
	bool csv;                                                   /* CLI_REPORT, as those of the next line */
	const char *database, *until, *dossiers, *of, *weights, *values, *sort;
	const char *signed_file, *dossier; /* --signed, --dossier: of report delays */
	const char *name, *name_en, *level, *parent;
	struct cli_list aliases, certs, curve_keys;
	const char *effective, *field, *others; /* CLI_CLOSE, CLI_SPLIT */
	bool dry_run, dot;
	struct cli_list rules;
	struct cli_list branches; /* CLI_REPAIR */
	uint64_t timeout;         /* seconds */
	/* from the environment and the machine, filled by main.c */
	const char *console; /* CLI_CONSOLE */
	const char *env_console;
	const char *env_control, *login;
	enum lt_language language; /* of the locale; of the catalogues' sentences, all else is English */
	bool color; /* standard output is a terminal that shows colours, and nobody forbids them (NO_COLOR) */
	/* where ./broker/control.sock stands by default */
	char control_path[CLI_PATH_MAX];
};

/* Reads options and arguments that follow the command's words. EX_OK or EX_USAGE, said. */
int cli_parse(struct cli *cli, int argc, char **argv);
/* Who acts, and why; an act that is only tried needs no --reason. */
const char *cli_who(const struct cli *cli);
const char *cli_reason(const struct cli *cli);
/* Checks that an act has its operator and reason. EX_OK or EX_USAGE, said. */
int cli_check_act(const struct cli *cli);
void cli_print_options(FILE *out, const struct cli_command *command);
/* Joins into out; cut is a broken invariant: callers give short names. */
const char *cli_path(char out[CLI_PATH_MAX], const char *folder, const char *name);
/* " --sandbox DIR" or " --control PATH" as this command was given them, for a shell; "" when it was found without them. Behind a command that
 * a person is told, so that it asks the same broker. */
const char *cli_place(const struct cli *cli, char out[CLI_PLACE_MAX]);
/* Says what is wrong with a file, in the words of who read it. EX_NOINPUT when it could not be read (LT_EIO), else EX_DATAERR. */
int cli_fail_file(enum lt_err err, const char *said);
/* A whole decimal number within bounds. */
bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
