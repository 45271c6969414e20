/* lists.c: revocation lists by their CA. */
#include "lists.h"

#include "identity/crl.h"
#include "program/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MARGIN_MAX_US (7 * 24 * 3600 * INT64_C(1000000)) /* of a list of a month or more */

#define LIST_MAX (4u << 20) /* bytes: SPEC.md, "Limits" */
#define SUFFIX ".crl"

struct list {
	uint8_t ca[32], sha256[32];
	struct lt_buf der;
};
struct lists {
	char *folder; /* NULL: none */
	size_t count;
	struct list items[LISTS_MAX];
};

enum lt_err lists_new(const char *folder, struct lists **out)
{
	struct lists *lists = calloc(1, sizeof(*lists));
	if (!lists)
		return LT_ENOMEM;
	if (folder && mkdir(folder, 0700) != 0 && errno != EEXIST) {
		free(lists);
		return LT_EIO;
	}
	if (folder && !(lists->folder = strdup(folder))) {
		free(lists);
		return LT_ENOMEM;
	}
	*out = lists;
	return LT_OK;
}

void lists_clear(struct lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		lt_buf_fini(&lists->items[i].der);
	lists->count = 0;
}

void lists_free(struct lists *lists)
{
	if (!lists)
		return;
	lists_clear(lists);
	free(lists->folder);
	free(lists);
}

/* Name and key of the CA that a list names: two CAs may have one name. */
static enum lt_err name_ca(struct lt_bytes der, struct crl_info *info, uint8_t ca[32])
{
	struct lt_buf name = { 0 };
	if (der.len > LIST_MAX || crl_read(der, info))
		return LT_EPARSE;
	enum lt_err err = lt_buf_append(&name, info->issuer.data, info->issuer.len);
	if (!err && info->ca_key.len > 0)
		err = lt_buf_append(&name, info->ca_key.data, info->ca_key.len);
	lt_sha256(lt_buf_bytes(&name), ca);
	lt_buf_fini(&name);
	return err;
}

static struct list *of_ca(const struct lists *lists, const uint8_t ca[32])
{
	for (size_t i = 0; i < lists->count; i++) {
		if (memcmp(lists->items[i].ca, ca, 32) == 0)
			return (struct list *)&lists->items[i];
	}
	return NULL;
}

enum lt_err lists_check(const struct lists *lists, struct lt_bytes der)
{
	uint8_t ca[32];
	struct crl_info info, ours;
	enum lt_err err = name_ca(der, &info, ca);
	if (err)
		return err;
	const struct list *list = of_ca(lists, ca);
	if (!list)
		return lists->count < LISTS_MAX ? LT_OK : LT_EFULL;
	if (crl_read(lt_buf_bytes(&list->der), &ours))
		return LT_OK;
	bool older = strcmp(info.this_update, ours.this_update) < 0 || crl_number_below(&info, &ours);
	return older || lt_bytes_equal(der, lt_buf_bytes(&list->der)) ? LT_EEXIST : LT_OK;
}

void lists_take(struct lists *lists, struct lt_bytes der)
{
	uint8_t ca[32];
	struct crl_info info;
	LT_ASSERT(name_ca(der, &info, ca) == LT_OK);
	struct list *list = of_ca(lists, ca);
	if (!list) {
		LT_ASSERT(lists->count < LISTS_MAX);
		list = &lists->items[lists->count++];
		*list = (struct list){ 0 };
		memcpy(list->ca, ca, sizeof(ca));
	}
	lt_buf_clear(&list->der);
	if (lt_buf_append(&list->der, der.data, der.len))
		lt_fatal("out of memory: revocation list");
	lt_sha256(der, list->sha256);
}

void lists_read_kept(struct lists *lists, void (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	struct lt_buf file = { 0 };
	DIR *folder = lists->folder ? opendir(lists->folder) : NULL;
	for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
		char path[4096];
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, SUFFIX) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", lists->folder, entry->d_name);
		lt_buf_clear(&file);
		if (lt_file_read(path, LIST_MAX, &file))
			lt_log(LT_LOG_WARNING, "a revocation list on disk cannot be read", "path", path, NULL);
		else
			each(ctx, lt_buf_bytes(&file));
	}
	if (folder)
		closedir(folder);
	lt_buf_fini(&file);
}

enum lt_err lists_keep(const struct lists *lists, struct lt_bytes der)
{
	char hex[65], path[4096];
	uint8_t ca[32];
	struct crl_info info;
	enum lt_err err = name_ca(der, &info, ca);
	if (err || !lists->folder)
		return err;
	lt_hex(lt_bytes(ca, sizeof(ca)), hex);
	snprintf(path, sizeof(path), "%s/%s" SUFFIX, lists->folder, hex);
	return lt_file_write(path, der, 0600);
}

size_t lists_count(const struct lists *lists)
{
	return lists->count;
}

struct lt_bytes lists_at(const struct lists *lists, size_t index)
{
	return lt_buf_bytes(&lists->items[index].der);
}

const struct lt_buf *lists_find(const struct lists *lists, const uint8_t sha256[32])
{
	for (size_t i = 0; i < lists->count; i++) {
		if (memcmp(lists->items[i].sha256, sha256, 32) == 0)
			return &lists->items[i].der;
	}
	return NULL;
}

int64_t lists_first_end(const struct lists *lists, int64_t *margin)
{
	int64_t first = 0;
	*margin = MARGIN_MAX_US;
	for (size_t i = 0; i < lists->count; i++) {
		struct crl_info info;
		int64_t end = crl_read(lists_at(lists, i), &info) ? 0 : crl_time(info.next_update);
		if (!end || (first && end >= first))
			continue;
		int64_t quarter = (end - crl_time(info.this_update)) / 4;
		*margin = quarter < MARGIN_MAX_US ? quarter : MARGIN_MAX_US;
		first = end;
	}
	return first;
}
