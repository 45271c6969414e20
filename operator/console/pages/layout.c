/* layout.c: the frame of every page. */
#include "layout.h"

#include <string.h>

#include "assets.h"

static const struct {
	enum page_place place;
	const char *path, *vietnamese, *english;
} places[] = {
	{ PLACE_WORK, "/", "Việc", "Work" },
	{ PLACE_DOSSIERS, "/dossiers", "Hồ sơ", "Dossiers" },
	{ PLACE_AGENCIES, "/agencies", "Cơ quan", "Agencies" },
	{ PLACE_REPORTS, "/reports", "Báo cáo", "Reports" },
	{ PLACE_SYSTEM, "/system", "Hệ thống", "System" },
};

/* The address of this page, but for some members of its query; ends in '?' or '&', for one that follows. */
static void put_here(struct visit *visit, const char *const *without, size_t count)
{
	char sign = '?';
	html_put(&visit->html, "%P", visit->path);
	for (size_t i = 0; i < visit->query_count; i++) {
		const struct visit_field *field = &visit->query[i];
		bool left_out = false;
		for (size_t w = 0; w < count; w++)
			left_out = left_out || strcmp(field->name, without[w]) == 0;
		if (left_out || !*field->value)
			continue;
		html_raw(&visit->html, sign == '?' ? "?" : "&amp;");
		html_put(&visit->html, "%U=%U", field->name, field->value);
		sign = '&';
	}
	html_raw(&visit->html, sign == '?' ? "?" : "&amp;");
}

void layout_put_here_but(struct visit *visit, const char *name)
{
	const char *const without[] = { name, "after", "done", "proposed", "lang" };
	put_here(visit, without, sizeof(without) / sizeof(without[0]));
}

static void put_head(struct visit *visit, enum page_place place)
{
	struct html *html = &visit->html;
	static const char *const own[] = { "lang", "done", "proposed" };
	html_put(html, "<a class=skip href=#main>%L</a><header class=top><a class=brand href=/>Liên thông</a>",
		 "Tới nội dung", "Skip to content");
	if (visit->session) {
		html_put(html, "<nav aria-label=\"%L\"><ul>", "Các mục", "Places");
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			html_put(html, "<li><a href=\"%s\"%s>%L</a>", places[i].path,
				 places[i].place == place ? " aria-current=page" : "", places[i].vietnamese,
				 places[i].english);
		html_put(html,
			 "</ul></nav><form class=search role=search action=/search><label class=hidden for=q>%L</label>"
			 "<input id=q name=q type=search maxlength=200 placeholder=\"%L\" autocomplete=off></form>",
			 "Tìm hồ sơ", "Find a dossier", "Mã, tên, số giấy tờ…", "Code, name, paper number…");
	}
	html_put(html, "<div class=who><a lang=%s href=\"", html->language == LT_ENGLISH ? "vi" : "en");
	put_here(visit, own, sizeof(own) / sizeof(own[0]));
	html_put(html, "lang=%s\">%s</a>", html->language == LT_ENGLISH ? "vi" : "en",
		 html->language == LT_ENGLISH ? "Tiếng Việt" : "English");
	if (visit->session)
		html_put(html,
			 "<form method=post action=/logout><input type=hidden name=token value=\"%s\"><span "
			 "class=login>%S</span> <button class=plain>%L</button></form>",
			 visit->session->token, visit->session->login, "Thoát", "Log out");
	html_raw(html, "</div></header>");
}

/* Of what may be wrong with everything on the page. */
static void put_banners(struct visit *visit)
{
	struct html *html = &visit->html;
	struct desk_broker broker = desk_broker(desk_of(visit));
	uint64_t done = visit_query_number(visit, "done"), proposed = visit_query_number(visit, "proposed");
	if (!visit->session)
		return;
	if (!broker.there && broker.asked_at)
		html_put(html,
			 "<p class=\"banner bad\" role=alert><strong>%L</strong> %L %t. <span class=dim>%S</span></p>",
			 "Máy chủ trung chuyển không trả lời.", "The broker does not answer.",
			 "Trang này là những gì biết được đến lúc", "This page is what was known until",
			 broker.asked_at, broker.why);
	else if (!broker.there)
		html_put(html, "<p class=\"banner bad\" role=alert><strong>%L</strong> <span class=dim>%S</span></p>",
			 "Máy chủ trung chuyển chưa trả lời lần nào.", "The broker has not answered yet.", broker.why);
	else if (!visit->session->line)
		html_put(html, "<p class=\"banner warn\" role=status>%L <code>lienthong console login</code></p>",
			 "Kết nối của phiên này với máy chủ đã đứt (máy chủ khởi động lại). Vẫn xem được; muốn thao "
			 "tác hoặc mở hồ "
			 "sơ, hãy đăng nhập lại:",
			 "This session's connection to the broker has ended (it was restarted). You can look; to act "
			 "or to "
			 "open a dossier, log in again:");
	if (done)
		html_put(html, "<p class=\"banner good\" role=status tabindex=-1 autofocus>%L %u.</p>",
			 "Đã thực hiện, bản ghi", "Done, record", done);
	if (proposed)
		html_put(html,
			 "<p class=\"banner good\" role=status tabindex=-1 autofocus>%L <strong>%u</strong>. %L</p>",
			 "Đã đề nghị, bản ghi", "Proposed, record", proposed,
			 "Một người dùng khác phải xác nhận theo số này.",
			 "Another user has to confirm it by this number.");
}

