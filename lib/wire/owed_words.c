/* owed_words.c: names and words of what somebody has to do now, and of what was said to a consultation. */
#include <lienthong/dossier.h>

#include "link.h"

#include <stddef.h>

/* A number is never used again. */
static const struct {
	const char *name, *english, *vietnamese;
} acts[] = {
	[LT_OWED_RECEIVE] = { "RECEIVE", "receive or reject it", "tiếp nhận hoặc từ chối hồ sơ" },
	[LT_OWED_ACCEPT] = { "ACCEPT", "accept or refuse it", "nhận hoặc từ chối hồ sơ được chuyển" },
	[LT_OWED_WORK] = { "WORK", "do its part and send it on", "xử lý và chuyển tiếp" },
	[LT_OWED_ANSWER_RECALL] = { "ANSWER_RECALL", "answer whether it gives it back", "trả lời yêu cầu lấy lại" },
	[LT_OWED_DECIDE_WITHDRAW] = { "DECIDE_WITHDRAW", "decide the withdrawal", "quyết định việc rút hồ sơ" },
	[LT_OWED_OPINION] = { "OPINION", "give an opinion", "cho ý kiến" },
	[LT_OWED_SUPPLEMENT] = { "SUPPLEMENT", "bring the papers that are asked for", "bổ sung giấy tờ" },
	[LT_OWED_FEE] = { "FEE", "have the fee paid", "thực hiện nghĩa vụ tài chính" },
	[LT_OWED_HAND_OUT] = { "HAND_OUT", "pass it on or hand it out", "chuyển, trả kết quả" },
	[LT_OWED_REFUSAL] = { "REFUSAL", "refuse it: papers were not brought", "từ chối vì không bổ sung giấy tờ" },
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

const char *lt_owed_name(uint32_t what)
{
	return what < ACTS && acts[what].name ? acts[what].name : "UNKNOWN";
}

const char *lt_owed_text(uint32_t what)
{
	return what < ACTS && acts[what].name ? acts[what].english : "?";
}

const char *lt_owed_vietnamese(uint32_t what)
{
	return what < ACTS && acts[what].name ? acts[what].vietnamese : "?";
}

const struct lt_stay *lt_owed_wait(const struct lt_dossier_view *view, const struct lt_owed *owed)
{
	for (size_t i = 0; owed->what == LT_OWED_ACCEPT && i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		if (stay->number == 0 && stay->to[0] && stay->branch == owed->branch)
			return stay;
	}
	return NULL;
}

unsigned lt_consult_state(const struct lt_consult_view *consult, const struct lt_consult_answer *answer)
{
	if (answer->silent_at)
		return consult->on_silence == 1 ? 5 : answer->agree == LT_AGREE_NONE ? 4 : 3;
	if (answer->agree == LT_AGREE_NONE)
		return 0;
	return answer->late ? 3 : answer->agree == LT_AGREE_NO ? 2 : 1;
}
