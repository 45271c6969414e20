/* control_client.c: the control socket. */
#include "control_client.h"

#include "cli_output.h"
#include "wire/directory.h"

#include <errno.h>
#include <grp.h>
#include <lienthong/directory.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HERE "broker/control.sock" /* below the working folder: in a sandbox */
#define INSTALLED \
	"/run/lienthong/control" /* as conf/systemd has it: also what sudo leaves without an environment finds it */

#define ARENA_MAX ((size_t)1 << 30) /* bytes: 256 hops or 10,000 agencies need far less; bounds a broken broker */
#define CALLS_MAX 8192u             /* answers kept at a time: a form asks for each record of a dossier */

struct control_client {
	struct control_line *line;
	struct control_line **lent; /* whose it is; NULL: our own */
	const char *path;
	uint64_t timeout;
	struct lt_arena *arena;
	size_t calls, room;
	struct lt_buf *answers;
	enum lt_language language;
	bool dry_run; /* no act goes out but as a question what would be answered */
};

const char *control_where(struct cli *cli)
{
	if (cli->control)
		return cli->control;
	if (cli->sandbox)
		return cli_path(cli->control_path, cli->sandbox, "broker/control.sock");
	if (cli->env_control && cli->env_control[0])
		return cli->env_control;
	return access(HERE, F_OK) == 0 ? HERE : INSTALLED;
}

/* Whose group may come in is the folder's, or the socket's own: both are the service's. */
static int say_closed(const char *path)
{
	char folder[CLI_PATH_MAX];
	struct stat of;
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash && slash > path ? (int)(slash - path) : 1, slash ? path : ".");
	const struct group *group = stat(folder, &of) == 0 && (of.st_mode & S_IXGRP) ? getgrgid(of.st_gid) : NULL;
	if (!group)
		return say_fail(EX_NOPERM, "may not use the control socket %s; run as the broker's user or as root",
				path);
	return say_fail(EX_NOPERM,
			"may not use the control socket %s; the group %s may (`usermod -aG %s NAME` as root, then log "
			"in again)",
			path, group->gr_name, group->gr_name);
}

static int connect_line(struct control_client *control)
{
	const char *path = control->path;
	enum lt_err err = control_line_open(path, (unsigned)control->timeout, &control->line);
	switch ((int)err) {
	case LT_OK:
		return EX_OK;
	case LT_EINVAL:
		return say_fail(EX_USAGE, "the control socket's path is too long for a socket: %s", path);
	case LT_EDENIED:
		return say_closed(path);
	case LT_ENOENT:
		return say_fail(EX_UNAVAILABLE, "no control socket at %s; give --control PATH or --sandbox DIR", path);
	default:
		return say_fail(EX_UNAVAILABLE, "no broker answers at %s: %s", path, strerror(errno));
	}
}

static struct control_client *make(const char *path, uint64_t timeout)
{
	struct control_client *control = calloc(1, sizeof(*control));
	if (!control || lt_arena_new(ARENA_MAX, &control->arena) != LT_OK) {
		free(control);
		return NULL;
	}
	control->path = path;
	control->timeout = timeout;
	return control;
}

int control_lend(struct control_line **line, struct control_client **out)
{
	*out = make("its socket", 0);
	if (!*out)
		return say_fail_err(LT_ENOMEM, "ask the broker");
	(*out)->line = *line;
	(*out)->lent = line;
	return EX_OK;
}

int control_open(struct cli *cli, struct control_client **out)
{
	struct control_client *control = make(control_where(cli), cli->timeout);
	if (!control)
		return say_fail_err(LT_ENOMEM, "ask the broker");
	control->dry_run = cli->dry_run;
	control->language = cli->language;
	int code = connect_line(control);
	if (code != EX_OK)
		control_close(control);
	else
		*out = control;
	return code;
}

int control_take_socket(struct control_client *control)
{
	int fd = control_line_release(control->line);
	control->line = NULL;
	control_close(control);
	return fd;
}

void control_close(struct control_client *control)
{
	if (!control)
		return;
	if (!control->lent)
		control_line_close(control->line);
	control_forget(control);
	free(control->answers);
	lt_arena_free(control->arena);
	free(control);
}

void control_forget(struct control_client *control)
{
	for (size_t i = 0; i < control->calls; i++)
		lt_buf_fini(&control->answers[i]);
	control->calls = 0;
	lt_arena_reset(control->arena);
}