static void begin(struct visit *visit, enum page_place place)
{
	struct html *html = &visit->html;
	html_raw(html, " · Liên thông</title></head><body");
	if (visit->session && visit->live)
		html_put(html, " data-live=\"%s\"", visit->live);
	html_raw(html, ">");
	put_head(visit, place);
	html_raw(html, "<main id=main tabindex=-1>");
	put_banners(visit);
}

static void put_start(struct visit *visit)
{
	html_put(&visit->html,
		 "<!doctype html><html lang=%s><head><meta charset=utf-8><meta name=viewport "
		 "content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\">"
		 "<link rel=stylesheet href=\"/console.css?%s\"><script type=module "
		 "src=\"/console.js?%s\"></script><link "
		 "rel=icon href=\"/icon.svg\"><title>",
		 visit->html.language == LT_ENGLISH ? "en" : "vi", assets_version(), assets_version());
}

void layout_begin(struct visit *visit, enum page_place place, const char *vietnamese, const char *english)
{
	put_start(visit);
	html_put(&visit->html, "%L", vietnamese, english);
	begin(visit, place);
	html_put(&visit->html, "<h1>%L</h1>", vietnamese, english);
}

void layout_begin_named(struct visit *visit, enum page_place place, const char *title)
{
	put_start(visit);
	html_put(&visit->html, "%s", title);
	begin(visit, place);
	html_put(&visit->html, "<h1>%S</h1>", title);
}

/* How far the copy is, when it is being made. */
static void put_progress(struct visit *visit, const struct project_state *state)
{
	if (state->phase != PROJECT_REBUILDING)
		return;
	html_put(&visit->html,
		 "<p class=\"banner warn\" role=status>%L <progress max=\"%u\" value=\"%u\"></progress> %u/%u",
		 "Đang dựng lại bản sao hồ sơ:", "The copy of the dossiers is being made:", state->total, state->done,
		 state->done, state->total);
	if (state->rate > 0 && state->total > state->done)
		html_put(&visit->html, " (%u %L %u %L)", state->rate, "hồ sơ/giây, còn khoảng",
			 "dossiers a second, about", (state->total - state->done) / state->rate + 1, "giây", "s left");
	html_raw(&visit->html, "</p>");
}

void layout_end(struct visit *visit, uint64_t sequence, int64_t time)
{
	struct html *html = &visit->html;
	struct project_state state = { 0 };
	struct project_reader *reader = visit->session ? desk_reader(desk_of(visit)) : NULL;
	if (reader && project_read_state(reader, &state) == LT_OK)
		put_progress(visit, &state);
	desk_give(desk_of(visit), reader);
	html_raw(html, "</main>");
	if (visit->session) {
		struct desk_broker broker = desk_broker(desk_of(visit));
		uint64_t copied = state.sequence ? state.sequence : broker.sequence;
		int64_t copied_at = state.time ? state.time : broker.time;
		html_put(html, "<footer>%L <strong id=sequence>%u</strong> (%t). %L</footer>", "Đúng đến bản ghi",
			 "True at record", sequence ? sequence : copied, time ? time : copied_at,
			 "Giờ Việt Nam (+07:00).", "Vietnamese time (+07:00).");
	}
	html_raw(html, "</body></html>");
}

void layout_say(struct visit *visit, unsigned status, const char *vietnamese, const char *english)
{
	visit->status = status;
	layout_begin(visit, PLACE_NONE, vietnamese, english);
	html_put(&visit->html, "<p><a href=/>%L</a></p>", "Về trang Việc", "To the work page");
	layout_end(visit, 0, 0);
}

void layout_busy(struct visit *visit)
{
	layout_say(visit, 503, "Nhiều báo cáo và danh sách đang chờ được lập: hãy thử lại sau một phút",
		   "Many reports and lists wait to be made: try again in a minute");
}

