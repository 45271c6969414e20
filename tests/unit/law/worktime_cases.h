/* worktime_cases.h: due times with the arithmetic written out, worked by hand on a wall calendar. Limit, receipt, due, how.
 * Read by test_clock.c and by tests/e2e/60-clock-due.py. Office A: 07:30-11:30 and 13:00-17:00. Office B: 07:00-11:30 and
 * 13:30-17:00. Office C: as A, but closing at 16:30 (7.5 hours). The calendars are those of conf/calendars. */
#ifndef TESTS_CLOCK_CASES_H
#define TESTS_CLOCK_CASES_H

struct clock_case {
	char office;
	const char *limit, *received, *due, *how;
};
/* clang-format off */
static const struct clock_case clock_cases[] = {
	/* plain weeks: the day of receipt is not counted, the hour is kept */
	{ 'A', "1 working_days", "2026-03-02T10:00", "2026-03-03T10:00", "Mon 2 not counted; Tue 3 = 1" },
	{ 'A', "3 working_days", "2026-03-02T10:00", "2026-03-05T10:00", "Tue 3, Wed 4, Thu 5 = 3" },
	{ 'A', "5 working_days", "2026-03-02T16:59", "2026-03-09T16:59", "Tue 3 to Fri 6 = 4; 7-8 rest; Mon 9 = 5" },
	{ 'A', "1 working_days", "2026-03-06T09:15", "2026-03-09T09:15", "Fri 6; 7-8 rest; Mon 9 = 1" },
	{ 'A', "10 working_days", "2026-03-04T14:00", "2026-03-18T14:00", "two weeks of 5 from Wed 4: Wed 18" },
	{ 'A', "2.0 working_days", "2026-03-02T10:00", "2026-03-04T10:00", "2.0 is 2: Tue 3, Wed 4" },
	{ 'A', "20 working_days", "2026-06-01T08:00", "2026-06-29T08:00", "four weeks of 5 from Mon 1 June: Mon 29" },
	{ 'B', "3 working_days", "2026-03-02T11:20", "2026-03-05T11:20", "office B is open at 11:20; Tue 3, Wed 4, Thu 5" },

	/* edges of the office hours are inside */
	{ 'A', "1 working_days", "2026-03-02T07:30", "2026-03-03T07:30", "opening itself is in office hours" },
	{ 'A', "1 working_days", "2026-03-02T11:30", "2026-03-03T11:30", "the morning's closing itself is kept" },
	{ 'A', "1 working_days", "2026-03-02T13:00", "2026-03-03T13:00", "the afternoon's opening itself is kept" },
	{ 'A', "1 working_days", "2026-03-02T17:00", "2026-03-03T17:00", "closing itself is kept" },

	/* before opening */
	{ 'A', "1 working_days", "2026-03-02T07:29", "2026-03-03T07:30", "moved to 07:30 of Mon 2; Tue 3 = 1" },
	{ 'A', "2 working_days", "2026-03-03T00:00", "2026-03-05T07:30", "midnight belongs to Tue 3: 07:30; Wed 4, Thu 5" },
	{ 'A', "3 working_days", "2026-02-13T05:10", "2026-02-25T07:30", "07:30 Fri 13; 14-22 off; Mon 23, Tue 24, Wed 25" },
	{ 'B', "1 working_days", "2026-03-02T06:59", "2026-03-03T07:00", "office B opens at 07:00" },
	{ 'B', "1 working_days", "2026-03-02T07:10", "2026-03-03T07:10", "office B is open at 07:10" },

	/* lunch break: the afternoon's opening; the hour is not dropped */
	{ 'A', "1 working_days", "2026-03-02T11:31", "2026-03-03T13:00", "11:31 is in the break: 13:00; Tue 3 = 1" },
	{ 'A', "1 working_days", "2026-03-02T12:59", "2026-03-03T13:00", "12:59 is in the break: 13:00" },
	{ 'A', "2 working_days", "2026-03-06T12:15", "2026-03-10T13:00", "13:00 Fri 6; 7-8 rest; Mon 9, Tue 10" },
	{ 'A', "3 working_days", "2025-01-24T12:00", "2025-02-05T13:00", "13:00 Fri 24; 25-02 off; Mon 3, Tue 4, Wed 5 Feb" },
	{ 'B', "1 working_days", "2026-03-02T13:10", "2026-03-03T13:30", "office B opens again at 13:30" },
	{ 'B', "1 working_days", "2026-03-02T11:31", "2026-03-03T13:30", "office B closes at 11:30" },

	/* after closing: the next working day's opening, then counted from there */
	{ 'A', "1 working_days", "2026-03-02T17:01", "2026-03-04T07:30", "07:30 Tue 3, not counted; Wed 4 = 1" },
	{ 'A', "1 working_days", "2026-03-06T17:01", "2026-03-10T07:30", "Fri 6 closed; 7-8 rest; 07:30 Mon 9; Tue 10 = 1" },
	{ 'A', "3 working_days", "2026-03-06T23:59", "2026-03-12T07:30", "07:30 Mon 9; Tue 10, Wed 11, Thu 12" },
	{ 'A', "1 working_days", "2026-02-13T17:30", "2026-02-24T07:30", "Fri 13 closed; 14-22 off; 07:30 Mon 23; Tue 24 = 1" },
	{ 'A', "2 working_days", "2026-04-24T18:00", "2026-05-04T07:30", "25-27 off; 07:30 Tue 28; Wed 29 = 1; 30-03 off; Mon 4" },
	{ 'A', "1 working_days", "2026-01-09T17:05", "2026-01-12T07:30", "Fri 9 closed; Sat 10 is worked: 07:30; Sun; Mon 12 = 1" },

	/* intake on a Saturday, Sunday or holiday: lawful, but not a counted day */
	{ 'A', "1 working_days", "2026-03-07T09:00", "2026-03-10T07:30", "Sat 7: 07:30 Mon 9; Tue 10 = 1" },
	{ 'A', "1 working_days", "2026-03-08T21:00", "2026-03-10T07:30", "Sun 8: 07:30 Mon 9; Tue 10 = 1" },
	{ 'A', "3 working_days", "2026-03-07T16:00", "2026-03-12T07:30", "07:30 Mon 9; Tue 10, Wed 11, Thu 12" },
	{ 'A', "5 working_days", "2026-02-14T08:00", "2026-03-02T07:30", "07:30 Mon 23; Tue 24-Fri 27 = 4; Mon 2 March = 5" },
	{ 'A', "2 working_days", "2026-04-30T10:00", "2026-05-06T07:30", "30-03 off; 07:30 Mon 4 May; Tue 5, Wed 6" },
	{ 'A', "1 working_days", "2026-04-27T10:00", "2026-04-29T07:30", "Mon 27 compensation: 07:30 Tue 28; Wed 29 = 1" },
	{ 'A', "1 working_days", "2026-01-02T10:00", "2026-01-06T07:30", "Fri 2 swapped off: 07:30 Mon 5; Tue 6 = 1" },
	{ 'A', "1 working_days", "2026-01-10T10:00", "2026-01-12T10:00", "Sat 10 is worked: kept; Sun; Mon 12 = 1" },
	{ 'B', "1 working_days", "2026-03-07T09:00", "2026-03-10T07:00", "office B: 07:00 Mon 9; Tue 10 = 1" },

	/* Tết 2025: Mon 27 to Fri 31 January; back Mon 3 February */
	{ 'A', "1 working_days", "2025-01-24T10:00", "2025-02-03T10:00", "Fri 24; 25-02 off; Mon 3 Feb = 1" },
	{ 'A', "3 working_days", "2025-01-23T09:00", "2025-02-04T09:00", "Fri 24 = 1; off; Mon 3, Tue 4 Feb = 3" },
	{ 'A', "5 working_days", "2025-01-20T15:00", "2025-02-03T15:00", "Tue 21-Fri 24 = 4; off; Mon 3 Feb = 5" },
	{ 'A', "2 working_days", "2025-01-28T08:00", "2025-02-05T07:30", "Tue 28 off: 07:30 Mon 3 Feb; Tue 4, Wed 5" },
	{ 'A', "10 working_days", "2025-01-16T10:00", "2025-02-06T10:00", "17, 20-24 = 6; off; 3, 4, 5, 6 Feb = 10" },
	{ 'A', "5 calendar_days", "2025-01-22T10:00", "2025-02-03T10:00", "22+5 = Mon 27, Tết; rolls to Mon 3 Feb" },
	{ 'A', "12 calendar_days", "2025-01-22T10:00", "2025-02-03T10:00", "22 Jan + 12 = Mon 3 Feb, worked" },

	/* Tết 2026: Mon 16 to Fri 20 February; back Mon 23 */
	{ 'A', "1 working_days", "2026-02-13T10:00", "2026-02-23T10:00", "Fri 13; 14-22 off; Mon 23 = 1" },
	{ 'A', "3 working_days", "2026-02-13T10:00", "2026-02-25T10:00", "Mon 23, Tue 24, Wed 25" },
	{ 'A', "3 working_days", "2026-02-11T10:00", "2026-02-23T10:00", "Thu 12, Fri 13 = 2; off; Mon 23 = 3" },
	{ 'A', "7 working_days", "2026-02-10T08:30", "2026-02-26T08:30", "11, 12, 13 = 3; off; 23, 24, 25, 26 = 7" },
	{ 'A', "15 working_days", "2026-02-02T14:45", "2026-03-02T14:45", "3-6 = 4, 9-13 = 9; off; 23-27 = 14; Mon 2 March = 15" },
	{ 'A', "2 working_days", "2026-02-17T09:00", "2026-02-25T07:30", "Tue 17 off: 07:30 Mon 23; Tue 24, Wed 25" },
	{ 'A', "10 calendar_days", "2026-02-06T10:00", "2026-02-23T10:00", "6+10 = Mon 16, Tết; rolls to Mon 23" },
	{ 'A', "17 calendar_days", "2026-02-06T10:00", "2026-02-23T10:00", "6+17 = Mon 23, worked" },

	/* Tết 2027 (computed): Thu 4 to Wed 10 February; back Thu 11 */
	{ 'A', "1 working_days", "2027-02-03T10:00", "2027-02-11T10:00", "Wed 3; 4-10 off; Thu 11 = 1" },
	{ 'A', "3 working_days", "2027-02-02T10:00", "2027-02-12T10:00", "Wed 3 = 1; off; Thu 11, Fri 12 = 3" },
	{ 'A', "3 working_days", "2027-02-03T16:00", "2027-02-15T16:00", "Thu 11, Fri 12; 13-14 rest; Mon 15 = 3" },
	{ 'A', "1 working_days", "2027-02-03T17:10", "2027-02-12T07:30", "closed: 07:30 Thu 11; Fri 12 = 1" },
	{ 'A', "1 working_days", "2027-02-09T09:00", "2027-02-12T07:30", "Tue 9 compensation: 07:30 Thu 11; Fri 12 = 1" },
	{ 'A', "5 calendar_days", "2027-02-04T09:00", "2027-02-16T07:30", "Tết: 07:30 Thu 11; 11+5 = Tue 16" },
	{ 'A', "5 calendar_days", "2027-02-03T09:00", "2027-02-11T09:00", "3+5 = Mon 8, Tết; rolls to Thu 11" },

	/* Tết 2028 (computed): Mon 24 to Fri 28 January; back Mon 31 */
	{ 'A', "1 working_days", "2028-01-21T10:00", "2028-01-31T10:00", "Fri 21; 22-30 off; Mon 31 = 1" },
	{ 'A', "5 working_days", "2028-01-19T11:00", "2028-02-02T11:00", "20, 21 = 2; off; Mon 31, Tue 1, Wed 2 Feb = 5" },
	{ 'A', "2 working_days", "2028-01-26T10:00", "2028-02-02T07:30", "Wed 26 off: 07:30 Mon 31; Tue 1, Wed 2 Feb" },
	{ 'A', "4 working_days", "2028-01-20T13:30", "2028-02-02T13:30", "Fri 21 = 1; off; Mon 31, Tue 1, Wed 2 Feb = 4" },
	{ 'A', "7 calendar_days", "2028-01-18T10:00", "2028-01-31T10:00", "18+7 = Tue 25, Tết; rolls to Mon 31" },

	/* swapped days */
	{ 'A', "1 working_days", "2025-04-25T10:00", "2025-04-26T10:00", "Fri 25; Sat 26 is worked = 1" },
	{ 'A', "2 working_days", "2025-04-25T10:00", "2025-04-28T10:00", "Sat 26 = 1; Sun 27; Mon 28 = 2" },
	{ 'A', "4 working_days", "2025-04-25T10:00", "2025-05-05T10:00", "26, 28, 29 = 3; 30-04 off; Mon 5 May = 4" },
	{ 'A', "1 working_days", "2025-04-29T10:00", "2025-05-05T10:00", "Wed 30, Thu 1 holidays, Fri 2 swapped, 3-4 rest; Mon 5" },
	{ 'A', "1 working_days", "2026-01-09T10:00", "2026-01-10T10:00", "Fri 9; Sat 10 is worked = 1" },
	{ 'A', "2 working_days", "2026-01-09T10:00", "2026-01-12T10:00", "Sat 10 = 1; Sun 11; Mon 12 = 2" },
	{ 'A', "1 working_days", "2025-12-31T10:00", "2026-01-05T10:00", "Thu 1 holiday, Fri 2 swapped, 3-4 rest; Mon 5 = 1" },
	{ 'A', "1 working_days", "2026-08-21T10:00", "2026-08-22T10:00", "Fri 21; Sat 22 is worked = 1" },
	{ 'A', "5 working_days", "2026-08-21T10:00", "2026-08-27T10:00", "Sat 22 = 1; Mon 24-Thu 27 = 5" },
	{ 'A', "1 working_days", "2026-08-28T10:00", "2026-09-03T10:00", "29-30 rest, Mon 31 swapped, 1-2 holidays; Thu 3 = 1" },
	{ 'A', "1 calendar_days", "2026-08-21T10:00", "2026-08-22T10:00", "21+1 = Sat 22, which is worked" },
	{ 'A', "3 calendar_days", "2026-08-28T10:00", "2026-09-03T10:00", "28+3 = Mon 31, swapped off; rolls to Thu 3" },
	{ 'A', "same_day", "2026-01-09T15:30", "2026-01-10T17:00", "after 15:00: next working day is Sat 10" },
	{ 'A', "same_day", "2026-08-22T09:00", "2026-08-22T17:00", "Sat 22 is worked: the same day" },

	/* other holidays and compensation days */
	{ 'A', "1 working_days", "2025-04-04T10:00", "2025-04-08T10:00", "Fri 4; 5-6 rest, Mon 7 Giỗ Tổ; Tue 8 = 1" },
	{ 'A', "1 working_days", "2026-04-24T10:00", "2026-04-28T10:00", "25-26 rest, Mon 27 compensation; Tue 28 = 1" },
	{ 'A', "3 working_days", "2026-04-24T10:00", "2026-05-04T10:00", "28, 29 = 2; 30-03 off; Mon 4 May = 3" },
	{ 'A', "1 working_days", "2027-04-15T10:00", "2027-04-19T10:00", "Fri 16 Giỗ Tổ, 17-18 rest; Mon 19 = 1" },
	{ 'A', "1 working_days", "2027-04-29T10:00", "2027-05-04T10:00", "Fri 30, Sat 1, Sun 2, Mon 3 compensation; Tue 4 = 1" },
	{ 'A', "1 working_days", "2028-04-28T10:00", "2028-05-03T10:00", "29-30, Mon 1, Tue 2 compensation; Wed 3 = 1" },
	{ 'A', "1 working_days", "2025-08-29T10:00", "2025-09-03T10:00", "30-31 rest, 1-2 holidays; Wed 3 = 1" },
	{ 'A', "1 working_days", "2027-09-01T10:00", "2027-09-06T10:00", "2-3 holidays, 4-5 rest; Mon 6 = 1" },
	{ 'A', "1 working_days", "2028-08-31T10:00", "2028-09-05T10:00", "Fri 1, Sat 2, Sun 3, Mon 4 compensation; Tue 5 = 1" },
	{ 'A', "2 working_days", "2028-04-03T10:00", "2028-04-06T10:00", "Tue 4 Giỗ Tổ; Wed 5, Thu 6" },

	/* 24 November: worked in 2025, a holiday from 2026 */
	{ 'A', "1 working_days", "2025-11-21T10:00", "2025-11-24T10:00", "Fri 21; 22-23 rest; Mon 24 is worked in 2025 = 1" },
	{ 'A', "1 working_days", "2026-11-23T10:00", "2026-11-25T10:00", "Tue 24 holiday; Wed 25 = 1" },
	{ 'A', "3 working_days", "2026-11-20T10:00", "2026-11-26T10:00", "Mon 23 = 1; Tue 24 holiday; Wed 25, Thu 26 = 3" },
	{ 'A', "1 working_days", "2026-11-24T10:00", "2026-11-26T07:30", "on the holiday: 07:30 Wed 25; Thu 26 = 1" },
	{ 'A', "4 calendar_days", "2026-11-20T10:00", "2026-11-25T10:00", "20+4 = Tue 24, holiday; rolls to Wed 25" },
	{ 'A', "1 working_days", "2027-11-23T10:00", "2027-11-25T10:00", "Wed 24 holiday; Thu 25 = 1" },
	{ 'A', "1 working_days", "2028-11-23T10:00", "2028-11-27T10:00", "Fri 24 holiday, 25-26 rest; Mon 27 = 1" },
	{ 'A', "same_day", "2026-11-23T15:01", "2026-11-25T17:00", "after 15:00; Tue 24 holiday; Wed 25 closing" },
	{ 'A', "8 working_hours", "2026-11-23T10:00", "2026-11-25T10:00", "Mon 1.5 + 4 = 5.5; Wed 25 2.5 from 07:30" },

	/* year end and the leap day */
	{ 'A', "1 working_days", "2026-12-31T10:00", "2027-01-04T10:00", "Fri 1 holiday, 2-3 rest; Mon 4 = 1" },
	{ 'A', "1 working_days", "2027-12-31T10:00", "2028-01-04T10:00", "Sat 1, Sun 2, Mon 3 compensation; Tue 4 = 1" },
	{ 'A', "5 working_days", "2026-12-29T10:00", "2027-01-06T10:00", "30, 31 = 2; off; Mon 4, Tue 5, Wed 6 = 5" },
	{ 'A', "1 calendar_days", "2027-12-31T10:00", "2028-01-04T10:00", "31+1 = Sat 1 January; rolls to Tue 4" },
	{ 'A', "1 working_days", "2026-12-31T17:20", "2027-01-05T07:30", "closed: 07:30 Mon 4; Tue 5 = 1" },
	{ 'A', "8 working_hours", "2025-12-31T16:00", "2026-01-05T16:00", "1 on Wed 31; 7 on Mon 5: 4 + 3 from 13:00" },
	{ 'A', "2 working_days", "2028-02-28T10:00", "2028-03-01T10:00", "Tue 29 February = 1; Wed 1 March = 2" },
	{ 'A', "250 working_days", "2024-12-31T18:00", NULL, "2024 is not covered" },
	{ 'A', "1 working_days", "2028-12-29T10:00", NULL, "Mon 1 January 2029 is not covered" },

	/* half-days: 4 working hours after the whole days */
	{ 'A', "0.5 working_days", "2026-03-02T07:30", "2026-03-02T11:30", "4 h of the morning" },
	{ 'A', "0.5 working_days", "2026-03-02T08:00", "2026-03-02T13:30", "3.5 to 11:30, 0.5 from 13:00" },
	{ 'A', "0.5 working_days", "2026-03-02T10:00", "2026-03-02T15:30", "1.5 to 11:30, 2.5 from 13:00" },
	{ 'A', "0.5 working_days", "2026-03-02T13:00", "2026-03-02T17:00", "4 h of the afternoon" },
	{ 'A', "0.5 working_days", "2026-03-02T14:00", "2026-03-03T08:30", "3 to 17:00, 1 from 07:30 Tue 3" },
	{ 'A', "0.5 working_days", "2026-03-06T17:00", "2026-03-09T11:30", "0 left on Fri 6; 4 from 07:30 Mon 9" },
	{ 'A', "0.5 working_days", "2026-03-06T16:00", "2026-03-09T10:30", "1 to 17:00 Fri 6; 3 from 07:30 Mon 9" },
	{ 'A', "0.5 working_days", "2026-03-02T12:00", "2026-03-02T17:00", "lunch: 13:00; 4 h of the afternoon" },
	{ 'A', "1.5 working_days", "2026-03-02T10:00", "2026-03-03T15:30", "Tue 3 10:00; 1.5 + 2.5" },
	{ 'A', "2.5 working_days", "2026-03-02T10:00", "2026-03-04T15:30", "Wed 4 10:00; 1.5 + 2.5" },
	{ 'A', "2.5 working_days", "2026-03-05T15:00", "2026-03-10T09:30", "Fri 6, Mon 9 15:00; 2 to 17:00, 2 from 07:30 Tue 10" },
	{ 'A', "2.5 working_days", "2026-02-12T14:00", "2026-02-24T08:30", "13, 23 14:00; 3 to 17:00; 1 from 07:30 Tue 24" },
	{ 'A', "1.5 working_days", "2026-02-12T16:00", "2026-02-23T10:30", "Fri 13 16:00; 1; off; 3 from 07:30 Mon 23" },
	{ 'A', "1.5 working_days", "2026-03-07T10:00", "2026-03-10T11:30", "07:30 Mon 9; Tue 10 07:30; 4 h" },
	{ 'A', "3.5 working_days", "2025-04-24T15:00", "2025-04-29T09:30", "25, 26, 28 15:00; 2 to 17:00; 2 from 07:30 Tue 29" },
	{ 'B', "0.5 working_days", "2026-03-02T07:00", "2026-03-02T11:00", "office B: 4 of the 4.5 h of the morning" },
	{ 'B', "0.5 working_days", "2026-03-02T10:00", "2026-03-02T16:00", "1.5 to 11:30, 2.5 from 13:30" },
	{ 'B', "1.5 working_days", "2026-03-02T16:00", "2026-03-04T10:00", "Tue 3 16:00; 1 to 17:00; 3 from 07:00 Wed 4" },

	/* working hours: from the moment of receipt (Civil Code art. 147.1) */
	{ 'A', "1 working_hours", "2026-03-02T10:00", "2026-03-02T11:00", "10:00 + 1" },
	{ 'A', "2 working_hours", "2026-03-02T10:00", "2026-03-02T13:30", "1.5 to 11:30, 0.5 from 13:00" },
	{ 'A', "1.5 working_hours", "2026-03-02T10:00", "2026-03-02T11:30", "ends with the morning" },
	{ 'A', "4 working_hours", "2026-03-02T13:00", "2026-03-02T17:00", "ends with the day" },
	{ 'A', "4 working_hours", "2026-03-06T15:00", "2026-03-09T09:30", "2 on Fri 6; 2 from 07:30 Mon 9" },
	{ 'A', "8 working_hours", "2026-03-02T10:00", "2026-03-03T10:00", "5.5 on Mon 2; 2.5 from 07:30: as one working day" },
	{ 'A', "8 working_hours", "2026-03-02T07:30", "2026-03-02T17:00", "4 + 4: the whole of Mon 2" },
	{ 'A', "8 working_hours", "2026-03-06T20:00", "2026-03-09T17:00", "07:30 Mon 9: the whole of it" },
	{ 'A', "8 working_hours", "2026-03-07T10:00", "2026-03-09T17:00", "Saturday online: the whole of Mon 9" },
	{ 'A', "8 working_hours", "2026-03-06T16:00", "2026-03-09T16:00", "1 on Fri 6; 4 + 3 on Mon 9" },
	{ 'A', "12 working_hours", "2026-02-13T14:00", "2026-02-24T08:30", "3 on Fri 13; 8 on Mon 23; 1 from 07:30 Tue 24" },
	{ 'A', "16 working_hours", "2026-03-02T09:00", "2026-03-04T09:00", "6.5 + 8 + 1.5" },
	{ 'A', "20 working_hours", "2026-01-07T11:45", "2026-01-09T17:00", "lunch: 13:00; 4 + 8 + 8" },
	{ 'A', "24 working_hours", "2026-01-09T13:00", "2026-01-13T11:30", "4 on Fri 9, 8 on Sat 10 (worked), 8 on Mon 12, 4 on Tue 13" },
	{ 'A', "0.25 working_hours", "2026-03-02T11:20", "2026-03-02T13:05", "10 min to 11:30, 5 from 13:00" },
	{ 'A', "0.25 working_days", "2026-03-04T08:00", "2026-03-04T10:00", "a quarter of 8 hours: 2" },
	{ 'A', "1.25 working_days", "2026-03-06T10:00", "2026-03-09T13:30", "Mon 9 10:00; 1.5 to 11:30, 0.5 from 13:00" },
	{ 'A', "0.75 working_days", "2026-03-06T16:00", "2026-03-09T14:00", "6 hours: 1 on Fri 6, 4 + 1 on Mon 9" },
	{ 'A', "30 minutes", "2026-03-06T16:45", "2026-03-09T07:45", "15 min to 17:00, 15 from 07:30 Mon 9" },
	{ 'A', "20 minutes", "2026-03-02T11:40", "2026-03-02T13:20", "lunch: 13:00 + 20" },
	{ 'A', "0.5 working_hours", "2026-03-02T11:15", "2026-03-02T13:15", "15 min to 11:30, 15 from 13:00" },
	{ 'A', "0.5 working_hours", "2026-03-02T16:45", "2026-03-03T07:45", "15 min to 17:00, 15 from 07:30" },
	{ 'A', "2.5 working_hours", "2026-03-02T06:00", "2026-03-02T10:00", "before opening: 07:30 + 2.5" },
	{ 'B', "8 working_hours", "2026-03-02T11:00", "2026-03-03T11:00", "0.5 + 3.5; 4 from 07:00" },
	{ 'C', "8 working_hours", "2026-03-02T10:00", "2026-03-03T10:30", "office C: 1.5 + 3.5 = 5; 3 from 07:30" },
	{ 'C', "2 working_days", "2026-03-02T10:00", "2026-03-04T10:00", "whole days keep the hour in a short office too" },

	/* same day */
	{ 'A', "same_day", "2026-03-02T09:00", "2026-03-02T17:00", "by 15:00: closing of Mon 2" },
	{ 'A', "same_day", "2026-03-02T15:00", "2026-03-02T17:00", "15:00 itself is in time" },
	{ 'A', "1 same_day", "2026-03-02T15:01", "2026-03-03T17:00", "after 15:00: closing of Tue 3" },
	{ 'A', "same_day", "2026-03-06T16:00", "2026-03-09T17:00", "after 15:00 on Fri 6: closing of Mon 9" },
	{ 'A', "same_day", "2026-03-06T17:30", "2026-03-09T17:00", "closed: 07:30 Mon 9, which is by 15:00" },
	{ 'A', "same_day", "2026-03-07T16:00", "2026-03-09T17:00", "Saturday: 07:30 Mon 9, by 15:00" },
	{ 'A', "same_day", "2026-03-02T06:00", "2026-03-02T17:00", "before opening: 07:30 of the same day" },
	{ 'A', "same_day", "2026-03-02T12:10", "2026-03-02T17:00", "lunch: 13:00, by 15:00" },
	{ 'A', "same_day", "2026-02-13T15:30", "2026-02-23T17:00", "after 15:00; 14-22 off; Mon 23" },
	{ 'A', "same_day", "2026-02-18T09:00", "2026-02-23T17:00", "Tết: 07:30 Mon 23, by 15:00" },
	{ 'A', "same_day", "2025-12-31T16:00", "2026-01-05T17:00", "after 15:00; 1-4 off; Mon 5" },
	{ 'C', "same_day", "2026-03-02T10:00", "2026-03-02T16:30", "office C closes at 16:30" },

	/* calendar days: all are counted, the end rolls off */
	{ 'A', "1 calendar_days", "2026-03-02T10:00", "2026-03-03T10:00", "2+1 = Tue 3" },
	{ 'A', "5 calendar_days", "2026-03-02T10:00", "2026-03-09T10:00", "2+5 = Sat 7; rolls to Mon 9" },
	{ 'A', "6 calendar_days", "2026-03-02T10:00", "2026-03-09T10:00", "2+6 = Sun 8; rolls to Mon 9" },
	{ 'A', "7 calendar_days", "2026-03-02T10:00", "2026-03-09T10:00", "2+7 = Mon 9" },
	{ 'A', "15 calendar_days", "2026-04-15T10:00", "2026-05-04T10:00", "15+15 = Thu 30 April, holiday; rolls over 1-3 to Mon 4 May" },
	{ 'A', "30 calendar_days", "2026-03-02T16:00", "2026-04-01T16:00", "31 days in March: Wed 1 April" },
	{ 'A', "3 calendar_days", "2026-03-07T10:00", "2026-03-12T07:30", "Saturday: 07:30 Mon 9; 9+3 = Thu 12" },
	{ 'A', "2 calendar_days", "2026-03-06T18:00", "2026-03-11T07:30", "closed: 07:30 Mon 9; 9+2 = Wed 11" },
	{ 'A', "4 calendar_days", "2026-04-23T10:00", "2026-04-28T10:00", "23+4 = Mon 27, compensation; rolls to Tue 28" },
	{ 'A', "3 calendar_days", "2026-04-23T10:00", "2026-04-28T10:00", "23+3 = Sun 26, holiday and rest; over Mon 27 to Tue 28" },
	{ 'A', "10 calendar_days", "2026-12-22T09:00", "2027-01-04T09:00", "22+10 = Fri 1 January; rolls over 2-3 to Mon 4" },
	{ 'A', "2.5 calendar_days", "2026-03-02T10:00", "2026-03-04T15:30", "2+2 = Wed 4 10:00; then 4 working hours" },
	{ 'A', "365 calendar_days", "2026-03-02T10:00", "2027-03-02T10:00", "a year on: Tue 2 March 2027" },
};
/* clang-format on */
enum { CLOCK_CASE_COUNT = sizeof(clock_cases) / sizeof(clock_cases[0]) };

#endif
