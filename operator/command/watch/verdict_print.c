/* verdict_print.c: a verdict as lines of a terminal. */
#include "verdict_print.h"

#include <string.h>

/* Colours say nothing that the words do not. */
static const char *color(const struct cli *cli, enum verdict_level level)
{
	static const char *const codes[] = { "\x1b[32m", "\x1b[33m", "\x1b[1;31m" };
	return cli->color ? codes[level] : "";
}

static const char *plain(const struct cli *cli)
{
	return cli->color ? "\x1b[0m" : "";
}

static const char *severity(const struct cli *cli, enum verdict_level level)
{
	if (cli->language == LT_VIETNAMESE)
		return level == VERDICT_CRITICAL ? "NGHIÊM TRỌNG" : "CẢNH BÁO";
	return level == VERDICT_CRITICAL ? "CRITICAL" : "WARNING";
}

/* For the same broker: a command that asks it says where it is, one that looks into its files where those are. */
static void print_command(const struct cli *cli, const struct verdict_item *item)
{
	char place[CLI_PLACE_MAX];
	bool ours = strncmp(item->command, "lienthong ", 10) == 0,
	     store = strncmp(item->command, "lienthong store ", 16) == 0;
	cli_place(cli, place);
	if (item->cause == LT_CAUSE_BROKER_SILENT && cli->sandbox && !cli->control)
		printf("       lienthong sandbox %s --run\n", place + strlen(" --sandbox "));
	else
		printf("       %s%s\n", item->command, ours && !(store && cli->control) ? place : "");
}

void verdict_print(const struct cli *cli, const struct verdict *verdict)
{
	printf("%s%s%s\n", color(cli, verdict->level), verdict->text, plain(cli));
	for (size_t i = 0; i < verdict->count && i < VERDICT_SHOWN; i++) {
		const struct verdict_item *item = &verdict->items[i];
		printf("%3zu. %s%s%s %s: %s\n", i + 1, color(cli, item->level), severity(cli, item->level), plain(cli),
		       item->id, item->text);
		print_command(cli, item);
	}
	char place[CLI_PLACE_MAX];
	if (verdict->count > VERDICT_SHOWN)
		printf(cli->language == LT_VIETNAMESE ? "     và %zu việc nữa: lienthong status --json%s\n"
						      : "     and %zu more: lienthong status --json%s\n",
		       verdict->count - VERDICT_SHOWN, cli_place(cli, place));
}
