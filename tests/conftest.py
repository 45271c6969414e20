"""Fixtures of the end-to-end and the fault tests: a sandbox of its own for each test, with everything stopped at the end."""
import datetime
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from deployment import Deployment  # noqa: E402
from office import Case, DEPARTMENT, DISTRICT, MINISTRY  # noqa: E402


@pytest.fixture
def site(tmp_path):
    with Deployment(tmp_path / "s") as deployment:
        yield deployment


@pytest.fixture
def running(site):
    """The broker and the adapters of district, department and ministry."""
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT, MINISTRY):
        site.start_adapter(code)
    return site


@pytest.fixture
def new_case(site):
    """new_case() -> Case with a dossier code of its own."""
    made = []

    def make():
        made.append(None)
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7)))
        return Case(site, f"{DISTRICT}-{today:%Y%m%d}-{len(made):07d}")
    return make
