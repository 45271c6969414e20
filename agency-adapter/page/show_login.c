/* show_login.c: who is it? */
#include "visit.h"

#include <stdio.h>

void show_login(struct page_visit *visit, struct markup *html)
{
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_log_in, visit->language));
	markup_put(
		html,
		"<form method=\"post\" action=\"/page/login\" class=\"card narrow\"><p><label for=\"token\">%w</label>"
		"<input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" required "
		"autofocus "
		"aria-describedby=\"token-help\"></p><p id=\"token-help\" class=\"help\">%w</p>"
		"<p><button>%w</button></p></form>",
		WORD_token, WORD_token_help, WORD_log_in);
}
