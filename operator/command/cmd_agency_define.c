/* cmd_agency_define.c: `lienthong agency add|import|export`. A change is the next version of the whole directory, signed
 * by the registrar, whose key stays on the operator's side. */
#include "agency_edit.h"
#include "cli/cli_output.h"
#include "commands.h"
#include "directory/directory_lint.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

int agency_edit_registrar(const struct cli *cli, struct agency_edit *edit)
{
	if (!cli->sandbox && (!cli->registrar_key || !cli->registrar_cert))
		return say_fail(EX_USAGE, "the directory is signed by the registrar; give --registrar-key and "
					  "--registrar-cert, or --sandbox DIR");
	const char *key = cli->registrar_key, *cert = cli->registrar_cert;
	if (!key)
		key = cli_path(edit->key, cli->sandbox, "registrar/registrar.key.pem");
	if (!cert)
		cert = cli_path(edit->cert, cli->sandbox, "registrar/registrar.pem");
	enum lt_err err = lt_signer_open(key, cert, false, &edit->registrar);
	if (err == LT_OK || err == LT_EIO)
		return err == LT_OK ? EX_OK : say_fail_err(err, "use the registrar's key %s with %s", key, cert);
	return say_fail(err == LT_EDENIED ? EX_NOPERM : EX_DATAERR, "the registrar's key %s with %s: %s", key, cert,
			lt_signer_why(err));
}

/* Adapters may hold versions that a restore has lost and that nobody has handed back yet: their numbers are left free, so that no
 * version is signed twice. */
#define RESTORED_GAP 1000u

int agency_edit_begin(struct cli *cli, struct agency_edit *edit)
{
	struct lt_control_request request = { .type = LT_CONTROL_DIRECTORY };
	struct lt_control_answer answer;
	struct lt_refusal refusal = { 0 };
	struct lt_cert *registrar = NULL;
	int code = agency_edit_registrar(cli, edit);
	if (code == EX_OK)
		code = control_open(cli, &edit->control);
	uint32_t restored = LT_RESTORED_NOT;
	if (code == EX_OK)
		code = cli_restored_wait(edit->control, &restored);
	if (code == EX_OK)
		code = control_call(edit->control, &request, &answer);
	if (code != EX_OK)
		return code;
	/* What is signed again was signed by the same registrar before: a broker cannot slip a certificate in here. */
	enum lt_err err = lt_cert_new(lt_signer_certificate(edit->registrar), &registrar);
	if (err != LT_OK)
		code = say_fail_err(err, "read the registrar's certificate");
	else if (lt_directory_open(answer.directory, registrar, &edit->current, &refusal) != LT_REASON_NONE)
		code = say_fail(EX_DATAERR, "the broker's directory is not signed by this registrar: %s: %s",
				lt_reason_name(refusal.reason), refusal.detail);
	lt_cert_free(registrar);
	for (size_t i = 0; code == EX_OK && i < lt_directory_ca_count(edit->current) && i < AGENCY_EDIT_CAS; i++)
		edit->ca[edit->ca_count++] = lt_directory_ca(edit->current, i);
	for (size_t i = 0; code == EX_OK && i < lt_directory_ended_ca_count(edit->current) && i < AGENCY_EDIT_CAS; i++)
		edit->ended[edit->ended_count++] = lt_directory_ended_ca(edit->current, i);
	edit->restored = restored != LT_RESTORED_NOT;
	if (code == EX_OK)
		edit->version = lt_directory_version(edit->current) + (restored == LT_RESTORED_NOT ? 1 : RESTORED_GAP);
	for (size_t i = 0; code == EX_OK && i < lt_directory_count(edit->current); i++)
		if ((err = agencies_copy(&edit->agencies, lt_directory_at(edit->current, i))) != LT_OK)
			code = say_fail_err(err, "copy the directory");
	return code;
}

void agency_edit_end(struct agency_edit *edit)
{
	agencies_fini(&edit->agencies);
	agencies_fini(&edit->sandbox.agencies);
	lt_directory_free(edit->current);
	lt_signer_free(edit->registrar);
	control_close(edit->control);
	pki_free(edit->sandbox.pki);
	json_decref(edit->description);
}

