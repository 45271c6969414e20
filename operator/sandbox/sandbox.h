/* sandbox.h: the making of a whole local deployment, step by step. docs: lienthong(1), "sandbox". One thread. */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

#include "cli/cli.h"
#include "law/file_agencies.h"
#include "sandbox_pki.h"

#include <jansson.h>

struct sandbox {
	char dir[CLI_PATH_MAX - 512]; /* absolute */
	char domain[128];
	int64_t now;
	uint16_t broker_port, console_port;
	uint16_t *ports; /* one an agency */
	struct agencies agencies;
	struct pki *pki;
};
/* A path below the sandbox; out is returned. */
const char *sandbox_path(const struct sandbox *sandbox, char out[CLI_PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- sandbox_ports.c: TCP ports of the loopback that nobody listens on now, all different. LT_EAGAIN. */
enum lt_err sandbox_ports_find(uint16_t *out, size_t count);

/* ---- sandbox_files.c: each says what is wrong and returns an exit code */
/* Makes the folder, or takes an empty one; fills dir. */
int sandbox_make_folder(struct sandbox *sandbox, const char *path);
/* The tree below it, all of mode 0700. */
int sandbox_make_tree(const struct sandbox *sandbox);
int sandbox_write_broker_conf(const struct sandbox *sandbox);
int sandbox_write_console_conf(const struct sandbox *sandbox);
int sandbox_write_json(const struct sandbox *sandbox, json_t *description);
json_t *sandbox_describe(const struct sandbox *sandbox);
/* Every *.json of a folder into genesis/KIND. */
int sandbox_copy_folder(const struct sandbox *sandbox, const char *folder, const char *kind);
/* sandbox_signer.c: after the adapters: the broker's key, certificate and entry of the directory. */
int sandbox_make_signer(struct sandbox *sandbox);

/* ---- sandbox_adapter.c: folder, keys, certificate, CURVE keys, token and configuration of one agency's adapter.
 * Adds certificate and CURVE key to the agency. */
int sandbox_make_adapter(const struct sandbox *sandbox, struct lt_agency *agency, enum pki_key type, uint16_t port);
json_t *sandbox_describe_adapter(const struct sandbox *sandbox, const struct lt_agency *agency, uint16_t port);

#endif