void layout_refusal(struct visit *visit, const struct lt_control_answer *answer)
{
	char text[LT_SENTENCE_TEXT];
	const char *said = lt_sentence_say(answer->sentence, visit->html.language, text, sizeof(text));
	html_put(&visit->html, "<p class=\"banner bad\" role=alert><strong>%s</strong> %A</p>",
		 lt_reason_name(answer->reason),
		 said && *said                       ? said
		 : answer->detail && *answer->detail ? answer->detail
						     : lt_reason_text(answer->reason));
}

void layout_not_told(struct visit *visit, enum visit_told told)
{
	switch (told) {
	case VISIT_TOLD:
		return;
	case VISIT_AWAY:
		html_put(&visit->html, "<p class=\"banner bad\" role=alert>%L</p>",
			 "Máy chủ trung chuyển không trả lời kịp.", "The broker did not answer in time.");
		return;
	case VISIT_ENDED:
		html_put(&visit->html,
			 "<p class=\"banner warn\" role=alert>%L <code>lienthong console login</code></p>",
			 "Kết nối của phiên này với máy chủ đã đứt; chưa có gì được thực hiện. Hãy đăng nhập lại:",
			 "This session's connection to the broker has ended; nothing was asked or done. Log in again:");
		return;
	case VISIT_FAILED:
		break;
	}
	html_put(&visit->html, "<p class=\"banner bad\" role=alert>%L</p>", "Không hiện được phần này.",
		 "This part cannot be shown.");
}

void layout_table_begin(struct visit *visit, const char *vietnamese, const char *english)
{
	html_put(&visit->html,
		 "<div class=scroll tabindex=0 role=group aria-label=\"%L\"><table class=stack><thead><tr>", vietnamese,
		 english);
}

void layout_table_body(struct visit *visit)
{
	html_raw(&visit->html, "</thead><tbody>");
}

void layout_table(struct visit *visit, const char *vietnamese, const char *english, const struct column *columns,
		  size_t count)
{
	layout_table_begin(visit, vietnamese, english);
	for (size_t i = 0; i < count; i++)
		html_put(&visit->html, "<th scope=col%s%s>%L", columns[i].css ? " class=" : "",
			 columns[i].css ? columns[i].css : "", columns[i].vietnamese, columns[i].english);
	layout_table_body(visit);
}

void layout_cell(struct visit *visit, const struct column *column)
{
	html_put(&visit->html, "<td%s%s data-l=\"%L\">", column->css ? " class=" : "", column->css ? column->css : "",
		 column->vietnamese, column->english);
}

void layout_table_end(struct visit *visit)
{
	html_raw(&visit->html, "</tbody></table></div>");
}

void layout_next(struct visit *visit, const char *next)
{
	static const char *const without[] = { "after", "done", "proposed", "lang" };
	if (!next || !*next)
		return;
	html_raw(&visit->html, "<p class=pager><a rel=next href=\"");
	put_here(visit, without, sizeof(without) / sizeof(without[0]));
	html_put(&visit->html, "after=%U\">%L</a></p>", next, "Trang sau →", "Next page →");
}

void layout_form(struct visit *visit, const char *act, const char *subject, uint64_t number)
{
	static const char *const without[] = { "done", "proposed", "confirm", "lang" };
	html_put(&visit->html,
		 "<form method=post action=/act class=act><input type=hidden name=token value=\"%s\"><input "
		 "type=hidden name=act "
		 "value=\"%s\"><input type=hidden name=subject value=\"%s\"><input type=hidden name=number "
		 "value=\"%u\"><input "
		 "type=hidden name=back value=\"",
		 visit->session->token, act, subject, number);
	put_here(visit, without, sizeof(without) / sizeof(without[0]));
	html_raw(&visit->html, "\">");
}

void layout_act(struct visit *visit, const char *act, const char *subject, uint64_t number, const char *css,
		const char *vietnamese, const char *english)
{
	layout_form(visit, act, subject, number);
	html_put(&visit->html,
		 "<label>%L<input name=reason required maxlength=1000></label><button class=\"%s\">%L</button></form>",
		 "Lý do", "Reason", css, vietnamese, english);
}

void layout_act_folded(struct visit *visit, const char *act, const char *subject, uint64_t number,
		       const char *vietnamese, const char *english)
{
	/* Of many such buttons each says of what it is to who hears them one by one. */
	html_put(&visit->html, "<details><summary>%L<span class=hidden> %s</span></summary>", vietnamese, english,
		 subject);
	layout_act(visit, act, subject, number, "", vietnamese, english);
	html_raw(&visit->html, "</details>");
}
