/* cmd_restore.c: `lienthong restore confirm`, and what a restore means for who works on definitions. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <time.h>

#define WAIT_SECONDS 30 /* a broker asks its adapters for 12, from the first one on, which comes within 10 */

const char *cli_restored(uint32_t restored)
{
	static const char *const texts[] = {
		"",
		"adapters are asked for what they hold; nothing is admitted for some seconds",
		"not confirmed; compare suspensions, procedures and calendars, then `lienthong restore confirm`",
		"definitions are missing; nothing is admitted until they are brought back and `lienthong restore "
		"confirm`",
	};
	return texts[restored <= LT_RESTORED_LOST ? restored : 0];
}

const char *cli_restored_name(uint32_t restored)
{
	static const char *const names[] = { "no", "asking adapters", "not confirmed", "definitions are missing" };
	return names[restored <= LT_RESTORED_LOST ? restored : 0];
}

int cli_restored_wait(struct control_client *control, uint32_t *restored)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer;
	const struct timespec second = { .tv_sec = 1 };
	int code = EX_OK;
	*restored = LT_RESTORED_NOT;
	for (int i = 0; i < WAIT_SECONDS && code == EX_OK; i++) {
		code = control_call(control, &request, &answer);
		if (code == EX_OK)
			*restored = answer.status.restored;
		if (*restored != LT_RESTORED_COLLECTING)
			break;
		nanosleep(&second, NULL);
	}
	return code;
}

int cmd_restore_confirm(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	uint32_t restored;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = cli_restored_wait(control, &restored);
	if (code == EX_OK)
		code = control_admin(cli, control, LT_ADMIN_RESTORE_CONFIRM, "", &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	return code;
}
