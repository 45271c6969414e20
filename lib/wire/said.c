/* said.c: BYE, and what stands beside a reason in it, in QUERY_ANSWER and PART_STATE: one sentence in both languages and by number. */
#include "link.h"
#include "maps.h"

static const struct codec_field bye_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_bye, reason),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_bye, said.detail),
	CODEC_FIELD_LIST(3, CODEC_TEXTS, struct lt_bye, agencies, agency_count),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_bye, said.sentence),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_bye, said.vietnamese),
};
const struct codec_map codec_bye_map = CODEC_MAP(bye_fields, struct lt_bye);

struct lt_said lt_link_said(const struct lt_refusal *why, char room[LT_SENTENCE_TEXT])
{
	if (!why->reason)
		return (struct lt_said){ .detail = "", .vietnamese = "" };
	return (struct lt_said){ .detail = why->detail,
				 .vietnamese = lt_refusal_say(why, LT_VIETNAMESE, room, LT_SENTENCE_TEXT),
				 .sentence = lt_refusal_sentence(why) };
}

void lt_link_heard(enum lt_reason reason, const struct lt_said *said, struct lt_refusal *out)
{
	uint32_t number;
	const char *english, *vietnamese;
	*out = (struct lt_refusal){ .reason = reason };
	if (!reason)
		return;
	if (said->sentence.len <= LT_SENTENCE_MAX && lt_sentence_read(said->sentence, &number, NULL, NULL) &&
	    lt_sentence_line(number, &english, &vietnamese))
		lt_refuse_again(out, reason, said->sentence);
	else
		lt_refuse(out, reason, "%.200s", said->detail ? said->detail : "");
}
