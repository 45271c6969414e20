/* sandbox_files.c: folders, the broker's configuration, procedures, sandbox.json. */
#include "sandbox.h"

#include "program/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* sun_path has 108 bytes with its NUL; libzmq needs the whole path to fit. */
#define SOCKET_PATH_MAX 107u

const char *sandbox_path(const struct sandbox *sandbox, char out[CLI_PATH_MAX], const char *format, ...)
{
	char name[512];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	LT_ASSERT(len >= 0 && len < (int)sizeof(name));
	return cli_path(out, sandbox->dir, name);
}

static bool folder_empty(const char *path)
{
	DIR *dir = opendir(path);
	if (!dir)
		return false;
	size_t entries = 0;
	while (readdir(dir))
		entries++;
	closedir(dir);
	return entries == 2; /* . and .. */
}

int sandbox_make_folder(struct sandbox *sandbox, const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", path, strerror(errno));
	if (!folder_empty(path))
		return say_fail(EX_CANTCREAT, "%s is not an empty folder; a sandbox is never made over other files",
				path);
	if (chmod(path, 0700) != 0)
		return say_fail(EX_CANTCREAT, "cannot make %s private: %s", path, strerror(errno));
	char *absolute = realpath(path, NULL);
	if (!absolute)
		return say_fail(EX_CANTCREAT, "cannot find %s: %s", path, strerror(errno));
	int code = EX_OK;
	if (strlen(absolute) + strlen("/broker/control.sock") > SOCKET_PATH_MAX)
		code = say_fail(EX_CANTCREAT, "%s is too long for a socket in it; give a path of at most %zu bytes",
				absolute, SOCKET_PATH_MAX - strlen("/broker/control.sock"));
	else
		memcpy(sandbox->dir, absolute, strlen(absolute) + 1);
	free(absolute);
	return code;
}

int sandbox_make_tree(const struct sandbox *sandbox)
{
	static const char *const folders[] = {
		"broker",    "broker/data", "console", "genesis", "genesis/procedures", "genesis/calendars",
		"registrar", "ca",          "adapters"
	};
	char path[CLI_PATH_MAX];
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(sandbox_path(sandbox, path, "%s", folders[i]), 0700) != 0)
			return say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", path, strerror(errno));
	return EX_OK;
}

int sandbox_write_broker_conf(const struct sandbox *sandbox)
{
	char path[CLI_PATH_MAX];
	struct lt_buf text = { 0 };
	enum lt_err err = lt_buf_printf(&text,
					"; Made by `lienthong sandbox`. Every key: lienthong-broker.conf(5).\n"
					"[broker]\n"
					"domain=%s\n"
					"endpoint=tcp://127.0.0.1:%u\n"
					"control=broker/control.sock\n"
					"data=broker/data\n"
					"curve_key=broker/curve.secret\n"
					"; it lies still for weeks, and goes on with the time of the machine\n"
					"long_pause=yes\n"
					"log_level=info\n"
					"\n"
					"[genesis]\n"
					"registrar=genesis/registrar.pem\n"
					"ca=genesis/ca.pem\n"
					"directory=genesis/directory.bin\n"
					"crl=genesis/crl.der\n"
					"procedures=genesis/procedures\n"
					"calendars=genesis/calendars\n"
					"agencies=genesis/agencies.json\n"
					"; `lienthong sandbox clock` may move the legal time\n"
					"sandbox=yes\n"
					"\n"
					"[signer]\n"
					"key=broker/signer.key.pem\n"
					"cert=broker/signer.pem\n"
					"\n"
					"[ledger]\n"
					"key=broker/ledger.key.pem\n"
					"\n"
					"[limits]\n"
					"disk_reserve=256M\n"
					"; a sandbox is measured too: no more than one machine can do\n"
					"agency_envelopes=20000\n"
					"agency_bytes=256M\n",
					sandbox->domain, sandbox->broker_port);
	sandbox_path(sandbox, path, "broker.conf");
	if (err == LT_OK)
		err = lt_file_write(path, lt_buf_bytes(&text), 0600);
	lt_buf_fini(&text);
	return err == LT_OK ? EX_OK : say_fail_err(err, "write %s", path);
}

int sandbox_write_console_conf(const struct sandbox *sandbox)
{
	char path[CLI_PATH_MAX];
	struct lt_buf text = { 0 };
	enum lt_err err = lt_buf_printf(&text,
					"; Made by `lienthong sandbox`. Every key: lienthong-console(8).\n"
					"[console]\n"
					"listen=127.0.0.1:%u\n"
					"data=console\n"
					"control=broker/control.sock\n"
					"login=console/login.sock\n",
					sandbox->console_port);
	sandbox_path(sandbox, path, "console.conf");
	if (err == LT_OK)
		err = lt_file_write(path, lt_buf_bytes(&text), 0600);
	lt_buf_fini(&text);
	return err == LT_OK ? EX_OK : say_fail_err(err, "write %s", path);
}

json_t *sandbox_describe(const struct sandbox *sandbox)
{
	char endpoint[64], control[CLI_PATH_MAX], conf[CLI_PATH_MAX], key[CLI_PATH_MAX], crl[CLI_PATH_MAX];
	char console[CLI_PATH_MAX];
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", sandbox->broker_port);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "domain", sandbox->domain, "endpoint", endpoint,
			 "control", sandbox_path(sandbox, control, "broker/control.sock"), "broker_conf",
			 sandbox_path(sandbox, conf, "broker.conf"), "broker_key",
			 sandbox_path(sandbox, key, "broker/curve.public"), "crl",
			 sandbox_path(sandbox, crl, "ca/crl.der"), "console_conf",
			 sandbox_path(sandbox, console, "console.conf"), "agencies");
}

int sandbox_write_json(const struct sandbox *sandbox, json_t *description)
{
	char path[CLI_PATH_MAX];
	sandbox_path(sandbox, path, "sandbox.json");
	char *text = json_dumps(description, JSON_INDENT(2));
	if (!text)
		return say_fail_err(LT_ENOMEM, "describe the sandbox");
	enum lt_err err = lt_file_write(path, lt_bytes(text, strlen(text)), 0600);
	free(text);
	return err == LT_OK ? EX_OK : say_fail_err(err, "write %s", path);
}

static int copy_file(const struct sandbox *sandbox, const char *folder, const char *name, const char *kind)
{
	char from[CLI_PATH_MAX], to[CLI_PATH_MAX];
	struct lt_buf text = { 0 };
	enum lt_err err = lt_file_read(cli_path(from, folder, name), 1u << 20, &text);
	if (err == LT_OK)
		err = lt_file_write(sandbox_path(sandbox, to, "genesis/%s/%s", kind, name), lt_buf_bytes(&text), 0600);
	lt_buf_fini(&text);
	return err == LT_OK ? EX_OK : say_fail_err(err, "copy %s", from);
}

int sandbox_copy_folder(const struct sandbox *sandbox, const char *folder, const char *kind)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return say_fail(EX_NOINPUT, "cannot read the folder %s: %s", folder, strerror(errno));
	int code = EX_OK;
	for (struct dirent *entry; code == EX_OK && (entry = readdir(dir)) != NULL;) {
		size_t len = strlen(entry->d_name);
		if (len > 5 && len < 200 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".json") == 0)
			code = copy_file(sandbox, folder, entry->d_name, kind);
	}
	closedir(dir);
	return code;
}
