/* vault_copy.c: a copy of the store for a backup. */
#include "vault.h"
#include "vault_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <unistd.h>

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

enum lt_err vault_copy(const char *dir, const char *to)
{
	char from[4096], target[4096];
	MDB_env *env = NULL;
	snprintf(from, sizeof(from), "%.4000s/store.mdb", dir);
	snprintf(target, sizeof(target), "%.4000s/store.mdb", to);
	int rc = mdb_env_create(&env);
	if (!rc)
		rc = VAULT_GUARDED(mdb_env_open(env, from, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOTLS, 0600));
	int fd = rc ? -1 : open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!rc && fd < 0)
		rc = errno;
	if (!rc)
		rc = VAULT_GUARDED(mdb_env_copyfd2(env, fd, MDB_CP_COMPACT));
	if (!rc && fsync(fd) != 0)
		rc = errno;
	if (fd >= 0)
		close(fd);
	mdb_env_close(env);
	if (!rc)
		rc = sync_folder(to);
	if (rc == 0)
		return LT_OK;
	errno = rc > 0 ? rc : EIO;
	return rc > 0 ? LT_EIO : LT_ECORRUPT;
}