/* The broker asks the same: here it is told before anything is sent. */
int agency_edit_lint(const struct agency_edit *edit, struct lt_bytes signed_directory)
{
	struct lt_refusal refusal = { 0 };
	struct lt_cert *registrar = NULL;
	struct lt_directory *next = NULL;
	enum lt_reason reason = LT_INTERNAL_ERROR;
	if (lt_cert_new(lt_signer_certificate(edit->registrar), &registrar) == LT_OK)
		reason = lt_directory_open(signed_directory, registrar, &next, &refusal);
	if (!reason)
		reason = directory_lint(edit->current, next, lt_time_now(), &refusal);
	lt_directory_free(next);
	lt_cert_free(registrar);
	return reason ? say_fail(EX_DATAERR, "the new directory does not hold: %s", refusal.detail) : EX_OK;
}

/* A certificate that is not listed any more could sign until now, and what it signed stays good; a key could connect until now. */
static enum lt_err keep_ended(struct agency_edit *edit, int64_t now)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < edit->agencies.count && err == LT_OK; i++) {
		struct lt_agency *next = &edit->agencies.items[i];
		const struct lt_agency *old = lt_directory_find(edit->current, next->code);
		for (size_t k = 0; old && k < old->cert_count + old->ended_count && err == LT_OK; k++) {
			int64_t until = k < old->cert_count ? now : old->ended_until[k - old->cert_count];
			err = agency_end_cert(next, lt_cert_der(old->certs[k]), until);
		}
		for (size_t k = 0; old && k < old->curve_count && err == LT_OK; k++)
			err = agency_end_key(next, old->curve_keys[k], now);
		for (size_t k = 0; old && k < old->ended_key_count && err == LT_OK; k++)
			err = agency_end_key(next, old->ended_keys[k].key, old->ended_keys[k].until);
	}
	return err;
}

/* What was said of the ledger stays, whatever a file says of the broker's entry. */
static enum lt_err keep_incarnations(struct agency_edit *edit)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < edit->agencies.count && err == LT_OK; i++) {
		struct lt_agency *next = &edit->agencies.items[i];
		const struct lt_agency *old = lt_directory_find(edit->current, next->code);
		for (size_t k = 0; old && next->incarnation_count == 0 && k < old->incarnation_count && err == LT_OK;
		     k++)
			err = agency_add_incarnation(next, &old->incarnations[k]);
	}
	return err;
}

int agency_edit_encode(struct agency_edit *edit, struct lt_buf *out)
{
	struct lt_refusal refusal = { 0 };
	enum lt_err err = keep_ended(edit, lt_time_now());
	if (err == LT_OK)
		err = keep_incarnations(edit);
	if (err == LT_OK)
		err = lt_directory_encode_ended(lt_directory_domain(edit->current), edit->version, lt_time_now(),
						edit->agencies.items, edit->agencies.count, edit->ca, edit->ca_count,
						edit->ended, edit->ended_count, edit->registrar, out, &refusal);
	if (err != LT_OK && refusal.reason != LT_REASON_NONE)
		return say_fail(EX_DATAERR, "the new directory does not hold: %s", refusal.detail);
	return err == LT_OK ? agency_edit_lint(edit, lt_buf_bytes(out)) : say_fail_err(err, "make the new directory");
}

int agency_edit_send(struct cli *cli, struct agency_edit *edit, struct lt_control_answer *answer)
{
	struct lt_buf out = { 0 };
	size_t added = 0;
	int code = EX_OK;
	/* In a sandbox the registrar's key lies beside the broker's data: nobody else could look at a restore before it is signed for. */
	if (cli->sandbox && edit->restored)
		code = cli_ledger_declare(cli, edit, &added);
	if (code == EX_OK)
		code = agency_edit_encode(edit, &out);
	if (code == EX_OK)
		code = control_define(cli, edit->control, LT_DEFINE_DIRECTORY, lt_buf_bytes(&out), answer);
	lt_buf_fini(&out);
	return code;
}

