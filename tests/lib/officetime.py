"""The time of the offices: what dossiers, forms and pages are dated by, in whatever zone the machine stands."""
import datetime

ZONE = datetime.timezone(datetime.timedelta(hours=7))


def now():
    return datetime.datetime.now(ZONE)


def today():
    return now().date()


def at(us):
    """The moment of a record's time, in microseconds since 1970."""
    return datetime.datetime.fromtimestamp(us / 1e6, ZONE)


def start_of(day):
    """The first moment of a day, in microseconds since 1970."""
    return datetime.datetime.combine(day, datetime.time(), ZONE).timestamp() * 1e6


def from_now(**span):
    """A moment that is given to a command: from_now(seconds=-60)."""
    return (now() + datetime.timedelta(**span)).isoformat(timespec="seconds")


def dossier_code(agency, number):
    """A code as the agency gives it today."""
    return f"{agency}-{now():%Y%m%d}-{number:07d}"