/* Room for one more answer; NULL when memory is out. */
static struct lt_buf *next_answer(struct control_client *control)
{
	if (control->calls == control->room) {
		size_t room = control->room ? control->room * 2 : 16;
		struct lt_buf *grown = realloc(control->answers, room * sizeof(*grown));
		if (!grown)
			return NULL;
		control->answers = grown;
		control->room = room;
	}
	struct lt_buf *answer = &control->answers[control->calls++];
	*answer = (struct lt_buf){ 0 };
	return answer;
}

/* After an act that went out: it may be in the journal all the same. */
static int failed(const struct control_client *control, enum lt_err err, const struct lt_refusal *refusal, bool act)
{
	static const char unknown[] = "; whether it was done is not known: `lienthong audit` tells";
	switch ((int)err) {
	case LT_ETIMEOUT:
		return say_fail(EX_UNAVAILABLE, "the broker at %s gave no answer within %u seconds%s", control->path,
				(unsigned)control->timeout, act ? unknown : "");
	case LT_ECLOSED:
		return say_fail(EX_UNAVAILABLE, "lost the broker at %s: %s%s", control->path,
				errno ? strerror(errno) : "it closed the connection", act ? unknown : "");
	case LT_EFULL:
		return say_fail(EX_PROTOCOL, "the broker's answer is larger than %u bytes",
				(unsigned)LT_CONTROL_MESSAGE_MAX);
	case LT_EPARSE:
		return say_fail(EX_PROTOCOL,
				"the broker's answer cannot be read (%s: %s); use the tool of the broker's version",
				lt_reason_name(refusal->reason), refusal->detail);
	default:
		return say_fail_err(err, "ask the broker");
	}
}

static int refused(enum lt_language language, const struct lt_control_answer *answer, enum lt_control_type asked)
{
	const char *name = lt_reason_name(answer->reason);
	const char *detail = answer->detail && answer->detail[0] ? answer->detail : lt_reason_text(answer->reason);
	int code = lt_reason_retry(answer->reason) ? EX_TEMPFAIL : EX_DATAERR;
	if (answer->reason == LT_ALREADY_SO)
		code = EX_OK;
	else if (answer->reason == LT_OPERATOR_REQUIRED)
		code = EX_USAGE;
	else if (answer->reason == LT_AGENCY_UNKNOWN || answer->reason == LT_DOSSIER_UNKNOWN ||
		 answer->reason == LT_PROCEDURE_UNKNOWN || answer->reason == LT_RECORD_UNKNOWN)
		code = EX_NOINPUT;
	if (asked == LT_CONTROL_BACKUP &&
	    answer->reason == LT_INTERNAL_ERROR) /* its folder: a second try meets it again */
		return say_fail(EX_CANTCREAT, "%s", detail);
	char vietnamese[LT_SENTENCE_TEXT];
	lt_sentence_say(answer->sentence, LT_VIETNAMESE, vietnamese, sizeof(vietnamese));
	if (language == LT_VIETNAMESE && !(answer->detail && answer->detail[0]))
		detail = lt_reason_vietnamese(answer->reason);
	if (vietnamese[0] && language == LT_VIETNAMESE)
		return say_fail(code, "%s: %s", name, vietnamese);
	if (vietnamese[0] && strcmp(vietnamese, detail) != 0)
		return say_fail(code, "%s: %s (%s)", name, detail, vietnamese);
	return say_fail(code, "%s: %s", name, detail);
}

/* DEFINE, ADMIN, OUTAGE, ACTIVATE and ERASE have the same answer. */
static bool is_act(enum lt_control_type type)
{
	return type == LT_CONTROL_DEFINE || type == LT_CONTROL_ADMIN || type == LT_CONTROL_OUTAGE ||
	       type == LT_CONTROL_ACTIVATE || type == LT_CONTROL_ERASE;
}

