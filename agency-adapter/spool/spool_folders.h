/* spool_folders.h: the folders of the spool, and what may be done in them: whoever writes into `out` and `in` is not trusted with more
 * than his own envelopes. Names are taken relative to open folders, links are never followed, nothing that is no plain file is opened,
 * and what is written is there whole or not at all. One thread. */
#ifndef ADAPTER_SPOOL_FOLDERS_H
#define ADAPTER_SPOOL_FOLDERS_H

#include <lienthong/base.h>

#include <sys/stat.h>

#define SPOOL_NAME_MAX 256u /* bytes with NUL: what file systems take */
#define SPOOL_NAME_CUT 200u /* bytes of a name that we give: room for a number and ".status.json" behind it */

enum spool_place { SPOOL_OUT, SPOOL_SENT, SPOOL_FAILED, SPOOL_IN, SPOOL_DONE, SPOOL_PLACES };
/* Who may read and write the spool's own folder may do so with what is in it: files and folders get its group and mode. */
struct spool_folders {
	int fd[SPOOL_PLACES];
	mode_t file_mode, folder_mode;
};
/* Opens them, and makes those that are not there. LT_EIO (errno). */
enum lt_err spool_folders_open(const char *path, struct spool_folders *out);
void spool_folders_close(struct spool_folders *folders);

/* A name for a file that somebody else has chosen: what parts folders, steers a terminal or is no UTF-8 becomes '_', as does a dot in front;
 * at most SPOOL_NAME_CUT bytes. Returns out. */
const char *spool_clean_name(const char *name, char out[SPOOL_NAME_MAX]);
bool spool_there(int folder, const char *name);
/* `name`, or with .2, .3, ... behind it: the first that is free, as is the same name with `also` behind it. LT_EFULL. */
enum lt_err spool_free_name(int folder, const char *name, const char *also, char out[SPOOL_NAME_MAX]);
/* Whole or not at all, and synced. LT_EIO. */
enum lt_err spool_write(int folder, const char *name, struct lt_bytes data, mode_t mode);
/* Nothing is replaced: LT_EEXIST. Synced. LT_ENOENT, LT_EIO. */
enum lt_err spool_move(int from, const char *name, int to, const char *as);
/* A folder in one of them, open; it may be there already. */
enum lt_err spool_make_folder(int folder, const char *name, mode_t mode, int *out);
/* A file, or a folder with the files in it, which is all that we make; LT_OK when it is not there. */
enum lt_err spool_remove(int folder, const char *name);

#endif
