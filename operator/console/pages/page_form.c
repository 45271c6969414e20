/* page_form.c: form 06, the control sheet, as a PDF: asked of the broker over the operator's own connection, as `lienthong form` does it, and made by
 * a program of its own. Names and addresses of citizens stand in it: who may not see papers gets none. */
#include "pages.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli_program.h"
#include "form/form_document.h"
#include "paper/form_helper.h"

/* One at a time: each asks the broker for all records of a dossier, and takes a process and seconds. */
static pthread_mutex_t one_form = PTHREAD_MUTEX_INITIALIZER;

static int load_facts(struct form_facts *facts)
{
	char path[CLI_PATH_MAX];
	const char *folder = access(cli_path(path, LT_DATADIR, "forms.json"), R_OK) == 0 ? LT_DATADIR : LT_SHAREDIR;
	return form_facts_load(cli_path(path, folder, "forms.json"), facts) ? EX_SOFTWARE : EX_OK;
}

static int make_document(struct control_client *control, const char *code, enum lt_language language,
			 const struct form_facts *facts, json_t **out)
{
	struct lt_directory *directory = NULL;
	struct form_history history = { 0 };
	struct form_job job = { .form = "06", .lang = language == LT_ENGLISH ? "en" : "vi", .facts = facts };
	int result = control_directory(control, &directory);
	if (result == EX_OK) {
		result = form_history_load(control, directory, code, &history);
		if (result == EX_OK)
			result = form_document(&job, &history, out);
		form_history_fini(&history);
	}
	lt_directory_free(directory);
	return result;
}

/* Over the session's connection, which is nobody else's meanwhile. */
static int ask(struct visit *visit, const char *code, const struct form_facts *facts, json_t **out)
{
	struct console_session *session = visit->session;
	struct control_client *control = NULL;
	pthread_mutex_lock(&session->lock);
	int result = session->line ? control_lend(&session->line, &control) : EX_UNAVAILABLE;
	if (result == EX_OK)
		result = make_document(control, code, visit->html.language, facts, out);
	control_close(control);
	pthread_mutex_unlock(&session->lock);
	return result;
}

static int print(struct visit *visit, const json_t *document)
{
	char helper[CLI_PATH_MAX], error[FORM_ERROR];
	char *text = json_dumps(document, JSON_COMPACT);
	int result = text ? cli_find_program(FORM_HELPER, "../libexec/lienthong", LT_LIBEXECDIR, helper) : EX_SOFTWARE;
	if (result == EX_OK && form_helper_run(helper, text, &visit->html.bytes, error))
		result = say_fail(EX_SOFTWARE, "%s", error);
	free(text);
	return result;
}

static int make(struct visit *visit, const char *code)
{
	struct form_facts facts = { 0 };
	json_t *document = NULL;
	pthread_mutex_lock(&one_form);
	int result = load_facts(&facts);
	if (result == EX_OK)
		result = ask(visit, code, &facts, &document);
	if (result == EX_OK)
		result = print(visit, document);
	pthread_mutex_unlock(&one_form);
	json_decref(document);
	form_facts_fini(&facts);
	return result;
}

void page_form(struct visit *visit)
{
	const char *code = visit->path + strlen("/forms/06/");
	int result = make(visit, code);
	if (result != EX_OK)
		lt_buf_clear(&visit->html.bytes);
	if (result == EX_NOINPUT)
		layout_say(visit, 404, "Không có hồ sơ với mã này", "There is no dossier with this code");
	else if (result == EX_UNAVAILABLE)
		layout_say(visit, 503, "Máy chủ không trả lời phiên này; hãy đăng nhập lại",
			   "The broker does not answer this session; log in again");
	else if (result != EX_OK)
		layout_say(visit, 403, "Chưa lập được phiếu: mẫu 06 cần quyền auditor, và dữ liệu của máy chủ",
			   "No sheet was made: form 06 needs the role auditor, and the broker's data");
	if (result != EX_OK)
		return;
	visit->type = "application/pdf";
	snprintf(visit->file, sizeof(visit->file), "%.64s-06.pdf", code); /* the broker knows it: it is a code */
}
