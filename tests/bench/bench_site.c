/* A sandbox made by the command line tool, and the broker process that runs from it. */
#include "bench.h"
#include "record/control.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

static const char *const codes[BENCH_AGENCIES] = { "H37.24", "H37.11", "G09" };

static void run(const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		bench_die("%s failed", argv[0]);
}

static void join(char *out, size_t size, const char *folder, const char *name)
{
	int n = name[0] == '/' ? snprintf(out, size, "%s", name) : snprintf(out, size, "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= size)
		bench_die("path too long");
}

struct lt_buf site_file(const struct bench_site *site, const char *name)
{
	char path[600];
	struct lt_buf buf = { 0 };
	join(path, sizeof path, site->folder, name);
	if (lt_file_read(path, 64u << 20, &buf))
		bench_die("cannot read %s", path);
	return buf;
}

struct lt_buf site_pem(const struct bench_site *site, const char *name)
{
	char path[600];
	struct lt_buf der = { 0 };
	join(path, sizeof path, site->folder, name);
	struct lt_cert *cert;
	if (lt_cert_read(path, &cert) || lt_buf_append(&der, lt_cert_der(cert).data, lt_cert_der(cert).len))
		bench_die("cannot read %s", path);
	lt_cert_free(cert);
	return der;
}

static void load_agency(struct bench_site *site, const json_t *list, const char *wanted, struct bench_agency *agency)
{
	size_t i;
	json_t *entry;
	json_array_foreach(list, i, entry)
	{
		const char *code = json_string_value(json_object_get(entry, "code"));
		if (!code || strcmp(code, wanted) != 0)
			continue;
		strcpy(agency->code, code);
		join(agency->conf, sizeof agency->conf, site->folder,
		     json_string_value(json_object_get(entry, "conf")));
		join(agency->key, sizeof agency->key, site->folder, json_string_value(json_object_get(entry, "key")));
		join(agency->cert, sizeof agency->cert, site->folder,
		     json_string_value(json_object_get(entry, "cert")));
		snprintf(agency->curve, sizeof agency->curve, "%.*s/curve.secret",
			 (int)(strrchr(agency->conf, '/') - agency->conf), agency->conf);
		if (lt_signer_open(agency->key, agency->cert, false, &agency->signer) ||
		    lt_curve_load(agency->curve, &agency->curve_key))
			bench_die("cannot open the keys of %s", code);
		return;
	}
	bench_die("the sandbox has no agency %s", wanted);
}

/* Measures ZeroMQ without CURVE: the broker allows that on the loopback interface alone. */
static void use_null(const struct bench_site *site)
{
	char path[512], line[512];
	struct lt_buf text = { 0 };
	join(path, sizeof path, site->folder, "broker.conf");
	FILE *in = fopen(path, "r");
	if (!in)
		bench_die("cannot read %s", path);
	while (fgets(line, sizeof line, in)) {
		lt_buf_printf(&text, "%s", line);
		if (strncmp(line, "[broker]", 8) == 0)
			lt_buf_printf(&text, "transport = null\n");
	}
	fclose(in);
	if (lt_file_write(path, lt_buf_bytes(&text), 0600))
		bench_die("cannot write %s", path);
	lt_buf_fini(&text);
}

const char *site_procedure(const char *agency)
{
	static const char *const procedures[BENCH_AGENCIES] = { "9.000001", "9.000002", "9.000003" };
	for (size_t i = 0; i < BENCH_AGENCIES; i++)
		if (strcmp(agency, codes[i]) == 0)
			return procedures[i];
	return procedures[0];
}

static void write_procedure(const struct bench_site *site, size_t agency)
{
	static const char text[] =
		"{\"code\":\"%s\",\"version\":1,\"name\":\"Thủ tục "
		"đo\",\"name_en\":\"Measured\",\"valid_from\":\"2026-01-01\","
		"\"total\":\"60 working_days\",\"legs\":["
		"{\"id\":\"nhan\",\"name\":\"Tiếp "
		"nhận\",\"name_en\":\"Receive\",\"agency\":\"origin\",\"kind\":\"receive\","
		"\"limit\":\"1 working_days\",\"next\":[\"lam\"]},"
		"{\"id\":\"lam\",\"name\":\"Giải quyết\",\"name_en\":\"Do\",\"agency\":\"%s\",\"kind\":\"approve\","
		"\"limit\":\"10 working_days\",\"next\":[\"tra\"]},"
		"{\"id\":\"tra\",\"name\":\"Trả kết quả\",\"name_en\":\"Hand "
		"out\",\"agency\":\"origin\",\"kind\":\"return\","
		"\"limit\":\"1 working_days\"}]}";
	const char *code = site_procedure(codes[agency]);
	char path[512], name[64];
	struct lt_buf out = { 0 };
	snprintf(name, sizeof name, "genesis/procedures/%s-v1.json", code);
	join(path, sizeof path, site->folder, name);
	if (lt_buf_printf(&out, text, code, codes[(agency + 1) % BENCH_AGENCIES]) ||
	    lt_file_write(path, lt_buf_bytes(&out), 0600))
		bench_die("cannot write %s", path);
	lt_buf_fini(&out);
}

void site_make(struct bench_site *site, bool curve)
{
	memset(site, 0, sizeof *site);
	char parent[] = "/var/tmp/lienthong-bench-XXXXXX"; /* a disk, not memory */
	if (!mkdtemp(parent))
		bench_die("mkdtemp: %s", strerror(errno));
	snprintf(site->folder, sizeof site->folder, "%s/sandbox", parent);
	run((const char *const[]){ LT_BUILD_DIR "/bin/lienthong", "sandbox", site->folder, NULL });
	char path[512];
	join(path, sizeof path, site->folder, "sandbox.json");
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);
	if (!root)
		bench_die("%s: %s", path, error.text);
	snprintf(site->domain, sizeof site->domain, "%s", json_string_value(json_object_get(root, "domain")));
	snprintf(site->endpoint, sizeof site->endpoint, "%s", json_string_value(json_object_get(root, "endpoint")));
	for (size_t i = 0; i < BENCH_AGENCIES; i++)
		load_agency(site, json_object_get(root, "agencies"), codes[i], &site->agencies[i]);
	load_agency(site, json_object_get(root, "agencies"), "H37.02", &site->quiet);
	json_decref(root);
	join(path, sizeof path, site->folder, "broker/curve.public");
	if (lt_curve_load_public(path, site->broker_key))
		bench_die("cannot read %s", path);
	for (size_t i = 0; i < BENCH_AGENCIES; i++)
		write_procedure(site, i);
	site->curve = curve;
	if (!curve)
		use_null(site);
}

