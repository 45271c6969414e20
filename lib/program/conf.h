/* conf.h: configuration files of the daemons (INI by libinih), read into a plain table. In-tree programs only.
 * Refused by file, line and name: unknown sections and keys, a key twice, lines over 190 bytes, indented lines,
 * values that are not of their type, a required key that is missing, a file that is not there;
 * for a word that is near to a known one, with that. */
#ifndef LIENTHONG_SDK_CONF_H
#define LIENTHONG_SDK_CONF_H

#include <lienthong/base.h>

enum lt_conf_type { LT_CONF_STRING, LT_CONF_ENDPOINT, LT_CONF_PATH, LT_CONF_FILE, LT_CONF_U64, LT_CONF_BOOL };
struct lt_conf_key {
	const char *section, *name;
	enum lt_conf_type type;
	void *target; /* char ** (owned by the caller afterwards), uint64_t *, bool * */
	bool required;
	uint64_t min, max; /* U64; a suffix K, M, G multiplies by 1024 */
};
/* Targets hold their defaults before the call: literals or NULL for texts, which are never freed here; after success
 * each text is on the heap, also when it is the default. After an error no target has changed. max 0 sets no bound.
 * FILE is a PATH of something that must be there already: LT_ENOENT with its line when it is not.
 * ENDPOINT is a STRING "tcp://ADDRESS:PORT". BOOL is yes, no, true or false. Relative PATH values, defaults too, are taken from the configuration file's folder.
 * Sections written "[name ARG]" go key by key to `section_arg`, which may be NULL when the file has none; it answers
 * LT_ENOENT for a key it does not know, LT_EINVAL for a value, and LT_EIO for a file that is not there (lt_conf_there). PATHs
 * there are resolved with lt_conf_path.
 * LT_EINVAL, LT_EIO, LT_ENOENT; error gets one line for a person: file, line, name, what is wrong. */
enum lt_err lt_conf_load(const char *path, const struct lt_conf_key *keys, size_t count,
			 enum lt_err (*section_arg)(void *ctx, const char *section, const char *arg, const char *name,
						    const char *value),
			 void *ctx, char *error, size_t error_size);
/* Resolves a relative path against the folder of `conf_path`; the caller frees it. NULL when out of memory. */
char *lt_conf_path(const char *conf_path, const char *value);
bool lt_conf_there(const char *path); /* false: certainly not */

#endif
