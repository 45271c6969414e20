/* fold.h: how texts are compared in a search: Vietnamese with and without its signs, in any case and either form of Unicode, is one.
 *
 *   "Đồng Đăng", "ĐỒNG ĐĂNG", "dong dang" and the same in NFD  ->  "dong dang"
 *
 * Signs go (NFKD without marks), and đ is d, which no form of Unicode says: it is a letter of its own. What is no letter and no digit is
 * a space; spaces are single, none stands at an end. Any thread. */
#ifndef PROJECT_FOLD_H
#define PROJECT_FOLD_H

#include <lienthong/base.h>

#define FOLD_WORDS_MAX 16u /* of a search: more narrow nothing down and cost a look each */
#define FOLD_BEGINNING \
	2u /* bytes: a word that is shorter is meant whole, since half of all words begin with one of five letters */
#define FOLD_TEXT_MAX 512u /* bytes of a search that are looked at */

/* Appends the folded text, in UTF-8, without a NUL. What is no UTF-8 is a space. LT_ENOMEM. */
enum lt_err fold_append(const char *text, struct lt_buf *out);
/* Whether a word, given as FTS5 asks for it whole, is meant whole though it is long enough for a beginning. */
typedef bool fold_whole(void *ctx, const char *word);
/* What a person typed, as a question for the index (FTS5): each word as a beginning, unless `whole` (may be NULL) says that it is none; all of
 * them, without what others say already. Out is "" when nothing is left to search for. Nothing that was typed is read as syntax. LT_ENOMEM. */
enum lt_err fold_question(const char *typed, fold_whole *whole, void *ctx, struct lt_buf *out);

#endif
