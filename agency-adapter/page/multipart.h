/* multipart.h: a form with files as a browser sends it (RFC 7578, RFC 2046), read while it comes. Nothing of a file is kept here: its bytes go
 * to the sink, which may say that it is full. Strict: what is no form of a browser is refused. One thread. */
#ifndef PAGE_MULTIPART_H
#define PAGE_MULTIPART_H

#include <lienthong/reason.h>

#define MULTIPART_BOUNDARY_MAX 70u /* RFC 2046 */
#define MULTIPART_HEAD_MAX 4096u   /* bytes of a part's headers: a name and a file's name */
#define MULTIPART_NAME_MAX 64u     /* with the end: fields have short names, the page's own */
#define MULTIPART_FILE_MAX 1024u   /* with the end: file systems take 255 bytes, browsers write some as three */

struct multipart_part {
	char name[MULTIPART_NAME_MAX];
	bool is_file;
	char file[MULTIPART_FILE_MAX]; /* "": no file was chosen */
	char media_type[128];
};
struct multipart_sink {
	bool (*begin)(void *ctx,
		      const struct multipart_part *part); /* false: the form is refused, nothing more of it is read */
	size_t (*take)(void *ctx, const char *data, size_t len); /* how many it has taken; fewer: it is full */
	bool (*end)(void *ctx);                                  /* false: nothing more until the next multipart_feed */
	void *ctx;
};
enum multipart_state {
	MULTIPART_BEFORE,
	MULTIPART_LINE,
	MULTIPART_HEAD,
	MULTIPART_BODY,
	MULTIPART_DONE,
	MULTIPART_WRONG
};
struct multipart {
	struct multipart_sink sink;
	enum multipart_state state;
	char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1]; /* CR LF - - boundary */
	size_t delimiter_len, matched;
	size_t owed; /* of `matched` bytes that were no delimiter: they are still to be given to the sink */
	size_t given;
	char line[2];
	size_t line_len, head_len;
	char head[MULTIPART_HEAD_MAX + 1];
	struct multipart_part part;
};
/* Of the header Content-Type. False: it is no form of this sort. */
bool multipart_init(struct multipart *multipart, const char *content_type, const struct multipart_sink *sink);
/* Reads; *size: what is left, when the sink was full or wants no more now. */
void multipart_feed(struct multipart *multipart, const char *data, size_t *size);
bool multipart_done(
	const struct multipart *multipart); /* its end has come; else, at the body's end, it was cut off or is wrong */

#endif
