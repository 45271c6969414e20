/* words.c: the console's words. */
#include "words.h"

#include "law/status.h"
#include "record/definitions.h"

#include <lienthong/envelope.h>

struct word_pair {
	uint32_t number;
	const char *vietnamese, *english;
};

static const char *find(const struct word_pair *words, size_t count, uint32_t number, enum lt_language language)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i].number == number)
			return language == LT_ENGLISH ? words[i].english : words[i].vietnamese;
	}
	return "?";
}
#define FIND(words, number, language) find(words, sizeof(words) / sizeof((words)[0]), number, language)

const char *word_status(uint32_t status, enum lt_language language)
{
	return language == LT_ENGLISH ? status_name((enum status)status) : status_vietnamese(status);
}

const char *word_owed(uint32_t what, enum lt_language language)
{
	return language == LT_ENGLISH ? lt_owed_text(what) : lt_owed_vietnamese(what);
}

const char *word_kind(uint32_t kind, enum lt_language language)
{
	static const struct word_pair kinds[] = {
		{ LT_KIND_OPEN, "Mở hồ sơ", "Open" },
		{ LT_KIND_FORWARD, "Chuyển", "Hand on" },
		{ LT_KIND_ACCEPT, "Tiếp nhận", "Accept" },
		{ LT_KIND_REFUSE, "Từ chối nhận", "Refuse" },
		{ LT_KIND_RETURN, "Trả lại", "Give back" },
		{ LT_KIND_RECALL, "Lấy lại", "Recall" },
		{ LT_KIND_RESULT, "Có kết quả", "Result" },
		{ LT_KIND_HANDED_OVER, "Trả kết quả cho dân", "Hand over" },
		{ LT_KIND_CONSULT, "Lấy ý kiến", "Ask for opinions" },
		{ LT_KIND_OPINION, "Cho ý kiến", "Opinion" },
		{ LT_KIND_REQUEST_SUPPLEMENT, "Yêu cầu bổ sung", "Ask for papers" },
		{ LT_KIND_SUPPLEMENT, "Bổ sung", "Papers brought" },
		{ LT_KIND_REQUEST_FEE, "Yêu cầu nộp phí", "Ask for a fee" },
		{ LT_KIND_FEE_PAID, "Đã nộp phí", "Fee paid" },
		{ LT_KIND_WITHDRAW, "Xin rút hồ sơ", "Ask to withdraw" },
		{ LT_KIND_STOP, "Dừng", "Stop" },
		{ LT_KIND_RESUME, "Tiếp tục", "Resume" },
		{ LT_KIND_RECALL_ANSWER, "Trả lời lấy lại", "Answer a recall" },
		{ LT_KIND_APOLOGY, "Xin lỗi", "Apology" },
		{ LT_KIND_STATUS, "Báo tiến độ", "Tell progress" },
		{ LT_KIND_TRANSFER, "Chuyển nơi khác làm", "Transfer" },
		{ LT_KIND_RECEIVE, "Nhận vào sổ", "Take in" },
		{ LT_KIND_REJECT, "Không nhận vào sổ", "Not take in" },
		{ LT_KIND_DUE_SOON, "Báo sắp đến hạn", "Notice: due soon" },
		{ LT_KIND_OVERDUE, "Báo quá hạn", "Notice: overdue" },
		{ LT_KIND_REROUTED, "Báo đổi đường đi", "Notice: rerouted" },
		{ LT_KIND_UNDELIVERABLE, "Báo không ai nhận", "Notice: nobody accepted" },
		{ LT_KIND_DUE_MOVED, "Báo dời hạn", "Notice: due moved" },
		{ LT_KIND_SILENT, "Báo không động tĩnh", "Notice: silent" },
		{ LT_KIND_REMINDER, "Người vận hành nhắc", "Notice: reminder" },
		{ LT_KIND_AWAY, "Báo nơi nhận nghỉ", "Notice: receiver closed" },
		{ LT_KIND_DIGEST, "Tổng hợp tuần", "Notice: weekly digest" },
	};
	const char *word = FIND(kinds, kind, language);
	return word[0] == '?' ? lt_kind_name((enum lt_kind)kind) : word;
}

