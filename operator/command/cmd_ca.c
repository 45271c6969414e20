/* cmd_ca.c: `lienthong ca list|add|withdraw`: whose certificates are trusted. Each change is the next version of the directory. */
#include "agency_edit.h"
#include "cli/cli_output.h"
#include "commands.h"
#include "identity/lint.h"

#include <lienthong/time.h>
#include <string.h>

#define NAMES_MAX 10u /* agencies that a warning names */

struct ca_row {
	char subject[256], sha256[65];
	int64_t from, to;
};

static int read_row(struct lt_bytes der, struct ca_row *row)
{
	struct lt_cert *cert = NULL;
	enum lt_err err = lt_cert_new(der, &cert);
	if (err)
		return say_fail_err(err, "read a CA certificate");
	lt_cert_subject(cert, row->subject, sizeof(row->subject));
	lt_cert_valid(cert, &row->from, &row->to);
	lt_hex(lt_bytes(lt_cert_sha256(cert), 32), row->sha256);
	lt_cert_free(cert);
	return EX_OK;
}

static int add_row(struct output_table *table, json_t *list, struct lt_bytes der, int64_t until)
{
	struct ca_row ca;
	int code = read_row(der, &ca);
	if (code != EX_OK)
		return code;
	const char *row[] = { ca.subject, output_time(ca.to), until ? output_time(until) : "", ca.sha256 };
	output_table_row(table, row);
	json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:s}", "ca", ca.subject, "from",
					      output_json_time(ca.from), "to", output_json_time(ca.to), "withdrawn",
					      output_json_time(until), "sha256", ca.sha256));
	return EX_OK;
}

int cmd_ca_list(struct cli *cli)
{
	static const char *const heads[] = { "~CA", "VALID TO", "WITHDRAWN", "SHA-256" };
	struct control_client *control = NULL;
	struct lt_directory *directory = NULL;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_directory(control, &directory);
	struct output_table *table = output_table_new(heads, 4);
	json_t *list = json_array();
	for (size_t i = 0; code == EX_OK && i < lt_directory_ca_count(directory); i++)
		code = add_row(table, list, lt_directory_ca(directory, i), 0);
	for (size_t i = 0; code == EX_OK && i < lt_directory_ended_ca_count(directory); i++) {
		struct lt_ended_ca ended = lt_directory_ended_ca(directory, i);
		code = add_row(table, list, ended.der, ended.until);
	}
	if (code == EX_OK && cli->json) {
		output_table_free(table);
		code = output_json(json_pack("{s:o}", "cas", list));
	} else {
		json_decref(list);
		output_table_print(table);
	}
	lt_directory_free(directory);
	control_close(control);
	return code;
}

static enum lt_err only_der(void *ctx, struct lt_bytes der)
{
	struct lt_buf *out = ctx;
	return out->len > 0 ? LT_EPARSE : lt_buf_append(out, der.data, der.len);
}

int agency_edit_add_ca(struct agency_edit *edit, struct lt_bytes der)
{
	struct lt_refusal refusal = { 0 };
	if (lint_ca(der, lt_time_now(), &refusal))
		return say_fail(EX_DATAERR, "%s: %s", lt_reason_name(refusal.reason), refusal.detail);
	if (edit->ca_count == AGENCY_EDIT_CAS)
		return say_fail(EX_CANTCREAT, "the directory has %u CA certificates already", AGENCY_EDIT_CAS);
	for (size_t i = 0; i < edit->ca_count; i++) {
		if (lt_bytes_equal(edit->ca[i], der))
			return say_fail(EX_CANTCREAT, "the directory lists this CA already");
	}
	for (size_t i = 0; i < edit->ended_count; i++) {
		if (lt_bytes_equal(edit->ended[i].der, der))
			return say_fail(EX_CANTCREAT, "this CA was withdrawn; it needs a new certificate");
	}
	edit->ca[edit->ca_count++] = der;
	return EX_OK;
}

int cmd_ca_add(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	struct lt_buf der = { 0 };
	enum lt_err err = lt_certs_read(cli->args[0], only_der, &der);
	if (err)
		return say_fail_err(err, "read one CA certificate from %s", cli->args[0]);
	int code = agency_edit_begin(cli, &edit);
	if (code == EX_OK)
		code = agency_edit_add_ca(&edit, lt_buf_bytes(&der));
	if (code == EX_OK)
		code = agency_edit_define(cli, &edit);
	agency_edit_end(&edit);
	lt_buf_fini(&der);
	return code;
}

/* Who has nothing left to sign with once the edit is in force at that time. */
static int warn_who_is_left(const struct agency_edit *edit, int64_t at)
{
	struct lt_trust *trust = NULL;
	size_t left = 0;
	if (lt_trust_new(&trust))
		return say_fail(EX_OSERR, "out of memory");
	for (size_t i = 0; i < edit->ca_count; i++)
		(void)lt_trust_add_ca(trust, edit->ca[i]);
	for (size_t i = 0; i < edit->agencies.count; i++) {
		const struct lt_agency *agency = &edit->agencies.items[i];
		struct lt_refusal refusal = { 0 };
		bool good = agency->cert_count == 0 || (agency->valid_to != 0 && agency->valid_to <= at);
		for (size_t k = 0; k < agency->cert_count && !good; k++)
			good = !lt_trust_check(trust, agency->certs[k], at, false, &refusal);
		if (!good && left++ < NAMES_MAX)
			fprintf(stderr, "WARNING: %s has no certificate of another CA and cannot sign from then on\n",
				agency->code);
	}
	if (left > NAMES_MAX)
		fprintf(stderr, "WARNING: and %zu more\n", left - NAMES_MAX);
	lt_trust_free(trust);
	return EX_OK;
}

static int end_ca(struct agency_edit *edit, const char *sha256, int64_t until)
{
	for (size_t i = 0; i < edit->ca_count; i++) {
		struct ca_row row;
		int code = read_row(edit->ca[i], &row);
		if (code != EX_OK)
			return code;
		if (strcmp(row.sha256, sha256) != 0)
			continue;
		if (edit->ended_count == AGENCY_EDIT_CAS)
			return say_fail(EX_CANTCREAT, "%u CAs were withdrawn already", AGENCY_EDIT_CAS);
		edit->ended[edit->ended_count++] = (struct lt_ended_ca){ edit->ca[i], until };
		memmove(&edit->ca[i], &edit->ca[i + 1], (edit->ca_count - i - 1) * sizeof(edit->ca[0]));
		edit->ca_count--;
		return EX_OK;
	}
	return say_fail(EX_DATAERR, "no CA in force has this SHA-256; `lienthong ca list` shows them");
}

int cmd_ca_withdraw(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	int64_t until = lt_time_now();
	int code = cli->effective ? agency_edit_effective(cli->effective, &until) : EX_OK;
	if (code == EX_OK)
		code = agency_edit_begin(cli, &edit);
	if (code == EX_OK)
		code = end_ca(&edit, cli->args[0], until);
	if (code == EX_OK)
		code = warn_who_is_left(&edit, until);
	if (code == EX_OK)
		code = agency_edit_define(cli, &edit);
	agency_edit_end(&edit);
	return code;
}
