/* page_login.c: coming and going. A link leads to a button, so that nothing that looks at addresses beforehand uses it up. */
#include "pages.h"

#include <string.h>

static void begin(struct visit *visit, unsigned status, const char *vietnamese, const char *english)
{
	visit->status = status;
	layout_begin(visit, PLACE_NONE, vietnamese, english);
}

static void say_how(struct visit *visit)
{
	html_put(&visit->html,
		 "<div class=card><p>%L</p><p><code>lienthong console login</code></p><p class=dim>%L</p></div>",
		 "Trên máy chủ trung chuyển, dưới tài khoản của chính bạn, chạy:",
		 "On the broker's machine, under your own user, run:",
		 "Lệnh in ra một địa chỉ, dùng được một lần trong 10 phút. Phiên làm việc có đúng quyền của bạn và kéo "
		 "dài 8 giờ.",
		 "It prints an address that is good once, for 10 minutes. The session has your own rights and lasts 8 "
		 "hours.");
}

void page_stranger(struct visit *visit)
{
	begin(visit, 401, "Đăng nhập", "Log in");
	say_how(visit);
	layout_end(visit, 0, 0);
}

void page_login(struct visit *visit)
{
	char login[64];
	const char *key = visit_query(visit, "key");
	if (!*key && visit->session) {
		visit_go(visit, "/");
		return;
	}
	bool known = *key && door_peek(visit, key, login);
	begin(visit, known || !*key ? 200 : 403, "Đăng nhập", "Log in");
	if (known) {
		html_put(&visit->html,
			 "<form method=post action=/login class=card><input type=hidden name=key value=\"%s\"><p>%L "
			 "<strong>%S</strong></p><p><button autofocus>%L</button></p></form>",
			 key, "Vào bảng điều hành với tên", "Enter the console as", login, "Vào", "Enter");
	} else {
		if (*key)
			html_put(&visit->html, "<p class=\"banner bad\" role=alert>%L</p>",
				 "Địa chỉ này đã dùng rồi hoặc đã quá 10 phút.",
				 "This address was used already, or is older than 10 minutes.");
		say_how(visit);
	}
	layout_end(visit, 0, 0);
}

void page_enter(struct visit *visit)
{
	if (door_enter(visit, visit_field(visit, "key"))) {
		visit_go(visit, "/");
		return;
	}
	begin(visit, 403, "Đăng nhập", "Log in");
	html_put(&visit->html, "<p class=\"banner bad\" role=alert>%L</p>",
		 "Địa chỉ này đã dùng rồi hoặc đã quá 10 phút.",
		 "This address was used already, or is older than 10 minutes.");
	say_how(visit);
	layout_end(visit, 0, 0);
}

void page_leave(struct visit *visit)
{
	door_leave(visit);
	visit_go(visit, "/login");
}

void page_missing(struct visit *visit)
{
	layout_say(visit, 404, "Không có trang này", "There is no such page");
}

/* Status 400: the form; 403: it does not come from here. */
void page_refused(struct visit *visit)
{
	if (visit->status == 403)
		layout_say(visit, 403, "Yêu cầu không đến từ trang của bảng điều hành này; chưa có gì được thực hiện",
			   "This did not come from a page of this console; nothing was done");
	else
		layout_say(visit, visit->status, "Biểu mẫu gửi lên không đọc được; chưa có gì được thực hiện",
			   "The form cannot be read; nothing was done");
}

void page_live(struct visit *visit)
{
	visit->watch = visit_query(visit, "dossier");
}

/* For a service manager: it serves. Whether the broker is well is the broker's to say. */
void page_health(struct visit *visit)
{
	static const char ok[] = "ok\n";
	visit->fixed = lt_bytes(ok, sizeof(ok) - 1);
	visit->type = "text/plain; charset=utf-8";
}

/* It can show something, and that is of now. */
void page_ready(struct visit *visit)
{
	static const char none[] = "the projection is being made\n", away[] = "the broker does not answer\n";
	struct project_reader *reader = desk_reader(desk_of(visit));
	bool readable = reader != NULL;
	desk_give(desk_of(visit), reader);
	page_health(visit);
	if (readable && desk_there(desk_of(visit)))
		return;
	visit->status = 503;
	visit->fixed = readable ? lt_bytes(away, sizeof(away) - 1) : lt_bytes(none, sizeof(none) - 1);
}

/* What is no code is looked for among all texts. */
void page_search(struct visit *visit)
{
	const char *text = visit_query(visit, "q");
	struct project_one one;
	struct project_reader *reader = desk_reader(desk_of(visit));
	bool code = reader && *text && strlen(text) < 64 && project_read_one(reader, text, &one) == LT_OK;
	struct html address = { 0 };
	if (code)
		html_put(&address, "/dossiers/%U", one.dossier.code);
	else
		html_put(&address, "/dossiers?text=%U", text);
	desk_give(desk_of(visit), reader);
	if (!address.failed && address.bytes.len < sizeof(visit->location))
		visit_go(visit, "%.*s", (int)address.bytes.len, (const char *)address.bytes.data);
	else
		layout_say(visit, 400, "Câu tìm quá dài", "That is too long to look for");
	lt_buf_fini(&address.bytes);
}