int agency_edit_define(struct cli *cli, struct agency_edit *edit)
{
	struct lt_control_answer answer;
	int code = agency_edit_send(cli, edit, &answer);
	return code == EX_OK ? control_show_act(cli, edit->control, &answer) : code;
}

enum lt_err agency_edit_add_files(const struct cli *cli, struct lt_agency *agency, const char **at)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < cli->certs.count && err == LT_OK; i++) {
		*at = cli->certs.values[i];
		err = agency_add_cert_file(agency, *at);
	}
	for (size_t i = 0; i < cli->curve_keys.count && err == LT_OK; i++) {
		uint8_t key[32];
		*at = cli->curve_keys.values[i];
		err = lt_curve_load_public(*at, key);
		if (err == LT_OK)
			err = agency_add_key(agency, key);
	}
	return err;
}

int agency_edit_describe(const struct cli *cli, const char *agency_code, struct lt_agency *agency)
{
	const char *at = agency_code;
	if (!cli->name || !*cli->name || !cli->level)
		return say_fail(EX_USAGE, "the directory lists no %s: a new agency needs --name and --level", at);
	if (lt_level_find(cli->level, &agency->level) != LT_OK)
		return say_fail(EX_USAGE, "--level is commune, district, department, province or ministry");
	if (agency_set_code(agency->code, at) != LT_OK)
		return say_fail(EX_USAGE, "\"%s\" is not an agency code in canonical form, as H37.02", at);
	if (cli->parent && cli->parent[0] && agency_set_code(agency->parent, cli->parent) != LT_OK)
		return say_fail(EX_USAGE, "--parent is not an agency code in canonical form");
	enum lt_err err = agency_set_text(&agency->name, cli->name);
	if (err == LT_OK)
		err = agency_set_text(&agency->name_en, cli->name_en ? cli->name_en : "");
	for (size_t i = 0; i < cli->aliases.count && err == LT_OK; i++)
		err = agency_add_alias(agency, at = cli->aliases.values[i]);
	if (err == LT_OK)
		err = agency_edit_add_files(cli, agency, &at);
	return err == LT_OK ? EX_OK : say_fail_err(err, "use %s", at);
}

/* Reads back what `lienthong sandbox` wrote. */
static int open_sandbox(const struct cli *cli, struct sandbox *sandbox, json_t **description)
{
	char path[CLI_PATH_MAX], key[CLI_PATH_MAX];
	json_error_t why;
	char *absolute = realpath(cli->sandbox, NULL);
	if (!absolute || strlen(absolute) >= sizeof(sandbox->dir)) {
		free(absolute);
		return say_fail(EX_NOINPUT, "cannot find the sandbox %s", cli->sandbox);
	}
	memcpy(sandbox->dir, absolute, strlen(absolute) + 1);
	free(absolute);
	sandbox->now = lt_time_now();
	*description = json_load_file(sandbox_path(sandbox, path, "sandbox.json"), JSON_REJECT_DUPLICATES, &why);
	const char *domain = json_string_value(json_object_get(*description, "domain"));
	const char *endpoint = json_string_value(json_object_get(*description, "endpoint"));
	const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;
	uint64_t port;
	if (!domain || strlen(domain) >= sizeof(sandbox->domain) || !colon || !cli_number(colon + 1, 1, 65535, &port))
		return say_fail(EX_DATAERR, "%s is not what `lienthong sandbox` wrote", path);
	memcpy(sandbox->domain, domain, strlen(domain) + 1);
	sandbox->broker_port = (uint16_t)port;
	enum lt_err err = pki_open(sandbox_path(sandbox, key, "ca/ca.key.pem"),
				   sandbox_path(sandbox, path, "ca/ca.pem"), &sandbox->pki);
	return err == LT_OK ? EX_OK : say_fail_err(err, "open the CA of %s", sandbox->dir);
}

/* In a sandbox, an agency without certificates gets an adapter of its own. */
int agency_edit_make_adapter(const struct cli *cli, struct agency_edit *edit, struct lt_agency *agency)
{
	int code = open_sandbox(cli, &edit->sandbox, &edit->description);
	if (code == EX_OK && sandbox_ports_find(&edit->port, 1) != LT_OK)
		code = say_fail(EX_OSERR, "cannot find a free port");
	return code == EX_OK ? sandbox_make_adapter(&edit->sandbox, agency, PKI_P256, edit->port) : code;
}

