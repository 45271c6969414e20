/* cmd_sandbox.c: `lienthong sandbox DIR`, and its --run. */
#include "command/commands.h"

#include "cli/cli_output.h"
#include "program/json.h"
#include "command/procedure_files.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_run.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sample beside the sources of a program that was built there, else the installed one. */
static const char *sample_path(char out[CLI_PATH_MAX], const char *name)
{
	if (access(cli_path(out, LT_DATADIR, name), R_OK) == 0)
		return out;
	return cli_path(out, LT_SHAREDIR, name);
}

static int load_agencies(const struct cli *cli, struct sandbox *sandbox)
{
	char path[CLI_PATH_MAX], error[600];
	const char *file = cli->agencies ? cli->agencies : sample_path(path, "agencies.json");
	enum lt_err err = agencies_load(file, &sandbox->agencies, error, sizeof(error));
	if (err)
		return cli_fail_file(err, error);
	for (size_t i = 0; i < sandbox->agencies.count; i++)
		if (sandbox->agencies.items[i].cert_count > 0 || sandbox->agencies.items[i].curve_count > 0)
			return say_fail(EX_DATAERR, "%s: a sandbox makes certificates and keys itself; leave them out",
					file);
	return EX_OK;
}

static int choose_ports(struct sandbox *sandbox)
{
	size_t count = sandbox->agencies.count + 2;
	sandbox->ports = calloc(count, sizeof(*sandbox->ports));
	enum lt_err err = sandbox->ports ? sandbox_ports_find(sandbox->ports, count) : LT_ENOMEM;
	if (err != LT_OK)
		return say_fail_err(err, "find %zu free ports", count);
	sandbox->broker_port = sandbox->ports[count - 1];
	sandbox->console_port = sandbox->ports[count - 2];
	return EX_OK;
}

static int make_authority(struct sandbox *sandbox)
{
	char a[CLI_PATH_MAX], b[CLI_PATH_MAX];
	enum lt_err err = pki_new("Lienthong sandbox CA", sandbox->now, &sandbox->pki);
	if (err == LT_OK)
		err = pki_save(sandbox->pki, sandbox_path(sandbox, a, "ca/ca.key.pem"),
			       sandbox_path(sandbox, b, "ca/ca.pem"));
	if (err == LT_OK)
		err = pki_crl(sandbox->pki, NULL, sandbox->now, sandbox_path(sandbox, a, "ca/crl.der"),
			      sandbox_path(sandbox, b, "ca/crl.pem"));
	if (err == LT_OK)
		err = pki_issue(sandbox->pki, PKI_P256, "Lienthong sandbox", "registrar", sandbox->now,
				sandbox_path(sandbox, a, "registrar/registrar.key.pem"),
				sandbox_path(sandbox, b, "registrar/registrar.pem"));
	return err == LT_OK ? EX_OK : say_fail_err(err, "make the CA in %s", sandbox->dir);
}

/* One agency signs with RSA, as many government certificates do: the first ministry, or the last agency. */
static size_t rsa_agency(const struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->agencies.count; i++)
		if (sandbox->agencies.items[i].level == LT_LEVEL_MINISTRY)
			return i;
	return sandbox->agencies.count - 1;
}

static int make_adapters(struct sandbox *sandbox, json_t *description)
{
	size_t rsa = rsa_agency(sandbox);
	json_t *list = json_object_get(description, "agencies");
	for (size_t i = 0; i < sandbox->agencies.count; i++) {
		struct lt_agency *agency = &sandbox->agencies.items[i];
		int code = sandbox_make_adapter(sandbox, agency, i == rsa ? PKI_RSA2048 : PKI_P256, sandbox->ports[i]);
		if (code != EX_OK)
			return code;
		json_array_append_new(list, sandbox_describe_adapter(sandbox, agency, sandbox->ports[i]));
	}
	return EX_OK;
}

static enum lt_err copy_file(const struct sandbox *sandbox, const char *from, const char *to)
{
	char path[CLI_PATH_MAX];
	struct lt_buf data = { 0 };
	enum lt_err err = lt_file_read(sandbox_path(sandbox, path, "%s", from), 1u << 20, &data);
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, path, "%s", to), lt_buf_bytes(&data), 0600);
	lt_buf_fini(&data);
	return err;
}

