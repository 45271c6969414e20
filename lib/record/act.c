/* act.c: operators' acts in words. The switches have no default: an act that is added without a name does not compile. */
#include "act.h"

/* clang-format off */
#define ACT(number, name, vietnamese, about) case number: return (struct lt_act){ name, vietnamese, about, .subject = "" };

static struct lt_act act_of_define(enum lt_definition type)
{
	switch (type) {
	ACT(LT_DEFINE_DIRECTORY, "directory", "Danh bạ cơ quan", LT_ACT_ABOUT_NOTHING)
	ACT(LT_DEFINE_CRL, "revocation list", "Danh sách thu hồi", LT_ACT_ABOUT_NOTHING)
	ACT(LT_DEFINE_PROCEDURE, "procedure", "Thủ tục", LT_ACT_ABOUT_NOTHING)
	ACT(LT_DEFINE_CALENDAR, "calendar", "Lịch nghỉ", LT_ACT_ABOUT_NOTHING)
	ACT(LT_DEFINE_OFFICE, "office hours", "Giờ làm việc", LT_ACT_ABOUT_NOTHING)
	}
	return (struct lt_act){ "?", "?", .subject = "" };
}

static struct lt_act act_of_admin(enum lt_admin_act act)
{
	switch (act) {
	ACT(LT_ADMIN_SUSPEND, "suspend", "Tạm ngừng cơ quan", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_RESUME, "resume", "Cho cơ quan hoạt động lại", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_TIME_CONFIRMED, "time confirm", "Xác nhận giờ", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_SKIP, "skip", "Bỏ qua bản ghi", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_TIME_SET, "time set", "Đặt giờ", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_REDELIVER, "redeliver", "Gửi lại thư", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_MAILBOX_BEGIN, "redeliver from", "Giao lại thư từ một số", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_TRUST_GRACE, "grace", "Gia hạn danh sách thu hồi", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_CRL_WITHDRAW, "withdraw list", "Rút danh sách thu hồi", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_RESTORE_CONFIRM, "restore confirm", "Xác nhận khôi phục", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_DOSSIER_REPAIR, "dossier repair", "Đề nghị sửa hồ sơ", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_DOSSIER_CLOSE, "dossier close", "Đề nghị đóng hồ sơ", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_DOSSIER_CONFIRM, "dossier confirm", "Xác nhận đề nghị", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_STAY_CORRECT, "dossier correct", "Đính chính thời gian giữ", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_CARRY_OPEN, "carry open", "Mở đợt đưa hồ sơ cũ vào", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_CARRY_CONFIRM, "carry confirm", "Xác nhận đợt đưa hồ sơ cũ vào", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_CARRY_CLOSE, "carry close", "Đóng đợt đưa hồ sơ cũ vào", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_SANDBOX_CLOCK, "sandbox clock", "Chỉnh đồng hồ thử", LT_ACT_ABOUT_NOTHING)
	ACT(LT_ADMIN_DRAIN, "drain", "Ngừng nhận hồ sơ mới", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_CLOSURE, "closure", "Báo trước đóng cửa", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_REOPEN, "reopen", "Bỏ thông báo đóng cửa", LT_ACT_ABOUT_AGENCY)
	ACT(LT_ADMIN_REMIND, "dossier remind", "Nhắc nơi phải làm", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_OFFER_BACK, "dossier offer-back", "Đề nghị trả về nơi giữ", LT_ACT_ABOUT_DOSSIER)
	ACT(LT_ADMIN_AGENCY_REMIND, "agency remind", "Nhắc cơ quan", LT_ACT_ABOUT_AGENCY)
	}
	return (struct lt_act){ "?", "?", .subject = "" };
}
/* clang-format on */

/* Each kind of command has these four. */
#define GIVEN_BY(out, command)                                                               \
	((out)->operator_name = (command)->operator_name, (out)->reason = (command)->reason, \
	 (out)->login = (command)->login ? (command)->login : "", (out)->uid = (command)->uid)

bool lt_act_of(const struct lt_command *command, struct lt_act *out)
{
	const struct lt_admin_command *admin = &command->u.admin;
	if (command->type == LT_COMMAND_DEFINE) {
		*out = act_of_define(command->u.define.type);
		GIVEN_BY(out, &command->u.define);
	} else if (command->type == LT_COMMAND_ADMIN) {
		*out = act_of_admin(admin->act);
		out->subject = admin->subject ? admin->subject : "";
		out->number = admin->number;
		GIVEN_BY(out, admin);
	} else if (command->type == LT_COMMAND_OUTAGE) {
		*out = (struct lt_act){ "outage", "Thời gian sự cố", .subject = "", .time = command->u.outage.from };
		GIVEN_BY(out, &command->u.outage);
	} else if (command->type == LT_COMMAND_ACTIVATE) {
		*out = (struct lt_act){ "rules", "Dùng bộ quy tắc", .subject = "" };
		out->number = command->u.activate.rules_version;
		GIVEN_BY(out, &command->u.activate);
	} else if (command->type == LT_COMMAND_ERASE) {
		*out = (struct lt_act){ "erase", "Xóa nội dung", .subject = "" };
		out->number = command->u.erase.count > 0 ? command->u.erase.sequences[0] : 0;
		GIVEN_BY(out, &command->u.erase);
	}
	return command->type == LT_COMMAND_DEFINE || command->type == LT_COMMAND_ADMIN ||
	       command->type == LT_COMMAND_OUTAGE || command->type == LT_COMMAND_ACTIVATE ||
	       command->type == LT_COMMAND_ERASE;
}
