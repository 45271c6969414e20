/* json.h: JSON from outside, read strictly: files that people write, and bodies of calls. Refused are bad syntax, a key twice, a key
 * that is not known, a value of the wrong kind; each complaint with its JSON Pointer (RFC 6901), in a file with its line too.
 * The first complaint stays; those after it are kept too, for who reads on. One thread. */
#ifndef PROGRAM_JSON_H
#define PROGRAM_JSON_H

#include <lienthong/base.h>
#include <lienthong/text.h>
#include <jansson.h>

#define JSON_FILE_MAX (64u << 20) /* bytes: 10,000 agencies with certificates are about 30 MiB */
#define JSON_POINTER_MAX 256u
#define JSON_ERROR_MAX 512u
#define JSON_ERRORS_MAX (32u << 10) /* bytes of complaints after the first: 64 of the longest, no more are read */

#define JSON_FAULTS_MAX 16u /* complaints about a body that one answer names; the others come with the next */

struct json_fault {
	struct lt_refusal refusal;
	char pointer[JSON_POINTER_MAX];
};
struct json_reader {
	const char *path;   /* of a file, borrowed; NULL: a body */
	struct lt_buf text; /* of a file */
	json_t *root;
	struct lt_bytes body; /* of a body, borrowed: as it came */
	/* After a complaint: the first one. */
	struct lt_refusal
		refusal; /* of a file "POINTER: ..."; LT_BODY_MALFORMED unless the caller has refused otherwise */
	char pointer[JSON_POINTER_MAX]; /* "": the whole */
	char error[JSON_ERROR_MAX];     /* of a file: "PATH:LINE: POINTER: ...", one line for a person */
	struct lt_buf others;           /* of a file: the complaints after the first, a line each */
	size_t fault_count;             /* of a body: all complaints, at most JSON_FAULTS_MAX */
	struct json_fault *faults;
};
/* Both fill `out` in any case: json_reader_fini. LT_EIO (a file that cannot be read), LT_EFULL, LT_EPARSE.
 * A file may hold any value, a body an object. Members of a body that are null are taken out: they are absent. Numbers of the member
 * `raw` (may be NULL) are not read, so they may be of any size; json_raw gives that member's bytes. */
enum lt_err json_read_file(const char *path, struct json_reader *out);
enum lt_err json_read_body(struct lt_bytes body, const char *raw, struct json_reader *out);
/* The bytes of the body's member as they came. LT_ENOENT: the body has it not; LT_EINVAL: refused, its name is written with escapes. */
enum lt_err json_raw(struct json_reader *reader, const char *key, struct lt_bytes *out);
void json_reader_fini(struct json_reader *reader);
/* Complains about the value at a pointer. Always LT_EINVAL. */
enum lt_err json_refuse(struct json_reader *reader, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same of a body, for another reason than LT_BODY_MALFORMED; always LT_EINVAL. */
enum lt_err json_refuse_as(struct json_reader *reader, const char *pointer, enum lt_reason reason, const char *format,
			   ...) __attribute__((format(printf, 4, 5)));
enum lt_err json_add_fault(struct json_reader *reader, const char *pointer, const struct lt_refusal *refusal);
/* "AT/KEY", cut to fit; returns out. */
const char *json_pointer(char out[JSON_POINTER_MAX], const char *at, const char *key);
/* Line of the value at a pointer, from 1; the nearest parent's when there is no such value. */
unsigned json_line(const char *text, size_t len, const char *pointer);
/* Where it begins and ends in a text, whatever the text is. False: there is no such value. */
bool json_place(const char *text, size_t len, const char *pointer, size_t *begin, size_t *end);

/* Where the values of an array stand, in one walk; at most `max` places are kept. How many there are; SIZE_MAX: there is no array. */
struct json_place {
	size_t begin, end;
};
size_t json_places(const char *text, size_t len, const char *pointer, struct json_place *out, size_t max);

/* Readers of an object's members; `at` is the object's pointer. An absent member leaves *out as it is, unless required; so does one
 * that is refused. Texts and lists are views into the root. */
enum lt_err json_read_text(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			   bool required, const char **out);
enum lt_err json_read_u32(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			  bool required, uint32_t *out);
enum lt_err json_read_u64(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			  uint64_t max, uint64_t *out);
/* An array of at most max values, or NULL. */
enum lt_err json_read_list(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			   size_t max, const json_t **out);
/* An array of texts, or NULL. */
enum lt_err json_read_texts(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			    const json_t **out);
/* Brings each text of a value into its form, as lt_text_bring does: for texts that nobody has signed yet. NULL is nothing. Members'
 * names stay. LT_ENOMEM. */
enum lt_err json_bring(json_t *value);
/* Refuses a text that is not in form, with the character and its place. */
enum lt_err json_check_form(struct json_reader *reader, const char *pointer, const char *text, enum lt_text_form form);
/* Refuses members that are not in `keys` (ended by NULL). */
enum lt_err json_check_keys(struct json_reader *reader, const json_t *object, const char *at, const char *const *keys);

#endif
