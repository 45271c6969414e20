"""What reports have to say, counted out of the journal alone, record by record over the control socket: from the headers and the statuses after them come what was
received, what its clock ran and stood, when it was done; from the calendar files what of that were working minutes. The rows of stays and waits are the
records'. By docs/reports.md and docs/clocks.md; nothing of the broker, the console or the room of reports is used."""
import bisect
import datetime
import json
import struct

import officetime
from deployment import ROOT
from pycontrol import ask
from pywire import control_pb, envelope_pb, record_pb

MINUTE = 60_000_000
EARLY, ON, LATE, WITHIN, OVERDUE = 1, 2, 3, 4, 5
CHANNELS = {1: "counter", 2: "online", 3: "post"}
REPAIRED, CORRECTION = 11, 48


def records(site):
    """(sequence, legal time, header or None, outcome) of each."""
    at = 1
    while True:
        answer = ask(site.folder / "broker/control.sock", control_pb.ControlRequest(
            journal=control_pb.JournalRequest(**{"from": at, "limit": 256}))).journal
        for record in answer.records:
            form, _, sequence, moment = struct.unpack("<IIQq", record[:24])
            count = 4 if form == 1 else 2
            sizes, place, pieces = struct.unpack(f"<{count}I", record[48:48 + 4 * count]), 48 + 4 * count, []
            for size, salt, room in zip(sizes, [0, 0, 16, 16] if count == 4 else [16, 16], [48, 32, 0, 0] if count == 4 else [48, 0]):
                pieces.append(record[place + salt:place + salt + size])
                place += max(salt + size, room)
            outcome = record_pb.Outcome.FromString(pieces[-1])
            yield sequence, outcome.legal or moment, envelope_pb.Header.FromString(pieces[0]) if count == 4 else None, outcome
            at = sequence + 1
        if not answer.records:
            return


