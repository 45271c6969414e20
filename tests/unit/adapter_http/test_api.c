/* test_api.c: the HTTP side against a real adapter whose broker is not there. */
#include "test.h"

#include "testadapter.h"

#include "http/api.h"
#include "base/base64.h"
#include "start/assemble.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define DOSSIER "H37.24-20261124-0000001"
#define OPEN_BODY                                                                                            \
	"{\"kind\":\"OPEN\",\"dossier\":\"" DOSSIER "\",\"procedure\":\"1.010828\",\"procedure_version\":1," \
	"\"to\":[{\"agency\":\"H37.24\"}],\"body\":{\"họ tên\":\"Ổn\"}}"

struct box {
	struct test_office *test;
	struct adapter *adapter;
	struct api *api;
	uint16_t port; /* 0: the Unix socket */
	char data[128], directory[128], unix_path[128];
};
struct answer {
	int status;
	char *raw;
	const char *body;
	json_t *json;
};

/* A port of the loopback that nobody has; 0 stays for the Unix socket. */
static uint16_t free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void make_adapter(struct box *box, bool is_unix)
{
	char listen[160];
	box->port = is_unix ? 0 : free_port();
	if (is_unix)
		snprintf(listen, sizeof(listen), "unix:%s", box->unix_path);
	else
		snprintf(listen, sizeof(listen), "127.0.0.1:%u", box->port);
	char error[300] = "";
	struct adapter_agency agency = { .code = TEST_US,
					 .key = box->test->us->key_path,
					 .cert = box->test->us->cert_path };
	struct adapter_options options = { .data = box->data,
					   .endpoint = "tcp://127.0.0.1:9",
					   .domain = TEST_DOMAIN,
					   .registrar = box->test->registrar->cert_path,
					   .ca = box->test->pki->ca->cert_path,
					   .directory = box->directory,
					   .agency_count = 1,
					   .agencies = &agency,
					   .map_bytes = 64u << 20 };
	assert_int_equal(lt_curve_new(&options.curve), LT_OK);
	memcpy(options.broker_key, options.curve.public_key, 32);
	if (adapter_new(&options, NULL, NULL, &box->adapter, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(adapter_start(box->adapter), LT_OK);
	struct api_options api = { .listen = listen, .token = is_unix ? NULL : TOKEN, .adapter = box->adapter };
	if (api_new(&api, &box->api, error, sizeof(error)))
		fail_msg("%s", error);
}

static int set_up(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	box->test = test_office_new();
	snprintf(box->data, sizeof(box->data), "%s/data", box->test->dir);
	snprintf(box->directory, sizeof(box->directory), "%s/directory.bin", box->test->dir);
	snprintf(box->unix_path, sizeof(box->unix_path), "%s/api.sock", box->test->dir);
	assert_int_equal(lt_file_write(box->directory, lt_buf_bytes(&box->test->directory), 0600), LT_OK);
	test_office_make_store(box->data); /* there is no broker here */
	make_adapter(box, false);
	*state = box;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "store.mdb", "store.mdb-lock", "directory.bin" };
	struct box *box = *state;
	char path[256];
	api_free(box->api);
	adapter_free(box->adapter);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", box->data, files[i]);
		unlink(path);
	}
	rmdir(box->data);
	unlink(box->directory);
	test_office_free(box->test);
	free(box);
	return 0;
}

static int connect_to(const struct box *box)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(box->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool is_unix = box->port == 0;
	memcpy(un.sun_path, box->unix_path, strnlen(box->unix_path, sizeof(un.sun_path) - 1));
	int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	int rc = is_unix ? connect(fd, (struct sockaddr *)&un, sizeof(un))
			 : connect(fd, (struct sockaddr *)&in, sizeof(in));
	assert_int_equal(rc, 0);
	return fd;
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server may have answered and closed */
		data += n;
		len -= (size_t)n;
	}
}

