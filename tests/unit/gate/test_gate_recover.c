/* After a restore adapters are asked for what they hold, in turns: who begins its session anew each time does not come first again. */
#include "test.h"

#include "simgate.h"

static void a_liar_takes_no_turn_of_others(void **state)
{
	(void)state;
	simgate_book->restoring = true;
	struct simgate *site = simgate_open(false, false, UINT32_MAX);
	struct simpeer *liar = simpeer_connect(site, &simgate_book->keys[0]);
	struct simpeer *honest = simpeer_connect(site, &simgate_book->keys[1]);
	liar->claims = honest->claims = 99;
	simpeer_enter(liar, 0);
	simpeer_expect(liar, LT_LINK_DIRECTORY_GET); /* nobody else is there */
	simpeer_enter(honest, 1);
	simpeer_enter(liar, 0); /* the turn is over with the session, and this one claims the same */
	simpeer_expect(honest, LT_LINK_DIRECTORY_GET);
	assert_false(simpeer_receive(liar, SIMGATE_SILENCE_MS));
	struct lt_link rubbish = { .type = LT_LINK_DIRECTORY_CHUNK,
				   .u.directory_chunk = { .version = 99, .size = 3, .data = lt_bytes("abc", 3) } };
	simpeer_send(honest, &rubbish); /* then it is the other's turn again */
	simpeer_expect(liar, LT_LINK_DIRECTORY_GET);
	simgate_book->restoring = false;
	simpeer_close(liar);
	simpeer_close(honest);
	simgate_stop(site);
	simgate_close(site);
}

TEST_MAIN_AROUND(simgate_setup, simgate_teardown, cmocka_unit_test(a_liar_takes_no_turn_of_others))