class Worked:
    """The minutes that offices work, 07:30-11:30 and 13:00-17:00 on the working days of the calendar files, from the first day of a year on."""

    def __init__(self, year):
        self.first = int(datetime.datetime(year, 1, 1, tzinfo=officetime.ZONE).timestamp()) // 60
        free, worked = set(), set()
        for one in (year, year + 1):
            for line in json.loads((ROOT / f"conf/calendars/{one}.json").read_text())["days"]:
                (worked if line["kind"] == "swap_work" else free).add(line["date"])
        self.minutes = []
        for n in range(700):
            day = datetime.date(year, 1, 1) + datetime.timedelta(days=n)
            if str(day) in worked or (day.weekday() < 5 and str(day) not in free):
                self.minutes += [*range(n * 1440 + 450, n * 1440 + 690), *range(n * 1440 + 780, n * 1440 + 1020)]

    def place(self, moment):
        """How many worked minutes lie before a moment in microseconds; seconds are dropped."""
        return bisect.bisect_left(self.minutes, moment // MINUTE - self.first)

    def between(self, begin, end):
        return max(0, self.place(end) - self.place(begin))

    def after(self, begin, count):
        """The end of the so-many-th worked minute."""
        return (self.minutes[self.place(begin) + count - 1] + 1 + self.first) * MINUTE


class Clock:
    """Spans that ran; the last may be open."""

    def __init__(self, worked, limit, start):
        self.worked, self.limit, self.spans, self.late = worked, limit, [[start, None]], False

    def stand(self, now, stands):
        runs = self.spans[-1][1] is None
        if stands and runs:
            self.spans[-1][1] = now
        elif not stands and not runs:
            self.spans.append([now, None])

    def used(self, until):
        return sum(self.worked.between(begin, until if end is None else min(end, until)) for begin, end in self.spans)

    def due(self):
        left = self.limit
        for begin, end in self.spans[:-1]:
            here = self.worked.between(begin, end)
            if here >= left and end >= self.worked.after(begin, left) + MINUTE:
                return self.worked.after(begin, left)
            left -= here
        return self.worked.after(self.spans[-1][0], left)

    def told(self, closed=None):
        """The due time as it stands: with all that stood, also behind it, which undoes no lateness."""
        ends = [*[begin for begin, _ in self.spans[1:]], closed]
        stood = sum(self.worked.between(end, begin) for (_, end), begin in zip(self.spans, ends) if begin and end)
        return self.worked.after(self.spans[0][0], self.limit + stood)

    def over(self, now):
        return self.late or now >= self.due() + MINUTE

    def anew(self, now):
        self.late = self.over(now if self.spans[-1][1] is None else self.spans[-1][1])
        self.spans = [[now, None]]

    def verdict(self, end):
        if self.over(end):
            return LATE
        return EARLY if self.worked.between(end, self.due()) > 0 else ON


class Counted:
    """One dossier as its records tell it."""

    def __init__(self, number):
        self.number, self.code, self.status, self.received, self.carried = number, None, 0, None, 0
        self.clock, self.stays, self.made, self.closed, self.asked, self.stopped = None, [], None, None, {}, False
        self.troubled = False  # something stood, or was taken back

    def open(self, header, moment, procedures, worked):
        self.code, self.origin, self.procedure = header.dossier, header.sender, header.procedure
        self.version, self.channel = header.procedure_version, CHANNELS.get(header.channel, "unsaid")
        self.rules, self.worked = procedures[header.procedure, header.procedure_version], worked
        if header.HasField("carried"):
            self.carried = moment
            self.begin(header.carried.counted_from or header.carried.received_at, header.carried.received_at)
            if header.carried.done_at:
                self.made = header.carried.done_at
                self.clock.stand(self.made, True)
        elif header.received:
            self.begin(moment, moment)

    def begin(self, start, received):
        self.received = received
        self.clock = Clock(self.worked, self.rules["minutes"], start)

    def take(self, moment, header, outcome):
        kind = envelope_pb.Kind.Name(header.kind)[5:] if header is not None else ""
        before, self.status = self.status, outcome.status or self.status
        self.stays += outcome.stays
        if kind == "RECEIVE":
            self.begin(moment, moment)
        if kind in ("REQUEST_SUPPLEMENT", "REQUEST_FEE"):
            self.asked[header.branch] = kind == "REQUEST_SUPPLEMENT" and self.rules["anew"]
        if kind in ("SUPPLEMENT", "FEE_PAID") and self.asked.pop(header.branch, False) and self.clock:
            self.clock.anew(moment)
        self.troubled = self.troubled or bool(self.asked) or self.status in (7, 8) or (before == 9 and self.status == 4)
        if self.status == 8 and before != 8:
            self.stopped, self.asked = True, {}
        if before == 8 and self.status == 4:
            self.stopped = False
        if self.clock is None:
            return
        if self.status == 9 and before != 9 and not self.made:
            self.made = moment
            self.clock.stand(moment, True)
        elif before == 9 and self.status == 4:  # taken back: it was none
            self.made = None
            self.clock.spans[-1][1] = None
        if not self.made:
            self.clock.stand(moment, bool(self.asked) or self.stopped)
        if self.status in (3, 10) and self.closed is None:
            self.closed = moment

    def ended(self):
        return self.made or self.closed

    def state(self, start, end, now, later=False):
        """What it is to a period, start <= t < end, whose records it was made of; None: nothing. later: records behind the period are known too."""
        if self.received is None or self.received >= end or (self.ended() or end) < start:
            return None
        if self.ended() and self.ended() < end:
            return {EARLY: "early", ON: "on_time", LATE: "late"}[self.clock.verdict(self.made)] if self.made else "withdrawn"
        if not self.ended() and self.status in (5, 6, 7, 8):
            return {5: "papers", 6: "fee", 7: "withdrawn", 8: "stopped"}[self.status]
        last = min(now, end)
        over = now <= end and self.clock.over(now) if later else self.clock.over(last)
        late = last >= self.clock.told(None if self.made else self.closed) + MINUTE or (not self.ended() and over)
        return "overdue" if late else "in_time"

    def late_minutes(self, now):
        return max(0, self.clock.used(self.made or now) - self.clock.limit)


def count(site, definitions, until=None):
    """(dossiers, legal time of the newest record), of what was recorded before a time. definitions: the procedure files as they were imported."""
    worked = Worked(officetime.now().year)
    procedures = {(p["code"], p["version"]): {"minutes": round(float(p["total"].split()[0]) * 480), "sector": p["sector"], "name": p["name"],
                                              "anew": all(leg.get("policy") != "SUSPEND" for leg in p["legs"])} for p in definitions}
    found, last = {}, 0
    for _, moment, header, outcome in records(site):
        if until is not None and moment >= until:
            break
        last = max(last, moment)
        if outcome.reason or not outcome.dossier:
            continue
        one = found.setdefault(outcome.dossier, Counted(outcome.dossier))
        if header is not None and header.kind == envelope_pb.KIND_OPEN:
            one.open(header, moment, procedures, worked)
        one.take(moment, header, outcome)
    return list(found.values()), last


COLUMNS = ["received", "online", "counter", "post", "unsaid", "before", "done", "early", "on_time", "late", "in_hand", "in_time", "overdue", "papers", "fee",
           "stopped", "withdrawn"]


def sums(dossiers, start, end, now):
    """The columns of a period and its two rates."""
    want = dict.fromkeys(COLUMNS, 0)
    for one in dossiers:
        state = one.state(start, end, now)
        if not state:
            continue
        counted = [state, *(["received", one.channel] if one.received >= start else ["before"])]
        counted += ["done"] if state in ("early", "on_time", "late") else ["in_hand"] if state in ("in_time", "overdue") else []
        for column in counted:
            want[column] += 1
    good = want["early"] + want["on_time"]
    want["rate"] = good / want["done"] if want["done"] else None
    want["rate_open"] = good / (want["done"] + want["overdue"]) if want["done"] + want["overdue"] else None
    return want


def corrected(stays):
    """The rows that are charged, each with the verdict of its newest correction."""
    newest = {stay.corrects: stay.verdict for stay in stays if stay.how == CORRECTION}
    return [(stay, newest.get(stay.number, stay.verdict)) for stay in stays if stay.how != CORRECTION]


def charges(stay, verdict):
    """(agency, own minutes, minutes beyond) of each who has held it."""
    through = stay.carried
    for agency, own in [(part.agency, part.used) for part in stay.parts] or [(stay.to or stay.holder, stay.used - stay.carried)]:
        through += own
        beyond = max(0, through - stay.allotted) - max(0, through - own - stay.allotted)
        yield agency, own, beyond if verdict in (LATE, OVERDUE) and stay.due_lawful else 0