static struct answer call_with(struct box *box, const char *method, const char *path, const char *headers,
			       const char *body, size_t len)
{
	struct answer out = { 0 };
	struct lt_buf in = { 0 };
	char head[1024], chunk[4096];
	int fd = connect_to(box);
	int head_len =
		snprintf(head, sizeof(head),
			 "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
			 method, path, headers, len);
	send_all(fd, head, (size_t)head_len);
	send_all(fd, body, len);
	for (ssize_t n; (n = recv(fd, chunk, sizeof(chunk), 0)) > 0;)
		lt_buf_append(&in, chunk, (size_t)n);
	close(fd);
	lt_buf_append(&in, "", 1);
	out.raw = (char *)in.data;
	assert_int_equal(sscanf(out.raw, "HTTP/1.1 %d", &out.status), 1);
	out.body = strstr(out.raw, "\r\n\r\n") + 4;
	out.json = json_loads(out.body, JSON_DECODE_ANY, NULL);
	return out;
}

static struct answer call(struct box *box, const char *method, const char *path, const char *key, const char *body)
{
	char headers[256];
	snprintf(headers, sizeof(headers), "Authorization: Bearer " TOKEN "\r\n%s%s%s", key ? "Idempotency-Key: " : "",
		 key ? key : "", key ? "\r\n" : "");
	return call_with(box, method, path, headers, body ? body : "", body ? strlen(body) : 0);
}

static const char *text(const struct answer *answer, const char *name)
{
	const char *value = json_string_value(json_object_get(answer->json, name));
	return value ? value : "";
}

static void done(struct answer *answer)
{
	json_decref(answer->json);
	free(answer->raw);
}

static void expect_problem(struct answer answer, int status, const char *code)
{
	if (answer.status != status || strcmp(text(&answer, "code"), code) != 0)
		fail_msg("expected %d %s, got %d %s", status, code, answer.status, answer.body);
	assert_non_null(strstr(answer.raw, "application/problem+json"));
	assert_int_equal(json_integer_value(json_object_get(answer.json, "status")), status);
	done(&answer);
}

static void test_the_token_is_asked_for(void **state)
{
	struct box *box = *state;
	expect_problem(call_with(box, "GET", "/v1/inbox", "", "", 0), 401, "UNAUTHORIZED");
	expect_problem(call_with(box, "GET", "/v1/inbox", "Authorization: Bearer 0123456789abcdef\r\n", "", 0), 401,
		       "UNAUTHORIZED");
	struct answer health = call_with(box, "GET", "/healthz", "", "", 0);
	assert_int_equal(health.status, 200);
	assert_string_equal(text(&health, "link"), "connecting");
	assert_int_equal(json_integer_value(json_object_get(health.json, "directory_version")), 1);
	done(&health);
}

static void test_unknown_paths_and_methods(void **state)
{
	struct box *box = *state;
	expect_problem(call(box, "GET", "/v2/inbox", NULL, NULL), 404, "NOT_FOUND");
	expect_problem(call(box, "GET", "/v1/inbox/1/parts", NULL, NULL), 404, "NOT_FOUND");
	expect_problem(call(box, "DELETE", "/v1/inbox", NULL, NULL), 405, "METHOD_NOT_ALLOWED");
	expect_problem(call(box, "GET", "/v1/inbox/7", NULL, NULL), 404, "NOT_FOUND");
	expect_problem(call(box, "POST", "/v1/inbox/7/accept", NULL, "{}"), 404, "NOT_FOUND");
	expect_problem(call(box, "GET", "/v1/envelopes/xyz", NULL, NULL), 404, "NOT_FOUND");
}

