/* cmd_store.c: `lienthong store check|rebuild|stat|skip` and `lienthong restore`: the data folder of a stopped broker, or a
 * copy of one. The only commands that open the broker's files. */
#include "commands.h"

#include "tools/backup.h"
#include "cli/cli_output.h"
#include "start/config.h"
#include "tools/maintain.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
	char *data;
};

static int read_config(const char *path, struct place *out)
{
	struct config config;
	char error[CONFIG_ERROR_MAX];
	enum lt_err err = config_load(path, &config, error, sizeof(error));
	if (err)
		return cli_fail(err == LT_ENOENT ? EX_NOINPUT : EX_CONFIG, "%s", error);
	out->data = strdup(config.data);
	config_fini(&config);
	return out->data ? EX_OK : cli_fail_err(LT_ENOMEM, "read %s", path);
}

/* The folder, there or not: the argument, --config, --sandbox, or ./broker/data. */
static int name_data(const struct cli *cli, int argument, struct place *out)
{
	char path[CLI_PATH_MAX];
	*out = (struct place){ 0 };
	if (cli->arg_count > argument)
		out->data = strdup(cli->args[argument]);
	else if (cli->config)
		return read_config(cli->config, out);
	else if (cli->sandbox)
		return read_config(cli_path(path, cli->sandbox, "broker.conf"), out);
	else
		out->data = strdup("broker/data");
	return out->data ? EX_OK : cli_fail_err(LT_ENOMEM, "find the data folder");
}

static int find_data(const struct cli *cli, int argument, struct place *out)
{
	int code = name_data(cli, argument, out);
	if (code == EX_OK && access(out->data, X_OK) != 0)
		code = cli_fail(EX_NOINPUT,
				"there is no data folder %s; name it, or give --config FILE or --sandbox DIR",
				out->data);
	return code;
}

static int failed(enum lt_err err, const struct place *place, const char *what, const char *fault)
{
	if (err == LT_EEXIST)
		return cli_fail(EX_TEMPFAIL, "a broker is running on %s; stop it first", place->data);
	if (fault[0] != '\0')
		return cli_fail(err == LT_ENOENT ? EX_NOINPUT : err == LT_EIO ? EX_IOERR : EX_DATAERR, "%s", fault);
	return cli_fail_err(err, "%s %s", what, place->data);
}

/* Shows a long run on a terminal. */
static void show_step(void *ctx, const char *what, uint64_t sequence)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s: %s ", what, output_u64(sequence));
}

static const struct maintain_progress progress = { .step = show_step };

static int print_json(json_t *json, int code)
{
	int printed = output_json(json);
	json_decref(json);
	return code == EX_OK ? printed : code;
}

int cmd_store_check(struct cli *cli)
{
	struct place place;
	struct maintain_report report = { 0 };
	int code = find_data(cli, 0, &place);
	if (code == EX_OK) {
		enum lt_err err = maintain_check(place.data, &progress, &report);
		if (err != LT_OK)
			code = failed(err, &place, "check", report.fault);
		if (cli->json && err != LT_EEXIST)
			code = print_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:s}", "sound", (int)(err == LT_OK),
						    "journal_first", (json_int_t)report.journal_first, "journal_last",
						    (json_int_t)report.journal_last, "torn_bytes",
						    (json_int_t)report.torn_bytes, "store_sequence",
						    (json_int_t)report.store_sequence, "snapshots",
						    (json_int_t)report.snapshots, "fault", report.fault),
					  code);
		else if (err == LT_OK)
			printf("sound: records %s to %s, store at %s, %s snapshots; %s bytes of a torn end\n",
			       output_u64(report.journal_first), output_u64(report.journal_last),
			       output_u64(report.store_sequence), output_u64(report.snapshots),
			       output_u64(report.torn_bytes));
	}
	free(place.data);
	return code;
}

static int print_rebuilt(const struct cli *cli, const struct maintain_rebuilt *rebuilt)
{
	bool same = rebuilt->had_before && rebuilt->before_sequence == rebuilt->sequence;
	const char *hash = output_hex(lt_bytes(rebuilt->after_hash, 32));
	bool equal = memcmp(rebuilt->before_hash, rebuilt->after_hash, 32) == 0;
	if (cli->json) {
		json_t *json = json_pack("{s:I, s:I, s:s}", "from", (json_int_t)rebuilt->from, "sequence",
					 (json_int_t)rebuilt->sequence, "state_hash", hash);
		json_object_set_new(json, "same_as_before", same ? json_boolean(equal) : json_null());
		return print_json(json, EX_OK);
	}
	printf("rebuilt from %s up to record %s, state hash %s%s\n", rebuilt->from ? "a snapshot" : "the first record",
	       output_u64(rebuilt->sequence), hash,
	       !same   ? ""
	       : equal ? ", the same as before"
		       : ", not the same as before");
	return EX_OK;
}

int cmd_store_rebuild(struct cli *cli)
{
	struct place place;
	struct maintain_rebuilt rebuilt = { 0 };
	int code = find_data(cli, 0, &place);
	if (code == EX_OK) {
		enum lt_err err = maintain_rebuild(place.data, &progress, &rebuilt);
		code = err == LT_OK ? print_rebuilt(cli, &rebuilt) : failed(err, &place, "rebuild", rebuilt.fault);
	}
	free(place.data);
	return code;
}