/* The new adapter stands in sandbox.json once the broker has taken the directory. */
int agency_edit_finish_adapter(struct agency_edit *edit, const struct lt_agency *agency, int code)
{
	char path[CLI_PATH_MAX];
	sandbox_path(&edit->sandbox, path, "adapters/%s", agency->code);
	if (code != EX_OK)
		return say_fail(code, "the agency was not enrolled; remove %s before you try again", path);
	json_array_append_new(json_object_get(edit->description, "agencies"),
			      sandbox_describe_adapter(&edit->sandbox, agency, edit->port));
	return sandbox_write_json(&edit->sandbox, edit->description);
}

int cmd_agency_add(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	struct lt_agency *agency = NULL;
	int code = agency_edit_begin(cli, &edit);
	if (code == EX_OK && lt_directory_resolve(edit.current, cli->args[0]))
		code = say_fail(EX_CANTCREAT,
				"the directory lists %s already; change it with `lienthong agency import`",
				cli->args[0]);
	if (code == EX_OK && !(agency = agencies_add(&edit.agencies)))
		code = say_fail_err(LT_EFULL, "add an agency");
	if (code == EX_OK)
		code = agency_edit_describe(cli, cli->args[0], agency);
	if (code == EX_OK && cli->sandbox && agency->cert_count == 0 && !cli->dry_run)
		code = agency_edit_make_adapter(cli, &edit, agency);
	if (code == EX_OK) {
		code = agency_edit_define(cli, &edit);
		if (edit.port != 0)
			code = agency_edit_finish_adapter(&edit, agency, code);
	}
	agency_edit_end(&edit);
	return code;
}

enum lt_err agency_edit_merge(struct agency_edit *edit, struct lt_agency *from)
{
	struct agencies *next = &edit->agencies;
	struct lt_agency *to = agencies_find(next, from->code);
	enum lt_err err = LT_OK;
	for (size_t i = 0; to && from->cert_count == 0 && err == LT_OK && i < to->cert_count; i++)
		err = agency_add_cert(from, lt_cert_der(to->certs[i]));
	for (size_t i = 0; to && from->curve_count == 0 && err == LT_OK && i < to->curve_count; i++)
		err = agency_add_key(from, to->curve_keys[i]);
	for (size_t i = 0, count = from->ledger_key_count; to && count == 0 && err == LT_OK && i < to->ledger_key_count;
	     i++)
		err = agency_add_ledger_key(from, &to->ledger_keys[i]);
	if (err != LT_OK || !to)
		return err == LT_OK ? agencies_copy(next, from) : err;
	struct lt_agency old = *to;
	*to = *from;
	*from = old;
	return LT_OK;
}

int cmd_agency_import(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	struct agencies file = { 0 };
	char error[600];
	enum lt_err loaded = agencies_load(cli->args[0], &file, error, sizeof(error));
	if (loaded)
		return cli_fail_file(loaded, error);
	int code = agency_edit_begin(cli, &edit);
	for (size_t i = 0; code == EX_OK && i < file.count; i++) {
		enum lt_err err = agency_edit_merge(&edit, &file.items[i]);
		if (err != LT_OK)
			code = say_fail_err(err, "take over the agency %s", file.items[i].code);
	}
	if (code == EX_OK)
		code = agency_edit_define(cli, &edit);
	agency_edit_end(&edit);
	agencies_fini(&file);
	return code;
}

int cmd_agency_export(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_directory *directory = NULL;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_directory(control, &directory);
	if (code == EX_OK) {
		json_t *list = json_array();
		for (size_t i = 0; i < lt_directory_count(directory); i++)
			json_array_append_new(list, agency_to_json(lt_directory_at(directory, i)));
		json_t *json = json_pack("{s:o}", "agencies", list);
		code = output_json(json);
	}
	lt_directory_free(directory);
	control_close(control);
	return code;
}
