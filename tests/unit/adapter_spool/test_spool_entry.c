/* test_spool_entry.c: what lies in the spool is read without trusting who put it there. */
#include "test.h"

#include "spool/spool_entry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY "{\"kind\":\"OPEN\"}"

struct box {
	char path[64];
	struct spool_folders folders;
	struct spool_entry entry;
	struct spool_fault fault;
};

static int set_up(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	snprintf(box->path, sizeof(box->path), "/tmp/lt-spool.XXXXXX");
	assert_non_null(mkdtemp(box->path));
	assert_int_equal(chmod(box->path, 0750), 0);
	assert_int_equal(spool_folders_open(box->path, &box->folders), LT_OK);
	*state = box;
	return 0;
}

static int tear_down(void **state)
{
	struct box *box = *state;
	char command[128];
	spool_entry_fini(&box->entry);
	spool_folders_close(&box->folders);
	snprintf(command, sizeof(command), "rm -r %s", box->path);
	assert_int_equal(system(command), 0);
	free(box);
	return 0;
}

static int64_t now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_REALTIME, &at);
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void put(const struct box *box, const char *name, const char *text)
{
	int fd = openat(box->folders.fd[SPOOL_OUT], name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void put_folder(const struct box *box, const char *name)
{
	assert_int_equal(mkdirat(box->folders.fd[SPOOL_OUT], name, 0700), 0);
}

static size_t taken;

static enum lt_err take_large(void *ctx, int fd, const struct stat *at, uint8_t sha256[32])
{
	(void)ctx;
	assert_true(fd >= 0 && at->st_size > LT_PART_MAX);
	memset(sha256, 7, 32);
	taken++;
	return LT_OK;
}

/* So long after its last change that it counts as whole. */
static enum lt_err read_late(struct box *box, const char *name)
{
	spool_entry_fini(&box->entry);
	return spool_entry_read(box->folders.fd[SPOOL_OUT], name, now() + SPOOL_DOUBT_US, take_large, NULL, &box->entry,
				&box->fault);
}

static void refused(struct box *box, const char *name, enum spool_fault_kind kind, const char *about)
{
	assert_int_equal(read_late(box, name), LT_EINVAL);
	assert_int_equal(box->fault.kind, kind);
	assert_string_equal(box->fault.about, about);
}

static void test_what_is_whole_is_read(void **state)
{
	struct box *box = *state;
	uint8_t alone[32], first[32];
	put(box, "một.json", BODY);
	assert_int_equal(read_late(box, "một.json"), LT_OK);
	assert_int_equal(box->entry.body.len, strlen(BODY));
	lt_sha256(lt_bytes(BODY, strlen(BODY)), alone);
	assert_memory_equal(box->entry.digest, alone, 32);
	put_folder(box, "hai");
	put(box, "hai/envelope.json", BODY);
	put(box, "hai/b.PDF", "b");
	put(box, "hai/a.txt", "a");
	put(box, "hai/.hidden", "");
	put(box, "hai/Thumbs.db", "t");
	put(box, "hai/Desktop.ini", "d");
	put(box, "hai/~$don.docx", "the name of who has it open");
	assert_int_equal(read_late(box, "hai"), LT_OK);
	assert_int_equal(box->entry.file_count, 2);
	assert_string_equal(box->entry.files[0].name, "a.txt");
	assert_string_equal(spool_media_type(box->entry.files[1].name), "application/pdf");
	memcpy(first, box->entry.digest, 32);
	put(box, "hai/a.txt", "c");
	assert_int_equal(read_late(box, "hai"), LT_OK);
	assert_memory_not_equal(box->entry.digest, first, 32);
}

/* As a Mac writes them: one name for people, two for a file system. */
static void test_a_name_has_one_form(void **state)
{
	struct box *box = *state;
	put_folder(box, "x");
	put(box, "x/envelope.json", BODY);
	put(box, "x/do\xcc\x9b.pdf", "1");
	assert_int_equal(read_late(box, "x"), LT_OK);
	assert_string_equal(box->entry.files[0].name, "dơ.pdf");
	put(box, "x/\xff.pdf", "1");
	refused(box, "x", SPOOL_NAME_ODD, "?.pdf");
	put(box, "\xc3.json", BODY);
	refused(box, "\xc3.json", SPOOL_NAME_ODD, "?.json");
}

static void test_what_is_no_plain_file_is_not_opened(void **state)
{
	struct box *box = *state;
	int out = box->folders.fd[SPOOL_OUT];
	put_folder(box, "x");
	put(box, "x/envelope.json", BODY);
	assert_int_equal(symlinkat("/etc/passwd", out, "a.json"), 0);
	refused(box, "a.json", SPOOL_NO_FILE, "a.json");
	assert_int_equal(symlinkat("x", out, "b"), 0);
	refused(box, "b", SPOOL_NO_FILE, "b");
	assert_int_equal(mkfifoat(out, "c.json", 0600), 0);
	refused(box, "c.json", SPOOL_NO_FILE, "c.json");
	assert_int_equal(symlinkat("/etc/passwd", out, "x/p.pdf"), 0);
	refused(box, "x", SPOOL_NO_FILE, "p.pdf");
	assert_int_equal(unlinkat(out, "x/p.pdf", 0), 0);
	assert_int_equal(linkat(out, "x/envelope.json", out, "second.json", 0), 0);
	refused(box, "x", SPOOL_SECOND_NAME, "envelope.json");
	assert_int_equal(unlinkat(out, "second.json", 0), 0);
	put_folder(box, "x/y");
	refused(box, "x", SPOOL_NO_FILE, "y");
	put(box, "plain", BODY);
	refused(box, "plain", SPOOL_NO_JSON, "plain");
}

static void test_sizes_are_bounded(void **state)
{
	struct box *box = *state;
	int out = box->folders.fd[SPOOL_OUT];
	char name[32];
	put(box, "a.json", BODY);
	assert_int_equal(truncate(strcat(strcpy((char[128]){ 0 }, box->path), "/out/a.json"), SPOOL_BODY_MAX + 1), 0);
	refused(box, "a.json", SPOOL_TOO_LARGE, "a.json");
	put_folder(box, "x");
	put(box, "x/envelope.json", BODY);
	for (unsigned i = 0; i <= LT_PARTS_MAX; i++) {
		snprintf(name, sizeof(name), "x/%02u.txt", i);
		put(box, name, "1");
	}
	refused(box, "x", SPOOL_TOO_MANY, "32.txt");
	assert_int_equal(unlinkat(out, name, 0), 0);
	assert_int_equal(read_late(box, "x"), LT_OK);
	put(box, "x/00.txt", "");
	refused(box, "x", SPOOL_EMPTY, "00.txt");
}

static void test_who_still_writes_is_waited_for(void **state)
{
	struct box *box = *state;
	int out = box->folders.fd[SPOOL_OUT];
	put_folder(box, "x");
	put(box, "x/a.pdf", "1");
	assert_int_equal(
		spool_entry_read(out, "x", now() + SPOOL_DOUBT_US / 2, take_large, NULL, &box->entry, &box->fault),
		LT_EAGAIN);
	refused(box, "x", SPOOL_NO_ENVELOPE, "x");
	put(box, "x/envelope.json", BODY);
	spool_entry_fini(&box->entry);
	assert_int_equal(spool_entry_read(out, "x", now(), take_large, NULL, &box->entry, &box->fault), LT_EAGAIN);
	assert_int_equal(read_late(box, "x"), LT_OK);
	spool_entry_fini(&box->entry); /* a clock that was ahead keeps nothing for ever */
	assert_int_equal(
		spool_entry_read(out, "x", now() - 3600 * INT64_C(1000000), take_large, NULL, &box->entry, &box->fault),
		LT_OK);
	assert_false(spool_entry_named(".x") || spool_entry_named("x.tmp") || spool_entry_named("x~"));
	assert_false(spool_entry_named("thumbs.db") || spool_entry_named("desktop.ini") ||
		     spool_entry_named("~$x.docx"));
	assert_true(spool_entry_named("desktop.json") && spool_entry_named("~x"));
	assert_int_equal(read_late(box, "gone.json"), LT_EAGAIN);
}

static void test_names_that_we_give(void **state)
{
	static const char *const names[][2] = { { "../../etc/passwd", "_._.._etc_passwd" },
						{ ".ẩn", "_ẩn" },
						{ "-rf", "_rf" },
						{ "a\nb\x1b[31m", "a_b_[31m" },
						{ "x\xff", "x_" },
						{ "a/b\\c:d", "a_b_c_d" },
						{ "cuối.", "cuối_" },
						{ "", "_" },
						{ "đơn (1).pdf", "đơn (1).pdf" } };
	struct box *box = *state;
	char out[SPOOL_NAME_MAX], longest[600];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(spool_clean_name(names[i][0], out), names[i][1]);
	for (size_t i = 0; i < 199; i++)
		memcpy(longest + i * 3, "ệ", 4);
	spool_clean_name(longest, out);
	assert_true(strlen(out) <= SPOOL_NAME_CUT && lt_text_valid(out, strlen(out)));
	int sent = box->folders.fd[SPOOL_SENT];
	assert_int_equal(spool_write(sent, "a.status.json", lt_bytes("1", 1), 0640), LT_OK);
	assert_int_equal(spool_free_name(sent, "a", ".status.json", out), LT_OK);
	assert_string_equal(out, "a.2");
}

static void test_nothing_is_replaced_and_no_link_followed(void **state)
{
	struct box *box = *state;
	int out = box->folders.fd[SPOOL_OUT], sent = box->folders.fd[SPOOL_SENT], fd;
	struct stat st;
	put(box, "a.json", BODY);
	assert_int_equal(spool_write(sent, "a.json", lt_bytes("1", 1), box->folders.file_mode), LT_OK);
	assert_int_equal(fstatat(sent, "a.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(spool_move(out, "a.json", sent, "a.json"), LT_EEXIST);
	assert_int_equal(spool_move(out, "b.json", sent, "b.json"), LT_ENOENT);
	assert_int_equal(symlinkat(box->path, sent, "link"), 0);
	assert_int_equal(spool_make_folder(sent, "link", 0700, &fd), LT_EIO);
	assert_int_equal(spool_remove(sent, "link"), LT_OK); /* the link, not what it leads to */
	assert_true(spool_there(out, "a.json"));
	assert_int_equal(symlinkat("/etc", sent, ".t.tmp"), 0);
	assert_int_equal(spool_write(sent, "t", lt_bytes("2", 1), 0600), LT_OK);
	/* A link in the place of one of the folders is none. */
	assert_int_equal(unlinkat(sent, "t", 0) | unlinkat(sent, "a.json", 0), 0);
	spool_folders_close(&box->folders);
	char path[128];
	snprintf(path, sizeof(path), "%s/done", box->path);
	assert_int_equal(rmdir(path) | symlink("/tmp", path), 0);
	assert_int_equal(spool_folders_open(box->path, &box->folders), LT_EIO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(spool_folders_open(box->path, &box->folders), LT_OK);
}

/* Over LT_PART_MAX it goes by what takes large parts, once nobody writes it any more; over 2 GiB it is none. */
static void test_a_large_part(void **state)
{
	struct box *box = *state;
	int out = box->folders.fd[SPOOL_OUT];
	put_folder(box, "x");
	put(box, "x/envelope.json", "{}");
	put(box, "x/scan.pdf", "%PDF");
	int fd = openat(out, "x/scan.pdf", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, LT_PART_MAX + 1), 0);
	taken = 0;
	spool_entry_fini(&box->entry);
	assert_int_equal(spool_entry_read(out, "x", now(), take_large, NULL, &box->entry, &box->fault), LT_EAGAIN);
	assert_int_equal(taken, 0);
	assert_int_equal(read_late(box, "x"), LT_OK);
	assert_int_equal(taken, 1);
	assert_int_equal(box->entry.file_count, 1);
	assert_int_equal(box->entry.files[0].data.len, 0);
	assert_int_equal(box->entry.files[0].sha256[31], 7);
	assert_int_equal(ftruncate(fd, (off_t)LT_LARGE_PART_MAX + 1), 0);
	close(fd);
	refused(box, "x", SPOOL_TOO_LARGE, "scan.pdf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_whole_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_has_one_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_plain_file_is_not_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sizes_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_still_writes_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_large_part, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_we_give, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_replaced_and_no_link_followed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