static enum lt_err write_directory(const struct sandbox *sandbox, struct lt_refusal *refusal)
{
	char key[CLI_PATH_MAX], cert[CLI_PATH_MAX];
	struct lt_signer *registrar = NULL;
	struct lt_cert *ca = NULL;
	struct lt_buf out = { 0 };
	enum lt_err err = lt_signer_open(sandbox_path(sandbox, key, "registrar/registrar.key.pem"),
					 sandbox_path(sandbox, cert, "registrar/registrar.pem"), false, &registrar);
	if (err == LT_OK)
		err = lt_cert_read(sandbox_path(sandbox, cert, "ca/ca.pem"), &ca);
	struct lt_bytes der = ca ? lt_cert_der(ca) : lt_bytes(NULL, 0);
	if (err == LT_OK)
		err = lt_directory_encode(sandbox->domain, 1, sandbox->now, sandbox->agencies.items,
					  sandbox->agencies.count, &der, 1, registrar, &out, refusal);
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, cert, "genesis/directory.bin"), lt_buf_bytes(&out), 0600);
	lt_buf_fini(&out);
	lt_cert_free(ca);
	lt_signer_free(registrar);
	return err;
}

/* The file as it is: the broker reads the office hours of it. */
static int copy_agencies(const struct cli *cli, const struct sandbox *sandbox)
{
	char from[CLI_PATH_MAX], to[CLI_PATH_MAX];
	struct lt_buf data = { 0 };
	const char *file = cli->agencies ? cli->agencies : sample_path(from, "agencies.json");
	enum lt_err err = lt_file_read(file, JSON_FILE_MAX, &data);
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, to, "genesis/agencies.json"), lt_buf_bytes(&data), 0600);
	lt_buf_fini(&data);
	return err == LT_OK ? EX_OK : say_fail_err(err, "copy %s", file);
}

static int make_genesis(const struct cli *cli, const struct sandbox *sandbox)
{
	char path[CLI_PATH_MAX], path_b[CLI_PATH_MAX];
	struct lt_refusal refusal = { 0 };
	struct lt_curve_key broker;
	enum lt_err err = write_directory(sandbox, &refusal);
	if (err != LT_OK && refusal.reason != LT_REASON_NONE)
		return say_fail(EX_DATAERR, "the directory does not hold: %s", refusal.detail);
	if (err == LT_OK)
		err = copy_file(sandbox, "registrar/registrar.pem", "genesis/registrar.pem");
	if (err == LT_OK)
		err = copy_file(sandbox, "ca/ca.pem", "genesis/ca.pem");
	if (err == LT_OK)
		err = copy_file(sandbox, "ca/crl.der", "genesis/crl.der");
	if (err == LT_OK)
		err = lt_curve_new(&broker);
	if (err == LT_OK)
		err = lt_curve_save(sandbox_path(sandbox, path, "broker/curve.secret"),
				    sandbox_path(sandbox, path_b, "broker/curve.public"), &broker);
	explicit_bzero(&broker, sizeof(broker));
	if (err != LT_OK)
		return say_fail_err(err, "make the broker's first definitions in %s", sandbox->dir);
	int code = sandbox_copy_folder(sandbox, cli->procedures ? cli->procedures : sample_path(path, "procedures"),
				       "procedures");
	if (code == EX_OK)
		code = sandbox_copy_folder(sandbox, sample_path(path, "calendars"), "calendars");
	return code == EX_OK ? copy_agencies(cli, sandbox) : code;
}

