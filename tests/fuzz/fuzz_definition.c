/* fuzz_definition.c: what an operator's or a registrar's file may be: certificate, revocation list, directory, procedure, and what comes over the
 * control socket. The first byte says which. */
#include "fuzz.h"

#include "identity/crl.h"
#include "record/control.h"
#include "record/definitions.h"

#include <lienthong/directory.h>
#include <lienthong/identity.h>

static void try_control(struct lt_bytes bytes)
{
	struct lt_control_request request, again;
	struct lt_control_answer answer;
	struct lt_refusal refusal = { 0 };
	struct lt_buf first = { 0 };
	if (lt_control_request_decode(bytes, fuzz_arena(), &request, &refusal) == LT_REASON_NONE) {
		FUZZ_CHECK(lt_control_request_encode(&request, &first) == LT_OK);
		FUZZ_CHECK(lt_control_request_decode(lt_buf_bytes(&first), fuzz_arena(), &again, &refusal) ==
			   LT_REASON_NONE);
	}
	lt_buf_fini(&first);
	(void)lt_control_answer_decode(bytes, fuzz_arena(), &answer, &refusal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lt_refusal refusal = { 0 };
	struct lt_cert *cert = NULL;
	struct lt_directory *directory = NULL;
	struct lt_procedure procedure;
	struct crl_info crl;
	if (size == 0)
		return 0;
	struct lt_bytes bytes = lt_bytes(data + 1, size - 1);
	switch (data[0] % 5) {
	case 0:
		if (lt_cert_decode(bytes, &cert) == LT_OK)
			lt_cert_free(cert);
		break;
	case 1:
		(void)crl_read(bytes, &crl);
		break;
	case 2:
		if (lt_directory_parse(bytes, &directory, &refusal) == LT_REASON_NONE)
			lt_directory_free(directory);
		break;
	case 3:
		(void)lt_procedure_decode(bytes, fuzz_arena(), &procedure, &refusal);
		break;
	default:
		try_control(bytes);
	}
	return 0;
}
