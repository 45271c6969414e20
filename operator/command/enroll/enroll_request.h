/* enroll_request.h: request.json of `lienthong-adapter enroll` or `lienthong-broker enroll`, read and compared. Each function says what
 * is wrong and returns an exit code. One thread. */
#ifndef COMMAND_ENROLL_REQUEST_H
#define COMMAND_ENROLL_REQUEST_H

#include "command/agency_edit.h"
#include "identity/enroll.h"

struct enroll_request {
	char agency[LT_AGENCY_MAX], fingerprint[ENROLL_FINGERPRINT_TEXT]; /* counted from the keys, not believed */
	uint8_t key[32];                                                  /* SHA-256 of the signing key's public half */
	bool of_broker;
	uint8_t second[32]; /* CURVE public key of an agency's adapter; of a broker the ledger's public key */
};
int enroll_request_read(const char *path, struct enroll_request *out);
/* The request of the command line's file, held against --fingerprint and --cert: EX_USAGE, EX_NOPERM, EX_DATAERR. *cert is the caller's. */
int enroll_request_open(const struct cli *cli, struct enroll_request *out, struct lt_cert **cert);
/* Adds certificate and key to what the agency has, unless it has them. */
int enroll_request_put(const struct enroll_request *request, const struct lt_cert *cert, struct lt_agency *agency);
/* All others end: certificates and CURVE keys go, ledger keys end at `now`, since older checkpoints are of them. */
void enroll_request_only(const struct enroll_request *request, const struct lt_cert *cert, struct lt_agency *agency,
			 int64_t now);

#endif
