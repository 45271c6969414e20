/* calendar_folder.h: every *.json of a folder as one calendar, for commands that need no broker. */
#ifndef CLI_CALENDAR_FOLDER_H
#define CLI_CALENDAR_FOLDER_H

#include "law/calendar.h"

/* An exit code, said; EX_NOINPUT when there is none. */
int calendar_load_folder(const char *folder, const char *agency, struct calendar **out);

#endif