static bool log_has(const char *path, long from, const char *text)
{
	struct lt_buf buf = { 0 };
	bool found = lt_file_read(path, 1u << 30, &buf) == LT_OK && buf.len > (size_t)from &&
		     memmem(buf.data + from, buf.len - (size_t)from, text, strlen(text));
	lt_buf_fini(&buf);
	return found;
}

double site_start_broker(struct bench_site *site)
{
	char log[512], conf[512];
	join(log, sizeof log, site->folder, "broker.log");
	join(conf, sizeof conf, site->folder, "broker.conf");
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	long from = (long)lseek(fd, 0, SEEK_END);
	int64_t begun = bench_now();
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a run that fails leaves no broker behind */
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		const char *other = getenv("LT_BENCH_BROKER"); /* another build's, for a comparison in turns */
		execl(other ? other : LT_BUILD_DIR "/bin/lienthong-broker", "lienthong-broker", "--config", conf,
		      (char *)NULL);
		_exit(127);
	}
	close(fd);
	site->broker = pid;
	while (!log_has(log, from, "\"serving\"")) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			bench_die("the broker ended; see %s", log);
		if (bench_now() - begun > 120000000)
			bench_die("the broker does not serve; see %s", log);
		usleep(2000);
	}
	return (double)(bench_now() - begun) / 1e6;
}

void site_stop_broker(struct bench_site *site, int signal)
{
	int status;
	if (!site->broker)
		return;
	kill(site->broker, signal);
	waitpid(site->broker, &status, 0);
	site->broker = 0;
	if (signal == SIGTERM && status != 0)
		bench_die("the broker did not stop cleanly (status %d); see %s/broker.log", status, site->folder);
}

void site_remove(struct bench_site *site)
{
	site_stop_broker(site, SIGTERM);
	for (size_t i = 0; i < BENCH_AGENCIES; i++)
		lt_signer_free(site->agencies[i].signer);
	lt_signer_free(site->quiet.signer);
	char parent[256];
	snprintf(parent, sizeof parent, "%s", site->folder);
	*strrchr(parent, '/') = '\0';
	run((const char *const[]){ "/bin/rm", "-rf", parent, NULL });
}

