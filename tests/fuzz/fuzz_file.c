/* fuzz_file.c: what people write as JSON: a procedure, an agencies file, a calendar of a year, a body of a call. The first byte says which. What is
 * read and holds comes back the same by way of its record and by way of its own file. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "law/file_agencies.h"
#include "law/file_calendar.h"
#include "law/file_office.h"
#include "law/file_procedure.h"
#include "law/procedure_check.h"

/* A file in memory with these bytes; the path is good until the next. */
static const char *file_of(const void *bytes, size_t size)
{
	static int fd = -1;
	static char path[64];
	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	return path;
}

/* The record of a procedure that holds, read again and written as a file, is the same record. */
static void come_back(const struct lt_procedure *procedure, struct lt_bytes record)
{
	struct procedure_file again;
	struct lt_buf bytes = { 0 };
	json_t *json = procedure_to_json(procedure);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	FUZZ_CHECK(text);
	enum lt_err err = procedure_load(file_of(text, strlen(text)), &again);
	if (err)
		fprintf(stderr, "%s\n%s\n", again.file.error, text);
	FUZZ_CHECK(!err);
	FUZZ_CHECK(lt_procedure_encode(&again.procedure, &bytes) == LT_OK);
	FUZZ_CHECK(bytes.len == record.len && memcmp(bytes.data, record.data, record.len) == 0);
	lt_buf_fini(&bytes);
	procedure_fini(&again);
	free(text);
	json_decref(json);
}

static void try_procedure(const char *path)
{
	static struct procedure_faults faults; /* large */
	struct procedure_file file;
	struct lt_procedure procedure;
	struct procedure_path longest;
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	enum lt_err err = procedure_load(path, &file);
	FUZZ_CHECK(!err == !file.file.error[0]);
	if (err == LT_OK || err == LT_EINVAL) {
		const struct procedure_agencies none = procedure_agencies_listed(NULL);
		faults.count = 0;
		procedure_check(&file.procedure, &none, &faults);
		procedure_check_rest(&file.procedure, &none, true, &faults);
	}
	if (!err && procedure_check_form(&file.procedure, &refusal) == LT_REASON_NONE) {
		faults.count = 0;
		procedure_check(&file.procedure, NULL, &faults);
		procedure_critical_path(&file.procedure, &(struct route_facts){ 0 }, &longest);
		FUZZ_CHECK(lt_procedure_encode(&file.procedure, &bytes) == LT_OK);
		FUZZ_CHECK(lt_procedure_decode(lt_buf_bytes(&bytes), fuzz_arena(), &procedure, &refusal) ==
			   LT_REASON_NONE);
		come_back(&procedure, lt_buf_bytes(&bytes));
	}
	lt_buf_fini(&bytes);
	procedure_fini(&file);
}

static enum lt_err take_hours(void *ctx, const char *agency, struct lt_bytes hours)
{
	(void)ctx;
	FUZZ_CHECK(agency[0] && hours.len > 0);
	return LT_OK;
}

static void try_agencies(const char *path)
{
	struct agencies agencies;
	char error[JSON_ERROR_MAX] = "";
	enum lt_err err = agencies_load(path, &agencies, error, sizeof(error));
	FUZZ_CHECK(!err == !error[0]);
	for (size_t i = 0; !err && i < agencies.count; i++) {
		json_t *json = agency_to_json(&agencies.items[i]);
		FUZZ_CHECK(json);
		json_decref(json);
	}
	if (!err)
		agencies_fini(&agencies);
	(void)office_each(path, take_hours, NULL, error, sizeof(error));
}

static void try_calendar(const char *path)
{
	struct calendar_file file;
	struct calendar *calendar = NULL;
	char error[JSON_ERROR_MAX] = "";
	struct lt_buf bytes = { 0 };
	if (calendar_file_load(path, &file) == LT_OK) {
		FUZZ_CHECK(calendar_files_join(&file, 1, NULL, &calendar, error, sizeof(error)) == LT_OK);
		FUZZ_CHECK(calendar_file_encode(&file, &bytes) == LT_OK);
		calendar_free(calendar);
	}
	lt_buf_fini(&bytes);
	calendar_file_fini(&file);
}

static void try_body(struct lt_bytes body)
{
	struct json_reader reader;
	struct lt_bytes raw;
	if (json_read_body(body, "fields", &reader) == LT_OK && json_raw(&reader, "fields", &raw) == LT_OK)
		FUZZ_CHECK(raw.data >= body.data && raw.data + raw.len <= body.data + body.len);
	json_reader_fini(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		try_procedure(file_of(data + 1, size - 1));
		break;
	case 1:
		try_agencies(file_of(data + 1, size - 1));
		break;
	case 2:
		try_calendar(file_of(data + 1, size - 1));
		break;
	default:
		try_body(lt_bytes(data + 1, size - 1));
	}
	return 0;
}
