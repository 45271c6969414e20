/* sandbox_run.c: the processes of a sandbox.
 *
 * Each has a process group of its own, so that Ctrl-C reaches this program alone and the order of stopping is ours; and each ends by
 * SIGTERM when this program is killed, so that nothing is left behind. The broker starts first and stops last. */
#include "sandbox_run.h"

#include "cli/cli_output.h"
#include "cli/cli_program.h"
#include "program/json.h"
#include "sandbox_http.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS 60u /* until the broker listens, or an adapter has its session: a slow disk, many at once */
#define STOP_SECONDS 30u  /* after SIGTERM, before SIGKILL */
#define LOOK_US 20000     /* between two looks */
#define CHILDREN_MAX 512u /* processes; one machine carries no more */

struct child {
	pid_t pid; /* 0: it has ended */
	char name[80];
	char log[CLI_PATH_MAX];
	const char *api; /* of an adapter; view into the description */
};
struct running {
	const struct sandbox_run *run;
	struct json_reader description; /* sandbox.json */
	char broker[CLI_PATH_MAX], adapter[CLI_PATH_MAX];
	struct echo_rules *echoes[CLI_LIST_MAX];
	struct child children[CHILDREN_MAX];
	size_t count;
	sigset_t signals;
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* ---- what shall run ---- */

static int read_description(struct running *r)
{
	char path[CLI_PATH_MAX];
	if (json_read_file(cli_path(path, r->run->dir, "sandbox.json"), &r->description) != LT_OK)
		return say_fail(EX_NOINPUT, "%s", r->description.error);
	return EX_OK;
}

static const json_t *find_agency(const struct running *r, const char *code)
{
	size_t i;
	const json_t *agency;
	json_array_foreach(json_object_get(r->description.root, "agencies"), i, agency)
	{
		if (strcmp(text_of(agency, "code"), code) == 0)
			return agency;
	}
	return NULL;
}

static int check_codes(struct running *r)
{
	for (size_t i = 0; i < r->run->code_count; i++)
		if (!find_agency(r, r->run->codes[i]))
			return say_fail(EX_NOINPUT, "%s/sandbox.json has no agency %s", r->run->dir, r->run->codes[i]);
	for (size_t i = 0; i < r->run->echo_count; i++) {
		int code = echo_open(r->run->echoes[i], &r->echoes[i]);
		if (code != EX_OK)
			return code;
		if (!find_agency(r, echo_agency(r->echoes[i])))
			return say_fail(EX_NOINPUT, "%s: %s/sandbox.json has no agency %s", r->run->echoes[i],
					r->run->dir, echo_agency(r->echoes[i]));
	}
	return EX_OK;
}

static bool wanted(const struct running *r, const char *code)
{
	for (size_t i = 0; i < r->run->code_count; i++)
		if (strcmp(r->run->codes[i], code) == 0)
			return true;
	for (size_t i = 0; i < r->run->echo_count; i++)
		if (strcmp(echo_agency(r->echoes[i]), code) == 0)
			return true;
	return r->run->code_count == 0;
}

/* ---- starting ---- */

/* In the new process. */
static bool become_child(const struct running *r, const struct child *child, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open(child->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	bool good = null >= 0 && log >= 0 && dup2(null, 0) == 0 && dup2(log, 1) == 1 && dup2(log, 2) == 2 &&
		    setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
	return good && sigprocmask(SIG_UNBLOCK, &r->signals, NULL) == 0;
}

static struct child *add_child(struct running *r, const char *kind, const char *code)
{
	char folder[CLI_PATH_MAX], log[128];
	if (r->count == CHILDREN_MAX) {
		say_fail(EX_USAGE, "more than %u programs are not started at once", CHILDREN_MAX);
		return NULL;
	}
	struct child *child = &r->children[r->count];
	snprintf(child->name, sizeof(child->name), "%s%s%s", kind, code[0] ? " " : "", code);
	snprintf(log, sizeof(log), "%s%s%s.log", kind, code[0] ? "-" : "", code);
	cli_path(folder, r->run->dir, "logs");
	cli_path(child->log, folder, log);
	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", folder, strerror(errno));
		return NULL;
	}
	return child;
}

/* The program at `path` with its configuration, or, when path is NULL, the echo. */
static int start(struct running *r, struct child *child, const char *path, const char *conf,
		 const struct echo_rules *echo)
{
	char token[128] = "";
	pid_t parent = getpid();
	if (!child)
		return EX_CANTCREAT;
	if (echo && sandbox_read_token(text_of(find_agency(r, echo_agency(echo)), "token_file"), token) != LT_OK)
		return say_fail(EX_NOINPUT, "cannot read the token of %s", echo_agency(echo));
	child->pid = fork();
	if (child->pid < 0)
		return say_fail(EX_OSERR, "cannot start %s: %s", child->name, strerror(errno));
	if (child->pid > 0) {
		r->count++;
		return EX_OK;
	}
	if (!become_child(r, child, parent))
		_exit(EX_OSERR);
	if (echo)
		echo_run(echo, child->api, token);
	execl(path, path, "--config", conf, (char *)NULL);
	_exit(EX_OSERR);
}

/* The last line of its log, for who has to find out why it ended. */
static void tell_end(const struct child *child, int status)
{
	struct lt_buf text = { 0 };
	char line[600] = "";
	if (lt_file_read(child->log, 64u << 20, &text) == LT_OK) {
		size_t end = text.len;
		while (end > 0 && text.data[end - 1] == '\n')
			end--;
		size_t begin = end;
		while (begin > 0 && text.data[begin - 1] != '\n')
			begin--;
		snprintf(line, sizeof(line), "%.*s", (int)(end - begin), (const char *)text.data + begin);
	}
	lt_buf_fini(&text);
	say_fail(EX_UNAVAILABLE, "%s ended with %s %d; %s ends in: %s", child->name,
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), child->log, line);
}

