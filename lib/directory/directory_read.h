/* directory_read.h: how much of a directory is read. Whoever signs or takes over a directory wants every certificate readable
 * (lt_directory_parse). A broker has taken it over already, and its certificates are a library's to read, which may be another one
 * tomorrow: what decides a record reads none of them, what checks signatures reads those that it can. */
#ifndef DIRECTORY_READ_H
#define DIRECTORY_READ_H

#include <lienthong/directory.h>

enum directory_certificates {
	DIRECTORY_CERTIFICATES_ALL,      /* one that cannot be read refuses the directory */
	DIRECTORY_CERTIFICATES_READABLE, /* one that cannot be read is left out, and counted */
	DIRECTORY_CERTIFICATES_NONE      /* none is read: cert_count and ended_count of every agency are 0 */
};
/* As lt_directory_parse. No certificate is parsed for NONE. */
enum lt_reason directory_read(struct lt_bytes bytes, enum directory_certificates which, struct lt_directory **out,
			      struct lt_refusal *refusal);
/* Certificates that were left out. */
size_t directory_unreadable(const struct lt_directory *directory);

#endif
