/* words.h: what the console calls things, in Vietnamese and English. What the law and the broker say has its own catalogues: statuses
 * (law/status.h), owed acts, reasons, sentences. A number that is not known is "?". Static texts. */
#ifndef PAGES_WORDS_H
#define PAGES_WORDS_H

#include <lienthong/reason.h>

#include "project/project_read.h"
#include "record/record.h"

const char *word_status(uint32_t status, enum lt_language language);
const char *word_owed(uint32_t what, enum lt_language language);
const char *word_kind(uint32_t kind, enum lt_language language);
const char *word_verdict(uint32_t verdict, enum lt_language language);
const char *word_verdict_css(uint32_t verdict); /* "good", "bad", or "" */
const char *word_stay_end(uint32_t how, enum lt_language language);
const char *word_channel(uint32_t channel, enum lt_language language);
const char *word_cause(enum project_cause cause, enum lt_language language);
const char *word_level(uint32_t level, enum lt_language language); /* of an agency */
const char *word_limit_unit(uint32_t unit, enum lt_language language);

#endif
