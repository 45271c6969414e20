/* cmd_agency_close.c: `lienthong agency merge|split|rename|dissolve`: agencies end at a date, and others act for them from then
 * on. Each is the next version of the directory; the broker does the rest at the moment itself (docs/reorganisation.md). */
#include "agency_edit.h"
#include "cli/cli_output.h"
#include "commands.h"
#include "preview.h"

#include <lienthong/text.h>
#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

/* "2026-07-01" is the first moment of that day in Viet Nam. */
int agency_edit_effective(const char *text, int64_t *out)
{
	char day[40];
	if (strlen(text) == 10) {
		snprintf(day, sizeof(day), "%sT00:00:00+07:00", text);
		text = day;
	}
	if (lt_time_parse(text, out) == LT_OK)
		return EX_OK;
	return say_fail(EX_USAGE, "--effective is a day as 2026-07-01, or a time as 2026-07-01T00:00:00+07:00");
}

static int read_effective(const struct cli *cli, int64_t *out)
{
	if (!cli->effective)
		return say_fail(EX_USAGE, "give --effective DATE: the day from which on the successor acts");
	return agency_edit_effective(cli->effective, out);
}

/* By code or alias, of the next version. */
static struct lt_agency *find(struct agency_edit *edit, const char *text)
{
	const struct lt_agency *listed = lt_directory_resolve(edit->current, text);
	struct lt_agency *agency = agencies_find(&edit->agencies, listed ? listed->code : text);
	if (!agency)
		say_fail(EX_NOINPUT, "the directory lists no agency %s; see `lienthong agency list`", text);
	return agency;
}

/* The agency ends; nothing follows yet. What has ended is not ended again: its mail has gone over. */
static int begin_close(struct lt_agency *agency, int64_t effective)
{
	char when[LT_TIME_TEXT];
	if (agency->valid_to != 0 && agency->valid_to <= lt_time_now()) {
		lt_time_format(agency->valid_to, when);
		return say_fail(EX_DATAERR, "%s was closed at %s already", agency->code, when);
	}
	if (effective <= agency->valid_from)
		return say_fail(EX_DATAERR, "%s would be closed before it is in force", agency->code);
	agency->valid_to = effective;
	agency_clear_successors(agency);
	return EX_OK;
}

static int follow(struct agency_edit *edit, struct lt_agency *agency, const char *text)
{
	struct lt_agency *next = find(edit, text);
	if (!next)
		return EX_NOINPUT;
	if (next == agency)
		return say_fail(EX_USAGE, "%s cannot follow itself", agency->code);
	if (next->valid_from > agency->valid_to)
		return say_fail(EX_DATAERR, "%s is in force only after %s has ended", next->code, agency->code);
	for (size_t i = 0; i < agency->successor_count; i++)
		if (strcmp(agency->successors[i], next->code) == 0)
			return EX_OK;
	enum lt_err err = agency_add_successor(agency, next->code);
	return err == LT_OK ? EX_OK : say_fail_err(err, "let %s follow %s", next->code, agency->code);
}

/* "VALUE=CODE"; an empty value is that of --default. */
static int add_rule(struct agency_edit *edit, struct lt_agency *agency, const char *rule)
{
	const char *equals = strrchr(rule, '=');
	char *value = equals && equals > rule ? strndup(rule, (size_t)(equals - rule)) : NULL;
	if (!value)
		return say_fail(EX_USAGE, "--rule \"%s\": give VALUE=CODE, as H37.24=H37.31", rule);
	struct lt_buf brought = { 0 };
	struct lt_text_fault fault;
	int code = follow(edit, agency, equals + 1);
	struct lt_agency *next = code == EX_OK ? find(edit, equals + 1) : NULL;
	enum lt_err err = lt_text_bring(value, &brought);
	if (err == LT_OK && code == EX_OK && lt_text_blank((const char *)brought.data))
		code = say_fail(EX_USAGE, "--rule \"%s\": the value is blank; --default takes all other values", rule);
	if (err == LT_OK && code == EX_OK &&
	    lt_text_check((const char *)brought.data, LT_TEXT_VALUE, &fault) == LT_EINVAL)
		code = say_fail(EX_USAGE, "--rule \"%s\": U+%04X at character %zu %s", rule, (unsigned)fault.code,
				fault.place + 1, fault.what);
	if (err == LT_OK && code == EX_OK)
		err = agency_add_split(agency, (const char *)brought.data, next->code);
	lt_buf_fini(&brought);
	free(value);
	return code == EX_OK && err != LT_OK ? say_fail_err(err, "use --rule %s", rule) : code;
}