const char *word_verdict(uint32_t verdict, enum lt_language language)
{
	static const struct word_pair verdicts[] = {
		{ 0, "Không có hạn", "No limit" },
		{ LT_TIME_EARLY, "Trước hạn", "Early" },
		{ LT_TIME_ON, "Đúng hạn", "On time" },
		{ LT_TIME_LATE, "Trễ hạn", "Late" },
		{ LT_TIME_WITHIN, "Trong hạn", "In time" },
		{ LT_TIME_OVERDUE, "Quá hạn", "Overdue" },
		{ LT_TIME_UNKNOWN, "Chưa có lịch", "No calendar" },
	};
	return FIND(verdicts, verdict, language);
}

const char *word_verdict_css(uint32_t verdict)
{
	if (verdict == LT_TIME_LATE || verdict == LT_TIME_OVERDUE)
		return "bad";
	return verdict == LT_TIME_EARLY || verdict == LT_TIME_ON || verdict == LT_TIME_WITHIN ? "good" : "";
}

const char *word_stay_end(uint32_t how, enum lt_language language)
{
	static const struct word_pair ends[] = {
		{ LT_STAY_OPEN, "đang giữ", "goes on" },
		{ LT_STAY_HANDED_ON, "đã chuyển", "handed on" },
		{ LT_STAY_GIVEN_BACK, "đã trả lại", "given back" },
		{ LT_STAY_MOVED, "sang bước khác", "moved to another leg" },
		{ LT_STAY_FORKED, "chia nhánh", "forked" },
		{ LT_STAY_JOINED, "nhập nhánh", "joined" },
		{ LT_STAY_NOT_NEEDED, "không cần nữa", "not needed any more" },
		{ LT_STAY_TRANSFERRED, "chuyển nơi khác làm", "transferred" },
		{ LT_STAY_RESULT, "có kết quả", "result made" },
		{ LT_STAY_CLOSED, "đã trả kết quả", "handed over" },
		{ LT_STAY_SUPPLEMENTED, "đã bổ sung", "papers brought" },
		{ LT_STAY_REPAIRED, "quản trị sửa", "repaired by operators" },
		{ LT_WAIT_ACCEPTED, "đã tiếp nhận", "accepted" },
		{ LT_WAIT_REFUSED, "bị từ chối", "refused" },
		{ LT_WAIT_RECALLED, "bị lấy lại", "recalled" },
		{ LT_WAIT_ASKED, "được hỏi thêm", "asked for more" },
		{ LT_STAY_CORRECTION, "đính chính", "correction" },
	};
	return FIND(ends, how, language);
}

const char *word_channel(uint32_t channel, enum lt_language language)
{
	static const struct word_pair channels[] = {
		{ 0, "–", "–" }, { 1, "Tại quầy", "Counter" }, { 2, "Trực tuyến", "Online" }, { 3, "Bưu chính", "Post" }
	};
	return FIND(channels, channel, language);
}

const char *word_cause(enum project_cause cause, enum lt_language language)
{
	static const struct word_pair causes[] = {
		{ PROJECT_LATE, "Quá hạn", "Over their time" },
		{ PROJECT_SILENT, "Không động tĩnh", "Nothing happens" },
		{ PROJECT_UNANSWERED, "Chờ tiếp nhận", "Waiting for an answer" },
		{ PROJECT_STUCK, "Nơi nhận không nhận được", "Could not be taken" },
		{ PROJECT_FROZEN, "Bị đóng băng", "Frozen" },
		{ PROJECT_OWED, "Tất cả việc phải làm", "All that is owed" },
	};
	return FIND(causes, cause, language);
}

const char *word_level(uint32_t level, enum lt_language language)
{
	static const struct word_pair levels[] = {
		{ 1, "xã", "commune" },    { 2, "huyện", "district" }, { 3, "sở", "department" },
		{ 4, "tỉnh", "province" }, { 5, "bộ", "ministry" },
	};
	return FIND(levels, level, language);
}

const char *word_limit_unit(uint32_t unit, enum lt_language language)
{
	static const struct word_pair units[] = {
		{ LT_LIMIT_WORKING_MINUTES, "phút làm việc", "working minutes" },
		{ LT_LIMIT_WORKING_HOURS, "giờ làm việc", "working hours" },
		{ LT_LIMIT_WORKING_DAYS, "ngày làm việc", "working days" },
		{ LT_LIMIT_CALENDAR_DAYS, "ngày", "calendar days" },
		{ LT_LIMIT_SAME_DAY, "trong ngày", "the same day" },
	};
	return FIND(units, unit, language);
}
