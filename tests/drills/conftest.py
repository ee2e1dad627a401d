"""What a drill reports, and how long it may take."""

import time
from collections.abc import Iterator

import pytest

LONGEST_SECONDS = 300.0


@pytest.fixture(autouse=True, scope="module")
def _in_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """A drill, its control included, that takes more than five minutes is not done often enough to be of use; one whose
    size is asked for says how long it may take (`LONGEST_SECONDS`)."""
    longest: float = getattr(request.module, "LONGEST_SECONDS", LONGEST_SECONDS)
    began = time.monotonic()
    yield
    taken = time.monotonic() - began
    assert taken < longest, f"this drill took {taken:.0f} s, more than {longest:.0f} s"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures as a table in Markdown: a line per drill or control, whether it went as it must or not."""
    told = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call" and report.user_properties
    ]
    if not told:
        return
    terminalreporter.section("figures")
    terminalreporter.line("| drill | went | seconds | figures |\n|---|---|---|---|")
    for report in told:
        file, _, test = report.nodeid.rpartition("/")[2].partition("::")
        name = f"{file.removeprefix('drill_').removesuffix('.py')}: {test.removeprefix('test_').replace('_', ' ')}"
        figures = "; ".join(f"{key} {value}" for key, value in report.user_properties)
        terminalreporter.line(f"| {name} | {report.outcome} | {report.duration:.0f} | {figures} |")
