/* spool_say.c: texts for people. */
#include "spool_say.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <string.h>

static const struct {
	const char *vietnamese, *english;
} faults[SPOOL_FAULTS] = {
	[SPOOL_NO_FAULT] = { "", "" },
	[SPOOL_NO_JSON] = { "không phải tệp .json cũng không phải thư mục. Mỗi phong bì là một tệp TÊN.json, hoặc một "
			    "thư mục có "
			    "envelope.json và các tệp thành phần",
			    "neither a .json file nor a folder. An envelope is a file NAME.json, or a folder with "
			    "envelope.json and its parts" },
	[SPOOL_NO_FILE] = { "là liên kết, thiết bị hoặc thư mục con, không phải tệp thường. Hãy chép chính tệp đó vào",
			    "is a link, a device or a folder inside, and no plain file. Copy the file itself" },
	[SPOOL_SECOND_NAME] = { "có tên thứ hai ở nơi khác (liên kết cứng). Hãy chép tệp thay vì liên kết",
				"has a second name elsewhere (a hard link). Copy the file instead of linking it" },
	[SPOOL_NO_RIGHT] = { "bộ nối không có quyền đọc. Hãy cấp quyền đọc cho nhóm của thư mục spool",
			     "the adapter may not read it. Let the group of the spool's folder read it" },
	[SPOOL_NO_ENVELOPE] = { "thư mục không có tệp envelope.json. Hãy thêm tệp đó",
				"the folder has no file envelope.json. Add it" },
	[SPOOL_EMPTY] = { "tệp trống. Hãy ghi xong rồi mới đổi tên vào thư mục out",
			  "the file is empty. Finish writing before it is renamed into out" },
	[SPOOL_TOO_LARGE] = { "tệp quá lớn: envelope.json tối đa 1,5 MiB, mỗi tệp thành phần tối đa 2 GiB",
			      "too large: envelope.json may have 1.5 MiB, a part 2 GiB" },
	[SPOOL_TOO_MANY] = { "có quá nhiều tệp: một phong bì mang tối đa 32 tệp thành phần",
			     "too many files: an envelope carries at most 32 parts" },
	[SPOOL_NAME_ODD] = { "tên không phải UTF-8. Hãy đổi tên", "the name is no UTF-8. Give it another" },
	[SPOOL_NOT_NAMED] = { "tệp nằm trong thư mục mà \"parts\" của envelope.json không nêu, hoặc nêu với sha256 "
			      "khác. Hãy thêm "
			      "tên tệp vào \"parts\", bỏ \"parts\" để gửi mọi tệp, hoặc lấy tệp ra",
			      "lies in the folder, and \"parts\" of envelope.json does not name it, or with another "
			      "sha256. Name it "
			      "there, leave \"parts\" out so that every file goes, or take it away" },
};

static enum lt_err begin(struct lt_buf *out, const char *name, int64_t now, const char *what)
{
	char at[LT_TIME_TEXT];
	lt_time_format(now, at);
	return lt_buf_printf(out, "%s\n%s\n%s\n\n", name, at, what);
}

static enum lt_err end(struct lt_buf *out)
{
	return lt_buf_printf(
		out, "\n"
		     "Cách gửi lại: sửa xong thì chuyển (đổi tên) mục này trở lại thư mục out. Tệp văn bản này để lại "
		     "cũng được.\n"
		     "To send it again: mend it, then move (rename) the entry back into out. This text may stay.\n");
}

enum lt_err spool_say_fault(struct lt_buf *out, const char *name, int64_t now, const struct spool_fault *fault)
{
	enum lt_err err = begin(out, name, now, "Chưa gửi được phong bì này. / This envelope was not sent.");
	if (!err)
		err = lt_buf_printf(out, "vi: %s: %s.\nen: %s: %s.\n", fault->about, faults[fault->kind].vietnamese,
				    fault->about, faults[fault->kind].english);
	return err ? err : end(out);
}

/* Reason, what exactly, and where. */
static enum lt_err complain(struct lt_buf *out, const struct lt_refusal *refusal, const char *pointer,
			    struct lt_bytes json)
{
	char said[LT_SENTENCE_TEXT];
	unsigned line = json_line((const char *)json.data, json.len, pointer);
	enum lt_err err = lt_buf_printf(out, "%s\n", lt_reason_name(refusal->reason));
	if (!err && *pointer)
		err = lt_buf_printf(out, "  %s (dòng / line %u)\n", pointer, line);
	if (!err)
		err = lt_buf_printf(out, "  vi: %s %s\n", lt_reason_vietnamese(refusal->reason),
				    lt_refusal_say(refusal, LT_VIETNAMESE, said, sizeof(said)));
	if (!err)
		err = lt_buf_printf(out, "  en: %s %s\n", lt_reason_text(refusal->reason),
				    lt_refusal_say(refusal, LT_ENGLISH, said, sizeof(said)));
	return err;
}

enum lt_err spool_say_refusal(struct lt_buf *out, const char *name, int64_t now, const struct lt_refusal *refusal,
			      const char *pointer, struct lt_bytes json)
{
	enum lt_err err = begin(out, name, now, "Chưa gửi được phong bì này. / This envelope was not sent.");
	if (!err)
		err = complain(out, refusal, pointer, json);
	return err ? err : end(out);
}

enum lt_err spool_say_complaints(struct lt_buf *out, const char *name, int64_t now, const struct json_reader *reader,
				 struct lt_bytes json)
{
	enum lt_err err = begin(out, name, now, "Chưa gửi được phong bì này. / This envelope was not sent.");
	for (size_t i = 0; i < reader->fault_count && !err; i++)
		err = complain(out, &reader->faults[i].refusal, reader->faults[i].pointer, json);
	if (reader->fault_count == 0 && !err)
		err = complain(out, &reader->refusal, reader->pointer, json);
	return err ? err : end(out);
}

enum lt_err spool_say_rejection(struct lt_buf *out, const char *name, int64_t now, const char *id,
				const struct outbox_rejection *rejection)
{
	enum lt_err err =
		begin(out, name, now, "Trục không nhận phong bì này. / The broker has not taken this envelope.");
	if (!err)
		err = lt_buf_printf(out, "id %s\n%s\n  vi: %s %s\n  en: %s %s\n", id, lt_reason_name(rejection->reason),
				    lt_reason_vietnamese(rejection->reason), rejection->vietnamese,
				    lt_reason_text(rejection->reason), rejection->detail);
	return err ? err : end(out);
}
