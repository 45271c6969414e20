/* tool.c: what the tools print. The work itself is in maintain*.c and backup_restore.c, which know of no output. */
#include "tool.h"

#include "backup.h"
#include "maintain.h"
#include "program/progress.h"
#include "program/say.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_TEXT 128 /* bytes of one value: numbers and sizes */

static int failed(enum lt_err err, const struct tool_request *request, const char *what, const char *fault)
{
	if (err == LT_EEXIST)
		return say_fail(EX_TEMPFAIL, "a broker is running on %s; stop it first", request->data);
	if (fault[0] != '\0')
		return say_fail(err == LT_ENOENT ? EX_NOINPUT : err == LT_EIO ? EX_IOERR : EX_DATAERR, "%s", fault);
	return say_fail_err(err, "%s %s", what, request->data);
}

/* What makes something holds Ctrl-C and SIGTERM back, and asks at each step whether one waits, so as to tidy up behind itself. */
static void hold_ending(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

static bool is_ending(void)
{
	sigset_t waiting;
	return sigpending(&waiting) == 0 && (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1);
}

/* The signal that waits ends this process as it ends any other. */
static void end_broken_off(const char *left)
{
	say_fail(EX_OK, "broken off: %s; the same command begins anew", left);
	hold_ending(SIG_UNBLOCK);
}

static bool goes_on(void *ctx)
{
	(void)ctx;
	return !is_ending();
}

static void show_records(void *ctx, const char *what, uint64_t sequence, uint64_t last)
{
	progress_step(ctx, what, sequence, last);
}

static bool show_bytes(void *ctx, uint64_t done, uint64_t total)
{
	progress_step(ctx, "restore", done, total);
	return !is_ending();
}

static struct progress begin_progress(const struct tool_request *request, bool bytes)
{
	return (struct progress){ .clock = request->clock, .ctx = request->ctx, .unit = bytes ? NULL : "records" };
}

/* Takes json; returns code, or that of the output when that fails. */
static int print_json(json_t *json, int code)
{
	if (!json || json_dumpf(json, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF)
		code = say_fail(EX_IOERR, "cannot write the output");
	json_decref(json);
	return say_ended(code);
}

static void print_line(const char *name, const char *value)
{
	printf("%-20s %s\n", name, value);
}

static void print_number(const char *name, uint64_t value)
{
	printf("%-20s %" PRIu64 "\n", name, value);
}

int tool_check(const struct tool_request *request)
{
	struct maintain_report report = { 0 };
	struct progress shown = begin_progress(request, false);
	const struct maintain_progress progress = { .step = show_records, .ctx = &shown };
	enum lt_err err = maintain_check(request->data, &progress, &report);
	progress_end(&shown);
	int code = err ? failed(err, request, "check", report.fault) : EX_OK;
	if (request->json && err != LT_EEXIST)
		return print_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "sound",
					    (int)(err == LT_OK), "journal_first", (json_int_t)report.journal_first,
					    "journal_last", (json_int_t)report.journal_last, "torn_bytes",
					    (json_int_t)report.torn_bytes, "store_sequence",
					    (json_int_t)report.store_sequence, "snapshots",
					    (json_int_t)report.snapshots, "large_parts", (json_int_t)report.large_count,
					    "large_bytes", (json_int_t)report.large_bytes, "fault", report.fault),
				  code);
	if (err == LT_OK)
		printf("sound: records %" PRIu64 " to %" PRIu64 ", store at %" PRIu64 ", %zu snapshots, %" PRIu64
		       " large parts; %" PRIu64 " bytes of a torn end\n",
		       report.journal_first, report.journal_last, report.store_sequence, report.snapshots,
		       report.large_count, report.torn_bytes);
	return code;
}

static int print_rebuilt(const struct tool_request *request, const struct maintain_rebuilt *rebuilt)
{
	bool same = rebuilt->had_before && rebuilt->before_sequence == rebuilt->sequence;
	bool equal = memcmp(rebuilt->before_hash, rebuilt->after_hash, 32) == 0;
	char hash[65];
	lt_hex(lt_bytes(rebuilt->after_hash, 32), hash);
	if (request->json) {
		json_t *json =
			json_pack("{s:I, s:I, s:I, s:s}", "from", (json_int_t)rebuilt->from, "sequence",
				  (json_int_t)rebuilt->sequence, "lost", (json_int_t)rebuilt->lost, "state_hash", hash);
		json_object_set_new(json, "same_as_before", same ? json_boolean(equal) : json_null());
		return print_json(json, EX_OK);
	}
	printf("rebuilt from %s up to record %" PRIu64 ", state hash %s%s\n",
	       rebuilt->from ? "a snapshot" : "the first record", rebuilt->sequence, hash,
	       !same   ? ""
	       : equal ? ", the same as before"
		       : ", not the same as before");
	if (rebuilt->lost > 0)
		printf("%" PRIu64
		       " committed records are lost; the old store and newer snapshots are in lost-*; the next start "
		       "tells the adapters, which offer again what they sent\n",
		       rebuilt->lost);
	return EX_OK;
}

