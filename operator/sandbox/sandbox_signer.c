/* sandbox_signer.c: the broker's own identity in a sandbox: it signs notices and checkpoints of the ledger, and stands in the directory with its certificate and
 * without a CURVE key, so that nobody can open a session in its name. */
#include "sandbox.h"

#define BROKER_CODE "B00"

static enum lt_err describe(struct lt_agency *agency, const char *cert, const struct lt_ledger_key *key)
{
	enum lt_err err = agency_set_code(agency->code, BROKER_CODE);
	if (err == LT_OK)
		err = agency_set_text(&agency->name, "Trục liên thông");
	if (err == LT_OK)
		err = agency_set_text(&agency->name_en, "Linked one-stop broker");
	if (err == LT_OK)
		err = agency_add_cert_file(agency, cert);
	if (err == LT_OK)
		err = agency_add_ledger_key(agency, key);
	agency->level = LT_LEVEL_BROKER;
	return err;
}

int sandbox_make_signer(struct sandbox *sandbox)
{
	char key[CLI_PATH_MAX], cert[CLI_PATH_MAX], ledger[CLI_PATH_MAX];
	struct lt_ledger_key ledger_key = { 0 };
	for (size_t i = 0; i < sandbox->agencies.count; i++)
		if (sandbox->agencies.items[i].level == LT_LEVEL_BROKER)
			return say_fail(EX_DATAERR, "%s: a sandbox adds the broker's own entry itself; leave it out",
					sandbox->agencies.items[i].code);
	enum lt_err err = pki_issue(sandbox->pki, PKI_P256, "Trục liên thông", "broker", sandbox->now,
				    sandbox_path(sandbox, key, "broker/signer.key.pem"),
				    sandbox_path(sandbox, cert, "broker/signer.pem"));
	if (err == LT_OK)
		err = lt_ledger_key_new(sandbox_path(sandbox, ledger, "broker/ledger.key.pem"), ledger_key.key);
	struct lt_agency *agency = err == LT_OK ? agencies_add(&sandbox->agencies) : NULL;
	if (err == LT_OK)
		err = agency ? describe(agency, cert, &ledger_key) : LT_ENOMEM;
	return err == LT_OK ? EX_OK
			    : say_fail_err(err, "make the broker's certificate and ledger key in %s", sandbox->dir);
}