static void test_parts_within_their_limit(void **state)
{
	struct box *box = *state;
	char *big = calloc(1, LT_PART_MAX + 1);
	struct answer put = call(box, "PUT", "/v1/parts", NULL, "abc");
	assert_int_equal(put.status, 201);
	assert_string_equal(text(&put, "sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	done(&put);
	struct answer whole =
		call_with(box, "PUT", "/v1/parts", "Authorization: Bearer " TOKEN "\r\nContent-Encoding: identity\r\n",
			  big, LT_PART_MAX);
	assert_int_equal(whole.status, 201);
	done(&whole);
	expect_problem(call_with(box, "PUT", "/v1/parts", "Authorization: Bearer " TOKEN "\r\n", big, LT_PART_MAX + 1),
		       413, "PART_TOO_LARGE");
	/* What is not the whole, plain bytes would be signed as if it were. */
	static const char *const marks[] = { "Content-Encoding: gzip",
					     "Content-Encoding: identity\r\nContent-Encoding: br",
					     "Content-Range: bytes 0-19/40" };
	for (size_t i = 0; i < 6; i++) {
		char headers[256];
		snprintf(headers, sizeof(headers), "Authorization: Bearer " TOKEN "\r\nIdempotency-Key: z\r\n%s\r\n",
			 marks[i / 2]);
		expect_problem(
			call_with(box, i % 2 ? "PUT" : "POST", i % 2 ? "/v1/parts" : "/v1/envelopes", headers, big, 20),
			415, "ENCODING_NOT_SUPPORTED");
	}
	free(big);
}

static void test_post_is_idempotent_over_a_restart(void **state)
{
	struct box *box = *state;
	char path[128];
	expect_problem(call(box, "POST", "/v1/envelopes", NULL, OPEN_BODY), 400, "IDEMPOTENCY_KEY_REQUIRED");
	struct answer first = call(box, "POST", "/v1/envelopes", "k1", OPEN_BODY);
	assert_int_equal(first.status, 202);
	api_free(box->api);
	adapter_free(box->adapter);
	make_adapter(box, false);
	struct answer again = call(box, "POST", "/v1/envelopes", "k1", OPEN_BODY);
	assert_int_equal(again.status, 202);
	assert_string_equal(first.body, again.body);
	expect_problem(call(box, "POST", "/v1/envelopes", "k1", OPEN_BODY " "), 422, "IDEMPOTENCY_KEY_REUSED");
	snprintf(path, sizeof(path), "/v1/envelopes/%s", text(&first, "id"));
	struct answer shown = call(box, "GET", path, NULL, NULL);
	assert_int_equal(shown.status, 200);
	assert_string_equal(text(&shown, "state"), "queued");
	assert_true(strlen(text(&shown, "signature")) > 100);
	struct answer dossier = call(box, "GET", "/v1/dossiers/" DOSSIER, NULL, NULL);
	assert_int_equal(dossier.status, 200);
	assert_string_equal(text(&dossier, "source"), "local");
	done(&dossier);
	done(&shown);
	done(&first);
	done(&again);
}

static void expect_pointer(struct box *box, const char *body, const char *pointer)
{
	struct answer answer = call(box, "POST", "/v1/envelopes", "k", body);
	if (answer.status != 400 || strcmp(text(&answer, "code"), "BODY_MALFORMED") != 0 ||
	    strcmp(text(&answer, "pointer"), pointer) != 0)
		fail_msg("%s: expected %s, got %d %s", body, pointer, answer.status, answer.body);
	done(&answer);
}

static void test_bad_bodies_name_the_place(void **state)
{
	struct box *box = *state;
	expect_pointer(box, "{\"kind\":\"OPEN\",\"kind\":\"OPEN\"}", "");
	expect_pointer(box, "[1]", "");
	expect_pointer(box, "{\"kind\":\"OPEN\",\"colour\":1}", "/colour");
	expect_pointer(box, "{\"kind\":7}", "/kind");
	expect_pointer(box, "{\"kind\":7,\"dossier\":\"x\"}", "/kind");
	expect_pointer(box, "{\"kind\":\"OPEN\",\"dossier\":\"x\",\"to\":[]}", "/to");
	expect_pointer(box, "{\"kind\":\"OPEN\",\"dossier\":\"x\",\"to\":[{\"agency\":\"H37.24\",\"leg\":-1}]}",
		       "/to/0/leg");
	expect_pointer(box,
		       "{\"kind\":\"OPEN\",\"dossier\":\"x\",\"to\":[{\"agency\":\"H37.24\"}],"
		       "\"parts\":[{\"sha256\":\"zz\",\"name\":\"a\",\"media_type\":\"b/c\"}]}",
		       "/parts/0/sha256");
	struct answer unknown =
		call(box, "POST", "/v1/envelopes", "k",
		     "{\"kind\":\"OPEN\",\"dossier\":\"x\",\"procedure\":\"1.010828\",\"procedure_version\":1,"
		     "\"to\":[{\"agency\":\"H37.24\"}]}");
	assert_string_equal(text(&unknown, "code"), "DOSSIER_CODE_INVALID");
	done(&unknown);
	/* Longer than any code, with a character where it is cut. */
	expect_problem(call(box, "POST", "/v1/envelopes", "k2",
			    "{\"kind\":\"OPEN\",\"dossier\":\"H37.24-20261124-"
			    "000000100000000000000000000000000000000000000000000\","
			    "\"procedure\":\"1.010828\",\"procedure_version\":1,\"to\":[{\"agency\":\"H37.24\"}]}"),
		       422, "DOSSIER_CODE_INVALID");
	expect_problem(
		call(box, "POST", "/v1/envelopes", "k3",
		     "{\"kind\":\"OPEN\",\"dossier\":\"x\",\"sender\":\"Sở Xây dựng của một tỉnh rất xa và rất lớn\","
		     "\"procedure\":\"1.010828\",\"procedure_version\":1,\"to\":[{\"agency\":\"H37.24\"}]}"),
		422, "SENDER_NOT_SESSION");
}

#define SHA256_OF_X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define OPEN_WITH(more)                                                                                      \
	"{\"kind\":\"OPEN\",\"dossier\":\"" DOSSIER "\",\"procedure\":\"1.010828\",\"procedure_version\":1," \
	"\"to\":[{\"agency\":\"H37.24\"}]," more "}"

static void expect_form(struct box *box, const char *body, const char *code, const char *pointer, const char *detail)
{
	struct answer answer = call(box, "POST", "/v1/envelopes", "form", body);
	assert_string_equal(text(&answer, "code"), code);
	assert_string_equal(text(&answer, "pointer"), pointer);
	assert_string_equal(text(&answer, "detail"), detail);
	done(&answer);
}

/* Composed and without blanks at the edges is how it is signed; what else is not in form is refused with its place in the body. */
static void test_texts_come_into_form(void **state)
{
	struct box *box = *state;
	struct answer posted =
		call(box, "POST", "/v1/envelopes", "brought",
		     OPEN_WITH("\"subject\":\" Khai tu\\u031b\\u0309 "
			       "\\u00a0\",\"fields\":{\"xa\":\"\\u0110o\\u0302\\u0300ng \\u0110a\\u0306ng\\n\"}"));
	assert_int_equal(posted.status, 202);
	char path[128];
	struct lt_buf header = { 0 };
	snprintf(path, sizeof(path), "/v1/envelopes/%s", text(&posted, "id"));
	struct answer shown = call(box, "GET", path, NULL, NULL);
	assert_int_equal(base64_decode(text(&shown, "header"), strlen(text(&shown, "header")), &header), LT_OK);
	assert_non_null(memmem(header.data, header.len, "Khai tử", strlen("Khai tử")));
	assert_non_null(memmem(header.data, header.len, "Đồng Đăng", strlen("Đồng Đăng")));
	lt_buf_fini(&header);
	done(&shown);
	done(&posted);
	expect_form(box, OPEN_WITH("\"actor\":{\"officer\":\"Nguyễn Văn Ổn\"}"), "HEADER_MALFORMED", "/actor/officer",
		    "actor.officer: an id of 1 to 64 letters, digits, dots, hyphens and underscores");
	expect_form(box, OPEN_WITH("\"subject\":\"a\\u202e\""), "TEXT_NOT_IN_FORM", "/subject",
		    "subject: U+202E at character 2 turns the reading direction");
	expect_form(box, OPEN_WITH("\"fields\":{\"xa\":\"Đồng\\u200b\"}"), "TEXT_NOT_IN_FORM", "/fields/xa",
		    "fields[0].value: U+200B at character 5 shows nothing");
	done(&(struct answer[]){ call(box, "PUT", "/v1/parts", NULL, "x") }[0]);
	expect_form(box,
		    OPEN_WITH("\"body\":1,\"parts\":[{\"media_type\":\"a/b\",\"name\":\"12/"
			      "2026.pdf\",\"sha256\":\"" SHA256_OF_X "\"}]"),
		    "PART_NAME_INVALID", "/parts/0/name",
		    "parts[1].name: holds a /, which parts folders; write a paper's number with - or _");
}

#define ACT(kind, more)                                                                         \
	"{\"kind\":\"" kind "\",\"dossier\":\"" DOSSIER "\",\"branch\":1,\"branch_version\":3," \
	"\"to\":[{\"agency\":\"H37.24\"}]" more "}"
#define REPLY ",\"in_reply_to\":\"019ab3c4-0000-7000-8000-000000000001\""

/* The members of single kinds get into what is signed, and are refused where the kind has them not. */
static void test_members_of_single_kinds(void **state)
{
	static const char *const good[] = {
		ACT("CONSULT", ",\"due_at\":\"2030-03-02T10:00:00+07:00\""),
		ACT("OPINION", REPLY ",\"agree\":\"with_conditions\",\"reason\":\"nếu\""),
		ACT("REQUEST_SUPPLEMENT", ",\"reason\":\"thiếu\",\"items\":[\"Giấy khai sinh\"]"),
		ACT("REQUEST_FEE", ",\"amount\":150000"),
		ACT("FEE_PAID", REPLY ",\"amount\":150000"),
		ACT("WITHDRAW", ",\"reason\":\"rút\""),
		ACT("STOP", ",\"reason\":\"dừng\""),
		ACT("RESUME", ",\"reason\":\"tiếp\""),
		ACT("RECALL_ANSWER", REPLY ",\"agree\":false,\"reason\":\"đã vào sổ\""),
		ACT("APOLOGY", ",\"reason\":\"chậm\",\"due_at\":\"2030-03-02T10:00:00+07:00\""),
		ACT("STATUS", ",\"trace\":4"),
		ACT("FORWARD", ",\"facts\":{\"xa\":\"H37.24.07\"}"),
		ACT("TRANSFER", ",\"reason\":\"không thuộc thẩm quyền\""),
		ACT("RESULT", ",\"reason\":\"không đủ\",\"results\":[{\"code\":\"KQ.01\",\"leg\":\"tra\"}]"),
		ACT("FORWARD",
		    ",\"actor\":{\"unit\":\"Phòng Nội vụ\",\"officer\":\"cb-0147\",\"title\":\"Chuyên viên\"},"
		    "\"late_reason\":{\"code\":\"thieu-ho-so\",\"words\":\"Chờ trích lục\"}"),
		ACT("SUPPLEMENT", REPLY ",\"channel\":\"post\""),
		ACT("HANDED_OVER", ",\"hand_over\":{\"manner\":\"post\",\"at\":\"2030-03-02T10:00:00Z\"}"),
		ACT("STOP", ",\"reason\":\"dừng\",\"ground\":\"nd-118-dieu-19\""),
	};
	static const char *const refused[][2] = {
		{ ACT("STATUS", ""), "FIELD_REQUIRED" },
		{ ACT("OVERDUE", ""), "KIND_NOT_SUPPORTED" },
		{ ACT("RESULT", ",\"hand_over\":{\"manner\":\"post\",\"at\":\"2030-03-02T10:00:00Z\"}"),
		  "FIELD_NOT_ALLOWED" },
		{ ACT("RESULT", ",\"results\":[{\"code\":\"KQ 01\",\"leg\":\"tra\"}]"), "HEADER_MALFORMED" },
		{ ACT("RECALL_ANSWER", REPLY ",\"agree\":\"with_conditions\",\"reason\":\"nếu\""), "HEADER_MALFORMED" },
		{ ACT("FORWARD", ",\"actor\":{}"), "FIELD_REQUIRED" },
		{ ACT("FORWARD", ",\"amount\":1"), "FIELD_NOT_ALLOWED" },
	};
	struct box *box = *state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char key[16];
		snprintf(key, sizeof(key), "kind-%zu", i);
		struct answer answer = call(box, "POST", "/v1/envelopes", key, good[i]);
		if (answer.status != 202)
			fail_msg("%s: %d %s", good[i], answer.status, answer.body);
		done(&answer);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		expect_problem(call(box, "POST", "/v1/envelopes", "k", refused[i][0]), 422, refused[i][1]);
	expect_pointer(box, ACT("FORWARD", ",\"actor\":\"Ổn\""), "/actor");
	expect_pointer(box, ACT("FORWARD", ",\"actor\":{\"name\":\"Ổn\"}"), "/actor/name");
	expect_pointer(box, ACT("SUPPLEMENT", ",\"channel\":\"fax\""), "/channel");
	expect_pointer(box, ACT("FORWARD", ",\"late_reason\":{\"words\":\"vì\"}"), "/late_reason/code");
	expect_pointer(box, ACT("OPEN", ",\"foreign_codes\":[1]"), "/foreign_codes/0");
	expect_pointer(box, ACT("HANDED_OVER", ",\"hand_over\":{\"manner\":\"post\",\"at\":\"then\"}"),
		       "/hand_over/at");
	expect_pointer(box, ACT("CONSULT", ",\"due_at\":\"tomorrow\""), "/due_at");
	expect_pointer(box, ACT("OPINION", REPLY ",\"agree\":1"), "/agree");
	expect_pointer(box, ACT("REQUEST_SUPPLEMENT", ",\"items\":[1]"), "/items/0");
	expect_pointer(box, ACT("OPEN", ",\"fields\":{\"xa\":1}"), "/fields/xa");
	expect_pointer(box, ACT("OPEN", ",\"fields\":[]"), "/fields");
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_long_poll_ends_in_time(void **state)
{
	struct box *box = *state;
	double before = seconds();
	struct answer empty = call(box, "GET", "/v1/inbox?after=0&wait=1&limit=5", NULL, NULL);
	double took = seconds() - before;
	assert_int_equal(empty.status, 200);
	assert_int_equal(json_array_size(json_object_get(empty.json, "items")), 0);
	assert_true(took > 0.9 && took < 5);
	done(&empty);
	expect_problem(call(box, "GET", "/v1/inbox?after=x", NULL, NULL), 400, "QUERY_INVALID");
}

static void test_stop_with_a_poll_waiting(void **state)
{
	struct box *box = *state;
	static const char request[] =
		"GET /v1/inbox?wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " TOKEN "\r\n\r\n";
	int fd = connect_to(box);
	send_all(fd, request, sizeof(request) - 1);
	usleep(200000);
	double before = seconds();
	api_free(box->api);
	assert_true(seconds() - before < 10);
	box->api = NULL;
	close(fd);
}

static void test_a_unix_socket_needs_no_token(void **state)
{
	struct box *box = *state;
	api_free(box->api);
	adapter_free(box->adapter);
	make_adapter(box, true);
	struct answer answer = call_with(box, "GET", "/v1/inbox", "", "", 0);
	assert_int_equal(answer.status, 200);
	done(&answer);
}

static void test_only_loopback(void **state)
{
	struct box *box = *state;
	struct api *api = NULL;
	char error[200] = "";
	struct api_options options = { .listen = "0.0.0.0:0", .token = TOKEN, .adapter = box->adapter };
	assert_int_equal(api_new(&options, &api, error, sizeof(error)), LT_EINVAL);
	assert_non_null(strstr(error, "loopback"));
	options = (struct api_options){ .listen = "127.0.0.1:0", .token = "short", .adapter = box->adapter };
	assert_int_equal(api_new(&options, &api, error, sizeof(error)), LT_EINVAL);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_the_token_is_asked_for, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_unknown_paths_and_methods, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_parts_within_their_limit, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_post_is_idempotent_over_a_restart, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_bad_bodies_name_the_place, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_texts_come_into_form, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_members_of_single_kinds, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_long_poll_ends_in_time, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_stop_with_a_poll_waiting, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_unix_socket_needs_no_token, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_only_loopback, set_up, tear_down))
