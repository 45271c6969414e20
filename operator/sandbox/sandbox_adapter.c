/* sandbox_adapter.c: one agency's side of a sandbox. */
#include "sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static enum lt_err make_token(const char *path)
{
	uint8_t random[32];
	char token[2 * sizeof(random) + 2];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return LT_EIO;
	lt_hex(lt_bytes(random, sizeof(random)), token);
	strcat(token, "\n");
	return lt_file_write(path, lt_bytes(token, strlen(token)), 0600);
}

static enum lt_err write_conf(const struct sandbox *sandbox, const struct lt_agency *agency, uint16_t port)
{
	char path[CLI_PATH_MAX];
	struct lt_buf text = { 0 };
	enum lt_err err = lt_buf_printf(&text,
					"; Made by `lienthong sandbox`. Every key: lienthong-adapter.conf(5).\n"
					"[adapter]\n"
					"data=data\n"
					"listen=127.0.0.1:%u\n"
					"token_file=token\npage=yes\n"
					"curve_key=curve.secret\n"
					"log_level=info\n"
					"\n"
					"[broker]\n"
					"endpoint=tcp://127.0.0.1:%u\n"
					"domain=%s\n"
					"key=../../broker/curve.public\n"
					"\n"
					"[trust]\n"
					"registrar=../../registrar/registrar.pem\n"
					"ca=../../ca/ca.pem\n"
					"crl=../../ca/crl.der\n"
					"\n"
					"[agency %s]\n"
					"key=key.pem\n"
					"cert=cert.pem\n"
					"pss=no\n",
					port, sandbox->broker_port, sandbox->domain, agency->code);
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, path, "adapters/%s/adapter.conf", agency->code),
				    lt_buf_bytes(&text), 0600);
	lt_buf_fini(&text);
	return err;
}

/* For a shell: `. adapters/CODE/env` gives $API and $AUTH, as the pages use them. The token itself stays in its file. */
static enum lt_err write_env(const struct sandbox *sandbox, const struct lt_agency *agency, uint16_t port)
{
	char path[CLI_PATH_MAX], token[CLI_PATH_MAX];
	struct lt_buf text = { 0 };
	enum lt_err err = lt_buf_printf(&text, "API=http://127.0.0.1:%u\nAUTH=\"Authorization: Bearer $(cat '%s')\"\n",
					port, sandbox_path(sandbox, token, "adapters/%s/token", agency->code));
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, path, "adapters/%s/env", agency->code), lt_buf_bytes(&text),
				    0600);
	lt_buf_fini(&text);
	return err;
}

static enum lt_err make_curve(const struct sandbox *sandbox, struct lt_agency *agency)
{
	char secret[CLI_PATH_MAX], public[CLI_PATH_MAX];
	struct lt_curve_key key;
	enum lt_err err = lt_curve_new(&key);
	if (err == LT_OK)
		err = lt_curve_save(sandbox_path(sandbox, secret, "adapters/%s/curve.secret", agency->code),
				    sandbox_path(sandbox, public, "adapters/%s/curve.public", agency->code), &key);
	if (err == LT_OK)
		err = agency_add_key(agency, key.public_key);
	explicit_bzero(&key, sizeof(key));
	return err;
}

int sandbox_make_adapter(const struct sandbox *sandbox, struct lt_agency *agency, enum pki_key type, uint16_t port)
{
	char path[CLI_PATH_MAX], key[CLI_PATH_MAX], cert[CLI_PATH_MAX];
	if (mkdir(sandbox_path(sandbox, path, "adapters/%s", agency->code), 0700) != 0 ||
	    mkdir(sandbox_path(sandbox, key, "adapters/%s/data", agency->code), 0700) != 0)
		return say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", path, strerror(errno));
	sandbox_path(sandbox, key, "adapters/%s/key.pem", agency->code);
	sandbox_path(sandbox, cert, "adapters/%s/cert.pem", agency->code);
	enum lt_err err = pki_issue(sandbox->pki, type, agency->name, agency->code, sandbox->now, key, cert);
	if (err == LT_OK)
		err = agency_add_cert_file(agency, cert);
	if (err == LT_OK)
		err = make_curve(sandbox, agency);
	if (err == LT_OK)
		err = make_token(sandbox_path(sandbox, key, "adapters/%s/token", agency->code));
	if (err == LT_OK)
		err = write_conf(sandbox, agency, port);
	if (err == LT_OK)
		err = write_env(sandbox, agency, port);
	return err == LT_OK ? EX_OK : say_fail_err(err, "make the files of %s in %s", agency->code, path);
}

json_t *sandbox_describe_adapter(const struct sandbox *sandbox, const struct lt_agency *agency, uint16_t port)
{
	char api[64], conf[CLI_PATH_MAX], token[CLI_PATH_MAX], cert[CLI_PATH_MAX], key[CLI_PATH_MAX];
	snprintf(api, sizeof(api), "http://127.0.0.1:%u", port);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "code", agency->code, "name", agency->name,
			 "level", lt_level_name(agency->level), "conf",
			 sandbox_path(sandbox, conf, "adapters/%s/adapter.conf", agency->code), "api", api,
			 "token_file", sandbox_path(sandbox, token, "adapters/%s/token", agency->code), "cert",
			 sandbox_path(sandbox, cert, "adapters/%s/cert.pem", agency->code), "key",
			 sandbox_path(sandbox, key, "adapters/%s/key.pem", agency->code));
}
