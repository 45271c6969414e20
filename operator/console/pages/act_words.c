/* act_words.c: what acts of operators are called: in Vietnamese for people, and by the words of `lienthong audit`, by which they are looked for. */
#include "words.h"

static const struct {
	enum lt_definition type;
	struct word_act word;
} defines[] = {
	{ LT_DEFINE_DIRECTORY, { "directory", "Danh bạ cơ quan", WORD_NOTHING } },
	{ LT_DEFINE_CRL, { "revocation list", "Danh sách thu hồi", WORD_NOTHING } },
	{ LT_DEFINE_PROCEDURE, { "procedure", "Thủ tục", WORD_NOTHING } },
	{ LT_DEFINE_CALENDAR, { "calendar", "Lịch nghỉ", WORD_NOTHING } },
	{ LT_DEFINE_OFFICE, { "office hours", "Giờ làm việc", WORD_NOTHING } },
};
static const struct {
	enum lt_admin_act act;
	struct word_act word;
} admins[] = {
	{ LT_ADMIN_SUSPEND, { "suspend", "Tạm ngừng cơ quan", WORD_AGENCY } },
	{ LT_ADMIN_RESUME, { "resume", "Cho cơ quan hoạt động lại", WORD_AGENCY } },
	{ LT_ADMIN_TIME_CONFIRMED, { "time confirm", "Xác nhận giờ", WORD_NOTHING } },
	{ LT_ADMIN_SKIP, { "skip", "Bỏ qua bản ghi", WORD_NOTHING } },
	{ LT_ADMIN_TIME_SET, { "time set", "Đặt giờ", WORD_NOTHING } },
	{ LT_ADMIN_REDELIVER, { "redeliver", "Gửi lại thư", WORD_AGENCY } },
	{ LT_ADMIN_MAILBOX_BEGIN, { "redeliver from", "Giao lại thư từ một số", WORD_AGENCY } },
	{ LT_ADMIN_TRUST_GRACE, { "grace", "Gia hạn danh sách thu hồi", WORD_NOTHING } },
	{ LT_ADMIN_CRL_WITHDRAW, { "withdraw list", "Rút danh sách thu hồi", WORD_NOTHING } },
	{ LT_ADMIN_RESTORE_CONFIRM, { "restore confirm", "Xác nhận khôi phục", WORD_NOTHING } },
	{ LT_ADMIN_DOSSIER_REPAIR, { "dossier repair", "Đề nghị sửa hồ sơ", WORD_DOSSIER } },
	{ LT_ADMIN_DOSSIER_CLOSE, { "dossier close", "Đề nghị đóng hồ sơ", WORD_DOSSIER } },
	{ LT_ADMIN_DOSSIER_CONFIRM, { "dossier confirm", "Xác nhận đề nghị", WORD_DOSSIER } },
	{ LT_ADMIN_STAY_CORRECT, { "dossier correct", "Đính chính thời gian giữ", WORD_DOSSIER } },
	{ LT_ADMIN_CARRY_OPEN, { "carry open", "Mở đợt đưa hồ sơ cũ vào", WORD_AGENCY } },
	{ LT_ADMIN_CARRY_CONFIRM, { "carry confirm", "Xác nhận đợt đưa hồ sơ cũ vào", WORD_AGENCY } },
	{ LT_ADMIN_CARRY_CLOSE, { "carry close", "Đóng đợt đưa hồ sơ cũ vào", WORD_AGENCY } },
	{ LT_ADMIN_SANDBOX_CLOCK, { "sandbox clock", "Chỉnh đồng hồ thử", WORD_NOTHING } },
	{ LT_ADMIN_DRAIN, { "drain", "Ngừng nhận hồ sơ mới", WORD_AGENCY } },
	{ LT_ADMIN_CLOSURE, { "closure", "Báo trước đóng cửa", WORD_AGENCY } },
	{ LT_ADMIN_REOPEN, { "reopen", "Bỏ thông báo đóng cửa", WORD_AGENCY } },
	{ LT_ADMIN_REMIND, { "dossier remind", "Nhắc nơi phải làm", WORD_DOSSIER } },
	{ LT_ADMIN_OFFER_BACK, { "dossier offer-back", "Đề nghị trả về nơi giữ", WORD_DOSSIER } },
	{ LT_ADMIN_AGENCY_REMIND, { "agency remind", "Nhắc cơ quan", WORD_AGENCY } },
};
static const struct {
	enum lt_command_type type;
	struct word_act word;
} others[] = {
	{ LT_COMMAND_OUTAGE, { "outage", "Thời gian sự cố", WORD_NOTHING } },
	{ LT_COMMAND_ACTIVATE, { "rules", "Dùng bộ quy tắc", WORD_NOTHING } },
	{ LT_COMMAND_ERASE, { "erase", "Xóa nội dung", WORD_NOTHING } },
};

const struct word_act *word_act(const struct lt_command *command)
{
	static const struct word_act unknown = { "?", "?", WORD_NOTHING };
	for (size_t i = 0; command->type == LT_COMMAND_DEFINE && i < sizeof(defines) / sizeof(defines[0]); i++) {
		if (defines[i].type == command->u.define.type)
			return &defines[i].word;
	}
	for (size_t i = 0; command->type == LT_COMMAND_ADMIN && i < sizeof(admins) / sizeof(admins[0]); i++) {
		if (admins[i].act == command->u.admin.act)
			return &admins[i].word;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].type == command->type)
			return &others[i].word;
	}
	return &unknown;
}
