"""make_histories.py: writes histories.tsv: what the clocks of a dossier have to say after each pair of events of a life, by plain arithmetic on a
list of minutes. Nothing of the broker is used here: a count is a list of spans in which somebody worked, what lies between stood.

    python3 tests/flow/histories/make_histories.py          writes histories.tsv beside it
    python3 tests/flow/histories/make_histories.py --check  compares

A dossier of leg 1 (DISTRICT) goes to leg 2 (DEPARTMENT, lead) and leg 3 (MINISTRY, makes the result), forked also to leg 5 (OTHER, makes one
too); leg 4 hands it over. Legs have 5 working days, the whole has 6, an offer 8 working hours. Offices work Monday to Friday, 07:30-11:30 and 13:00-17:00;
Tue 24/11/2026 is a holiday. A column a row: branch leg holder end used stood carried verdict due_first due_lawful; the last one is the
dossier's: used verdict due_first due_lawful appointment.
"""

import bisect
import datetime
import pathlib
import sys

DAY = 480
LEG, WHOLE, OFFER = 5 * DAY, 6 * DAY, DAY
DISTRICT, DEPARTMENT, MINISTRY, OTHER = "H37.02", "H37.14", "G09.20", "H38.14"
FOLLOWS = {MINISTRY: "H37.02.01", "H37.02.01": "H38.15"}
EVENTS = ["suspend", "restart", "fee", "stop", "apology", "recall", "return", "refusal", "unanswered", "calendar", "outage",
          "merger"]
WITHIN = ["suspend", "restart", "fee", "stop", "recall", "return", "refusal", "unanswered", "outage"]
FACTS = ["calendar", "outage", "merger"]
FIRST_DAY = datetime.datetime(2026, 11, 19)
POLICIES = ["SUSPEND", "RESTART"]


def at(text):
    """Minutes since Thu 19/11/2026 00:00."""
    time = datetime.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M")
    return int((time - FIRST_DAY).total_seconds()) // 60


OPENED, PASSED = at("11-19 08:00"), at("11-19 09:00")
WINDOWS = [(at("11-19 14:00"), at("11-23 10:00")), (at("11-25 09:00"), at("11-27 15:00"))]
INNER = (at("11-19 16:00"), at("11-23 08:30"))
OTHER_DONE, DONE = at("11-30 10:00"), at("11-30 11:00")
OFF = [at("11-20 00:00"), at("11-26 00:00")]  # days that a calendar event makes free: of the first window and the second
APOLOGY = at("12-04 10:00")