const char *const bench_writer_names[BENCH_WRITERS] = { "journal", "flush", "ledger" };

/* What was given to write(2). write_bytes would count a whole folio of the page cache, up to 256 KiB, for each page of 4 KiB that is
 * written into it: five times what reaches the disk here. */
static uint64_t read_written(const char *path)
{
	char line[1024];
	uint64_t written = 0;
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "wchar: ", 7) == 0)
			written = strtoull(line + 7, NULL, 10);
	if (file)
		fclose(file);
	return written;
}

uint64_t site_written_here(void)
{
	return read_written("/proc/self/io");
}

/* A thread by the name that the broker gave it. */
static void count_writers(const struct bench_site *site, struct bench_usage *usage)
{
	char path[400], name[32] = "";
	snprintf(path, sizeof path, "/proc/%d/task", site->broker);
	DIR *tasks = opendir(path);
	for (struct dirent *task; tasks && (task = readdir(tasks));) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/comm", site->broker, task->d_name);
		FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!file || !fgets(name, sizeof name, file))
			name[0] = '\0';
		if (file)
			fclose(file);
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof path, "/proc/%d/task/%s/io", site->broker, task->d_name);
		for (int i = 0; i < BENCH_WRITERS; i++)
			if (strcmp(name, bench_writer_names[i]) == 0)
				usage->written_by[i] += read_written(path);
	}
	if (tasks)
		closedir(tasks);
}

struct bench_usage site_usage(const struct bench_site *site)
{
	struct bench_usage usage = { 0 };
	char path[64], line[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", site->broker);
	FILE *file = fopen(path, "r");
	unsigned long user = 0, system = 0;
	if (!file || !fgets(line, sizeof line, file) ||
	    sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		bench_die("cannot read %s", path);
	fclose(file);
	usage.cpu_us = (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
	struct rusage own;
	getrusage(RUSAGE_SELF, &own);
	usage.load_us = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1e6 +
			(double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec);
	count_writers(site, &usage);
	for (int i = 0; i < BENCH_WRITERS; i++)
		usage.written += usage.written_by[i];
	return usage;
}

double site_resident_mib(const struct bench_site *site)
{
	char path[64], line[1024];
	snprintf(path, sizeof path, "/proc/%d/smaps", site->broker);
	FILE *file = fopen(path, "r");
	if (!file)
		bench_die("cannot read %s", path);
	bool map = false;
	unsigned long kib, total = 0;
	while (fgets(line, sizeof line, file)) {
		if (strchr(line, '-') && strchr(line, ' ') && strchr(line, '-') < strchr(line, ' '))
			map = strstr(line, "data.mdb") != NULL;
		else if (!map && sscanf(line, "Rss: %lu kB", &kib) == 1)
			total += kib;
	}
	fclose(file);
	return (double)total / 1024;
}

uint64_t site_received(const struct bench_site *site)
{
	uint64_t received = 0;
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_buf out = { 0 };
	struct lt_arena *arena = NULL;
	if (lt_control_request_encode(&request, &out) || lt_arena_new(8u << 20, &arena))
		bench_die("out of memory");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	uint8_t length[4] = { (uint8_t)out.len, (uint8_t)(out.len >> 8) }; /* little-endian; a question is small */
	int len = snprintf(address.sun_path, sizeof address.sun_path, "%s/broker/control.sock", site->folder);
	if (len < 0 || (size_t)len >= sizeof address.sun_path)
		bench_die("%s: too long for a socket's path", site->folder);
	struct lt_buf reply = { 0 };
	struct lt_control_answer answer;
	struct lt_refusal refusal;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) || write(fd, length, 4) != 4 ||
	    write(fd, out.data, out.len) != (ssize_t)out.len || recv(fd, length, 4, MSG_WAITALL) != 4)
		bench_die("no answer on %s", address.sun_path);
	size_t size = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
	if (lt_buf_reserve(&reply, size) || recv(fd, reply.data, size, MSG_WAITALL) != (ssize_t)size ||
	    lt_control_answer_decode(lt_bytes(reply.data, size), arena, &answer, &refusal))
		bench_die("no answer on %s", address.sun_path);
	received = answer.status.delivered;
	close(fd);
	lt_buf_fini(&reply);
	lt_buf_fini(&out);
	lt_arena_free(arena);
	return received;
}
