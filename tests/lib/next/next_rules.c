/* next_rules.c: a broker of a later version, for tests of going back: it knows rules 2 too. Linked into a program of its own, in which
 * whoever asks for a version's rules asks here (--wrap). Rules 2 give the receiver of a hand-off half the time to answer. */
#include "rules/rules.h"

const struct rules *__real_rules_of(uint32_t version);
const struct rules *__wrap_rules_of(uint32_t version);

static struct law law_2;
static struct rules rules_2;

const struct rules *__wrap_rules_of(uint32_t version)
{
	return version == rules_2.version ? &rules_2 : __real_rules_of(version);
}

__attribute__((constructor)) static void make(void)
{
	law_2 = *law_of(1);
	law_2.version = 2;
	law_2.limits.handoff.quarters /= 2;
	rules_2 = *__real_rules_of(1);
	rules_2.version = 2;
	rules_2.law = &law_2;
}
