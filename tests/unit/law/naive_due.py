"""A second, naive model of the due-time rules (docs/calendar.md): a wall calendar and a finger, day by day and minute by
minute. Only to cross-check the broker's arithmetic; times are datetimes at +07:00 without a zone."""
import datetime
import json
import pathlib

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)


class NotCovered(Exception):
    """args[0] is the year."""


class Calendar:
    """`agency`: for whom; its own days stand before everybody's."""

    def __init__(self, folder, agency=""):
        self.years, self.kinds = set(), {}
        own = set()
        for path in pathlib.Path(folder).glob("*.json"):
            data = json.loads(path.read_text())
            self.years.add(data["year"])
            for day in data["days"]:
                date = datetime.date.fromisoformat(day["date"])
                mine = any(agency == code or agency.startswith(code + ".") for code in day.get("agencies", []))
                if mine or ("agencies" not in day and date not in own):
                    self.kinds[date] = day["kind"]
                if mine:
                    own.add(date)

    def works(self, date):
        if date.year not in self.years:
            raise NotCovered(date.year)
        kind = self.kinds.get(date)
        if kind is None:
            return date.weekday() < 5
        return kind == "swap_work"

    def next_working(self, date):
        date += DAY
        while not self.works(date):
            date += DAY
        return date


class Hours:
    def __init__(self, morning, afternoon=None):
        parse = datetime.time.fromisoformat
        self.morning = tuple(map(parse, morning))
        self.afternoon = tuple(map(parse, afternoon)) if afternoon else (self.morning[1], self.morning[1])

    def open_minute(self, clock):
        """Is the minute that begins at this time of the day office time?"""
        return self.morning[0] <= clock < self.morning[1] or self.afternoon[0] <= clock < self.afternoon[1]

    def nearest(self, clock):
        """An hour that was kept from another day."""
        if clock < self.morning[0]:
            return self.morning[0]
        if self.morning[1] < clock < self.afternoon[0]:
            return self.morning[1]
        return min(clock, self.afternoon[1])


class Office(Hours):
    """`excepts`: (from or None, to or None, days of the week or None, Hours); the last one that holds counts."""

    def __init__(self, morning, afternoon, same_day_until="15:00", excepts=()):
        super().__init__(morning, afternoon)
        self.same_day_until = datetime.time.fromisoformat(same_day_until)
        self.excepts = excepts

    def on(self, date):
        hours = self
        for begin, end, weekdays, other in self.excepts:
            if (not begin or date >= begin) and (not end or date < end) and (not weekdays or date.weekday() in weekdays):
                hours = other
        return hours


OFFICES = {
    "A": Office(("07:30", "11:30"), ("13:00", "17:00")),
    "B": Office(("07:00", "11:30"), ("13:30", "17:00")),
    "C": Office(("07:30", "11:30"), ("13:00", "16:30")),
}


def intake(calendar, office, received):
    date, clock = received.date(), received.time().replace(second=0, microsecond=0)
    if not calendar.works(date) or clock > office.on(date).afternoon[1]:
        date = calendar.next_working(date)
        return datetime.datetime.combine(date, office.on(date).morning[0])
    hours = office.on(date)
    if clock < hours.morning[0]:
        clock = hours.morning[0]
    elif hours.morning[1] < clock < hours.afternoon[0]:
        clock = hours.afternoon[0]
    return datetime.datetime.combine(date, clock)


def walk(calendar, office, at, minutes):
    """Spends working minutes one by one; the end of the last one is the answer."""
    while minutes:
        hours = office.on(at.date())
        if not calendar.works(at.date()) or at.time() >= hours.afternoon[1]:
            date = calendar.next_working(at.date())
            at = datetime.datetime.combine(date, office.on(date).morning[0])
        elif not hours.open_minute(at.time()):
            at += MINUTE
            continue
        at += MINUTE
        minutes -= 1
    return at


def due(calendar, office, unit, amount, received):
    at = intake(calendar, office, received)
    if unit in ("minutes", "working_hours"):
        return walk(calendar, office, at, round(amount * (60 if unit == "working_hours" else 1)))
    if unit == "same_day":
        date = at.date() if at.time() <= office.same_day_until else calendar.next_working(at.date())
        return datetime.datetime.combine(date, office.on(date).afternoon[1])
    date = at.date()
    for _ in range(int(amount)):
        date = calendar.next_working(date) if unit == "working_days" else date + DAY
    while not calendar.works(date):
        date += DAY
    at = datetime.datetime.combine(date, office.on(date).nearest(at.time()))
    return walk(calendar, office, at, round(amount % 1 * 480))


def used(calendar, office, start, end):
    """Working minutes in [start, end), one by one."""
    count = 0
    while start < end:
        count += calendar.works(start.date()) and office.on(start.date()).open_minute(start.time())
        start += MINUTE
    return count


def day_before(calendar, office, at):
    """The same hour of the working day before; None when that is not covered."""
    date = at.date() - DAY
    try:
        while not calendar.works(date):
            date -= DAY
    except NotCovered:
        return None
    return datetime.datetime.combine(date, office.on(date).nearest(at.time()))