int tool_rebuild(const struct tool_request *request)
{
	struct maintain_rebuilt rebuilt = { 0 };
	struct progress shown = begin_progress(request, false);
	const struct maintain_progress progress = { .step = show_records, .goes_on = goes_on, .ctx = &shown };
	hold_ending(SIG_BLOCK);
	enum lt_err err = maintain_rebuild(request->data, request->may_lose, &progress, &rebuilt);
	progress_end(&shown);
	if (err == LT_ECLOSED)
		end_broken_off("the store is as it was");
	return err ? failed(err, request, "rebuild", rebuilt.fault) : print_rebuilt(request, &rebuilt);
}

static json_t *stat_json(const struct maintain_stat *stat)
{
	json_t *tables = json_object();
	for (size_t i = 0; i < STORE_TABLES; i++)
		json_object_set_new(tables, store_table_name((enum store_table)i),
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
	char text[LINE_MAX_TEXT], size[SAY_SIZE_TEXT], disk[SAY_SIZE_TEXT];
	snprintf(text, sizeof(text), "%" PRIu64 " to %" PRIu64, stat->journal_first, stat->journal_last);
	print_line("records", text);
	snprintf(text, sizeof(text), "%s in %zu segments, %s on disk", say_size(stat->journal_bytes, size),
		 stat->segments, say_size(stat->journal_disk_bytes, disk));
	print_line("journal", text);
	snprintf(text, sizeof(text), "%s, at record %" PRIu64, say_size(stat->store_bytes, size), stat->store_sequence);
	print_line("store", text);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		snprintf(text, sizeof(text), "  %s", store_table_name((enum store_table)i));
		print_number(text, stat->counts[i]);
	}
	snprintf(text, sizeof(text), "%zu, newest at record %" PRIu64 ", %s", stat->snapshots, stat->snapshot_newest,
		 say_size(stat->snapshot_bytes, size));
	print_line("snapshots", text);
	print_number("skips not passed", stat->skips);
	if (stat->restored)
		printf("restored from a backup; not started since\n");
}

int tool_stat(const struct tool_request *request)
{
	struct maintain_stat stat = { 0 };
	enum lt_err err = maintain_stat(request->data, &stat);
	if (err)
		return failed(err, request, "read", stat.fault);
	if (request->json)
		return print_json(stat_json(&stat), EX_OK);
	print_stat(&stat);
	return EX_OK;
}

int tool_skip(const struct tool_request *request)
{
	char fault[MAINTAIN_FAULT] = "";
	const struct maintain_skip_act by = { .sequence = request->sequence,
					      .dry_run = request->dry_run,
					      .operator_name = request->operator_name,
					      .reason = request->reason,
					      .login = request->login,
					      .uid = request->uid,
					      .time = request->now,
					      .random = request->random,
					      .ctx = request->ctx };
	struct progress shown = begin_progress(request, false);
	const struct maintain_progress progress = { .step = show_records, .goes_on = goes_on, .ctx = &shown };
	hold_ending(SIG_BLOCK);
	enum lt_err err = maintain_skip(request->data, &by, &progress, fault);
	progress_end(&shown);
	if (err == LT_ECLOSED)
		end_broken_off("nothing was skipped");
	if (err)
		return failed(err, request, "skip a record of", fault);
	if (request->dry_run && request->json)
		return print_json(json_pack("{s:b}", "would_do", 1), EX_OK);
	if (request->dry_run) {
		printf("it would be done; nothing was changed\n");
		return EX_OK;
	}
	if (request->json)
		return print_json(json_pack("{s:I, s:s, s:s}", "skipped", (json_int_t)request->sequence, "operator",
					    request->operator_name, "reason", request->reason),
				  EX_OK);
	printf("record %" PRIu64
	       " has the outcome POISONED, and its dossier is frozen; start the broker, then `lienthong dossier "
	       "repair` or `lienthong dossier close`\n",
	       request->sequence);
	return EX_OK;
}

int tool_restore(const struct tool_request *request)
{
	struct backup_result result = { 0 };
	char size[SAY_SIZE_TEXT];
	struct progress shown = begin_progress(request, true);
	const struct backup_progress progress = { .step = show_bytes, .ctx = &shown };
	hold_ending(SIG_BLOCK);
	enum lt_err err = backup_restore(request->backup, request->data, &progress, &result);
	progress_end(&shown);
	if (err == LT_ECLOSED)
		end_broken_off("nothing was restored");
	if (err != LT_OK && result.detail[0] != '\0')
		return say_fail(err == LT_EEXIST                   ? EX_CANTCREAT
				: err == LT_ENOENT                 ? EX_NOINPUT
				: err == LT_EIO || err == LT_EFULL ? EX_IOERR
								   : EX_DATAERR,
				"%s", result.detail);
	if (err != LT_OK)
		return say_fail_err(err, "restore %s to %s", request->backup, request->data);
	if (request->json)
		return print_json(json_pack("{s:s, s:I, s:I}", "data", request->data, "sequence",
					    (json_int_t)result.sequence, "bytes", (json_int_t)result.bytes),
				  EX_OK);
	printf("restored up to record %" PRIu64 ", %s in %s; start the broker, it will tell the adapters\n",
	       result.sequence, say_size(result.bytes, size), request->data);
	return EX_OK;
}
