/* json_file.h: JSON files that people write. Refused with file, line and JSON Pointer (RFC 6901): bad syntax, a key
 * twice, a key that is not known, a value of the wrong kind. One thread. */
#ifndef FILES_JSON_FILE_H
#define FILES_JSON_FILE_H

#include <lienthong/base.h>
#include <jansson.h>

#define JSON_FILE_MAX (64u << 20) /* bytes: 10,000 agencies with certificates are about 30 MiB */
#define JSON_POINTER_MAX 256u

struct json_file {
	const char *path; /* borrowed */
	struct lt_buf text;
	json_t *root;
	char error[512]; /* one line for a person, after a function here has failed */
};
/* LT_EIO, LT_EPARSE; error is filled. json_file_fini in any case. */
enum lt_err json_file_open(const char *path, struct json_file *out);
void json_file_fini(struct json_file *file);
/* Fills error: "PATH:LINE: POINTER: ...". Keeps the first one. Always LT_EINVAL. */
enum lt_err json_file_refuse(struct json_file *file, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Line of the value at a pointer, from 1; the nearest parent's when there is no such value. */
unsigned json_file_line(const char *text, size_t len, const char *pointer);

/* Readers of an object's members; `at` is the object's pointer. An absent member leaves *out as it is, unless required. */
enum lt_err json_read_text(struct json_file *file, const json_t *object, const char *at, const char *key, bool required,
			   const char **out);
enum lt_err json_read_u32(struct json_file *file, const json_t *object, const char *at, const char *key, bool required,
			  uint32_t *out);
/* An array of texts or nothing: *out is the array or NULL. */
enum lt_err json_read_texts(struct json_file *file, const json_t *object, const char *at, const char *key,
			    const json_t **out);
/* Refuses members that are not in `keys` (ended by NULL). */
enum lt_err json_check_keys(struct json_file *file, const json_t *object, const char *at, const char *const *keys);

#endif