int control_call(struct control_client *control, const struct lt_control_request *request,
		 struct lt_control_answer *out)
{
	struct lt_refusal refusal = { 0 };
	struct lt_control_request sent = *request;
	bool act = is_act(request->type);
	if (control->calls == CALLS_MAX)
		return say_fail(EX_SOFTWARE, "more than %u questions to the broker in one command", CALLS_MAX);
	struct lt_buf *bytes = next_answer(control);
	if (!bytes)
		return say_fail_err(LT_ENOMEM, "read the broker's answer");
	sent.dry_run = act && (request->dry_run || control->dry_run);
	enum lt_err err = control->line ? control_line_call(control->line, &sent, control->arena, bytes, out, &refusal)
					: LT_ECLOSED; /* it was lent, and is over */
	if (err) {
		int code = failed(control, err, &refusal, act && !sent.dry_run && control->line);
		if (control->lent) {
			control_line_close(control->line);
			control->line = *control->lent = NULL;
		}
		return code;
	}
	if (out->reason != LT_REASON_NONE)
		return refused(control->language, out, request->type);
	bool act_answer = out->type == LT_CONTROL_DEFINE || out->type == LT_CONTROL_ADMIN;
	if (act ? !act_answer : out->type != request->type)
		return say_fail(EX_PROTOCOL, "the broker answered another question than was asked");
	return EX_OK;
}

int control_ask(struct cli *cli, const struct lt_control_request *request, control_show *show)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_call(control, request, &answer);
	if (code == EX_OK)
		code = show(cli, control, &answer);
	control_close(control);
	return code;
}

int control_directory_bytes(struct control_client *control, uint64_t version, struct lt_bytes *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_DIRECTORY, .sequence = version };
	struct lt_control_answer answer;
	int code = control_call(control, &request, &answer);
	if (code == EX_OK)
		*out = answer.directory;
	return code;
}

int control_directory(struct control_client *control, struct lt_directory **out)
{
	struct lt_bytes bytes;
	struct signed_directory_record record;
	struct lt_refusal refusal = { 0 };
	int code = control_directory_bytes(control, 0, &bytes);
	if (code != EX_OK)
		return code;
	if (codec_signed_directory_decode(bytes, &record, &refusal) != LT_REASON_NONE ||
	    lt_directory_parse(record.directory, out, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "the broker's directory cannot be read: %s", refusal.detail);
	return EX_OK;
}

int control_define(struct cli *cli, struct control_client *control, enum lt_definition type, struct lt_bytes data,
		   struct lt_control_answer *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){
		.type = type, .data = data, .operator_name = cli_who(cli), .reason = cli_reason(cli)
	};
	return control_call(control, &request, out);
}

int control_admin_of(struct cli *cli, struct control_client *control, const struct lt_admin_command *admin,
		     struct lt_control_answer *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN, .admin = *admin };
	request.admin.operator_name = cli_who(cli);
	request.admin.reason = cli_reason(cli);
	return control_call(control, &request, out);
}

int control_admin_number(struct cli *cli, struct control_client *control, enum lt_admin_act act, const char *subject,
			 uint64_t number, struct lt_control_answer *out)
{
	const struct lt_admin_command admin = { .act = act, .subject = subject, .number = number };
	return control_admin_of(cli, control, &admin, out);
}

int control_admin(struct cli *cli, struct control_client *control, enum lt_admin_act act, const char *subject,
		  struct lt_control_answer *out)
{
	return control_admin_number(cli, control, act, subject, 0, out);
}

static int show_would(const struct cli *cli)
{
	if (cli->json)
		return output_json(json_pack("{s:b}", "would_do", 1));
	printf("it would be done; nothing was changed\n");
	return EX_OK;
}

int control_show_act(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	(void)control;
	if (answer->reason != LT_REASON_NONE)
		return EX_OK; /* it was so already, and that was said */
	if (cli->dry_run)
		return show_would(cli);
	if (cli->json) {
		json_t *json =
			json_pack("{s:I, s:o, s:I}", "sequence", (json_int_t)answer->act.sequence, "time",
				  output_json_time(answer->act.time), "version", (json_int_t)answer->act.version);
		return output_json(json);
	}
	printf("done: record %s of %s", output_u64(answer->act.sequence), output_time(answer->act.time));
	if (answer->act.version != 0)
		printf(", version %s", output_u64(answer->act.version));
	printf("\n");
	return EX_OK;
}

int control_act(struct cli *cli, struct lt_admin_command *admin, const char *confirm)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	char place[CLI_PLACE_MAX];
	admin->subject = cli->args[0];
	admin->operator_name = cli_who(cli);
	admin->reason = cli_reason(cli);
	request.admin = *admin;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_call(control, &request, &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	if (code == EX_OK && confirm && answer.reason == LT_REASON_NONE && !cli->dry_run && !cli->json)
		printf("proposed; another user confirms it: `lienthong %s %s %s --reason TEXT%s`\n", confirm,
		       cli->args[0], output_u64(answer.act.sequence), cli_place(cli, place));
	control_close(control);
	return code;
}
