"""A clock for real processes that can be set while they run (libfaketime). CLOCK_MONOTONIC and CLOCK_BOOTTIME go on as they are."""
import os
import pathlib

LIBRARY = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


class FakeClock:
    """Give `env` to the processes that shall see it."""

    def __init__(self, file, ahead=0):
        self.file = pathlib.Path(file)
        self.ahead = 0
        self.set(ahead)
        self.env = {**os.environ, "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                    "DONT_FAKE_MONOTONIC": "1",
                    # A preloaded library stands before the sanitizer's runtime.
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, ahead):
        """Seconds ahead of ours, perhaps negative. Nobody reads half a file."""
        part = self.file.with_suffix(".part")
        part.write_text(f"{ahead:+.3f}\n")
        part.rename(self.file)
        self.ahead = ahead
