/* page_delays.c: who caused delays, as the broker has counted and signed it: a zip to keep. /reports/delays.zip with dossier=CODE: of this one;
 * else of those that were late in the period, from= and until= as in /reports, of one agency=. It is asked in the operator's name. */
#include "pages.h"

#include <stdio.h>

#include "desk.h"
#include "pack/signed_zip.h"
#include "report/report.h"
#include "wire/directory.h"

static void refuse(struct visit *visit, unsigned status, const char *vietnamese, const char *english)
{
	layout_say(visit, status, vietnamese, english);
}

/* NULL: the page says why not. */
static struct lt_directory *read_directory(struct visit *visit)
{
	struct lt_control_request request = { .type = LT_CONTROL_DIRECTORY };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	struct signed_directory_record record;
	struct lt_directory *directory = NULL;
	struct lt_refusal refusal = { 0 };
	if (!answer || visit_ask(visit, &request, answer) != VISIT_TOLD || answer->reason ||
	    codec_signed_directory_decode(answer->directory, &record, &refusal) ||
	    lt_directory_parse(record.directory, &directory, &refusal))
		return NULL;
	return directory;
}

static void give(struct visit *visit, const struct lt_signed_text *text)
{
	struct lt_buf bytes = { 0 };
	struct lt_directory *directory = read_directory(visit);
	enum lt_err err = directory ? signed_zip_make(&(struct signed_zip){ "delays.json", text->text, text->signature,
									    text->certificate },
						      directory, &bytes)
				    : LT_EIO;
	if (err) {
		refuse(visit, 503, "Chưa lập được trích lục", "The extract cannot be made now");
	} else {
		html_bytes(&visit->html, lt_buf_bytes(&bytes));
		visit->type = "application/zip";
		snprintf(visit->file, sizeof(visit->file), "delays.zip");
	}
	lt_directory_free(directory);
	lt_buf_fini(&bytes);
}

static void ask(struct visit *visit, struct lt_delays_request *delays)
{
	struct lt_control_request request = { .type = LT_CONTROL_DELAYS, .delays = *delays };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	enum visit_told told = answer ? visit_ask(visit, &request, answer) : VISIT_FAILED;
	if (told != VISIT_TOLD)
		refuse(visit, 503, "Máy chủ chưa trả lời", "The broker does not answer");
	else if (answer->reason == LT_DOSSIER_UNKNOWN)
		refuse(visit, 404, "Không có hồ sơ với mã này", "There is no dossier with this code");
	else if (answer->reason)
		refuse(visit, 403, "Máy chủ không lập trích lục này", "The broker does not make this extract");
	else
		give(visit, &answer->delays);
}

static void ask_late(struct visit *visit)
{
	struct report_source *source = NULL;
	struct report_question question = pages_report_question(visit);
	char why[REPORT_WHY];
	const char *codes[LT_DELAYS_MAX];
	struct lt_delays_request delays = { .dossiers = codes, .agency = question.agency ? question.agency : "" };
	json_t *list = NULL;
	struct desk *desk = desk_of(visit);
	question.limit = 0;
	if (!desk_begin_report(visit)) {
		layout_busy(visit);
		return;
	}
	enum lt_err err = report_open(desk_path(desk), &source, why);
	if (!err)
		err = report_late(source, &question, LT_DELAYS_MAX, &list, &delays.from, &delays.until);
	report_close(source);
	desk_end_report(visit);
	if (err == LT_EFULL) {
		refuse(visit, 400, "Quá nhiều hồ sơ quá hạn để ký một lần: chọn kỳ ngắn hơn hoặc một cơ quan",
		       "Too many dossiers were late to sign them at once: take a shorter period or one agency");
	} else if (err) {
		refuse(visit, 503, "Chưa tính được báo cáo này", "This report cannot be counted now");
	} else if (json_array_size(list) == 0) {
		refuse(visit, 404, "Không có hồ sơ quá hạn trong kỳ này", "Nothing was late in this period");
	} else {
		for (; delays.count < json_array_size(list); delays.count++)
			codes[delays.count] = json_string_value(json_array_get(list, delays.count));
		ask(visit, &delays);
	}
	if (!err)
		json_decref(list);
}

void page_delays(struct visit *visit)
{
	const char *code = visit_query(visit, "dossier");
	visit->live = NULL;
	if (!code[0] && pages_report_unclear(visit)) /* what is signed is what was asked for */
		refuse(visit, 400, "Kỳ hoặc cơ quan trong địa chỉ không hiểu được",
		       "The period or the agency in the address is not understood");
	else if (code[0])
		ask(visit, &(struct lt_delays_request){ .count = 1, .dossiers = &code, .agency = "" });
	else
		ask_late(visit);
}