def show(minute):
    if minute is None:
        return "-"
    return (FIRST_DAY + datetime.timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M")


class Facts:
    """Which minutes are worked."""

    def __init__(self):
        self.off = {at("11-24 00:00")}
        self.outages = []
        self.make()

    def make(self):
        self.minutes = []
        for day in range(0, 60 * 1440, 1440):
            if (FIRST_DAY + datetime.timedelta(minutes=day)).weekday() > 4 or day in self.off:
                continue
            for minute in [*range(day + 450, day + 690), *range(day + 780, day + 1020)]:
                if not any(begin <= minute < end for begin, end in self.outages):
                    self.minutes.append(minute)

    def between(self, begin, end):
        return max(0, bisect.bisect_left(self.minutes, end) - bisect.bisect_left(self.minutes, begin))

    def after(self, begin, count):
        """The end of the so-many-th worked minute from `begin`."""
        return self.minutes[bisect.bisect_left(self.minutes, begin) + count - 1] + 1


class Count:
    """One limit: spans in which it ran; the last may be open (end None)."""

    def __init__(self, limit, now):
        self.limit, self.start, self.spans, self.late, self.first = limit, now, [[now, None]], False, None

    def runs(self):
        return bool(self.spans) and self.spans[-1][1] is None

    def stand(self, now):
        if self.runs():
            self.spans[-1][1] = now

    def go_on(self, now):
        if not self.runs():
            self.spans.append([now, None])

    def used(self, facts, until):
        return sum(facts.between(begin, until if end is None else min(end, until)) for begin, end in self.spans)

    def due(self, facts):
        if self.limit is None:
            return None
        left = self.limit
        for begin, end in self.spans[:-1]:
            here = facts.between(begin, end)
            if here >= left:
                return facts.after(begin, left)
            left -= here
        return facts.after(self.spans[-1][0], left)

    def tell(self, facts):
        """Called whenever the broker would have counted: what was first told never moves."""
        if self.first is None:
            self.first = self.due(facts)

    def verdict(self, facts, end):
        if self.limit is None:
            return "-"
        due = self.due(facts)
        if self.late or end > due:
            return "LATE"
        return "EARLY" if facts.between(end, due) > 0 else "ON"

    def anew(self, facts, now):
        stood = now if self.runs() else self.spans[-1][1]
        self.late = self.late or stood > self.due(facts)
        self.start, self.spans = now, [[now, None]]


class Branch:
    def __init__(self, number, holder, leg):
        self.number, self.holder, self.leg = number, holder, leg
        self.count, self.carried, self.offer = None, 0, None


class History:
    def __init__(self, policy, forked):
        self.policy, self.forked, self.facts, self.rows, self.past = policy, forked, Facts(), [], {}
        self.dossier = Count(WHOLE, OPENED)
        self.dossier.tell(self.facts)
        self.appointment, self.ministry = None, MINISTRY
        first = Branch(1, DISTRICT, 1)
        self.begin(first, OPENED)
        if forked:
            self.end(first, "forked", OPENED)
            self.subject, self.other = Branch(2, DISTRICT, 1), Branch(3, DISTRICT, 1)
            self.give(self.subject, 2, DEPARTMENT, OPENED, OPENED)
            self.give(self.other, 5, OTHER, OPENED, OPENED)
        else:
            self.subject, self.other = first, None
            self.give(self.subject, 2, DEPARTMENT, OPENED, OPENED)

    # stays and waits

    def begin(self, branch, now, counts=False):
        if branch.leg == 3:
            branch.holder = self.ministry  # who acts when it begins
        past = self.past.pop(branch.leg, None)
        limit = LEG if branch.leg > 1 else None
        if past is None:
            branch.count, branch.carried = Count(limit, now), 0
        else:
            branch.count, renew, ended = past
            if renew:
                late = branch.count.late or ended > branch.count.due(self.facts)
                first = branch.count.first
                branch.count, branch.carried = Count(limit, now), 0
                branch.count.late, branch.count.first = late, first
            else:
                branch.count.go_on(ended if counts else now)
                branch.carried = branch.count.used(self.facts, now)
        branch.count.tell(self.facts)

    def row(self, branch, how, count, when, carried, leg=None):
        self.rows.append(" ".join([
            str(branch.number), f"leg-{leg or branch.leg}", branch.holder, how,
            str(count.used(self.facts, when)), str(self.facts.between(count.start, when) - count.used(self.facts, when)),
            str(carried), count.verdict(self.facts, when), show(count.first), show(count.due(self.facts))]))

    def end(self, branch, how, when):
        if branch.count is None:
            return
        branch.count.stand(when)
        self.row(branch, how, branch.count, when, branch.carried)
        self.past[branch.leg] = (branch.count, False, when)
        branch.count = None

    def give(self, branch, leg, to, offered, now, how="handed-on"):
        """An offer at one moment, taken at another: the stay ended with the offer."""
        self.end(branch, how, offered)
        wait = Count(OFFER, offered)
        wait.first = wait.due(self.facts)
        wait.stand(now)
        self.row(branch, "accepted", wait, now, 0, leg=leg)
        branch.leg, branch.holder = leg, to
        self.begin(branch, now)

    def stand(self, now, stands, everything=False):
        for branch in [self.subject, *([self.other] if everything and self.other else [])]:
            if branch.count:
                (branch.count.stand if stands else branch.count.go_on)(now)
        (self.dossier.stand if stands else self.dossier.go_on)(now)

    def pass_on(self, now):
        self.give(self.subject, 3, self.ministry, now, now)

    # events: (from, to) is the window; the subject is at leg 3, or at leg 2 where the pair asks for papers at both

    def suspend(self, begin, end):
        self.stand(begin, True)
        yield end
        self.stand(end, False)
        if self.policy == "RESTART":
            self.subject.count.anew(self.facts, end)
            self.subject.carried = 0
            self.dossier.anew(self.facts, end)

    def restart(self, begin, end):
        """Papers lead back to leg 2."""
        self.stand(begin, True)
        yield end
        branch = self.subject
        branch.count.go_on(end)
        self.dossier.go_on(end)
        self.end(branch, "supplemented", end)
        branch.leg, branch.holder = 2, DEPARTMENT
        self.begin(branch, end)
        if self.policy == "RESTART":
            branch.count.anew(self.facts, end)
            branch.carried = 0
            self.dossier.anew(self.facts, end)
            self.past = {leg: (count, True, when) for leg, (count, _, when) in self.past.items()}

    def fee(self, begin, end):
        self.stand(begin, True)
        yield end
        self.stand(end, False)

    def stop(self, begin, end):
        self.stand(begin, True, everything=True)
        yield end
        self.stand(end, False, everything=True)

    def apology(self, begin, end):
        if self.appointment is None:
            self.appointment = APOLOGY
        yield end

    def recall(self, begin, end):
        """The result is made and taken back: it was none."""
        alone = not self.forked
        self.end(self.subject, "result", begin)
        if alone:
            self.dossier.stand(begin)
        yield end
        if alone:
            self.dossier.spans[-1][1] = None
        self.begin(self.subject, end, counts=True)
        self.join_spans(self.subject.count)

    @staticmethod
    def join_spans(count):
        (begin, end), (again, open_end) = count.spans[-2:]
        assert end == again
        count.spans[-2:] = [[begin, open_end]]

    def give_back(self, offered, taken):
        self.give(self.subject, 2, DEPARTMENT, offered, taken, "given-back")

    def ret(self, begin, end):
        self.give_back(begin, begin)
        yield end
        self.pass_on(end)

    def refusal(self, begin, end):
        """Offered back and refused: it never left."""
        branch = self.subject
        yield end
        wait = Count(OFFER, begin)
        wait.first = wait.due(self.facts)
        wait.stand(end)
        self.row(branch, "refused", wait, end, 0, leg=2)

    def unanswered(self, begin, end):
        yield end
        self.give_back(begin, end)
        self.pass_on(end)

    def calendar(self, begin, end, day=None):
        self.facts.off.add(day)
        self.facts.make()
        yield end

    def outage(self, begin, end):
        yield end
        self.facts.outages.append((begin, end))
        self.facts.make()

    def merger(self, begin, end):
        self.ministry = FOLLOWS[self.ministry]
        yield end

    def event(self, name, begin, end, day):
        if name == "calendar":
            return self.calendar(begin, end, day)
        return {"return": self.ret}.get(name, getattr(self, name, None))(begin, end)

    def finish(self):
        if self.other:
            self.end(self.other, "result", OTHER_DONE)
        self.end(self.subject, "result", DONE)
        self.dossier.stand(DONE)
        due = self.dossier.due(self.facts)
        appointment = max(due, self.appointment or due)
        self.rows.append(" ".join([str(self.dossier.used(self.facts, DONE)), self.dossier.verdict(self.facts, DONE),
                                   show(self.dossier.first), show(due), show(appointment)]))


def run(first, second, policy, forked, nested):
    history = History(policy, forked)
    pair = (first, second)
    if pair != ("suspend", "restart"):
        history.pass_on(PASSED)
    events = [history.event(first, *WINDOWS[0], OFF[0])]
    if nested:
        inner = history.event(second, *INNER, OFF[0])
        next(events[0])
        next(inner)
        list(inner)
        list(events[0])
    else:
        list(events[0])
    if pair == ("suspend", "restart"):
        history.pass_on(WINDOWS[0][1])
    if first == "restart" and (nested or second != "suspend"):
        history.pass_on(WINDOWS[0][1])
    if not nested:
        list(history.event(second, *WINDOWS[1], OFF[1]))
        if second == "restart" or pair == ("restart", "suspend"):
            history.pass_on(WINDOWS[1][1])
    history.finish()
    return "\t".join([first, second, policy, "forked" if forked else "alone", "within" if nested else "after",
                      *history.rows])


def lines():
    for policy in POLICIES:
        for forked in (False, True):
            for first in EVENTS:
                for second in EVENTS:
                    yield run(first, second, policy, forked, False)
            for first in WITHIN:
                for second in FACTS:
                    if first != second:
                        yield run(first, second, policy, forked, True)


def main():
    table = pathlib.Path(__file__).with_name("histories.tsv")
    text = "".join(line + "\n" for line in lines())
    if sys.argv[1:] != ["--check"]:
        table.write_text(text, encoding="utf-8")
    elif table.read_text(encoding="utf-8") != text:
        sys.exit(f"{table}: is not what {sys.argv[0]} counts")


if __name__ == "__main__":
    main()