/* Whether all that was started is still there; who has ended is named. */
static bool all_alive(struct running *r)
{
	bool alive = true;
	for (size_t i = 0; i < r->count; i++) {
		int status;
		if (r->children[i].pid == 0 || waitpid(r->children[i].pid, &status, WNOHANG) != r->children[i].pid)
			continue;
		tell_end(&r->children[i], status);
		r->children[i].pid = 0;
		alive = false;
	}
	return alive;
}

/* SIGINT and the like while we wait: the end was asked for. */
static bool end_asked(const struct running *r)
{
	const struct timespec now = { .tv_nsec = LOOK_US * 1000L };
	sigset_t set = r->signals;
	sigdelset(&set, SIGCHLD);
	return sigtimedwait(&set, NULL, &now) > 0;
}

static bool broker_there(const struct running *r, const struct child *child)
{
	(void)child;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = text_of(r->description.root, "control");
	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	if (fd >= 0)
		close(fd);
	return there;
}

static bool adapter_there(const struct running *r, const struct child *child)
{
	(void)r;
	json_t *health = NULL;
	int status = 0;
	const struct sandbox_call call = {
		.api = child->api, .method = "GET", .path = "/healthz", .timeout_seconds = 5
	};
	enum lt_err err = sandbox_call(&call, &status, &health);
	bool there = err == LT_OK && strcmp(text_of(health, "link"), "connected") == 0;
	json_decref(health);
	return there;
}

/* EX_TEMPFAIL: the end was asked for meanwhile. */
static int wait_for(struct running *r, const struct child *child,
		    bool (*there)(const struct running *r, const struct child *child))
{
	for (unsigned i = 0; i < START_SECONDS * 1000000u / LOOK_US; i++) {
		if (!all_alive(r))
			return EX_UNAVAILABLE;
		if (there(r, child))
			return EX_OK;
		if (end_asked(r))
			return EX_TEMPFAIL;
	}
	return say_fail(EX_UNAVAILABLE, "%s is not ready after %u seconds; see %s", child->name, START_SECONDS,
			child->log);
}

static int start_adapters(struct running *r)
{
	size_t i, first = r->count;
	const json_t *agency;
	int code = EX_OK;
	json_array_foreach(json_object_get(r->description.root, "agencies"), i, agency)
	{
		const char *name = text_of(agency, "code");
		struct child *child = code == EX_OK && wanted(r, name) ? add_child(r, "adapter", name) : NULL;
		if (!child)
			continue;
		child->api = text_of(agency, "api");
		code = start(r, child, r->adapter, text_of(agency, "conf"), NULL);
	}
	for (size_t k = first; code == EX_OK && k < r->count; k++)
		code = wait_for(r, &r->children[k], adapter_there);
	return code;
}

static int start_all(struct running *r)
{
	struct child *child = add_child(r, "broker", "");
	int code = start(r, child, r->broker, text_of(r->description.root, "broker_conf"), NULL);
	if (code == EX_OK)
		code = wait_for(r, child, broker_there);
	if (code == EX_OK)
		code = start_adapters(r);
	for (size_t i = 0; code == EX_OK && i < r->run->echo_count; i++) {
		child = add_child(r, "echo", echo_agency(r->echoes[i]));
		if (child)
			child->api = text_of(find_agency(r, echo_agency(r->echoes[i])), "api");
		code = start(r, child, NULL, NULL, r->echoes[i]);
	}
	return code;
}