static int print(const struct cli *cli, const struct sandbox *sandbox, json_t *description)
{
	if (cli->json)
		return output_json(json_incref(description));
	static const char *const heads[] = { "CODE", "~NAME", "API", "CONFIGURATION" };
	struct output_table *table = output_table_new(heads, 4);
	size_t i;
	json_t *agency;
	printf("Sandbox %s: domain %s, broker at %s\n", sandbox->dir, sandbox->domain,
	       json_string_value(json_object_get(description, "endpoint")));
	json_array_foreach(json_object_get(description, "agencies"), i, agency)
	{
		char conf[CLI_PATH_MAX];
		snprintf(conf, sizeof(conf), "adapters/%s/adapter.conf", sandbox->agencies.items[i].code);
		const char *row[] = { sandbox->agencies.items[i].code, sandbox->agencies.items[i].name,
				      json_string_value(json_object_get(agency, "api")), conf };
		output_table_row(table, row);
	}
	output_table_print(table);
	printf("Start it:  lienthong-broker --config %s/broker.conf\n"
	       "           lienthong-adapter --config %s/adapters/%s/adapter.conf   (each agency)\n"
	       "Look:      lienthong status --sandbox %s\n",
	       sandbox->dir, sandbox->dir, sandbox->agencies.items[0].code, sandbox->dir);
	return EX_OK;
}

static int check_domain(struct sandbox *sandbox, const char *domain)
{
	size_t len = strlen(domain);
	if (len == 0 || len >= LT_DOMAIN_MAX || strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len)
		return say_fail(EX_USAGE,
				"--domain takes a host name of at most %u small letters, digits, dots and dashes",
				LT_DOMAIN_MAX - 1);
	memcpy(sandbox->domain, domain, len + 1);
	return EX_OK;
}

static int make(const struct cli *cli, struct sandbox *sandbox, json_t **description)
{
	int code = sandbox_make_tree(sandbox);
	if (code == EX_OK)
		code = make_authority(sandbox);
	*description = sandbox_describe(sandbox);
	if (code == EX_OK)
		code = make_adapters(sandbox, *description);
	if (code == EX_OK)
		code = sandbox_make_signer(sandbox);
	if (code == EX_OK)
		code = make_genesis(cli, sandbox);
	if (code == EX_OK)
		code = sandbox_write_broker_conf(sandbox);
	if (code == EX_OK)
		code = sandbox_write_console_conf(sandbox);
	return code == EX_OK ? sandbox_write_json(sandbox, *description) : code;
}

static int make_new(const struct cli *cli)
{
	struct sandbox sandbox = { .now = lt_time_now() };
	json_t *description = NULL;
	int code = check_domain(&sandbox, cli->domain ? cli->domain : "lienthong.sandbox.vn");
	if (code == EX_OK)
		code = load_agencies(cli, &sandbox);
	if (code == EX_OK && cli->procedures)
		code = procedure_check_folder(cli->procedures, &sandbox.agencies);
	if (code == EX_OK)
		code = choose_ports(&sandbox);
	if (code == EX_OK)
		code = sandbox_make_folder(&sandbox, cli->args[0]);
	if (code == EX_OK)
		code = make(cli, &sandbox, &description);
	if (code == EX_OK && !cli->run)
		code = print(cli, &sandbox, description);
	json_decref(description);
	pki_free(sandbox.pki);
	free(sandbox.ports);
	agencies_fini(&sandbox.agencies);
	return code;
}

/* A sandbox that is there goes on as it is. */
static int run(const struct cli *cli)
{
	char path[CLI_PATH_MAX];
	const struct sandbox_run what = { .dir = cli->args[0],
					  .codes = cli->args + 1,
					  .code_count = (size_t)cli->arg_count - 1,
					  .echoes = cli->echoes.values,
					  .echo_count = cli->echoes.count,
					  .json = cli->json };
	int code = EX_OK;
	if (access(cli_path(path, cli->args[0], "sandbox.json"), F_OK) != 0)
		code = make_new(cli);
	else if (cli->agencies || cli->procedures || cli->domain)
		code = say_fail(EX_USAGE,
				"%s is there already: --agencies, --procedures and --domain are for a new one",
				cli->args[0]);
	return code == EX_OK ? sandbox_run(&what) : code;
}

int cmd_sandbox(struct cli *cli)
{
	if (cli->run)
		return run(cli);
	if (cli->arg_count > 1 || cli->echoes.count > 0)
		return say_fail(EX_USAGE, "agencies and --echo go with --run");
	return make_new(cli);
}
