/* genesis.c: the files of a first start, read and checked before anything is journaled. */
#include "genesis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/control_thread.h"
#include "identity/lint.h"
#include "state/rulebook.h"

#define CRL_MAX (8u << 20)
#define ARENA_MAX (16u << 20)

static enum lt_err fail(struct genesis_load *load, const char *path, const char *why, enum lt_err err)
{
	snprintf(load->error, load->error_size, "%s: %s", path, why);
	return err;
}

static bool given(const char *path)
{
	return path && path[0];
}

static enum lt_err read_file(struct genesis_load *load, const char *path, size_t max, struct lt_buf *out)
{
	enum lt_err err = lt_file_read(path, max, out);
	if (err)
		return fail(load, path, lt_err_text(err), err == LT_EFULL ? LT_EINVAL : LT_ENOENT);
	return LT_OK;
}

static enum lt_err read_certificate(struct genesis_load *load, const char *path, struct lt_buf *der)
{
	struct lt_cert *certificate = NULL;
	enum lt_err err = lt_cert_read(path, &certificate);
	if (err == LT_EPARSE)
		return fail(load, path, "a certificate in PEM is needed", LT_EINVAL);
	if (err)
		return fail(load, path, lt_err_text(err), err == LT_EFULL ? LT_EINVAL : LT_ENOENT);
	struct lt_bytes bytes = lt_cert_der(certificate);
	err = lt_buf_append(der, bytes.data, bytes.len);
	lt_cert_free(certificate);
	return err;
}

/* Nothing could ever be signed by a registrar whose certificate does not hold in use, and record 1 stands for ever. */
static enum lt_err lint_roots(struct genesis_load *load)
{
	struct lt_refusal refusal = { 0 };
	const struct config *config = load->config;
	const char *path = config->genesis_ca;
	enum lt_reason reason = lint_ca(lt_buf_bytes(&load->out->ca), load->now, &refusal);
	if (!reason) {
		path = config->genesis_registrar;
		reason = lint_certificate(lt_buf_bytes(&load->out->registrar), load->now, &refusal);
	}
	if (!reason)
		return LT_OK;
	snprintf(load->error, load->error_size, "%s: %s: %s", path, lt_reason_name(reason), refusal.detail);
	return LT_EINVAL;
}

/* ---- definitions ---- */

enum lt_err genesis_define(struct genesis_load *load, const char *path, enum lt_definition type, struct lt_bytes data)
{
	struct lt_command command = {
		.type = LT_COMMAND_DEFINE,
		.u.define = { .type = type, .data = data, .operator_name = "genesis", .reason = "first start" },
	};
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE, .define = command.u.define };
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = control_check(load->rulebook, &request, load->now, load->arena, &refusal);
	if (reason) {
		snprintf(load->error, load->error_size, "%s: %s: %s", path, lt_reason_name(reason), refusal.detail);
		return LT_EINVAL;
	}
	command.u.define.crl = request.define.crl;
	struct lt_buf bytes = { 0 };
	enum lt_err err = lt_command_encode(&command, &bytes);
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&bytes) };
	if (!err)
		err = input_encode(&input, &load->out->jobs);
	lt_buf_fini(&bytes);
	return err;
}

static enum lt_err make_rulebook(struct genesis_load *load, struct lt_bytes directory)
{
	struct rulebook_parts parts = { .domain = load->config->domain,
					.registrar = lt_buf_bytes(&load->out->registrar),
					.ca = lt_buf_bytes(&load->out->ca),
					.signed_directory = directory };
	struct rulebook *rulebook = NULL;
	struct lt_refusal refusal = { 0 };
	if (rulebook_new(&parts, load->rulebook, &rulebook, &refusal)) {
		snprintf(load->error, load->error_size, "genesis: %s: %s", lt_reason_name(refusal.reason),
			 refusal.detail);
		return LT_EINVAL;
	}
	if (load->rulebook)
		rulebook_unref(load->rulebook);
	load->rulebook = rulebook;
	return LT_OK;
}

static enum lt_err load_directory(struct genesis_load *load)
{
	struct lt_buf bytes = { 0 };
	const char *path = load->config->genesis_directory;
	enum lt_err err = read_file(load, path, LT_DIRECTORY_MAX, &bytes);
	if (!err)
		err = genesis_define(load, path, LT_DEFINE_DIRECTORY, lt_buf_bytes(&bytes));
	/* The CRL's CA may be one of the directory's. */
	if (!err)
		err = make_rulebook(load, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return err;
}

static enum lt_err load_crl(struct genesis_load *load)
{
	struct lt_buf bytes = { 0 };
	enum lt_err err = read_file(load, load->config->genesis_crl, CRL_MAX, &bytes);
	if (!err)
		err = genesis_define(load, load->config->genesis_crl, LT_DEFINE_CRL, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return err;
}

enum lt_err genesis_load(const struct config *config, int64_t now, struct genesis *out, char *error, size_t error_size)
{
	struct genesis_load load = {
		.config = config, .now = now, .out = out, .error = error, .error_size = error_size
	};
	*out = (struct genesis){ 0 };
	if (!given(config->genesis_registrar) || !given(config->genesis_ca)) {
		snprintf(error, error_size, "the journal is empty: [genesis] registrar and ca are needed");
		return LT_EINVAL;
	}
	enum lt_err err = lt_arena_new(ARENA_MAX, &load.arena);
	if (!err)
		err = read_certificate(&load, config->genesis_registrar, &out->registrar);
	if (!err)
		err = read_certificate(&load, config->genesis_ca, &out->ca);
	if (!err)
		err = lint_roots(&load);
	if (!err)
		err = make_rulebook(&load, lt_bytes(NULL, 0));
	if (!err && given(config->genesis_directory))
		err = load_directory(&load);
	if (!err && given(config->genesis_crl))
		err = load_crl(&load);
	if (!err && given(config->genesis_procedures))
		err = genesis_load_procedures(&load, config->genesis_procedures);
	if (!err && given(config->genesis_calendars))
		err = genesis_load_calendars(&load, config->genesis_calendars);
	if (!err && given(config->genesis_agencies))
		err = genesis_load_offices(&load, config->genesis_agencies);
	if (load.rulebook)
		rulebook_unref(load.rulebook);
	lt_arena_free(load.arena);
	if (err)
		genesis_fini(out);
	return err;
}

void genesis_fini(struct genesis *genesis)
{
	if (!genesis)
		return;
	lt_buf_fini(&genesis->registrar);
	lt_buf_fini(&genesis->ca);
	lt_buf_fini(&genesis->jobs);
}
