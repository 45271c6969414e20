/* offer.c: an offer that is over. */
#include "offer.h"

#include "names.h"

void offer_put_back(struct visit *visit, const char *code, const struct lt_owed *owed)
{
	struct html *html = &visit->html;
	bool late = owed->until != 0 && owed->until <= desk_now(desk_of(visit));
	if (owed->what != LT_OWED_ACCEPT ||
	    (!late && !names_is_away(visit, owed->acting[0] ? owed->acting : owed->who)))
		return;
	html_put(html, "<details><summary>%L<span class=hidden> %s</span></summary><p class=dim>%S: %L</p>",
		 "Đề nghị trả về nơi đang giữ", "Propose: back to its holder", code, names_of(visit, owed->who),
		 late ? "đã quá hạn trả lời." : "đang tạm ngừng hoặc đã đóng.",
		 late ? "its time to answer is over." : "it is suspended or closed.");
	layout_act(visit, "offer-back", code, owed->branch, "danger", "Đề nghị trả về", "Propose it");
	html_raw(html, "</details>");
}