static int add_rules(const struct cli *cli, struct agency_edit *edit, struct lt_agency *agency, const char *others)
{
	if (!cli->field || !others)
		return say_fail(EX_USAGE,
				"several successors: give --field NAME, --rule VALUE=CODE and --default CODE, "
				"so that every dossier has one");
	enum lt_err err = agency_set_text(&agency->split_field, cli->field);
	int code = err == LT_OK ? follow(edit, agency, others) : say_fail_err(err, "use --field");
	struct lt_agency *next = code == EX_OK ? find(edit, others) : NULL;
	if (next && (err = agency_add_split(agency, "", next->code)) != LT_OK)
		code = say_fail_err(err, "use --default");
	for (size_t i = 0; i < cli->rules.count && code == EX_OK; i++)
		code = add_rule(edit, agency, cli->rules.values[i]);
	if (code == EX_OK && agency->successor_count < 2)
		code = say_fail(EX_USAGE, "the rules name one successor alone; use `lienthong agency merge`");
	return code;
}

/* What would pass on, or the act, before which it says which values no rule names. `closed`: codes. */
static int finish(struct cli *cli, struct agency_edit *edit, char **closed, size_t count)
{
	struct lt_buf out = { 0 };
	int code = agency_edit_encode(edit, &out);
	lt_buf_fini(&out);
	struct preview *preview = code == EX_OK ? preview_new() : NULL;
	for (size_t i = 0; i < count && code == EX_OK; i++) {
		const struct lt_agency *agency = find(edit, closed[i]);
		bool looked = cli->dry_run || (agency && agency->split_count > 0);
		code = !agency ? EX_NOINPUT : looked ? preview_add(preview, edit->control, agency) : EX_OK;
		if (code == EX_OK && agency->split_count > 0 && !preview_field_seen(preview))
			code = cli_check_field(edit->control, agency->split_field, agency->code);
	}
	struct lt_control_answer would;
	if (code == EX_OK && cli->dry_run)
		code = agency_edit_send(cli, edit, &would);
	if (code == EX_OK && cli->dry_run)
		code = preview_print(preview, cli->json);
	else if (code == EX_OK)
		preview_warn(preview);
	preview_free(preview);
	return code == EX_OK && !cli->dry_run ? agency_edit_define(cli, edit) : code;
}

static int close_all(struct cli *cli, struct agency_edit *edit, int64_t *effective)
{
	int code = read_effective(cli, effective);
	return code == EX_OK ? agency_edit_begin(cli, edit) : code;
}

int cmd_agency_merge(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	int64_t effective;
	size_t count = (size_t)cli->arg_count - 1;
	int code = close_all(cli, &edit, &effective);
	for (size_t i = 0; i < count && code == EX_OK; i++) {
		struct lt_agency *agency = find(&edit, cli->args[i]);
		code = agency ? begin_close(agency, effective) : EX_NOINPUT;
		if (code == EX_OK)
			code = follow(&edit, agency, cli->args[count]);
	}
	if (code == EX_OK)
		code = finish(cli, &edit, cli->args, count);
	agency_edit_end(&edit);
	return code;
}