/* ---- stopping ---- */

static void stop(struct child *child)
{
	int status;
	if (child->pid == 0)
		return;
	kill(child->pid, SIGTERM);
	for (unsigned i = 0; waitpid(child->pid, &status, WNOHANG) == 0; i++) {
		if (i == STOP_SECONDS * 1000000u / LOOK_US) {
			say_fail(EX_SOFTWARE, "%s does not stop within %u seconds and is killed; see %s", child->name,
				 STOP_SECONDS, child->log);
			kill(child->pid, SIGKILL);
		}
		usleep(LOOK_US);
	}
	child->pid = 0;
}

static void stop_all(struct running *r)
{
	for (size_t i = r->count; i > 1; i--)
		if (r->children[i - 1].pid != 0)
			kill(r->children[i - 1].pid, SIGTERM); /* all at once, then each is waited for */
	for (size_t i = r->count; i > 0; i--)
		stop(&r->children[i - 1]);
}

/* ---- */

static int print_running(const struct running *r)
{
	static const char *const heads[] = { "CODE", "API", "TOKEN", "LOG" };
	struct output_table *table = output_table_new(heads, 4);
	json_t *list = json_array();
	for (size_t i = 1; i < r->count; i++) {
		const struct child *child = &r->children[i];
		const char *code = strchr(child->name, ' ') + 1;
		bool echo = strncmp(child->name, "echo", 4) == 0;
		const char *row[] = { code, child->api,
				      echo ? "(answers by rules)" : text_of(find_agency(r, code), "token_file"),
				      child->log };
		output_table_row(table, row);
		json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s, s:s, s:i}", "code", code, "echo", (int)echo,
						      "api", child->api, "token_file",
						      text_of(find_agency(r, code), "token_file"), "log", child->log,
						      "pid", (int)child->pid));
	}
	int code = EX_OK;
	if (r->run->json) {
		output_table_free(table);
		code = output_json(json_pack("{s:s, s:i, s:s, s:o}", "control", text_of(r->description.root, "control"),
					     "broker_pid", (int)r->children[0].pid, "log", r->children[0].log,
					     "running", list));
	} else {
		json_decref(list);
		printf("The sandbox runs: broker at %s, pid %d\n", text_of(r->description.root, "endpoint"),
		       (int)r->children[0].pid);
		output_table_print(table);
		printf("Look:  lienthong status --sandbox %s\nEnd:   Ctrl-C\n", r->run->dir);
	}
	return say_ended(code);
}

static int stay(struct running *r)
{
	int number = 0;
	while (all_alive(r)) {
		number = sigwaitinfo(&r->signals, NULL);
		if (number > 0 && number != SIGCHLD)
			return EX_OK;
	}
	return EX_UNAVAILABLE;
}

static int prepare(struct running *r)
{
	sigemptyset(&r->signals);
	sigaddset(&r->signals, SIGINT);
	sigaddset(&r->signals, SIGTERM);
	sigaddset(&r->signals, SIGHUP);
	sigaddset(&r->signals, SIGCHLD);
	int code = read_description(r);
	if (code == EX_OK)
		code = check_codes(r);
	if (code == EX_OK)
		code = cli_find_program("lienthong-broker", "../sbin", LT_SBINDIR, r->broker);
	return code == EX_OK ? cli_find_program("lienthong-adapter", "../sbin", LT_SBINDIR, r->adapter) : code;
}

int sandbox_run(const struct sandbox_run *run)
{
	struct running *r = calloc(1, sizeof(*r));
	if (!r)
		return say_fail_err(LT_ENOMEM, "run the sandbox");
	r->run = run;
	int code = prepare(r);
	if (code == EX_OK) {
		sigprocmask(SIG_BLOCK, &r->signals, NULL);
		code = start_all(r);
		if (code == EX_OK)
			code = print_running(r);
		if (code == EX_OK)
			code = stay(r);
		if (code == EX_TEMPFAIL) /* ended while it was starting, as asked */
			code = EX_OK;
		stop_all(r);
	}
	for (size_t i = 0; i < run->echo_count; i++)
		echo_free(r->echoes[i]);
	json_reader_fini(&r->description);
	free(r);
	return code;
}
