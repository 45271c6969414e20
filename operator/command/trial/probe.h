/* probe.h: `lienthong probe A B`: whether a dossier could pass from one agency to another now, step by step, each by its name. It changes
 * nothing: what it signs is thrown away. One thread. */
#ifndef COMMAND_TRIAL_PROBE_H
#define COMMAND_TRIAL_PROBE_H

#include "cli/control_client.h"
#include "law/law.h"

#include <jansson.h>
#include <lienthong/directory.h>
#include <lienthong/identity.h>

#define PROBE_TEXT 400u

/* What a step needs of an adapter's configuration. Paths are absolute or of the working folder; "": not there. */
struct probe_conf {
	char path[CLI_PATH_MAX], listen[256], curve_key[CLI_PATH_MAX], endpoint[256];
	char ca[CLI_PATH_MAX], crl[CLI_PATH_MAX];
	char key[CLI_PATH_MAX], cert[CLI_PATH_MAX]; /* of the agency */
	bool pss;
};
struct probe_side {
	const char *code;
	bool elsewhere; /* its adapter's configuration is not on this machine */
	struct probe_conf conf;
	const struct lt_agency *agency; /* of the directory */
	json_t *health;                 /* NULL: its adapter does not answer */
	struct lt_signer *signer;       /* NULL: its key cannot be used */
};
struct probe {
	struct cli *cli;
	struct control_client *control;
	struct lt_directory *directory;
	struct lt_arena *arena;
	char adapters[CLI_PATH_MAX]; /* folder with CODE/adapter.conf */
	int64_t now, legal;
	struct probe_side sides[2];
	json_t *steps;
	bool failed;
	/* Found by probe_rights: what would pass. */
	const struct lt_procedure *procedure;
	bool opens;      /* A opens it for B; else A hands on to B at leg */
	const char *leg; /* of B; "": none is named */
};
/* One step that has been tried. who: an agency, or "A -> B". */
void probe_good(struct probe *probe, const char *who, const char *step, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void probe_bad(struct probe *probe, const char *who, const char *step, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void probe_untried(struct probe *probe, const char *who, const char *step);

/* probe_adapter.c */
/* The adapter's configuration, when it is here. Says what is wrong; an exit code. */
int probe_read_conf(struct probe *probe, struct probe_side *side);
/* probe_elsewhere.c: the same steps by the broker's word alone. An exit code: the broker did not answer. */
int probe_elsewhere(struct probe *probe, const struct probe_side *side);
/* address, key, handshake, clock, certificate. */
void probe_adapter(struct probe *probe, struct probe_side *side);
/* probe_handoff.c: rights, hand-off. An exit code: the broker did not answer. */
int probe_handoff(struct probe *probe);

#endif