int cmd_agency_split(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	int64_t effective;
	int code = close_all(cli, &edit, &effective);
	struct lt_agency *agency = code == EX_OK ? find(&edit, cli->args[0]) : NULL;
	if (code == EX_OK)
		code = agency ? begin_close(agency, effective) : EX_NOINPUT;
	if (code == EX_OK)
		code = add_rules(cli, &edit, agency, cli->others);
	if (code == EX_OK)
		code = finish(cli, &edit, cli->args, 1);
	agency_edit_end(&edit);
	return code;
}

int cmd_agency_dissolve(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	int64_t effective;
	bool several = cli->arg_count > 2 || cli->rules.count > 0;
	int code = close_all(cli, &edit, &effective);
	struct lt_agency *agency = code == EX_OK ? find(&edit, cli->args[0]) : NULL;
	if (code == EX_OK)
		code = agency ? begin_close(agency, effective) : EX_NOINPUT;
	for (int i = 1; i < cli->arg_count && code == EX_OK; i++)
		code = follow(&edit, agency, cli->args[i]);
	if (code == EX_OK && several)
		code = add_rules(cli, &edit, agency, cli->others ? cli->others : cli->args[1]);
	if (code == EX_OK)
		code = finish(cli, &edit, cli->args, 1);
	agency_edit_end(&edit);
	return code;
}

/* The new agency takes level and parent of the old one; keys and certificates are its own. */
static int make_renamed(struct cli *cli, struct agency_edit *edit, int64_t effective, size_t *index)
{
	const char *at = cli->args[1];
	const struct lt_agency *old = find(edit, cli->args[0]);
	if (!old)
		return EX_NOINPUT;
	if (lt_directory_resolve(edit->current, cli->args[1]))
		return say_fail(EX_CANTCREAT, "the directory lists %s already; use `lienthong agency merge`",
				cli->args[1]);
	enum lt_level level = old->level;
	char parent[LT_AGENCY_MAX];
	memcpy(parent, old->parent, sizeof(parent));
	struct lt_agency *agency = agencies_add(&edit->agencies); /* old may have moved */
	if (!agency)
		return say_fail_err(LT_EFULL, "add an agency");
	*index = edit->agencies.count - 1;
	agency->level = level;
	memcpy(agency->parent, parent, sizeof(parent));
	/* From now on, so that its adapter can be here before the old one ends. */
	agency->valid_from = lt_time_now() < effective ? lt_time_now() : effective;
	if (agency_set_code(agency->code, cli->args[1]) != LT_OK)
		return say_fail(EX_USAGE, "\"%s\" is not an agency code in canonical form, as H37.02", cli->args[1]);
	enum lt_err err = agency_set_text(&agency->name, cli->name ? cli->name : "");
	if (err == LT_OK)
		err = agency_set_text(&agency->name_en, cli->name_en ? cli->name_en : "");
	if (err == LT_OK)
		err = agency_edit_add_files(cli, agency, &at);
	if (err != LT_OK)
		return say_fail_err(err, "use %s", at);
	if (agency->cert_count > 0 || cli->dry_run)
		return EX_OK;
	if (!cli->sandbox)
		return say_fail(EX_USAGE,
				"the old key may not sign after the day; give the new --cert and --curve-key");
	return agency_edit_make_adapter(cli, edit, agency);
}

int cmd_agency_rename(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	int64_t effective;
	size_t index = 0;
	int code = cli->name ? close_all(cli, &edit, &effective)
			     : say_fail(EX_USAGE, "agency rename needs --name: the new name");
	if (code == EX_OK)
		code = make_renamed(cli, &edit, effective, &index);
	struct lt_agency *old = code == EX_OK ? find(&edit, cli->args[0]) : NULL;
	if (code == EX_OK)
		code = old ? begin_close(old, effective) : EX_NOINPUT;
	if (code == EX_OK)
		code = follow(&edit, old, cli->args[1]);
	if (code == EX_OK)
		code = finish(cli, &edit, cli->args, 1);
	if (edit.port != 0)
		code = agency_edit_finish_adapter(&edit, &edit.agencies.items[index], code);
	agency_edit_end(&edit);
	return code;
}
