/* verdict_print.c: a verdict as lines of a terminal. */
#include "verdict_print.h"

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

void verdict_print(const struct cli *cli, const struct verdict *verdict)
{
	printf("%s%s%s\n", color(cli, verdict->level), verdict->text, plain(cli));
	for (size_t i = 0; i < verdict->count && i < VERDICT_SHOWN; i++) {
		const struct verdict_item *item = &verdict->items[i];
		printf("%3zu. %s%s%s %s: %s\n       %s\n", i + 1, color(cli, item->level),
		       item->level == VERDICT_CRITICAL ? "CRITICAL" : "WARNING", plain(cli), item->id, item->text,
		       item->command);
	}
	if (verdict->count > VERDICT_SHOWN)
		printf("     and %zu more: lienthong status --json\n", verdict->count - VERDICT_SHOWN);
}