static json_t *stat_json(const struct maintain_stat *stat)
{
	json_t *tables = json_object();
	for (size_t i = 0; i < STORE_TABLES; i++)
		json_object_set_new(tables, maintain_table_name((enum store_table)i),
				    json_integer((json_int_t)stat->counts[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:s}", "journal_first",
			 (json_int_t)stat->journal_first, "journal_last", (json_int_t)stat->journal_last,
			 "journal_bytes", (json_int_t)stat->journal_bytes, "journal_disk_bytes",
			 (json_int_t)stat->journal_disk_bytes, "segments", (json_int_t)stat->segments, "store_sequence",
			 (json_int_t)stat->store_sequence, "store_bytes", (json_int_t)stat->store_bytes, "snapshots",
			 (json_int_t)stat->snapshots, "snapshot_newest", (json_int_t)stat->snapshot_newest,
			 "snapshot_bytes", (json_int_t)stat->snapshot_bytes, "skips", (json_int_t)stat->skips,
			 "restored", (int)stat->restored, "tables", tables, "fault", stat->fault);
}

static void print_stat(const struct maintain_stat *stat)
{
	char text[CLI_TEXT_MAX];
	snprintf(text, sizeof(text), "%s to %s", output_u64(stat->journal_first), output_u64(stat->journal_last));
	output_line("records", text);
	snprintf(text, sizeof(text), "%s in %s segments, %s on disk", output_size(stat->journal_bytes),
		 output_u64(stat->segments), output_size(stat->journal_disk_bytes));
	output_line("journal", text);
	snprintf(text, sizeof(text), "%s, at record %s", output_size(stat->store_bytes),
		 output_u64(stat->store_sequence));
	output_line("store", text);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		snprintf(text, sizeof(text), "  %s", maintain_table_name((enum store_table)i));
		output_line(text, output_u64(stat->counts[i]));
	}
	snprintf(text, sizeof(text), "%s, newest at record %s, %s", output_u64(stat->snapshots),
		 output_u64(stat->snapshot_newest), output_size(stat->snapshot_bytes));
	output_line("snapshots", text);
	output_line("skipped records", output_u64(stat->skips));
	if (stat->restored)
		printf("restored from a backup; not started since\n");
}

int cmd_store_stat(struct cli *cli)
{
	struct place place;
	struct maintain_stat stat = { 0 };
	int code = find_data(cli, 0, &place);
	if (code == EX_OK) {
		enum lt_err err = maintain_stat(place.data, &stat);
		if (err != LT_OK)
			code = failed(err, &place, "read", stat.fault);
		else if (cli->json)
			code = print_json(stat_json(&stat), EX_OK);
		else
			print_stat(&stat);
	}
	free(place.data);
	return code;
}

int cmd_store_skip(struct cli *cli)
{
	struct place place;
	uint64_t sequence;
	char fault[MAINTAIN_FAULT] = "";
	if (!cli_number(cli->args[0], 1, UINT64_MAX / 2, &sequence))
		return cli_fail(EX_USAGE, "\"%s\" is not a sequence; the broker's log names it", cli->args[0]);
	int code = find_data(cli, 1, &place);
	if (code == EX_OK) {
		const char *who = cli->operator_name ? cli->operator_name : cli->login;
		enum lt_err err = maintain_skip(place.data, sequence, who, lt_time_now(), cli->reason, fault);
		if (err != LT_OK)
			code = failed(err, &place, "skip a record of", fault);
		else if (cli->json)
			code = print_json(json_pack("{s:I, s:s, s:s}", "skipped", (json_int_t)sequence, "operator", who,
						    "reason", cli->reason),
					  EX_OK);
		else
			printf("record %s will have the outcome POISONED; start the broker\n", output_u64(sequence));
	}
	free(place.data);
	return code;
}

static int restore(const struct cli *cli, const char *data)
{
	struct backup_result result = { 0 };
	enum lt_err err = backup_restore(cli->args[0], data, NULL, &result);
	if (err != LT_OK && result.detail[0] != '\0')
		return cli_fail(err == LT_EEXIST   ? EX_CANTCREAT
				: err == LT_ENOENT ? EX_NOINPUT
				: err == LT_EIO    ? EX_IOERR
						   : EX_DATAERR,
				"%s", result.detail);
	if (err != LT_OK)
		return cli_fail_err(err, "restore %s to %s", cli->args[0], data);
	if (cli->json)
		return print_json(json_pack("{s:s, s:I, s:I}", "data", data, "sequence", (json_int_t)result.sequence,
					    "bytes", (json_int_t)result.bytes),
				  EX_OK);
	printf("restored up to record %s, %s in %s; start the broker, it will tell the adapters\n",
	       output_u64(result.sequence), output_size(result.bytes), data);
	return EX_OK;
}

int cmd_restore(struct cli *cli)
{
	struct place place;
	int code = name_data(cli, 1, &place);
	if (code == EX_OK)
		code = restore(cli, place.data);
	free(place.data);
	return code;
}
